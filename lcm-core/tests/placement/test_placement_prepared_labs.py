"""A session goes where a lab of its content stands ready, unless more speaks for another worker."""

from datetime import timedelta
from typing import Any

from lcm_core.domain.read_models import PlacementDecision, ScoringWeights
from lcm_core.domain.warm_pool import PreparedLabStatus
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.filters import Readiness
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.replay import replay
from lcm_core.placement.snapshots import placement_request, worker_snapshot
from lcm_core.testing.placement_builders import (
    NOW,
    PREPARED_CONTENT,
    ROOMY,
    a_prepared_lab,
    a_request,
    a_session_row,
    a_worker,
    a_worker_row,
    an_allocation,
    minutes_from_now,
)

CONTENT = PREPARED_CONTENT


def two_workers(**prepared: Any) -> FleetSnapshot:
    """w-1 serves somebody already and would be the better fit; w-2 has what is *prepared*."""
    return FleetSnapshot(NOW, (a_worker("w-1", allocations=(an_allocation(),)), a_worker("w-2", **prepared)))


def decided(request: PlacementRequest, fleet: FleetSnapshot, **weights: float) -> PlacementDecision:
    return PlacementEngine(ScoringWeights(**weights)).decide(request, fleet, decision_id="d")


def test_a_worker_with_a_prepared_lab_of_the_content_is_preferred_and_the_decision_says_so() -> None:
    fleet = two_workers(prepared=frozenset({CONTENT}))
    decision = decided(a_request(content_hash=CONTENT), fleet)
    bare = decided(a_request(), fleet)
    assert (bare.worker_id, decision.worker_id) == ("w-1", "w-2")
    assert decision.summary == "2/2 workers; placed on w-2, which has a prepared lab of it"
    assert [each.detail for each in decision.candidates] == ["", "a lab of it stands prepared here"]
    scores = [[each.score for each in told.candidates] for told in (bare, decision)]
    assert scores[1] == [scores[0][0], (scores[0][1] or 0) + 0.5]
    assert replay(decision) == decision


def test_a_prepared_lab_of_another_content_counts_for_nothing() -> None:
    assert decided(a_request(content_hash=CONTENT), two_workers(prepared=frozenset({"other"}))).worker_id == "w-1"


def test_what_a_prepared_lab_is_worth_is_a_weight() -> None:
    fleet = two_workers(prepared=frozenset({CONTENT}))
    assert decided(a_request(content_hash=CONTENT), fleet, prepared_bonus=0).worker_id == "w-1"


def test_the_room_that_was_promised_counts_for_more() -> None:
    request = a_request(content_hash=CONTENT, promised_worker_id="w-1")
    assert decided(request, two_workers(prepared=frozenset({CONTENT}))).worker_id == "w-1"


def test_a_worker_without_room_is_never_chosen_for_its_prepared_lab() -> None:
    full = an_allocation("full", vector=ROOMY)
    fleet = two_workers(prepared=frozenset({CONTENT}), allocations=(full,))
    assert decided(a_request(content_hash=CONTENT), fleet).worker_id == "w-1"


def test_a_booking_for_tomorrow_is_not_drawn_to_what_stands_ready_today() -> None:
    fleet = FleetSnapshot(NOW, (a_worker("w-1"), a_worker("w-2", prepared=frozenset({CONTENT}))))
    engine = PlacementEngine()
    chosen: dict[str, WorkerSnapshot | None] = {
        when: engine.evaluate(a_request(content_hash=CONTENT, interval=interval), fleet, Readiness.BY_START).best
        for when, interval in (("soon", minutes_from_now(60, 120)), ("later", minutes_from_now(65, 125)))
    }
    assert {when: worker and worker.id for when, worker in chosen.items()} == {"soon": "w-2", "later": "w-1"}


def test_only_labs_that_a_session_could_take_count() -> None:
    labs = (
        a_prepared_lab(),
        a_prepared_lab("lab-2", content_hash="preparing", status=PreparedLabStatus.PREPARING, cml_lab_id=None),
        a_prepared_lab("lab-3", content_hash="claimed", status=PreparedLabStatus.CLAIMED),
        a_prepared_lab("lab-4", content_hash="removed", status=PreparedLabStatus.REMOVING),
    )
    assert worker_snapshot(a_worker_row(prepared_labs=labs), None, at=NOW).prepared == {CONTENT}
    assert placement_request(a_session_row(content_hash=CONTENT)).content_hash == CONTENT


def test_an_engine_that_knows_the_fleet_notices_a_lab_that_is_taken_and_one_that_comes() -> None:
    engine, request = PlacementEngine(), a_request(content_hash=CONTENT)
    first, second = a_worker("w-1"), a_worker("w-2")
    ready = [a_worker(each.id, prepared=frozenset({CONTENT})) for each in (first, second)]
    fleets = [(first, ready[1]), (first, second), (ready[0], second), (first, ready[1])]
    chosen = [
        engine.evaluate(request, FleetSnapshot(NOW + timedelta(seconds=step), workers)).best
        for step, workers in enumerate(fleets)
    ]
    assert [worker and worker.id for worker in chosen] == ["w-2", "w-1", "w-1", "w-2"]
