"""Rules of single aggregates, and that what they store is what others read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from control_plane_api.domain.entities import AGGREGATES, CMLWorker, LabletSession
from control_plane_api.domain.entities.read_model_form import read_model_from_document, read_model_of
from control_plane_api.domain.events.registry import EVENTS, Stamp
from control_plane_api.testing.builders import SMALL, a_session, a_worker, made_ready
from lcm_core.domain import read_models as models
from lcm_core.domain.aggregate import check_coverage
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import CapacityRefused, DomainError, IllegalTransition, InvariantViolated
from lcm_core.domain.read_models.operations import MaintenanceReadModel, ReconcilerReadModel
from lcm_core.domain.transitions import CML_WORKER_VALID_TRANSITIONS, LABLET_SESSION_VALID_TRANSITIONS
from lcm_core.domain.values import PortRange, Timeslot

NOW = datetime(2030, 1, 1, tzinfo=UTC)
STAMP = Stamp(at=NOW, by="tester")
SLOT = Timeslot(start=NOW, end=NOW + timedelta(hours=1))
_S = LabletSessionStatus

READ_MODELS: dict[str, type[models.base.AggregateReadModel]] = {
    "lablet_session": models.LabletSessionReadModel,
    "cml_worker": models.CMLWorkerReadModel,
    "lablet_definition": models.LabletDefinitionReadModel,
    "worker_template": models.WorkerTemplateReadModel,
    "reservation": models.ReservationReadModel,
    "user_session": models.UserSessionReadModel,
    "grading_session": models.GradingSessionReadModel,
    "score_report": models.ScoreReportReadModel,
    "warm_pool": models.WarmPoolReadModel,
    "reconciler": ReconcilerReadModel,
    "maintenance": MaintenanceReadModel,
    "subscription": models.SubscriptionReadModel,
}
OBSERVED = {"cml_worker": {"metrics", "last_activity_at"}}
"""Kept beside the log, see ReportWorkerMetricsCommand."""


def test_every_event_is_applied_by_one_aggregate() -> None:
    check_coverage(EVENTS, AGGREGATES)


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.kind)
def test_the_stored_state_has_every_field_that_readers_expect(aggregate: Any) -> None:
    model = READ_MODELS.get(aggregate.kind)
    if model is None:
        assert aggregate.kind in ("system_settings", "audit_export", "notification")
        return
    stored = set(aggregate.state_type.model_fields) | {"id", "version", "updated_at"}

    assert set(model.model_fields) - stored - OBSERVED.get(aggregate.kind, set()) == set()


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda each: each.kind)
def test_what_readers_get_of_a_state_is_of_the_type_that_they_expect(aggregate: Any) -> None:
    model = READ_MODELS.get(aggregate.kind)
    fields = aggregate.state_type.model_fields
    shared = set(model.model_fields) & set(fields) if model else set[str]()

    assert {
        name for name in shared if model and model.model_fields[name].annotation != fields[name].annotation
    } == set()


def test_a_stored_document_reads_as_the_read_model_that_the_command_answered() -> None:
    session = a_session(stamp=STAMP)
    answered = read_model_of(session, models.LabletSessionReadModel)
    session.mark_committed(head_hash="h", at=NOW)

    assert read_model_from_document(session.to_document(), models.LabletSessionReadModel) == answered


def _session_in(status: LabletSessionStatus) -> LabletSession:
    """By the shortest way."""
    session = a_session(stamp=STAMP)
    steps = (
        lambda: session.schedule("w", (), "d", STAMP),
        lambda: session.start_instantiation(STAMP),
        lambda: session.mark_ready("lab", "u", "lds", "url", STAMP),
        lambda: session.learner_started(NOW, STAMP),
        lambda: session.start_collection("g", "end", STAMP),
        lambda: session.evidence_collected(1, (), STAMP),
        lambda: session.stop(SessionOutcome.COMPLETED, "graded", STAMP),
        lambda: session.mark_stopped("deleted", STAMP),
        lambda: session.mark_archived("", STAMP),
        lambda: session.terminate(SessionOutcome.COMPLETED, "", STAMP, capacity_released=False),
    )
    for step in steps[: list(_S).index(status)]:
        step()
    assert session.state.status is status
    return session


def _move(session: LabletSession, target: LabletSessionStatus) -> Any:
    moves = {
        _S.PENDING: lambda: session.unschedule("moved", STAMP, worker_gone=True),
        _S.SCHEDULED: lambda: session.schedule("w2", (), "d", STAMP),
        _S.INSTANTIATING: lambda: session.start_instantiation(STAMP),
        _S.READY: lambda: session.mark_ready("lab", "u", "lds", "url", STAMP),
        _S.RUNNING: lambda: session.learner_started(NOW, STAMP),
        _S.COLLECTING: lambda: (
            session.recollect("g-2", "again", STAMP)
            if session.state.status is _S.GRADING
            else session.start_collection("g", "end", STAMP)
        ),
        _S.GRADING: lambda: session.evidence_collected(1, (), STAMP),
        _S.STOPPING: lambda: session.stop(SessionOutcome.FAILED, "why", STAMP),
        _S.STOPPED: lambda: session.mark_stopped("deleted", STAMP),
        _S.ARCHIVED: lambda: session.mark_archived("", STAMP),
        _S.TERMINATED: lambda: session.terminate(SessionOutcome.FAILED, "why", STAMP, capacity_released=True),
    }
    return moves[target]()


@pytest.mark.parametrize("source", list(_S))
@pytest.mark.parametrize("target", list(_S))
def test_a_session_moves_by_its_table_and_in_no_other_way(
    source: LabletSessionStatus, target: LabletSessionStatus
) -> None:
    session = _session_in(source)
    before = len(session.pending_events)

    if target in LABLET_SESSION_VALID_TRANSITIONS[source]:
        _move(session, target)
        assert session.state.status is target
        return
    try:
        changed = _move(session, target)
    except DomainError as error:
        assert isinstance(error, IllegalTransition)
        assert (error.source, error.target) == (source.value, target.value)
    else:
        assert changed is False
    assert session.state.status is source
    assert len(session.pending_events) == before


def test_the_first_outcome_stays() -> None:
    session = _session_in(_S.RUNNING)
    session.stop(SessionOutcome.EXPIRED, "slot over", STAMP)
    session.mark_stopped("deleted", STAMP)
    session.mark_archived("", STAMP)

    session.terminate(SessionOutcome.CANCELLED, "other", STAMP, capacity_released=False)

    assert (session.state.outcome, session.state.outcome_reason) == (SessionOutcome.EXPIRED, "slot over")


def test_a_session_that_holds_a_worker_is_not_terminated_without_giving_it_back() -> None:
    session = _session_in(_S.SCHEDULED)

    with pytest.raises(InvariantViolated, match="still holds capacity"):
        session.terminate(SessionOutcome.CANCELLED, "", STAMP, capacity_released=False)


def test_a_session_that_began_once_is_not_terminated_before_its_delivery_is_archived() -> None:
    session = _session_in(_S.INSTANTIATING)
    session.unschedule("worker gone", STAMP, worker_gone=True)

    with pytest.raises(InvariantViolated, match="still holds a delivery session"):
        session.terminate(SessionOutcome.CANCELLED, "", STAMP, capacity_released=False)


def test_a_second_lab_is_refused_so_that_none_is_forgotten() -> None:
    session = _session_in(_S.INSTANTIATING)
    session.bind_lab("lab-1", STAMP)

    assert session.bind_lab("lab-1", STAMP) is False
    with pytest.raises(InvariantViolated, match="lab-1 already"):
        session.bind_lab("lab-2", STAMP)


def test_placed_anew_a_session_forgets_what_was_done_on_the_old_worker() -> None:
    session = _session_in(_S.INSTANTIATING)
    step = models.StepRecord(pipeline="instantiate", step="import", status="completed")  # pyright: ignore[reportArgumentType]
    session.record_step(step, STAMP)
    session.bind_lab("lab-1", STAMP)

    session.unschedule("worker gone", STAMP, worker_gone=True)

    state = session.state
    assert (state.worker_id, state.cml_lab_id, state.steps, state.pending_reason) == (None, None, (), "worker gone")


@pytest.mark.parametrize("status", [status for status in CMLWorkerStatus if status is not CMLWorkerStatus.RUNNING])
def test_only_a_running_worker_takes_sessions(status: CMLWorkerStatus) -> None:
    worker = made_ready(a_worker())
    worker.state.status = status

    with pytest.raises(CapacityRefused, match=status.value):
        worker.allocate("s", SMALL, (), SLOT, STAMP)


def test_the_same_session_gets_the_same_grant() -> None:
    worker = made_ready(a_worker())

    first = worker.allocate("s", SMALL, (), SLOT, STAMP)
    again = worker.allocate("s", SMALL, (), SLOT, STAMP)

    assert first is again
    assert len(worker.state.allocations) == 1


def test_sessions_one_after_the_other_share_the_same_room() -> None:
    worker = made_ready(a_worker(declared=SMALL))
    later = Timeslot(start=SLOT.end, end=SLOT.end + timedelta(hours=1))

    worker.allocate("s1", SMALL, (), SLOT, STAMP)
    worker.allocate("s2", SMALL, (), later, STAMP)

    with pytest.raises(CapacityRefused):
        worker.allocate("s3", SMALL, (), SLOT, STAMP)


def test_what_is_given_back_is_what_was_granted_and_only_once() -> None:
    worker = made_ready(a_worker())
    granted = worker.allocate("s", SMALL, (), SLOT, STAMP)

    assert worker.release("s", "lab gone", STAMP) is True
    assert worker.release("s", "lab gone", STAMP) is False

    released = worker.pending_events[-1]
    assert released.model_dump()["released"] == granted.model_dump()


def test_a_lost_grant_is_restored_with_its_own_ports_or_not_at_all() -> None:
    worker = made_ready(a_worker())
    ports = worker.allocate("s", SMALL, a_session().state.port_requests, SLOT, STAMP).ports
    worker.release("s", "lost", STAMP)
    worker.allocate("thief", SMALL, a_session().state.port_requests, SLOT, STAMP)

    with pytest.raises(CapacityRefused, match="granted to others"):
        worker.restore("s", SMALL, ports, SLOT, STAMP)
    worker.release("thief", "gone", STAMP)
    worker.restore("s", SMALL, ports, SLOT, STAMP)

    restored = worker.allocation_of("s")
    assert restored is not None
    assert restored.ports == ports


def test_every_worker_status_but_the_last_has_a_way_on() -> None:
    assert [status for status, targets in CML_WORKER_VALID_TRANSITIONS.items() if not targets] == [
        CMLWorkerStatus.TERMINATED
    ]


def test_an_exhausted_port_range_is_told() -> None:
    worker: CMLWorker = made_ready(a_worker())
    worker.state.port_range = PortRange(first=2000, last=2000)
    requests = a_session().state.port_requests
    worker.allocate("s1", SMALL, requests, SLOT, STAMP)

    with pytest.raises(CapacityRefused, match="ports: needs 1, 0 free") as refused:
        worker.allocate("s2", SMALL, requests, SLOT, STAMP)

    assert refused.value.facts["reason_code"] == "ports"


@pytest.mark.parametrize("aggregate", [each for each in AGGREGATES if each.frozen_parts], ids=lambda each: each.kind)
def test_what_may_be_shared_between_loads_cannot_be_changed(aggregate: Any) -> None:
    """Containers deep in a frozen value are never changed by anybody; those in the state itself could be."""
    for name, field in aggregate.state_type.model_fields.items():
        for part in _parts_of(field.annotation):
            frozen = not issubclass(part, BaseModel) or part.model_config.get("frozen")
            assert frozen and not issubclass(part, list | dict | set), f"{name} holds {part.__name__}"


def _parts_of(annotation: Any) -> list[type]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    parts = [part for argument in arguments for part in _parts_of(argument)]
    own = origin if isinstance(origin, type) else annotation
    return [own, *parts] if isinstance(own, type) else parts
