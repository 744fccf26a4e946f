"""Fleets with many bookings, drawn from a fixed seed; nobody is over capacity and everything is on the grid."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from lcm_core.domain.enums import LicenseType, PortProtocol
from lcm_core.domain.values import (
    CAPACITY_SLOT,
    AmiRequirement,
    CapacityAllocation,
    PortBinding,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
)
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot

NOW = datetime(2030, 1, 7, tzinfo=UTC)
SLOTS_A_DAY = int(timedelta(days=1) / CAPACITY_SLOT)
_SIZES = (
    ResourceVector(cpu_cores=2, memory_gb=8, storage_gb=20, nodes=4, ports=4),
    ResourceVector(cpu_cores=6, memory_gb=24, storage_gb=40, nodes=8, ports=8),
    ResourceVector(cpu_cores=12, memory_gb=64, storage_gb=90, nodes=18, ports=18),
)
_HOSTS = (
    ResourceVector(cpu_cores=96, memory_gb=384, storage_gb=900, nodes=200, ports=200),
    ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=600, nodes=120, ports=120),
)
_IMAGES = ("CML-2.9.1", "CML-2.9.1", "CML-2.7.0")
_WISHES = (AmiRequirement(), AmiRequirement(min_version="2.8"))
_AFFINITIES = (tuple(LicenseType), (LicenseType.ENTERPRISE,), (LicenseType.ENTERPRISE, LicenseType.EVALUATION))


@dataclass(frozen=True, slots=True)
class World:
    fleet: FleetSnapshot
    requests: tuple[PlacementRequest, ...]


def make_world(workers: int, bookings: int, requests: int, *, days: int = 1, seed: int = 20260107) -> World:
    """*bookings* of two to four hours within *days* on *workers*, and *requests* of the same kind, no two alike."""
    draw = random.Random(seed)
    hosts = [_worker(draw, number) for number in range(workers)]
    held: list[list[CapacityAllocation]] = [[] for _ in hosts]
    used = [[0] * (days * SLOTS_A_DAY) for _ in hosts]
    for number in range(bookings):
        place, first, length, size = _fitting(draw, hosts, used, days)
        used[place][first : first + length] = [cores + size.cpu_cores for cores in used[place][first : first + length]]
        taken = sum(len(each.ports) for each in held[place])
        held[place].append(_booking(number, size, _interval(first, length), taken))
    fleet = FleetSnapshot(
        NOW,
        tuple(replace(host, allocations=tuple(allocations)) for host, allocations in zip(hosts, held, strict=True)),
    )
    return World(fleet, tuple(_request(draw, number, days) for number in range(requests)))


def _worker(draw: random.Random, number: int) -> WorkerSnapshot:
    up = draw.random() < 0.95
    return WorkerSnapshot(
        id=f"w-{number:05}",
        name=f"worker-{number}",
        status="RUNNING" if up else "STOPPED",
        placeable=up,
        declared=draw.choice(_HOSTS),
        port_range=PortRange(),
        license_type=draw.choice(list(LicenseType)),
        template_name="bench",
        node_limit=320,
        ami_name=draw.choice(_IMAGES),
    )


def _fitting(
    draw: random.Random, hosts: list[WorkerSnapshot], used: list[list[int]], days: int
) -> tuple[int, int, int, ResourceVector]:
    """A worker, an interval and a size that fits there: cores are what runs out first."""
    while True:
        place, length, size = draw.randrange(len(hosts)), draw.randrange(24, 49), draw.choice(_SIZES)
        first = draw.randrange(days * SLOTS_A_DAY - length + 1)
        if max(used[place][first : first + length]) + size.cpu_cores <= hosts[place].declared.cpu_cores:
            return place, first, length, size


def _interval(first: int, length: int) -> Timeslot:
    return Timeslot(start=NOW + first * CAPACITY_SLOT, end=NOW + (first + length) * CAPACITY_SLOT)


def _booking(number: int, size: ResourceVector, interval: Timeslot, taken: int) -> CapacityAllocation:
    first = PortRange().first + taken
    ports = tuple(
        PortBinding(node_label="r", protocol=PortProtocol.SERIAL, inner=inner, outer=first + inner)
        for inner in range(2)
    )
    return CapacityAllocation(session_id=f"b-{number}", vector=size, interval=interval, ports=ports, allocated_at=NOW)


def _request(draw: random.Random, number: int, days: int) -> PlacementRequest:
    length = draw.randrange(24, 49)
    return PlacementRequest(
        session_id=f"s-{number}",
        requirements=draw.choice(_SIZES),
        license_affinity=draw.choice(_AFFINITIES),
        ami=draw.choice(_WISHES),
        port_requests=tuple(PortRequest(node_label=f"r{each}", protocol=PortProtocol.SERIAL) for each in range(2)),
        interval=_interval(draw.randrange(days * SLOTS_A_DAY - length + 1), length),
    )
