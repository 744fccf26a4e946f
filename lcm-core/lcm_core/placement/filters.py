"""The checks that a worker must pass to take a session, in order; the first that fails is the reason told.

Each is a function (worker, request, now) → why not, or None. Capacity and ports are the shared feasibility rule of
``lcm_core.domain.capacity``, the same one by which the worker aggregate grants the room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from lcm_core.domain.capacity import Shortfall, shortfalls
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.placement.images import image_mismatch, promise_mismatch

Check = Callable[[WorkerSnapshot, PlacementRequest, datetime], str | None]


class Readiness(Enum):
    """How near to serving a worker must be to be considered; told as ``status`` when it is not."""

    NOW = "now"
    """Placeable: a session is put on it."""
    BY_START = "by_start"
    """There when the interval begins, or later if the session is wanted as soon as possible: room is promised on it."""
    ANY = "any"
    """Would it fit once the worker is up?"""


class RejectionReason(StrEnum):
    """In the order in which they are checked."""

    STATUS = "status"
    LICENSE = "license"
    AMI = "ami"
    VIRTUALIZATION = "virtualization"
    CAPACITY = "capacity"
    PORTS = "ports"
    FLEET_LIMIT = "fleet_limit"
    """Of a template: its region has as many workers as it may have."""


@dataclass(frozen=True, slots=True)
class Filter:
    reason: RejectionReason
    check: Check


@dataclass(frozen=True, slots=True)
class Rejection:
    reason: RejectionReason
    detail: str


def _shortfalls(
    worker: WorkerSnapshot, declared: ResourceVector, request: PlacementRequest, now: datetime
) -> tuple[Shortfall, ...]:
    others = worker.held_by_others(request.session_id)
    return shortfalls(declared, others, request.requirements, request.interval, now)


def _status(worker: WorkerSnapshot, _request: PlacementRequest, _now: datetime) -> str | None:
    return None if worker.placeable else f"is {worker.status}"


def _promise(worker: WorkerSnapshot, request: PlacementRequest, _now: datetime) -> str | None:
    if worker.supply is WorkerSupply.GONE:
        return f"is {worker.status}"
    ready = worker.available_from
    if request.asap or ready is None or ready <= request.serve_by:
        return None
    return f"is {worker.status}, ready only at {ready:%Y-%m-%d %H:%M:%S} UTC"


def _license(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> str | None:
    if worker.license_type not in request.license_affinity:
        wanted = ", ".join(kind.value for kind in request.license_affinity)
        return f"has a {worker.license_type.value} licence, wanted: {wanted}"
    limit = worker.licensed_nodes
    if limit is None:
        return None
    licensed = worker.declared.model_copy(update={"nodes": limit})
    for short in _shortfalls(worker, licensed, request, now):
        if short.dimension == "nodes":
            return licence_detail(worker, short)
    return None


def _ami(worker: WorkerSnapshot, request: PlacementRequest, _now: datetime) -> str | None:
    return ami_mismatch(worker, request)


def ami_mismatch(worker: WorkerSnapshot, request: PlacementRequest) -> str | None:
    if worker.ami_name is not None:
        return image_mismatch(worker.ami_name, worker.cml_version, request.ami)
    if worker.template_ami is not None:
        return promise_mismatch(worker.template_ami, request.ami)
    return "its image is not known"


def _virtualization(worker: WorkerSnapshot, request: PlacementRequest, _now: datetime) -> str | None:
    if request.nested_virtualization and not worker.nested_virtualization:
        return "its instance type cannot run virtual machines"
    return None


def _capacity(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> str | None:
    return capacity_detail(_shortfalls(worker, worker.declared, request, now)) or None


def _ports(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> str | None:
    for short in _shortfalls(worker, worker.usable, request, now):
        if short.dimension == "ports":
            return str(short)
    grantable = grantable_ports(worker, request, now)
    return None if grantable == len(request.port_requests) else port_range_detail(worker, request)


def grantable_ports(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> int:
    """How many of the ports that *request* wants the worker could choose."""
    wanted = len(request.port_requests)
    while worker.choose_ports(request.port_requests[:wanted], request.session_id, request.interval, now) is None:
        wanted -= 1
    return wanted


def licence_detail(worker: WorkerSnapshot, short: Shortfall) -> str:
    kind, limit = worker.license_type.value, worker.licensed_nodes
    return f"{kind} licence covers {limit} nodes: needs {short.needed}, {short.free} free"


def capacity_detail(short: Iterable[Shortfall]) -> str:
    return "; ".join(str(each) for each in short if each.dimension != "ports")


def port_range_detail(worker: WorkerSnapshot, request: PlacementRequest) -> str:
    return f"fewer than {len(request.port_requests)} of its {worker.ports_of_ours} ports are free"


FILTERS: tuple[Filter, ...] = (
    Filter(RejectionReason.STATUS, _status),
    Filter(RejectionReason.LICENSE, _license),
    Filter(RejectionReason.AMI, _ami),
    Filter(RejectionReason.VIRTUALIZATION, _virtualization),
    Filter(RejectionReason.CAPACITY, _capacity),
    Filter(RejectionReason.PORTS, _ports),
)
"""What a worker must pass to be given a session now."""

FIT_FILTERS: tuple[Filter, ...] = FILTERS[1:]
"""The same without the status: would it fit once the worker is up?"""

CHECKS: Mapping[Readiness, tuple[Filter, ...]] = {
    Readiness.NOW: FILTERS,
    Readiness.BY_START: (Filter(RejectionReason.STATUS, _promise), *FIT_FILTERS),
    Readiness.ANY: FIT_FILTERS,
}


def first_rejection(
    worker: WorkerSnapshot, request: PlacementRequest, now: datetime, filters: Sequence[Filter] = FILTERS
) -> Rejection | None:
    """The first failing check of *filters*; None when the worker can take the session."""
    for each in filters:
        why_not = each.check(worker, request, now)
        if why_not is not None:
            return Rejection(each.reason, why_not)
    return None
