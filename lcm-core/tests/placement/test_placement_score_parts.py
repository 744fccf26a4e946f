"""What a score is made of is told by the rule that gave it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcm_core.domain.read_models import PlacementDecision, PlacementOutcome, ScoringWeights
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.score_parts import ScoreReason, score_parts
from lcm_core.testing.placement_builders import NOW, a_request, a_worker, an_allocation
from lcm_core.testing.placement_strategies import a_drawn_fleet, a_drawn_request

MILLIONTH = 1e-6
weights = st.builds(ScoringWeights, fullness=st.floats(0, 5), busy_bonus=st.floats(0, 5), promise_bonus=st.floats(0, 5))


@settings(deadline=None)
@given(a_drawn_request(), a_drawn_fleet(), weights)
def test_the_points_of_the_parts_add_up_to_the_score(
    request: PlacementRequest, fleet: FleetSnapshot, chosen: ScoringWeights
) -> None:
    decision = PlacementEngine(chosen).decide(request, fleet, decision_id="d")
    told = score_parts(decision)
    assert [each.worker_id for each in told] == [each.worker_id for each in decision.candidates if each.eligible]
    for each in told:
        assert sum(part.points for part in each.parts) == pytest.approx(each.score, abs=20 * MILLIONTH)


def test_each_part_tells_how_much_it_counts_and_for_what() -> None:
    worker = a_worker(allocations=(an_allocation(),))
    decision = PlacementEngine().decide(
        a_request(promised_worker_id=worker.id), FleetSnapshot(NOW, (worker,)), decision_id="d"
    )
    (told,) = score_parts(decision)
    parts = {part.reason: (part.weight, part.value, part.points) for part in told.parts}
    assert parts[ScoreReason.BUSY] == (0.05, 1.0, 0.05)
    assert parts[ScoreReason.PROMISE] == (2.0, 1.0, 2.0)
    assert parts[ScoreReason.PREPARED] == (0.5, 0.0, 0.0)
    assert parts[ScoreReason.FULLNESS][1] == pytest.approx(sum(told.shares.values()) / len(told.shares), abs=MILLIONTH)


def test_nothing_is_told_of_a_record_that_kept_no_inputs() -> None:
    old = PlacementDecision(
        id="d", session_id="s", at=NOW, outcome=PlacementOutcome.WAIT, summary="0/0 workers", engine_version="1"
    )
    assert score_parts(old) == []
