"""Bookings against capacity, hour by hour: where it will be tight, and when workers stand about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, Field

from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.values import ResourceVector, Timeslot
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
    rows = [_hour(first + n * HOUR, workers, waiting, now) for n in range(hours)]
    return Landscape(at=now, supply=[_supply(workers, each) for each in WorkerSupply], hours=rows)


def _hour(
    start: datetime, workers: Sequence[CMLWorkerReadModel], waiting: Sequence[Timeslot], now: datetime
) -> HourRow:
    hour = Timeslot(start=start, end=start + HOUR)
    booked, sessions, busy = ResourceVector(), 0, 0
    for worker in workers:
        held = [
            each
            for each in worker.allocations
            if each.interval.start < hour.end and (each.interval.end > hour.start or each.occupied_until(now) is None)
        ]
        if held:
            booked += peak_allocated(held, hour, now)
            sessions += len(held)
            busy += 1
    lacking = sum(each.overlaps(hour) for each in waiting)
    return HourRow(start=start, sessions=sessions, booked=booked, workers_booked=busy, unpromised_sessions=lacking)


def _supply(workers: Sequence[CMLWorkerReadModel], supply: WorkerSupply) -> SupplyRow:
    alike = [worker for worker in workers if worker_supply(worker) is supply]
    capacity = sum((worker.declared for worker in alike), ResourceVector())
    return SupplyRow(supply=supply.name.lower(), workers=len(alike), capacity=capacity)
