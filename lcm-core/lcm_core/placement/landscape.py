"""Bookings against capacity, hour by hour: where it will be tight, and when workers stand about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import add

from pydantic import AwareDatetime, BaseModel, Field

from lcm_core.domain.capacity import peak_amounts
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.values import RESOURCE_DIMENSIONS, CapacityAllocation, ResourceVector, Timeslot
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
    """Every session and allocation is looked at in the hours that it is in alone, and what they hold added as numbers:
    a fortnight of a large fleet is some ten thousand sums."""
    first = now.replace(minute=0, second=0, microsecond=0)
    sums = [_Sums(Timeslot(start=first + n * HOUR, end=first + (n + 1) * HOUR)) for n in range(hours)]
    for session in unpromised:
        slot = session.occupation()
        for n in _hours_of(slot.start, slot.end, first, hours):
            sums[n].unpromised += 1
    for worker in workers:
        _add(worker.allocations, sums, now)
    supply = [_supply(workers, each) for each in WorkerSupply]
    return Landscape(at=now, supply=supply, hours=[each.row() for each in sums])


@dataclass(slots=True)
class _Sums:
    """What is added up for one hour; *booked* in the order of RESOURCE_DIMENSIONS."""

    hour: Timeslot
    sessions: int = 0
    begin: int = 0
    end: int = 0
    booked: tuple[int, ...] = (0,) * len(RESOURCE_DIMENSIONS)
    workers_booked: int = 0
    unpromised: int = 0

    def row(self) -> HourRow:
        return HourRow(
            start=self.hour.start,
            sessions=self.sessions,
            begin=self.begin,
            end=self.end,
            booked=ResourceVector(**dict(zip(RESOURCE_DIMENSIONS, self.booked, strict=True))),
            workers_booked=self.workers_booked,
            unpromised_sessions=self.unpromised,
        )


def _hours_of(start: datetime, until: datetime | None, first: datetime, hours: int) -> range:
    """Numbers of the hours from *first* on in which there is any instant of [start, until)."""
    ends = hours if until is None else min(hours, -((first - until) // HOUR))
    return range(max(0, (start - first) // HOUR), ends)


def _add(allocations: Iterable[CapacityAllocation], sums: Sequence[_Sums], now: datetime) -> None:
    """Add what one worker holds."""
    held: dict[int, list[CapacityAllocation]] = {}
    for each in allocations:
        start, until = each.interval.start, each.occupied_until(now)
        numbers = _hours_of(start, until, sums[0].hour.start, len(sums))
        for n in numbers:
            held.setdefault(n, []).append(each)
        if numbers:
            sums[numbers[0]].begin += start >= sums[numbers[0]].hour.start
            sums[numbers[-1]].end += until is not None and until <= sums[numbers[-1]].hour.end
    for n, in_the_hour in held.items():
        hour = sums[n]
        hour.sessions += len(in_the_hour)
        hour.workers_booked += 1
        hour.booked = tuple(map(add, hour.booked, peak_amounts(in_the_hour, hour.hour, now)))


def _supply(workers: Sequence[CMLWorkerReadModel], supply: WorkerSupply) -> SupplyRow:
    alike = [worker for worker in workers if worker_supply(worker) is supply]
    capacity = sum((worker.declared for worker in alike), ResourceVector())
    return SupplyRow(supply=supply.name.lower(), workers=len(alike), capacity=capacity)
