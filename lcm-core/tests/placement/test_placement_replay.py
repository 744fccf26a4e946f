"""A decision can be made again from its record, and comes out the same."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcm_core.domain.json_form import to_json_form
from lcm_core.domain.read_models import PlacementDecision, PlacementOutcome, ScoringWeights
from lcm_core.placement.demand_planner import NoSupply, OnTheWay, WantsNewWorker
from lcm_core.placement.engine import ENGINE_VERSION, PlacementEngine
from lcm_core.placement.filters import Readiness
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSupply
from lcm_core.placement.replay import replay
from lcm_core.testing.placement_builders import NOW, a_request, a_worker, an_allocation, minutes_from_now
from lcm_core.testing.placement_strategies import a_drawn_fleet, a_drawn_request

supplies = st.sampled_from(
    [None, WantsNewWorker("small", "key"), OnTheWay("w-9", "nine", NOW), NoSupply("no template")]
)


@settings(deadline=None)
@given(a_drawn_request(), a_drawn_fleet(), supplies, st.sampled_from([0.05, 0.4]), st.sampled_from(Readiness))
def test_a_decision_made_again_from_its_stored_record_is_the_same(
    request: PlacementRequest, fleet: FleetSnapshot, supply: object, busy_bonus: float, near: Readiness
) -> None:
    engine = PlacementEngine(ScoringWeights(busy_bonus=busy_bonus))
    decision = engine.evaluate(request, fleet, near).decision("d", supply, queue_position=7)  # type: ignore[arg-type]
    stored = PlacementDecision.model_validate(json.loads(json.dumps(to_json_form(decision))))
    assert replay(stored) == decision


@settings(deadline=None)
@given(a_drawn_request(step=1), a_drawn_fleet(step=1))
def test_beside_the_grid_too(request: PlacementRequest, fleet: FleetSnapshot) -> None:
    decision = PlacementEngine().decide(request, fleet, decision_id="d")
    assert replay(decision) == decision


def test_a_record_says_by_which_version_and_weights_it_was_decided() -> None:
    decision = PlacementEngine().decide(a_request(), FleetSnapshot(NOW, (a_worker(),)), decision_id="d")
    assert decision.engine_version == ENGINE_VERSION == "4"
    assert decision.weights == ScoringWeights()


def test_a_record_of_the_version_before_is_made_again_as_it_was_decided() -> None:
    coming = a_worker(supply=WorkerSupply.COMING, placeable=False, available_from=NOW + timedelta(minutes=10))
    decision = PlacementEngine().evaluate(
        a_request(interval=minutes_from_now(5, 65)), FleetSnapshot(NOW, (coming,)), Readiness.BY_START
    )
    stored = to_json_form(decision.decision("d"))
    del stored["inputs"]["needed_at"]  # type: ignore[union-attr, arg-type]
    again = replay(PlacementDecision.model_validate({**stored, "engine_version": "2"}))
    assert (again.outcome, again.reason_counts) == (PlacementOutcome.WAIT, {"status": 1})


def test_a_record_from_before_prepared_labs_counted_is_made_again_as_it_was_decided() -> None:
    fleet = FleetSnapshot(NOW, (a_worker("w-1", allocations=(an_allocation(),)), a_worker("w-2")))
    decision = PlacementEngine().decide(a_request(content_hash="c"), fleet, decision_id="d")
    stored = to_json_form(decision)
    del stored["weights"]["prepared_bonus"]  # type: ignore[union-attr, arg-type]
    for name in ("content_hash", "prepared"):
        del stored["inputs"][name]  # type: ignore[union-attr, arg-type]
    again = replay(PlacementDecision.model_validate({**stored, "engine_version": "3"}))
    assert (again.worker_id, again.candidates) == ("w-1", decision.candidates)


def test_a_record_without_inputs_cannot_be_made_again() -> None:
    old = PlacementDecision(
        id="d", session_id="s", at=NOW, outcome=PlacementOutcome.WAIT, summary="0/0 workers", engine_version="1"
    )
    with pytest.raises(ValueError, match="engine version 1"):
        replay(old)


def test_the_inputs_take_less_room_than_the_verdicts() -> None:
    held = tuple(an_allocation(f"b-{number}") for number in range(20))
    fleet = FleetSnapshot(NOW, tuple(a_worker(f"w-{number:04}", allocations=held) for number in range(200)))
    decision = to_json_form(PlacementEngine().decide(a_request(), fleet, decision_id="d"))
    inputs, verdicts = len(json.dumps(decision["inputs"])), len(json.dumps(decision["candidates"]))
    assert inputs < 50 * 200
    assert inputs * 4 < verdicts
