"""Makes a decision again from its record."""

from __future__ import annotations

from lcm_core.domain.read_models import PlacementDecision
from lcm_core.placement.engine import PlacementEngine, record_decision
from lcm_core.placement.filters import Readiness
from lcm_core.placement.inputs import recorded_fleet, recorded_request
from lcm_core.placement.scoring import DEFAULT_WEIGHTS


def replay(record: PlacementDecision) -> PlacementDecision:
    """The same answer, from what the record says of the request and of the workers, by the rules of today.

    When ``earliest_fit_at`` is, the record has to be believed: it depends on bookings after the interval. Raises
    ValueError for a record of engine version 1, which kept no inputs.
    """
    inputs = record.inputs
    if inputs is None:
        raise ValueError(f"decision {record.id} was recorded without its inputs, by engine version 1")
    fleet = recorded_fleet(record.at, record.candidates, inputs)
    request = recorded_request(record.session_id, inputs)
    engine = PlacementEngine(record.weights or DEFAULT_WEIGHTS)
    evaluation = engine.evaluate(request, fleet, Readiness(inputs.readiness))
    again = record_decision(evaluation, record.id, inputs.without_room, record.queue_position)
    candidates = tuple(
        verdict.model_copy(update={"earliest_fit_at": told.earliest_fit_at})
        for verdict, told in zip(again.candidates, record.candidates, strict=True)
    )
    return again.model_copy(update={"candidates": candidates})
