"""Bookings against capacity, hour by hour: where it will be tight, and when workers stand about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, Field

from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot
from lcm_core.placement.fleet import WorkerSupply
from lcm_core.placement.snapshots import worker_supply

HOUR = timedelta(hours=1)


class SupplyRow(BaseModel):
    """Workers that are equally near to serving, and what they can hold together."""

    supply: str = Field(description="up, coming, asleep, planned or gone.")
    workers: int
    capacity: ResourceVector


class HourRow(BaseModel):
    start: AwareDatetime
    sessions: int = Field(description="Sessions that hold room at some instant of the hour.")
    begin: int = Field(description="Of these, those whose room is held from within the hour on.")
    end: int = Field(description="Of these, those that are to have given their room back when the hour is over.")
    booked: ResourceVector = Field(description="Sum over the workers of the most that each holds at an instant.")
    workers_booked: int
    unpromised_sessions: int = Field(description="Sessions that need room in the hour and hold none.")


class Landscape(BaseModel):
    """``hours`` begin with the one in which it was asked."""

    at: AwareDatetime
    supply: list[SupplyRow]
    hours: list[HourRow]


def landscape(
    workers: Sequence[CMLWorkerReadModel], unpromised: Iterable[LabletSessionReadModel], now: datetime, hours: int
) -> Landscape:
    first = now.replace(minute=0, second=0, microsecond=0)
    waiting = [session.occupation() for session in unpromised]
    held = [_by_hour(worker.allocations, first, hours, now) for worker in workers]
    rows = [_hour(first + n * HOUR, [each[n] for each in held if n in each], waiting, now) for n in range(hours)]
    return Landscape(at=now, supply=[_supply(workers, each) for each in WorkerSupply], hours=rows)


def _by_hour(
    allocations: Sequence[CapacityAllocation], first: datetime, hours: int, now: datetime
) -> dict[int, list[CapacityAllocation]]:
    """What holds room, by the number of the hour; each allocation is looked at in the hours that it is in alone."""
    found: dict[int, list[CapacityAllocation]] = {}
    for each in allocations:
        until = each.occupied_until(now)
        begins = max(0, (each.interval.start - first) // HOUR)
        ends = hours if until is None else min(hours, -((first - until) // HOUR))
        for hour in range(begins, ends):
            found.setdefault(hour, []).append(each)
    return found


def _hour(
    start: datetime, held: Sequence[Sequence[CapacityAllocation]], waiting: Sequence[Timeslot], now: datetime
) -> HourRow:
    """*held* is what each worker holds in the hour, of those that hold anything."""
    hour = Timeslot(start=start, end=start + HOUR)
    everybody = [each for on_one in held for each in on_one]
    ends = [each.occupied_until(now) for each in everybody]
    booked = sum((peak_allocated(each, hour, now) for each in held), ResourceVector())
    lacking = sum(each.overlaps(hour) for each in waiting)
    return HourRow(
        start=start,
        sessions=len(everybody),
        begin=sum(each.interval.start >= start for each in everybody),
        end=sum(until is not None and until <= hour.end for until in ends),
        booked=booked,
        workers_booked=len(held),
        unpromised_sessions=lacking,
    )


def _supply(workers: Sequence[CMLWorkerReadModel], supply: WorkerSupply) -> SupplyRow:
    alike = [worker for worker in workers if worker_supply(worker) is supply]
    capacity = sum((worker.declared for worker in alike), ResourceVector())
    return SupplyRow(supply=supply.name.lower(), workers=len(alike), capacity=capacity)
