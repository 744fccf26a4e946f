"""What a session does whose host is lost, or whose lab does not run on it any more.

control-plane-api decides what becomes of it; here is told what was seen, and the lab is brought up again.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from lablet_controller.application.hosted_services.phases.phase import LOST_STATUSES, Moved, PhaseResult, Stopping
from lablet_controller.application.ports.cml_labs import (
    NODE_STATES_AT_REST,
    CmlError,
    CmlLabs,
    CmlNotFound,
    LabState,
)
from lablet_controller.application.services.node_observation import NodeObservation
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import RecordStep, SessionHostLost, SessionRecovered
from lcm_core.domain.enums import (
    WORKER_STATUSES_IN_SERVICE,
    HostLossCause,
    LabFinding,
    PipelineName,
    SessionOutcome,
    StepStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import RequeueAfter

log = structlog.stdlib.get_logger(__name__)

RESTART_STEP, HOST_BACK_STEP = "restart_lab", "host_back"
_RETRY_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Lab:
    """``None`` for a lab that runs."""

    finding: LabFinding | None


def noted_in_this_hold(session: LabletSessionReadModel, pipeline: PipelineName, step: str) -> bool:
    record, hold = session.step(pipeline, step), session.recovery
    return record is not None and hold is not None and record.started_at is not None and record.started_at >= hold.since


def _was_restarted(work: SessionWork) -> bool:
    return noted_in_this_hold(work.session, PipelineName.INSTANTIATE, RESTART_STEP)


def is_lost(worker: CMLWorkerReadModel) -> bool:
    return worker.status in LOST_STATUSES or worker.host_loss is not None


class HostRecovery:
    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        stopping: Stopping,
        labs: CmlLabs,
        nodes: NodeObservation,
        clock: Clock,
    ) -> None:
        self._sessions = control_plane.sessions
        self._stopping = stopping
        self._labs = labs
        self._nodes = nodes
        self._clock = clock

    async def attend(self, work: SessionWork) -> PhaseResult | None:
        """None when the session's host is there and the session waits for nothing."""
        session, worker = work.session, work.worker
        if worker is None:
            what = "host lost: its worker is not known any more"
            return await self._stopping.stop(work, SessionOutcome.FAILED, what)
        if is_lost(worker):
            return await self._host_lost(work, worker)
        if session.recovery is None:
            return None
        if (
            worker.status not in WORKER_STATUSES_IN_SERVICE
            or worker.service_status is not WorkerServiceStatus.AVAILABLE
        ):
            return RequeueAfter(_RETRY_SECONDS, f"worker {worker.name} to be back")
        return await self._bring_back(work, worker)

    async def notice_lab(self, work: SessionWork) -> Moved | None:
        """A host may have been restarted between two looks at it: it answers, and the lab does not run."""
        worker = work.worker
        if worker is None or worker.service_status is not WorkerServiceStatus.AVAILABLE:
            return None
        try:
            lab = await self._lab(work)
        except CmlError as error:
            log.warning("lab_state_unknown", session_id=work.session.id, reason=error.message)
            return None
        if lab.finding is None:
            return None
        return await self._tell(work, worker, lab.finding)

    async def _host_lost(self, work: SessionWork, worker: CMLWorkerReadModel) -> PhaseResult | None:
        loss = worker.host_loss
        comes_back = worker.status not in LOST_STATUSES
        if work.session.recovery is not None and comes_back:
            return RequeueAfter(_RETRY_SECONDS, f"worker {worker.name} to be back")
        answer = await self._sessions.host_lost(work.session.id, SessionHostLost(worker_id=worker.id))
        if answer.applied:
            return Moved()
        if loss is not None and loss.cause is HostLossCause.SPOT_RECLAIM and comes_back:
            # nothing else can be done for it, and the host still stands for a moment
            return None
        return RequeueAfter(_RETRY_SECONDS, f"worker {worker.name} has lost its host")

    async def _bring_back(self, work: SessionWork, worker: CMLWorkerReadModel) -> PhaseResult:
        """The lab runs: the session goes on. It stands still: its nodes are started, with what was saved on them."""
        try:
            lab = await self._lab(work)
            if lab.finding is LabFinding.MISSING:
                return await self._tell(work, worker, lab.finding) or RequeueAfter(_RETRY_SECONDS, "its lab is missing")
            if lab.finding is LabFinding.STOPPED:
                await self._note(work, PipelineName.INSTANTIATE, RESTART_STEP)
                await self._labs.start_lab(work.require_host(), work.session.cml_lab_id or "")
                return RequeueAfter(_RETRY_SECONDS, "the lab to start again")
            if not await self._labs.converged(work.require_host(), work.session.cml_lab_id or ""):
                return RequeueAfter(1.0, "the lab to converge again")
            # Who looks at the session from now on sees the nodes as they came up, not as they were on the way.
            await self._nodes.look(work, work.session.cml_lab_id or "")
        except CmlError as error:
            return RequeueAfter(_RETRY_SECONDS, f"CML on worker {worker.name}: {error.message}")
        restarted = _was_restarted(work)
        await self._note(work, PipelineName.COLLECT, HOST_BACK_STEP)
        body = SessionRecovered(worker_id=worker.id, lab_restarted=restarted, reason=_told(restarted))
        answer = await self._sessions.recovered(work.session.id, body)
        return Moved() if answer.applied else RequeueAfter(_RETRY_SECONDS, "the record to say that the host is back")

    async def _note(self, work: SessionWork, pipeline: PipelineName, step: str) -> None:
        """Recorded before it is done: who comes after a crash knows of it. Once for each hold."""
        if noted_in_this_hold(work.session, pipeline, step):
            return
        now = self._clock.now()
        body = RecordStep(
            pipeline=pipeline, step=step, status=StepStatus.COMPLETED, attempts=1, started_at=now, ended_at=now
        )
        await self._sessions.record_step(work.session.id, body)

    async def _lab(self, work: SessionWork) -> _Lab:
        lab_id = work.session.cml_lab_id
        if lab_id is None:
            return _Lab(LabFinding.MISSING)
        try:
            nodes = await self._nodes.look(work, lab_id)
            if any(node.state not in NODE_STATES_AT_REST for node in nodes):
                return _Lab(None)
            state = await self._labs.lab_state(work.require_host(), lab_id)
        except CmlNotFound:
            return _Lab(LabFinding.MISSING)
        return _Lab(None if state is LabState.STARTED else LabFinding.STOPPED)

    async def _tell(self, work: SessionWork, worker: CMLWorkerReadModel, finding: LabFinding) -> Moved | None:
        body = SessionHostLost(worker_id=worker.id, lab=finding, reason=f"seen at {worker.private_ip}")
        return Moved() if (await self._sessions.host_lost(work.session.id, body)).applied else None


def _told(restarted: bool) -> str:
    if restarted:
        return "The host is back and the nodes of the lab were started again: what was not saved on them is lost."
    return "The host is back and the lab never stopped."
