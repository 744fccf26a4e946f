"""The engine's arithmetic gives the answers of the plain rules: every worker, every word, every digit."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcm_core.domain.capacity import Shortfall
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.engine import Evaluation, PlacementEngine
from lcm_core.placement.filters import Readiness
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.testing.placement_builders import NOW, a_request, a_worker, an_allocation
from lcm_core.testing.placement_reference import LoopEvaluation, LoopVerdict, loop_earliest_fit, loop_evaluate
from lcm_core.testing.placement_strategies import a_drawn_fleet, a_drawn_request

weights = st.builds(
    ScoringWeights,
    fullness=st.sampled_from([1.0, 0.7, 0.0]),
    busy_bonus=st.sampled_from([0.05, 0.0, 0.3]),
    promise_bonus=st.sampled_from([2.0, 0.1]),
    prepared_bonus=st.sampled_from([0.5, 0.0]),
)
readiness = st.sampled_from(Readiness)


def told_as_by_loops(evaluation: Evaluation) -> LoopEvaluation:
    return LoopEvaluation(
        tuple(
            LoopVerdict(
                each.worker_id,
                each.reason_code,
                each.detail,
                each.score,
                Shortfall(each.dimension, each.needed or 0, each.free or 0) if each.dimension else None,
            )
            for each in evaluation.verdicts
        ),
        evaluation.best.id if evaluation.best else None,
    )


@settings(deadline=None)
@given(a_drawn_request(), a_drawn_fleet(), readiness, weights)
def test_on_the_grid_every_answer_is_that_of_the_rules(
    request: PlacementRequest, fleet: FleetSnapshot, near: Readiness, weights: ScoringWeights
) -> None:
    evaluation = PlacementEngine(weights).evaluate(request, fleet, near)
    assert told_as_by_loops(evaluation) == loop_evaluate(request, fleet, near, weights)


@settings(deadline=None)
@given(a_drawn_request(step=1), a_drawn_fleet(step=1))
def test_beside_the_grid_too(request: PlacementRequest, fleet: FleetSnapshot) -> None:
    evaluation = PlacementEngine().evaluate(request, fleet)
    assert told_as_by_loops(evaluation) == loop_evaluate(request, fleet)


@settings(deadline=None)
@given(a_drawn_request(), st.lists(a_drawn_fleet(), min_size=2, max_size=4), st.lists(st.integers(-90, 300)))
def test_what_an_engine_has_seen_before_changes_no_answer(
    request: PlacementRequest, fleets: list[FleetSnapshot], minutes: list[int]
) -> None:
    engine = PlacementEngine()
    seen = [
        replace(fleet, at=fleet.at + timedelta(minutes=later))
        for fleet, later in zip(fleets, [*minutes, *[0] * len(fleets)], strict=False)
    ]
    evaluations = [engine.evaluate(request, fleet) for fleet in seen]
    for evaluation, fleet in zip(evaluations, seen, strict=True):
        assert told_as_by_loops(evaluation) == loop_evaluate(request, fleet)


@settings(deadline=None)
@given(a_drawn_request(), a_drawn_fleet(), readiness)
def test_the_reasons_and_those_who_can_add_up_to_all_workers(
    request: PlacementRequest, fleet: FleetSnapshot, near: Readiness
) -> None:
    evaluation = PlacementEngine().evaluate(request, fleet, near)
    eligible = sum(verdict.eligible for verdict in evaluation.verdicts)
    assert eligible + sum(evaluation.reason_counts.values()) == len(fleet.workers)
    assert evaluation.summary.startswith(f"{eligible}/{len(fleet.workers)} workers")


@settings(deadline=None)
@given(a_drawn_request(), a_drawn_fleet(), st.sampled_from([Readiness.NOW, Readiness.ANY]))
def test_the_earliest_time_is_the_first_slot_in_which_the_rules_let_it_begin(
    request: PlacementRequest, fleet: FleetSnapshot, near: Readiness
) -> None:
    request = replace(request, port_requests=())
    for worker, verdict in zip(fleet.workers, PlacementEngine().evaluate(request, fleet, near).verdicts, strict=True):
        if not verdict.eligible:
            assert verdict.earliest_fit_at == loop_earliest_fit(worker, request, fleet.at, near)


def test_a_worker_that_only_holds_the_sessions_own_room_does_not_count_as_busy() -> None:
    own, other = a_worker("w-1", allocations=(an_allocation("s-1"),)), a_worker("w-2")
    evaluation = PlacementEngine().evaluate(a_request("s-1"), FleetSnapshot(NOW, (own, other)))
    assert [verdict.score for verdict in evaluation.verdicts] == [evaluation.verdicts[1].score] * 2


@pytest.mark.parametrize("amount", [10**6, 10**7, 10**9])
def test_amounts_beyond_what_the_grid_counts_are_judged_all_the_same(amount: int) -> None:
    huge = ResourceVector(storage_gb=amount)
    worker = a_worker(declared=huge, allocations=(an_allocation(vector=ResourceVector(storage_gb=amount - 10)),))
    fleet = FleetSnapshot(NOW, (worker,))
    for wanted in (0, 10, 11):
        request = a_request(requirements=ResourceVector(storage_gb=wanted), port_requests=())
        assert told_as_by_loops(PlacementEngine().evaluate(request, fleet)) == loop_evaluate(request, fleet)
