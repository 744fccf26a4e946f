"""What must hold for any fleet: no decision breaks feasibility, counts add up, the same facts give the same answer."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.capacity import choose_ports, shortfalls
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.read_models import PlacementOutcome
from lcm_core.domain.values import PortRange, ResourceVector
from lcm_core.placement.demand_planner import (
    DemandPlan,
    OnTheWay,
    RoomNow,
    WantsNewWorker,
    plan_demand,
)
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.filters import FIT_FILTERS, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.testing.placement_builders import (
    NOW,
    a_request,
    a_template,
    a_worker,
    an_allocation,
    minutes_from_now,
    serial_ports,
)

amounts = st.builds(
    ResourceVector,
    cpu_cores=st.integers(0, 12),
    memory_gb=st.integers(0, 48),
    storage_gb=st.integers(0, 60),
    nodes=st.integers(0, 12),
    ports=st.integers(0, 4),
)
rooms = st.builds(
    ResourceVector,
    cpu_cores=st.integers(4, 24),
    memory_gb=st.integers(16, 96),
    storage_gb=st.integers(20, 120),
    nodes=st.integers(5, 40),
    ports=st.integers(2, 12),
)
intervals = st.tuples(st.integers(-60, 120), st.integers(1, 120)).map(
    lambda bounds: minutes_from_now(bounds[0], bounds[0] + bounds[1])
)
licences = st.sampled_from(list(LicenseType))
affinities = st.sets(licences, min_size=1).map(lambda kinds: tuple(sorted(kinds)))


@st.composite
def requests(draw: st.DrawFn, count: int = 6) -> list[PlacementRequest]:
    return [
        a_request(
            f"s-{number}",
            requirements=draw(amounts),
            license_affinity=draw(affinities),
            port_requests=serial_ports(draw(st.integers(0, 3))),
            interval=draw(intervals),
        )
        for number in range(draw(st.integers(1, count)))
    ]


@st.composite
def workers(draw: st.DrawFn) -> WorkerSnapshot:
    placeable = draw(st.booleans())
    held = [
        an_allocation(f"h-{number}", vector=draw(amounts), interval=draw(intervals))
        for number in range(draw(st.integers(0, 3)))
    ]
    return a_worker(
        f"w-{draw(st.integers(0, 10_000)):05}",
        placeable=placeable,
        on_the_way=not placeable and draw(st.booleans()),
        declared=draw(rooms),
        license_type=draw(licences),
        allocations=tuple(held),
        port_range=PortRange(first=2000, last=2000 + draw(st.integers(0, 5))),
    )


@st.composite
def fleets(draw: st.DrawFn) -> FleetSnapshot:
    rows = draw(st.lists(workers(), max_size=5, unique_by=lambda worker: worker.id))
    templates = tuple(
        a_template(name, capacity=draw(rooms), license_type=draw(licences), cost_per_hour_usd=draw(st.integers(1, 9)))
        for name in ("large", "small")
    )
    return FleetSnapshot(at=NOW, workers=tuple(rows), templates=templates)


def given_what_was_asked_for(plan: DemandPlan, fleet: FleetSnapshot) -> FleetSnapshot:
    templates = {template.name: template for template in fleet.templates}
    asked = [
        replace(
            templates[each.template_name].as_worker(f"z-{each.demand_key}"), asked_for_by=frozenset(each.session_ids)
        )
        for each in plan.scale_ups
    ]
    return replace(fleet, workers=(*fleet.workers, *asked))


@given(requests(count=1), fleets())
def test_a_session_is_only_assigned_where_the_aggregate_would_grant_it(
    asked: list[PlacementRequest], fleet: FleetSnapshot
) -> None:
    decision = PlacementEngine().decide(asked[0], fleet, decision_id="p")
    if decision.outcome is not PlacementOutcome.ASSIGN:
        return
    worker = next(worker for worker in fleet.workers if worker.id == decision.worker_id)
    assert worker.placeable
    assert not shortfalls(worker.declared, worker.allocations, asked[0].requirements, asked[0].interval, NOW)
    ports = choose_ports(asked[0].port_requests, worker.allocations, worker.port_range, asked[0].interval, NOW)
    assert ports is not None


@given(requests(count=1), fleets())
def test_rejections_and_eligible_workers_add_up(asked: list[PlacementRequest], fleet: FleetSnapshot) -> None:
    evaluation = PlacementEngine().evaluate(asked[0], fleet)
    eligible = sum(verdict.eligible for verdict in evaluation.verdicts)
    assert eligible + sum(evaluation.reason_counts.values()) == len(fleet.workers)


@given(requests(count=1), fleets(), st.randoms(use_true_random=False))
def test_the_order_of_workers_changes_nothing(
    asked: list[PlacementRequest], fleet: FleetSnapshot, random: object
) -> None:
    shuffled = list(fleet.workers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    engine = PlacementEngine()
    first = engine.decide(asked[0], fleet, decision_id="p")
    second = engine.decide(asked[0], replace(fleet, workers=tuple(shuffled)), decision_id="p")
    assert (first.outcome, first.worker_id, first.summary) == (second.outcome, second.worker_id, second.summary)


@given(requests(), fleets())
def test_a_plan_repeated_on_the_same_facts_has_the_same_keys(
    asked: list[PlacementRequest], fleet: FleetSnapshot
) -> None:
    assert plan_demand(asked, fleet) == plan_demand(reversed(asked), fleet)


@given(requests(), fleets())
def test_once_asked_for_nothing_more_is_asked_for(asked: list[PlacementRequest], fleet: FleetSnapshot) -> None:
    plan = plan_demand(asked, fleet)
    again = plan_demand(asked, given_what_was_asked_for(plan, fleet))
    assert again.scale_ups == ()


@given(requests(), fleets())
def test_every_session_gets_exactly_one_answer(asked: list[PlacementRequest], fleet: FleetSnapshot) -> None:
    plan = plan_demand(asked, fleet)
    assert set(plan.supply) == {request.session_id for request in asked}
    in_groups = [session_id for scale_up in plan.scale_ups for session_id in scale_up.session_ids]
    wanting = [session_id for session_id, supply in plan.supply.items() if isinstance(supply, WantsNewWorker)]
    assert sorted(in_groups) == sorted(wanting)
    assert len({scale_up.demand_key for scale_up in plan.scale_ups}) == len(plan.scale_ups)


@given(requests(), fleets())
def test_no_planned_worker_is_overfilled(asked: list[PlacementRequest], fleet: FleetSnapshot) -> None:
    plan = plan_demand(asked, fleet)
    filled = {worker.id: worker for worker in given_what_was_asked_for(plan, fleet).workers}
    for request in sorted(asked, key=lambda each: (each.interval.start, each.session_id)):
        match plan.supply[request.session_id]:
            case RoomNow(worker_id=worker_id) | OnTheWay(worker_id=worker_id):
                target = worker_id
            case WantsNewWorker(demand_key=key):
                target = f"z-{key}"
            case _:
                continue
        worker = filled[target]
        assert first_rejection(worker, request, NOW, FIT_FILTERS) is None
        held = worker.allocations
        ports = choose_ports(request.port_requests, held, worker.port_range, request.interval, NOW) or ()
        filled[target] = worker.holding(
            an_allocation(request.session_id, vector=request.requirements, interval=request.interval, ports=ports)
        )
