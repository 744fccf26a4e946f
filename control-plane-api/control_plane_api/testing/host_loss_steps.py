"""The usual steps when a host is lost under its sessions, as the reconcilers take them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from control_plane_api.application.commands.lablet_session.handle_host_lost_command import HandleHostLostCommand
from control_plane_api.application.commands.lablet_session.recover_session_command import RecoverSessionCommand
from control_plane_api.application.commands.worker.report_host_lost_command import ReportHostLostCommand
from control_plane_api.application.commands.worker.report_worker_health_command import ReportWorkerHealthCommand
from control_plane_api.testing.command_world import CommandWorld
from control_plane_api.testing.session_steps import learner_started
from lcm_core.contracts.sessions import (
    SessionHostLost,
    SessionRecovered,
)
from lcm_core.contracts.workers import (
    ReportHostLost,
    ReportWorkerHealth,
)
from lcm_core.domain.enums import (
    HostLossCause,
    LabFinding,
    LabletSessionStatus,
    WorkerServiceStatus,
)

_S = LabletSessionStatus


async def lose(world: CommandWorld, worker_id: str, cause: HostLossCause = HostLossCause.CML_SILENT) -> bool:
    body = ReportHostLost(cause=cause, reason="no answer", silent_since=world.clock.now() - timedelta(seconds=60))
    return (await world.do(ReportHostLostCommand(worker_id, body))).applied


async def back(world: CommandWorld, worker_id: str) -> None:
    up = ReportWorkerHealth(service_status=WorkerServiceStatus.AVAILABLE, reason="CML answers")
    await world.do(ReportWorkerHealthCommand(worker_id, up))


async def tell(world: CommandWorld, session_id: str, worker_id: str, lab: LabFinding | None = None) -> bool:
    body = SessionHostLost(worker_id=worker_id, lab=lab)
    return (await world.do(HandleHostLostCommand(session_id, body))).applied


async def recovered(world: CommandWorld, session_id: str, worker_id: str) -> bool:
    return (await world.do(RecoverSessionCommand(session_id, SessionRecovered(worker_id=worker_id)))).applied


async def two_workers(world: CommandWorld, **definition: Any) -> tuple[str, str, str]:
    await world.a_template()
    return (
        await world.a_ready_worker("one"),
        await world.a_ready_worker("two"),
        await world.a_definition(**definition),
    )


async def a_running_session(world: CommandWorld, worker_id: str, definition_id: str) -> str:
    session_id = await world.a_ready_session(worker_id, definition_id)
    await learner_started(world, session_id)
    return session_id


async def a_session_in(world: CommandWorld, status: LabletSessionStatus, worker_id: str, definition_id: str) -> str:
    session_id = await world.a_pending_session(definition_id)
    await world.schedule(session_id, worker_id)
    if status is not _S.SCHEDULED:
        await world.instantiate(session_id)
    if status is _S.READY:
        await world.mark_ready(session_id)
    return session_id
