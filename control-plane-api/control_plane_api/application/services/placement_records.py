"""Placement decisions are kept, in the commit that acts on them, for as long as the settings say."""

from __future__ import annotations

from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.json_form import to_json_form
from lcm_core.domain.read_models import PlacementDecision

PLACEMENT_DECISIONS = "placement_decisions"
DECIDED_AT = "decided_at"
"""The same instant as ``at``, as a date: only those does the database count days from."""


def require_decision_for(decision: PlacementDecision, session_id: str, worker_id: str | None = None) -> None:
    """Raises InvalidInput when the decision is about something else than the request."""
    problems: list[InputProblem] = []
    if decision.session_id != session_id:
        problems.append(InputProblem("/decision/session_id", f"is {decision.session_id!r}, not {session_id!r}"))
    if worker_id is not None and decision.worker_id != worker_id:
        problems.append(InputProblem("/decision/worker_id", f"is {decision.worker_id!r}, not {worker_id!r}"))
    if problems:
        raise InvalidInput(problems, what="placement decision")


def keep_decision(uow: UnitOfWork, decision: PlacementDecision) -> None:
    # A decision whose commit was refused may be sent again under its id.
    document = {"_id": decision.id, **to_json_form(decision), DECIDED_AT: decision.at}
    uow.attach(PLACEMENT_DECISIONS, document, upsert=True)
