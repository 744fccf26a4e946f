import pytest

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.read_models import PlacementOutcome
from lcm_core.domain.values import AmiRequirement, PortRange, ResourceVector
from lcm_core.placement.demand_planner import NoSupply, OnTheWay, WantsNewWorker
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, WorkerSnapshot
from lcm_core.testing.placement_builders import (
    NOW,
    SMALL,
    a_request,
    a_worker,
    a_worker_on_the_way,
    an_allocation,
    minutes_from_now,
    serial_ports,
)

engine = PlacementEngine()


def fleet_of(*workers: WorkerSnapshot) -> FleetSnapshot:
    return FleetSnapshot(at=NOW, workers=workers)


def reason_for(worker: WorkerSnapshot, **request: object) -> str | None:
    (verdict,) = engine.evaluate(a_request(**request), fleet_of(worker)).verdicts
    return verdict.reason_code


def test_a_worker_with_room_is_assigned() -> None:
    decision = engine.decide(a_request(), fleet_of(a_worker()), decision_id="p-1")
    assert (decision.outcome, decision.worker_id) == (PlacementOutcome.ASSIGN, "w-1")
    assert (decision.id, decision.at) == ("p-1", NOW)


@pytest.mark.parametrize(
    ("worker", "request_changes", "reason"),
    [
        (a_worker(placeable=False, status="DRAINING"), {}, "status"),
        (a_worker(license_type=LicenseType.EVALUATION), {"license_affinity": (LicenseType.PERSONAL,)}, "license"),
        (
            a_worker(license_type=LicenseType.PERSONAL),
            {"requirements": ResourceVector(nodes=21)},
            "license",
        ),
        (a_worker(node_limit=8), {"requirements": ResourceVector(nodes=9)}, "license"),
        (a_worker(ami_name="ubuntu-24.04"), {}, "ami"),
        (a_worker(), {"ami": AmiRequirement(min_version="2.10")}, "ami"),
        (a_worker(nested_virtualization=False), {"nested_virtualization": True}, "virtualization"),
        (a_worker(nested_virtualization=False), {"requirements": ResourceVector(cpu_cores=17)}, "capacity"),
        (a_worker(), {"requirements": ResourceVector(cpu_cores=17)}, "capacity"),
        (a_worker(), {"requirements": ResourceVector(ports=101)}, "ports"),
        (a_worker(port_range=PortRange(first=2000, last=2001)), {"port_requests": serial_ports(3)}, "ports"),
        (
            a_worker(port_range=PortRange(first=2000, last=2003), foreign_ports=frozenset({2001, 2002})),
            {"port_requests": serial_ports(3)},
            "ports",
        ),
    ],
)
def test_the_first_failing_check_is_the_reason(
    worker: WorkerSnapshot, request_changes: dict[str, object], reason: str
) -> None:
    assert reason_for(worker, **request_changes) == reason


def test_a_check_that_fails_hides_the_later_ones() -> None:
    worker = a_worker(placeable=False, status="STOPPED", ami_name="ubuntu")
    assert reason_for(worker, requirements=ResourceVector(cpu_cores=999)) == "status"


def test_nodes_that_other_sessions_run_count_against_the_licence() -> None:
    held = an_allocation(vector=ResourceVector(nodes=16))
    worker = a_worker(license_type=LicenseType.PERSONAL, allocations=(held,))
    assert reason_for(worker, requirements=ResourceVector(nodes=5)) == "license"


def test_sessions_that_do_not_overlap_share_the_same_room() -> None:
    full = an_allocation(vector=ResourceVector(cpu_cores=16), interval=minutes_from_now(60, 120))
    assert reason_for(a_worker(allocations=(full,)), interval=minutes_from_now(0, 60)) is None
    assert reason_for(a_worker(allocations=(full,)), interval=minutes_from_now(0, 61)) == "capacity"


def test_the_summary_counts_every_worker_once() -> None:
    full = an_allocation(vector=ResourceVector(cpu_cores=16))
    fleet = fleet_of(
        *(a_worker(f"full-{n}", allocations=(full,)) for n in range(7)),
        *(a_worker(f"old-{n}", license_type=LicenseType.EVALUATION) for n in range(3)),
        *(a_worker(f"off-{n}", placeable=False, status="STOPPED") for n in range(2)),
    )
    evaluation = engine.evaluate(a_request(license_affinity=(LicenseType.ENTERPRISE,)), fleet)
    assert evaluation.summary == "0/12 workers: 7 capacity, 3 license, 2 status"


def test_the_fuller_worker_is_preferred() -> None:
    half = an_allocation(vector=ResourceVector(cpu_cores=8, memory_gb=32))
    fleet = fleet_of(a_worker("a-empty"), a_worker("b-half", allocations=(half,)))
    assert engine.decide(a_request(), fleet, decision_id="p").worker_id == "b-half"


def test_a_smaller_worker_is_preferred_to_a_larger_one() -> None:
    small = a_worker("b-small", declared=SMALL)
    assert engine.decide(a_request(), fleet_of(a_worker("a-large"), small), decision_id="p").worker_id == "b-small"


def test_a_worker_busy_at_another_time_is_preferred_to_an_idle_one() -> None:
    later = an_allocation(interval=minutes_from_now(120, 180))
    fleet = fleet_of(a_worker("a-idle"), a_worker("b-busy-later", allocations=(later,)))
    assert engine.decide(a_request(), fleet, decision_id="p").worker_id == "b-busy-later"


def test_equal_workers_are_told_apart_by_id() -> None:
    fleet = fleet_of(a_worker("w-2"), a_worker("w-1"))
    assert engine.decide(a_request(), fleet, decision_id="p").worker_id == "w-1"


def test_without_room_it_waits_for_the_worker_on_the_way_and_says_when() -> None:
    coming = a_worker_on_the_way()
    supply = OnTheWay(coming.id, coming.name, coming.expected_ready_at)
    decision = engine.decide(a_request(), fleet_of(coming), decision_id="p", supply=supply)
    assert decision.outcome is PlacementOutcome.WAIT
    assert decision.summary == "0/1 workers: 1 status; fits on w-new on the way, expected at 2030-01-01 09:10:00 UTC"


def test_without_room_it_asks_for_a_worker_of_the_template_in_the_plan() -> None:
    decision = engine.decide(a_request(), fleet_of(), decision_id="p", supply=WantsNewWorker("small", "key"))
    assert (decision.outcome, decision.template_name) == (PlacementOutcome.SCALE_UP, "small")


def test_what_no_template_can_hold_waits_with_the_reason() -> None:
    decision = engine.decide(a_request(), fleet_of(), decision_id="p", supply=NoSupply("small too small"))
    assert decision.outcome is PlacementOutcome.WAIT
    assert decision.summary == "0/0 workers; no template can hold it: small too small"
