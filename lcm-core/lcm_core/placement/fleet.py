"""What a placement decision is made from: workers, templates and requests, reduced to what the rules read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

from lcm_core.domain.capacity import choose_ports, licensed_nodes, ports_of_ours, usable
from lcm_core.domain.enums import BookingPriority, LicenseType
from lcm_core.domain.values import (
    AmiRequirement,
    CapacityAllocation,
    PortBinding,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
)
from lcm_core.placement.failures import TemplatePause


class WorkerSupply(IntEnum):
    """How near a worker is to serving, nearest first: room is taken in this order."""

    UP = 0
    """Placeable now."""
    COMING = 1
    """Asked for and on its way."""
    ASLEEP = 2
    """Stopped; can be started."""
    PLANNED = 3
    """In the books only; can be launched."""
    GONE = 4
    """Being drained or taken down, failed, or unwanted: takes nothing more."""


@dataclass(frozen=True, slots=True)
class PlacementRequest:
    """One session that wants a host over ``interval``: its slot widened by lead and teardown, on the capacity grid.

    The host has to serve ``needed_at``, which the grid may lie a little before. An ``asap`` request takes a worker that
    is ready later. ``promised_worker_id`` is the worker that holds its room already.
    """

    session_id: str
    requirements: ResourceVector
    license_affinity: tuple[LicenseType, ...]
    ami: AmiRequirement
    port_requests: tuple[PortRequest, ...]
    interval: Timeslot
    asap: bool = False
    promised_worker_id: str | None = None
    content_hash: str = ""
    """Of the content that it runs; "" when nobody has prepared labs of it, or where that is not to count."""
    priority: BookingPriority = BookingPriority.SELF_STUDY
    needed_at: datetime | None = None
    """None: from the beginning of the interval on."""
    nested_virtualization: bool = False
    """Whether one of its nodes is a virtual machine."""

    @property
    def serve_by(self) -> datetime:
        """The latest instant at which a worker may come up for it."""
        return self.interval.start if self.needed_at is None else self.needed_at


@dataclass(frozen=True, slots=True)
class WorkerSnapshot:
    """A worker at one moment.

    ``status`` is what to tell a person when it is not ``placeable``. ``node_limit`` 0 means that the licence has not
    been read yet. ``template_ami`` speaks for a worker that has no image yet. ``asked_for_by`` are the sessions in
    whose name it was asked for. ``available_from`` is the earliest instant at which it can serve if it is woken now;
    None when it serves already, or never will. ``foreign_ports`` are forwarded by labs on it that are not ours.
    ``prepared`` are the hashes of contents of which a lab stands ready on it.
    """

    id: str
    name: str
    status: str
    placeable: bool
    declared: ResourceVector
    port_range: PortRange
    license_type: LicenseType
    template_name: str
    node_limit: int = 0
    ami_name: str | None = None
    cml_version: str | None = None
    template_ami: AmiRequirement | None = None
    allocations: tuple[CapacityAllocation, ...] = ()
    on_the_way: bool = False
    expected_ready_at: datetime | None = None
    asked_for_by: frozenset[str] = frozenset()
    supply: WorkerSupply = WorkerSupply.UP
    available_from: datetime | None = None
    region: str = ""
    foreign_ports: frozenset[int] = frozenset()
    nested_virtualization: bool = True
    prepared: frozenset[str] = frozenset()

    @property
    def usable(self) -> ResourceVector:
        """What it declares, with no more ports than can be granted."""
        return usable(self.declared, self.port_range, self.foreign_ports)

    @property
    def ports_of_ours(self) -> int:
        return ports_of_ours(self.port_range, self.foreign_ports)

    def choose_ports(
        self, requests: Sequence[PortRequest], session_id: str, interval: Timeslot, now: datetime
    ) -> tuple[PortBinding, ...] | None:
        """What it would grant to *session_id*; None when it has too few."""
        others = self.held_by_others(session_id)
        return choose_ports(requests, others, self.port_range, interval, now, foreign=self.foreign_ports)

    @property
    def licensed_nodes(self) -> int | None:
        """Nodes that may run at once under the licence; None when only the declared capacity limits them."""
        return licensed_nodes(self.license_type, self.node_limit)

    def held_by_others(self, session_id: str) -> tuple[CapacityAllocation, ...]:
        """What is held here beside the room of *session_id* itself: nobody is in their own way."""
        return tuple(each for each in self.allocations if each.session_id != session_id)

    def without(self, session_id: str) -> WorkerSnapshot:
        """The same worker as that session sees it: the room that is held for it already is its own."""
        if not any(each.session_id == session_id for each in self.allocations):
            return self
        return replace(self, allocations=self.held_by_others(session_id))

    def holding(self, allocation: CapacityAllocation) -> WorkerSnapshot:
        """The same worker with one more allocation."""
        return replace(self, allocations=(*self.allocations, allocation))


@dataclass(frozen=True, slots=True)
class TemplateSnapshot:
    """What a new worker of this template would offer, what it costs (USD an hour) and how long it takes (seconds)."""

    name: str
    capacity: ResourceVector
    port_range: PortRange
    license_type: LicenseType
    ami: AmiRequirement
    cost_per_hour_usd: float
    startup_seconds: int
    region: str = ""
    enabled: bool = True
    pause: TemplatePause | None = None
    nested_virtualization: bool = True

    def offered(self, now: datetime) -> bool:
        """Whether a worker of it may be asked for now."""
        return self.enabled and (self.pause is None or now >= self.pause.until)

    def as_worker(self, worker_id: str, ready_at: datetime | None = None) -> WorkerSnapshot:
        """A worker that this template would make, empty, for trying out what fits."""
        return WorkerSnapshot(
            id=worker_id,
            name=worker_id,
            status="NEW",
            placeable=False,
            declared=self.capacity,
            port_range=self.port_range,
            license_type=self.license_type,
            template_name=self.name,
            template_ami=self.ami,
            on_the_way=True,
            expected_ready_at=ready_at,
            supply=WorkerSupply.PLANNED,
            available_from=ready_at,
            region=self.region,
            nested_virtualization=self.nested_virtualization,
        )


@dataclass(frozen=True, slots=True)
class FleetSnapshot:
    """Everything known about the fleet ``at`` one moment."""

    at: datetime
    workers: tuple[WorkerSnapshot, ...] = ()
    templates: tuple[TemplateSnapshot, ...] = field(default=())
