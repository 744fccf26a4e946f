"""The internal API as the scheduler calls it, without a network."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from bench.month.live_plane import LivePlane
from control_plane_api.application.commands.lablet_session.adjust_occupation_command import AdjustOccupationCommand
from control_plane_api.application.commands.lablet_session.promise_capacity_command import PromiseCapacityCommand
from control_plane_api.application.commands.lablet_session.record_pipeline_step_command import (
    RecordPipelineStepCommand,
)
from control_plane_api.application.commands.lablet_session.record_placement_decision_command import (
    RecordPlacementDecisionCommand,
)
from control_plane_api.application.commands.lablet_session.report_promise_at_risk_command import (
    ReportPromiseAtRiskCommand,
)
from control_plane_api.application.commands.lablet_session.schedule_lablet_session_command import (
    ScheduleLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.start_collection_command import StartCollectionCommand
from control_plane_api.application.commands.lablet_session.start_instantiation_command import StartInstantiationCommand
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.warn_session_ending_command import WarnSessionEndingCommand
from control_plane_api.application.commands.worker.request_scale_up_command import RequestScaleUpCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from lcm_core.contracts.base import Applied
from lcm_core.contracts.clock import ServerTime
from lcm_core.contracts.sessions import (
    AdjustOccupation,
    PromiseAnswer,
    PromiseCapacity,
    RecordPlacementDecision,
    RecordStep,
    ReportPromiseAtRisk,
    ScheduleSession,
    StartCollection,
    StopSession,
    UnscheduleSession,
    WarnSessionEnding,
)
from lcm_core.contracts.workers import RequestScaleUp, ScaleUpAnswer, SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerTemplateReadModel


class Sessions:
    def __init__(self, plane: LivePlane) -> None:
        self._plane = plane

    async def list(self, statuses: Iterable[LabletSessionStatus] = ()) -> list[LabletSessionReadModel]:
        return self._plane.live_sessions(statuses)

    async def get(self, session_id: str) -> LabletSessionReadModel:
        return self._plane.session(session_id)

    async def schedule(self, session_id: str, body: ScheduleSession) -> Applied:
        return await self._plane.do(ScheduleLabletSessionCommand(session_id, body))

    async def promise(self, session_id: str, body: PromiseCapacity) -> PromiseAnswer:
        return await self._plane.do(PromiseCapacityCommand(session_id, body))

    async def promise_at_risk(self, session_id: str, body: ReportPromiseAtRisk) -> PromiseAnswer:
        return await self._plane.do(ReportPromiseAtRiskCommand(session_id, body))

    async def adjust_occupation(self, session_id: str, body: AdjustOccupation) -> Applied:
        return await self._plane.do(AdjustOccupationCommand(session_id, body))

    async def warn_ending(self, session_id: str, body: WarnSessionEnding) -> Applied:
        return await self._plane.do(WarnSessionEndingCommand(session_id, body))

    async def record_placement_decision(self, session_id: str, body: RecordPlacementDecision) -> Applied:
        return await self._plane.do(RecordPlacementDecisionCommand(session_id, body))

    async def unschedule(self, session_id: str, body: UnscheduleSession) -> Applied:
        return await self._plane.do(UnscheduleLabletSessionCommand(session_id, body))

    async def start_instantiation(self, session_id: str) -> Applied:
        return await self._plane.do(StartInstantiationCommand(session_id))

    async def record_step(self, session_id: str, body: RecordStep) -> Applied:
        return await self._plane.do(RecordPipelineStepCommand(session_id, body))

    async def start_collection(self, session_id: str, body: StartCollection) -> Applied:
        return await self._plane.do(StartCollectionCommand(session_id, body))

    async def stop(self, session_id: str, body: StopSession) -> Applied:
        return await self._plane.do(StopLabletSessionCommand(session_id, body))


class Workers:
    def __init__(self, plane: LivePlane) -> None:
        self._plane = plane

    async def list(self, statuses: Iterable[CMLWorkerStatus] = ()) -> list[CMLWorkerReadModel]:
        wanted = frozenset(statuses)
        return [row for row in self._plane.workers() if not wanted or row.status in wanted]

    async def get(self, worker_id: str) -> CMLWorkerReadModel:
        try:
            return self._plane.worker(worker_id)
        except KeyError:
            raise NotFound("cml_worker", worker_id) from None

    async def request_scale_up(self, body: RequestScaleUp) -> ScaleUpAnswer:
        return await self._plane.do(RequestScaleUpCommand(body))

    async def set_desired_status(self, worker_id: str, body: SetDesiredStatus) -> Applied:
        return await self._plane.do(SetWorkerDesiredStatusCommand(worker_id, body))


class Templates:
    def __init__(self, plane: LivePlane) -> None:
        self._rows = plane.templates()

    async def list(self) -> list[WorkerTemplateReadModel]:
        return self._rows


class Time:
    def __init__(self, plane: LivePlane) -> None:
        self._plane = plane

    async def read(self) -> ServerTime:
        return ServerTime(now=self._plane.clock.now())


def client_of(plane: LivePlane) -> Any:
    """In the place of ``ControlPlaneApiClient``; the templates are those that there are now."""
    return SimpleNamespace(
        sessions=Sessions(plane), workers=Workers(plane), templates=Templates(plane), time=Time(plane)
    )
