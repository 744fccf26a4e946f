"""Labs that are imported before anybody asks for them, and the rules that both sides of a warm pool obey.

An idle prepared lab holds storage, nodes and its ports, never CPU or memory. What it holds is spare: no session is
refused for its sake, it gives way instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from lcm_core.domain.capacity import peak_allocated, usable
from lcm_core.domain.values import (
    CapacityAllocation,
    PortBinding,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
    Value,
)


class PreparedLabStatus(StrEnum):
    """PREPARING → READY → CLAIMED → gone from the record with the session that takes it, or REMOVING → gone."""

    PREPARING = "PREPARING"
    READY = "READY"
    CLAIMED = "CLAIMED"
    REMOVING = "REMOVING"


class WarmPoolStatus(StrEnum):
    ACTIVE = "ACTIVE"
    """Kept filled."""
    PAUSED = "PAUSED"
    """Nothing is prepared; what is there is used up."""
    DRAINED = "DRAINED"
    """Nothing is prepared, and what is there is removed."""
    SUSPENDED = "SUSPENDED"
    """Like PAUSED, by the failure budget."""


IDLE_LAB_STATUSES = frozenset({PreparedLabStatus.PREPARING, PreparedLabStatus.READY})
"""Of nobody's yet: these hold what they hold, and give way."""


class PreparedLab(Value):
    """A lab on a worker that belongs to no session yet. ``ports`` are its own until a session takes them over."""

    id: str
    definition_name: str
    definition_id: str
    definition_version: str
    content_hash: str
    status: PreparedLabStatus = PreparedLabStatus.PREPARING
    held: ResourceVector
    ports: tuple[PortBinding, ...] = ()
    cml_lab_id: str | None = None
    session_id: str | None = None
    reserved_at: AwareDatetime
    ready_at: AwareDatetime | None = None
    prepare_seconds: float | None = None
    reason: str = ""
    """Why it is removed."""

    @property
    def idle(self) -> bool:
        return self.status in IDLE_LAB_STATUSES

    @property
    def stands_ready(self) -> bool:
        """Whether a session may take it."""
        return self.status is PreparedLabStatus.READY and self.cml_lab_id is not None


class WarmPoolPolicy(Value):
    """How many labs of one definition are kept prepared.

    ``depth`` are idle ones, above those in use. With ``follow_bookings`` there are as many as bookings begin within
    the look-ahead, if that is more; never more than ``most``. The pool is suspended after ``failure_budget``
    failures within ``failure_window_minutes``.
    """

    depth: Annotated[int, Field(ge=0, le=50, description="Idle labs to keep, above those in use.")] = 0
    follow_bookings: Annotated[bool, Field(description="Whether bookings that begin soon make the pool deeper.")] = True
    look_ahead_minutes: Annotated[int, Field(ge=5, le=1440, description="How soon a booking must begin to count.")] = 60
    most: Annotated[int, Field(ge=0, le=200, description="Never more idle labs than these.")] = 20
    max_age_hours: Annotated[int, Field(ge=1, le=8760, description="Older labs are replaced.")] = 168
    failure_budget: Annotated[int, Field(ge=1, le=100, description="So many failures suspend the pool.")] = 3
    failure_window_minutes: Annotated[int, Field(ge=1, le=10_080, description="Within this time.")] = 60

    @model_validator(mode="after")
    def _depth_within_most(self) -> Self:
        if self.depth > self.most:
            raise ValueError("depth must not exceed most")
        return self


class PoolFailure(Value):
    """Evidence of a lab that could not be prepared."""

    at: AwareDatetime
    worker_id: str
    prepared_lab_id: str
    definition_version: str
    reason: str


class WarmStart(Value):
    """How a session of a definition with a pool began: on a prepared lab (``hit``), or not, and why not.

    ``saved_seconds`` is what had been done for it beforehand.
    """

    hit: bool
    prepared_lab_id: str | None = None
    cml_lab_id: str | None = None
    saved_seconds: float = 0.0
    why: str = ""


def idle_holding(requirements: ResourceVector, ports: int) -> ResourceVector:
    """What a prepared lab of these *requirements* holds while nothing of it runs."""
    return ResourceVector(storage_gb=requirements.storage_gb, nodes=requirements.nodes, ports=ports)


def held_by_idle(labs: Iterable[PreparedLab]) -> ResourceVector:
    total = ResourceVector()
    for lab in labs:
        if lab.idle:
            total = total + lab.held
    return total


def spare_room(
    declared: ResourceVector,
    port_range: PortRange,
    allocations: Iterable[CapacityAllocation],
    labs: Iterable[PreparedLab],
    interval: Timeslot,
    now: datetime,
    *,
    foreign: Collection[int] = (),
) -> ResourceVector:
    """What neither sessions over *interval* nor idle prepared labs hold, never below zero."""
    held = peak_allocated(allocations, interval, now) + held_by_idle(labs)
    room = usable(declared, port_range, foreign)
    return ResourceVector(**{name: max(0, amount - int(getattr(held, name))) for name, amount in room.dimensions()})


def lab_to_claim(labs: Iterable[PreparedLab], content_hash: str, requests: Sequence[PortRequest]) -> PreparedLab | None:
    """The oldest idle lab of this content with exactly these ports; None when there is none."""
    wanted = {request.name for request in requests}
    fitting = [
        lab
        for lab in labs
        if lab.stands_ready and lab.content_hash == content_hash and {binding.name for binding in lab.ports} == wanted
    ]
    return min(fitting, key=lambda lab: (lab.reserved_at, lab.id), default=None)


def ready_contents(labs: Iterable[PreparedLab]) -> frozenset[str]:
    """The hashes of the contents of which a lab may be taken."""
    return frozenset(lab.content_hash for lab in labs if lab.stands_ready)


def labs_that_give_way(
    room: ResourceVector, labs: Iterable[PreparedLab], ports_taken: Collection[int] = ()
) -> tuple[PreparedLab, ...]:
    """Idle labs to be given up, so that the rest fit into *room* and none keeps a port of *ports_taken*.

    Those that are not ready go first, then the oldest. What lacks in a dimension that a lab does not hold is not got
    back by giving it up.
    """
    idle = sorted(
        (lab for lab in labs if lab.idle),
        key=lambda lab: (lab.status is PreparedLabStatus.READY, lab.reserved_at, lab.id),
    )
    taken = frozenset(ports_taken)
    gone = [lab for lab in idle if any(binding.outer in taken for binding in lab.ports)]
    kept = [lab for lab in idle if lab not in gone]
    for lab in list(kept):
        held = held_by_idle(kept)
        short = {name for name, amount in held.dimensions() if amount > int(getattr(room, name))}
        if not short:
            break
        if any(amount and name in short for name, amount in lab.held.dimensions()):
            gone.append(lab)
            kept.remove(lab)
    return tuple(gone)


def failures_that_count(
    failures: Iterable[PoolFailure], policy: WarmPoolPolicy, now: datetime, since: datetime | None
) -> tuple[PoolFailure, ...]:
    """Those within the window and after *since*, when somebody resumed the pool."""
    oldest = now - timedelta(minutes=policy.failure_window_minutes)
    return tuple(each for each in failures if each.at > oldest and (since is None or each.at > since))


def pool_target(policy: WarmPoolPolicy, status: WarmPoolStatus, expected_starts: int) -> int:
    """How many idle labs there are to be; 0 for a pool that is not filled."""
    if status is not WarmPoolStatus.ACTIVE:
        return 0
    wanted = max(policy.depth, expected_starts if policy.follow_bookings else 0)
    return min(policy.most, wanted)
