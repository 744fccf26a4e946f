"""The moves of a session in the control plane in memory, by the last part of their route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lcm_core.contracts.lab_nodes import ObserveNodes
from lcm_core.contracts.sessions import CollectionCompleted
from lcm_core.domain.enums import CMLWorkerStatus, HostLossCause, LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import CapacityRefused, RuleViolation
from lcm_core.domain.lab_nodes import LabNodeState
from lcm_core.domain.read_models import LabletSessionReadModel, StepRecord
from lcm_core.domain.values import RecoveryHold

if TYPE_CHECKING:
    from .fake_control_plane import FakeControlPlane

_S = LabletSessionStatus
ORDER = tuple(_S)

Action = Callable[["FakeControlPlane", LabletSessionReadModel, Mapping[str, Any]], bool]


def _instantiate(plane: FakeControlPlane, session: LabletSessionReadModel, _body: Mapping[str, Any]) -> bool:
    plane.begun.add(session.id)
    return plane.move(session.id, _S.INSTANTIATING)


def _record_step(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    step = StepRecord.model_validate(body)
    kept = tuple(each for each in session.steps if (each.pipeline, each.step) != (step.pipeline, step.step))
    plane.change(session.id, steps=(*kept, step))
    return True


def _bind_lab(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    assert session.cml_lab_id in (None, body["cml_lab_id"], body.get("replaces")), "a second lab was bound"
    plane.change(session.id, cml_lab_id=body["cml_lab_id"])
    return True


def _other_ports(plane: FakeControlPlane, session: LabletSessionReadModel, _body: Mapping[str, Any]) -> bool:
    """As the aggregate does it; ``plane.port_range`` is what the worker has."""
    foreign = plane.worker(session.worker_id or "").foreign_ports
    held = [each.outer for each in session.allocated_ports]
    lost = [port for port in held if port in foreign]
    free = [port for port in plane.port_range if port not in foreign and port not in held]
    if len(free) < len(lost):
        raise CapacityRefused("there are no other ports", facts={"reason_code": "ports"})
    instead = dict(zip(lost, free, strict=False))
    ports = (each.model_copy(update={"outer": instead.get(each.outer, each.outer)}) for each in session.allocated_ports)
    start = session.warm_start
    prepared = start is not None and start.hit
    changes = {"cml_lab_id": None, "warm_start": None} if lost and prepared else {}
    plane.change(session.id, allocated_ports=tuple(ports), **changes)
    return bool(lost)


def _observe_nodes(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    request = ObserveNodes.model_validate(body)
    assert (request.cml_lab_id, request.worker_id) == (session.cml_lab_id, session.worker_id)
    nodes = tuple(LabNodeState(**node.model_dump(), since=request.observed_at) for node in request.nodes)
    plane.change(session.id, lab_nodes=nodes, lab_nodes_at=request.observed_at)
    return True


def _mark_ready(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    assert session.cml_lab_id == body["cml_lab_id"]
    return plane.move(session.id, _S.READY, lds_session_id=body["lds_session_id"], login_url=body["login_url"])


def _ended(plane: FakeControlPlane, session: LabletSessionReadModel, _body: Mapping[str, Any]) -> bool:
    return plane.move(session.id, _S.COLLECTING if session.grading_enabled else _S.STOPPING)


def _paused(plane: FakeControlPlane, session: LabletSessionReadModel, _body: Mapping[str, Any]) -> bool:
    changed = session.status is _S.RUNNING and session.id not in plane.paused
    plane.paused.add(session.id)
    return changed


def _resumed(plane: FakeControlPlane, session: LabletSessionReadModel, _body: Mapping[str, Any]) -> bool:
    changed = session.status is _S.RUNNING and session.id in plane.paused
    plane.paused.discard(session.id)
    return changed


def _faulted(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    if session.status is _S.RUNNING and session.grading_enabled:
        return plane.move(session.id, _S.COLLECTING)
    return plane.move(session.id, _S.STOPPING, outcome=SessionOutcome.FAILED, outcome_reason=body["error"])


def _collected(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    request = CollectionCompleted.model_validate(body)
    plane.evidence[session.id] = request
    read = any(device.was_read for device in request.devices)
    return plane.move(session.id, _S.GRADING if read and session.grading_enabled else _S.STOPPING)


def _graded(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    if ORDER.index(session.status) < ORDER.index(_S.GRADING):
        raise RuleViolation("nothing was submitted for grading", code="nothing-submitted")
    if session.regrading is not None:
        plane.change(session.id, regrading=None, score=body["score"], max_score=body["max_score"])
        return True
    return plane.move(
        session.id, _S.STOPPING, score=body["score"], max_score=body["max_score"], outcome=SessionOutcome.COMPLETED
    )


def _reviewed(plane: FakeControlPlane, session: LabletSessionReadModel, _body: Mapping[str, Any]) -> bool:
    if ORDER.index(session.status) < ORDER.index(_S.GRADING):
        raise RuleViolation("nothing of it was given to grading", code="nothing-to-grade")
    changed = session.status is _S.GRADING and session.id not in plane.reviewed
    plane.reviewed.add(session.id)
    return changed


def _not_graded(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    if session.regrading is not None:
        plane.change(session.id, regrading=None, pending_reason=body["error"])
        return True
    return plane.move(session.id, _S.STOPPING, outcome=SessionOutcome.FAILED, outcome_reason=body["error"])


def _stop(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    if session.id in plane.begun and session.status is _S.SCHEDULED:
        _unschedule(plane, session, body)
    may_exist = session.id in plane.begun or session.status not in (_S.PENDING, _S.SCHEDULED)
    target = _S.STOPPING if may_exist else _S.TERMINATED
    return plane.move(session.id, target, outcome=SessionOutcome(body["outcome"]), outcome_reason=body["reason"])


def _unschedule(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    return plane.move(session.id, _S.PENDING, worker_id=None, cml_lab_id=None, steps=(), pending_reason=body["reason"])


def _host_lost(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    worker = plane.workers[body["worker_id"]]
    gone = worker.status in (CMLWorkerStatus.TERMINATED, CMLWorkerStatus.TERMINATING, CMLWorkerStatus.FAILED)
    lab = body["lab"]
    if session.worker_id != worker.id or not (gone or worker.host_loss or lab):
        return False
    if session.status in (_S.SCHEDULED, _S.INSTANTIATING, _S.READY):
        return _unschedule(plane, session, {"reason": "host lost"})
    if session.status not in (_S.RUNNING, _S.COLLECTING):
        return False
    if gone or lab == "missing":
        return plane.move(session.id, _S.STOPPING, outcome=SessionOutcome.FAILED, outcome_reason="host lost")
    reclaimed = worker.host_loss is not None and worker.host_loss.cause is HostLossCause.SPOT_RECLAIM
    if session.recovery is not None or reclaimed:
        return False
    now = plane.clock.now()
    hold = RecoveryHold(worker_id=worker.id, since=now, deadline=now + timedelta(minutes=15), reason="host lost")
    plane.change(session.id, recovery=hold)
    return True


def _recovered(plane: FakeControlPlane, session: LabletSessionReadModel, body: Mapping[str, Any]) -> bool:
    if session.recovery is None or plane.workers[body["worker_id"]].host_loss is not None:
        return False
    plane.change(session.id, recovery=None, pending_reason=body["reason"])
    return True


def _moves_to(target: LabletSessionStatus, **changes: Any) -> Action:
    return lambda plane, session, _body: plane.move(session.id, target, **changes)


def _nothing(_plane: FakeControlPlane, _session: LabletSessionReadModel, _body: Mapping[str, Any]) -> bool:
    return True


ACTIONS: dict[str, Action] = {
    "unschedule": _unschedule,
    "host-lost": _host_lost,
    "recovered": _recovered,
    "start-instantiation": _instantiate,
    "steps": _record_step,
    "other-ports": _other_ports,
    "bind-lab": _bind_lab,
    "nodes": _observe_nodes,
    "mark-ready": _mark_ready,
    "session-started": _moves_to(_S.RUNNING),
    "session-paused": _paused,
    "session-resumed": _resumed,
    "session-faulted": _faulted,
    "session-ended": _ended,
    "start-collection": _moves_to(_S.COLLECTING),
    "collection-completed": _collected,
    "grading-submitted": _nothing,
    "grading-review-requested": _reviewed,
    "grading-completed": _graded,
    "grading-failed": _not_graded,
    "stop": _stop,
    "stopped": _moves_to(_S.STOPPED, lab_gone=True),
    "archived": _moves_to(_S.ARCHIVED, lds_archived=True),
    "complete-termination": _moves_to(_S.TERMINATED),
}
