"""Fleets and requests for property tests: small amounts and a short day, so that everything collides."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from lcm_core.domain.enums import BookingPriority, LicenseType, PortProtocol
from lcm_core.domain.values import (
    AmiRequirement,
    CapacityAllocation,
    PortBinding,
    PortRange,
    ResourceVector,
    Timeslot,
)
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.testing.placement_builders import NOW, a_request, a_worker, an_allocation, minutes_from_now, serial_ports

OWN = "s-own"
"""A session that may hold room already."""

amounts = st.builds(
    ResourceVector,
    cpu_cores=st.integers(0, 8),
    memory_gb=st.integers(0, 16),
    storage_gb=st.integers(0, 20),
    nodes=st.integers(0, 12),
    ports=st.integers(0, 4),
)
rooms = st.builds(
    ResourceVector,
    cpu_cores=st.integers(0, 16),
    memory_gb=st.integers(0, 48),
    storage_gb=st.integers(0, 60),
    nodes=st.integers(0, 40),
    ports=st.integers(0, 10),
)
images = st.sampled_from([None, "CML-2.7.0", "CML-2.9.1", "ubuntu-24.04"])
image_wishes = st.builds(
    AmiRequirement, name_pattern=st.sampled_from(["CML-*", "*"]), min_version=st.sampled_from([None, "2.8"])
)
affinities = st.sets(st.sampled_from(list(LicenseType))).map(lambda kinds: tuple(sorted(kinds)))


def intervals(step: int) -> st.SearchStrategy[Timeslot]:
    """Around now and across midnight; in whole *step*s of minutes."""
    starts = st.one_of(st.integers(-120 // step, 240 // step), st.integers(-1440 // step, 2880 // step))
    return st.tuples(starts, st.integers(1, 600 // step)).map(
        lambda bounds: minutes_from_now(step * bounds[0], step * (bounds[0] + bounds[1]))
    )


@st.composite
def holdings(draw: st.DrawFn, session_id: str, step: int) -> CapacityAllocation:
    outer = draw(st.sets(st.integers(1998, 2006), max_size=3))
    ports = tuple(PortBinding(node_label="r", protocol=PortProtocol.TCP, outer=each) for each in sorted(outer))
    return an_allocation(session_id, vector=draw(amounts), interval=draw(intervals(step)), ports=ports)


@st.composite
def a_drawn_request(draw: st.DrawFn, session_id: str = OWN, step: int = 5) -> PlacementRequest:
    return a_request(
        session_id,
        requirements=draw(amounts),
        license_affinity=draw(affinities),
        ami=draw(image_wishes),
        nested_virtualization=draw(st.booleans()),
        port_requests=serial_ports(draw(st.integers(0, 4))),
        interval=draw(intervals(step)),
        asap=draw(st.booleans()),
        promised_worker_id=draw(st.sampled_from([None, "w-0", "w-1", "w-9"])),
        priority=draw(st.sampled_from(BookingPriority)),
        content_hash=draw(st.sampled_from(["", "a", "b"])),
    )


@st.composite
def a_drawn_worker(draw: st.DrawFn, worker_id: str, step: int = 5) -> WorkerSnapshot:
    names = [OWN, *(f"h-{worker_id}-{number}" for number in range(4))]
    held = [draw(holdings(name, step)) for name in draw(st.lists(st.sampled_from(names), max_size=5, unique=True))]
    supply = draw(st.sampled_from(WorkerSupply))
    minutes = draw(st.integers(0, 90))
    coming = supply not in (WorkerSupply.UP, WorkerSupply.GONE)
    return a_worker(
        worker_id,
        placeable=supply is WorkerSupply.UP,
        status=supply.name,
        supply=supply,
        available_from=NOW + timedelta(minutes=minutes) if coming else None,
        declared=draw(rooms),
        license_type=draw(st.sampled_from(list(LicenseType))),
        node_limit=draw(st.sampled_from([0, 0, 10, 30])),
        ami_name=draw(images),
        cml_version=draw(st.sampled_from([None, "2.8.0"])),
        template_ami=draw(st.none() | image_wishes),
        allocations=tuple(held),
        port_range=PortRange(first=2000, last=2000 + draw(st.integers(0, 5))),
        nested_virtualization=draw(st.sampled_from([True, True, False])),
        foreign_ports=frozenset(draw(st.sets(st.integers(1999, 2006), max_size=3))),
        prepared=draw(st.sampled_from([frozenset(), frozenset({"a"}), frozenset({"a", "b"})])),
    )


@st.composite
def a_drawn_fleet(draw: st.DrawFn, step: int = 5, most: int = 5) -> FleetSnapshot:
    ids = draw(st.lists(st.integers(0, 9), max_size=most, unique=True))
    return FleetSnapshot(at=NOW, workers=tuple(draw(a_drawn_worker(f"w-{each}", step)) for each in ids))
