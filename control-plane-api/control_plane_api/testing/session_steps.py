"""The usual steps of a session's course, as its reconciler and its learner take them."""

from __future__ import annotations

from typing import Any

from control_plane_api.application.commands.lablet_session.complete_termination_command import (
    CompleteTerminationCommand,
)
from control_plane_api.application.commands.lablet_session.grading_completed_command import GradingCompletedCommand
from control_plane_api.application.commands.lablet_session.grading_submitted_command import GradingSubmittedCommand
from control_plane_api.application.commands.lablet_session.handle_session_ended_command import (
    HandleSessionEndedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_started_command import (
    HandleSessionStartedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_archived_command import (
    MarkSessionArchivedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_stopped_command import (
    MarkSessionStoppedCommand,
)
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.contracts.base import Applied, InboundEventKey
from lcm_core.contracts.sessions import (
    GradingCompleted,
    GradingSubmitted,
    MarkSessionArchived,
    MarkSessionStopped,
    SessionEnded,
    SessionStarted,
)


async def learner_started(
    world: CommandWorld, session_id: str, event: InboundEventKey | None = None, lds: str = "lds-1"
) -> Applied:
    request = SessionStarted(lds_session_id=lds, started_at=world.clock.now(), event=event)
    return await world.do(HandleSessionStartedCommand(session_id, request))


async def learner_ended(world: CommandWorld, session_id: str, event: InboundEventKey | None = None) -> Applied:
    request = SessionEnded(lds_session_id="lds-1", ended_at=world.clock.now(), event=event)
    return await world.do(HandleSessionEndedCommand(session_id, request))


async def scored(
    world: CommandWorld, session_id: str, score: float = 8, engine: str = "ge-1", event: InboundEventKey | None = None
) -> Applied:
    request = GradingCompleted(
        engine_session_id=engine,
        score=score,
        max_score=10,
        cut_score=6,
        passed=score >= 6,
        submitted_at=world.clock.now(),
        event=event,
    )
    return await world.do(GradingCompletedCommand(session_id, request))


async def submitted(world: CommandWorld, session_id: str) -> Applied:
    return await world.do(
        GradingSubmittedCommand(session_id, GradingSubmitted(engine_session_id="ge-1", engine_part_id="1"))
    )


async def taken_down(world: CommandWorld, session_id: str) -> None:
    await world.do(MarkSessionStoppedCommand(session_id, MarkSessionStopped(proof="lab deleted")))
    await world.do(MarkSessionArchivedCommand(session_id, MarkSessionArchived()))
    await world.do(CompleteTerminationCommand(session_id))


async def a_ready_session(world: CommandWorld, **definition: Any) -> tuple[str, str]:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    return await world.a_ready_session(worker_id, await world.a_definition(**definition)), worker_id


async def a_running_session(world: CommandWorld, **definition: Any) -> tuple[str, str]:
    session_id, worker_id = await a_ready_session(world, **definition)
    await learner_started(world, session_id)
    return session_id, worker_id


async def a_session_in_grading(world: CommandWorld) -> tuple[str, str]:
    session_id, worker_id = await a_running_session(world)
    await learner_ended(world, session_id)
    await world.collected(session_id, "r1", "r2")
    await submitted(world, session_id)
    return session_id, worker_id
