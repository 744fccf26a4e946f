"""What operators are told follows what holds, on a real store, whoever looks and however many do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from control_plane_api.application.commands.lablet_session.report_promise_at_risk_command import (
    ReportPromiseAtRiskCommand,
)
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.notification.acknowledge_notifications_command import (
    AcknowledgeNotificationsCommand,
)
from control_plane_api.application.commands.operations.pause_reconciler_command import PauseReconcilerCommand
from control_plane_api.application.commands.operations.resume_reconciler_command import ResumeReconcilerCommand
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import START, CommandWorld
from control_plane_api.testing.watched_world import WatchedWorld
from lcm_core.contracts.notifications import AcknowledgeNotifications
from lcm_core.contracts.reservations import CreateReservation
from lcm_core.contracts.sessions import ReportPromiseAtRisk, StopSession
from lcm_core.contracts.workers import SetDesiredStatus, WorkerFailed
from lcm_core.domain.enums import SessionOutcome, WorkerDesiredStatus
from lcm_core.domain.errors import NotFound, RuleViolation
from lcm_core.domain.notifications import NotificationKind, NotificationStatus, NotificationTerms
from lcm_core.domain.steering import ReconcilerName
from lcm_core.domain.values import Candidate

_K, _S = NotificationKind, NotificationStatus


@pytest.fixture
def watched(world: CommandWorld) -> WatchedWorld:
    return WatchedWorld(world)


async def a_failed_worker(world: CommandWorld, key: str = "demand") -> str:
    worker_id = await world.a_requested_worker(key)
    await world.do(WorkerFailedCommand(worker_id, WorkerFailed(reason="no capacity")))
    return worker_id


async def thresholds(world: CommandWorld, **terms: object) -> None:
    policy = FleetPolicy(notifications=NotificationTerms.model_validate(terms))
    await world.do(UpdateSystemSettingsCommand(policy, "quieter"))


async def test_what_two_replicas_see_at_one_time_is_told_once(watched: WatchedWorld) -> None:
    await watched.world.a_template()
    worker_id = await a_failed_worker(watched.world)

    await asyncio.gather(*(watched.replica().look() for _ in range(2)))
    await watched.replica().look()

    [told] = await watched.told(_K.WORKER_FAILED)
    assert (told.subject.id, told.status, told.active) == (worker_id, _S.OPEN, True)
    assert "no capacity" in told.text
    assert await watched.world.db["events"].count_documents({"kind": "notification"}) == 1


async def test_what_holds_no_more_is_cleared_and_what_comes_back_is_another_one(watched: WatchedWorld) -> None:
    world, replica = watched.world, watched.replica()
    await thresholds(world, paused_minutes=0)
    for _ in range(2):
        await world.do(PauseReconcilerCommand(ReconcilerName.SCHEDULER, "looking"))
        await replica.look()
        world.later(minutes=1)
        await world.do(ResumeReconcilerCommand(ReconcilerName.SCHEDULER, "done"))
        await replica.look()
        world.later(minutes=1)

    told = await watched.told(_K.RECONCILER_PAUSED)
    assert [each.status for each in told] == [_S.CLEARED, _S.CLEARED]
    assert len({each.id for each in told}) == 2
    assert all(each.cleared_at is not None and each.cleared_at > each.opened_at for each in told)
    assert await world.audit() == []


async def test_what_was_acknowledged_stays_so_until_it_gets_worse(watched: WatchedWorld) -> None:
    world, replica = watched.world, watched.replica()
    await failed_sessions(world, 1)
    await replica.look()
    [told] = await watched.told(_K.SESSIONS_FAILED)

    await world.do(AcknowledgeNotificationsCommand(AcknowledgeNotifications(ids=(told.id,), note="on it")), actor="ada")
    await replica.look()
    [known] = await watched.told(_K.SESSIONS_FAILED)
    await failed_sessions(world, 1, definition_id=await definition_of(world))
    await replica.look()
    [worse] = await watched.told(_K.SESSIONS_FAILED)

    assert known.status is _S.ACKNOWLEDGED
    assert known.acknowledged is not None
    assert (known.acknowledged.by, known.acknowledged.note) == ("ada", "on it")
    assert (worse.id, worse.status, worse.count, worse.acknowledged) == (told.id, _S.OPEN, 2, None)


async def test_what_is_cleared_or_unknown_cannot_be_acknowledged(watched: WatchedWorld) -> None:
    world, replica = watched.world, watched.replica()
    await thresholds(world, paused_minutes=0)
    await world.do(PauseReconcilerCommand(ReconcilerName.SCHEDULER, "looking"))
    await replica.look()
    [told] = await watched.told(_K.RECONCILER_PAUSED)
    await world.do(ResumeReconcilerCommand(ReconcilerName.SCHEDULER, "done"))
    await replica.look()

    with pytest.raises(RuleViolation, match="nothing left to acknowledge"):
        await world.do(AcknowledgeNotificationsCommand(AcknowledgeNotifications(ids=(told.id,))))
    with pytest.raises(NotFound):
        await world.do(AcknowledgeNotificationsCommand(AcknowledgeNotifications(ids=("no-such-1",))))


async def test_another_threshold_counts_from_the_next_look_on(watched: WatchedWorld) -> None:
    world, replica = watched.world, watched.replica()
    await failed_sessions(world, 2)
    await thresholds(world, sessions_failed=3)
    await replica.look()
    below = await watched.told(_K.SESSIONS_FAILED)
    await thresholds(world, sessions_failed=2)
    await replica.look()
    [reached] = await watched.told(_K.SESSIONS_FAILED)
    await thresholds(world, sessions_failed=2, muted=[_K.SESSIONS_FAILED])
    await replica.look()
    [muted] = await watched.told(_K.SESSIONS_FAILED)

    assert below == []
    assert (reached.status, reached.count, len(reached.things)) == (_S.OPEN, 2, 2)
    assert muted.status is _S.CLEARED


async def test_failures_are_forgotten_when_their_time_is_over(watched: WatchedWorld) -> None:
    world, replica = watched.world, watched.replica()
    await failed_sessions(world, 1)
    await replica.look()
    world.later(minutes=61)
    await replica.look()

    [told] = await watched.told(_K.SESSIONS_FAILED)
    [broken] = await watched.told(_K.PROMISES_BROKEN)
    assert (told.status, broken.status) == (_S.CLEARED, _S.CLEARED)


async def test_a_promise_at_risk_names_the_session_and_why(watched: WatchedWorld) -> None:
    world = watched.world
    session_id = await a_promise_at_risk(world)

    await watched.replica().look()

    [told] = await watched.told(_K.PROMISES_AT_RISK)
    assert [thing.id for thing in told.things] == [session_id]
    assert "it is not up after 11 min" in told.text


async def test_nothing_is_concluded_from_what_cannot_be_read(watched: WatchedWorld) -> None:
    world, replica = watched.world, watched.replica()
    await thresholds(world, paused_minutes=0)
    await world.do(PauseReconcilerCommand(ReconcilerName.SCHEDULER, "looking"))
    await replica.look()
    watched.leaders.away = True
    await world.do(ResumeReconcilerCommand(ReconcilerName.SCHEDULER, "done"))
    await replica.look()
    [unknown] = await watched.told(_K.RECONCILER_PAUSED)
    watched.leaders.away = False
    await replica.look()
    [known] = await watched.told(_K.RECONCILER_PAUSED)

    assert (unknown.status, known.status) == (_S.OPEN, _S.CLEARED)


async def test_a_change_of_leader_is_no_matter_and_a_service_without_one_is(watched: WatchedWorld) -> None:
    world, replica = watched.world, watched.replica()
    watched.leaders.leaderless = {"worker-controller"}
    watched.services.down = {"lablet-controller": "no answer within 3 s"}
    await replica.look()
    world.later(seconds=29)
    await replica.look()
    early = await watched.told(_K.RECONCILER_WITHOUT_LEADER)
    world.later(seconds=40)
    await replica.look()

    [leaderless] = await watched.told(_K.RECONCILER_WITHOUT_LEADER)
    [down] = await watched.told(_K.SERVICE_NOT_READY)
    assert early == []
    assert leaderless.subject.id == "worker-controller"
    assert "no answer within 3 s" in down.text


async def definition_of(world: CommandWorld) -> str:
    [found] = await world.documents("lablet_definitions")
    return found["_id"]


async def failed_sessions(world: CommandWorld, count: int, definition_id: str | None = None) -> None:
    """Sessions that end as failed before they were ready."""
    if definition_id is None:
        await world.a_template()
        definition_id = await world.a_definition()
    for _ in range(count):
        session_id = await world.a_pending_session(definition_id)
        failure = StopSession(outcome=SessionOutcome.FAILED, reason="the import failed")
        await world.do(StopLabletSessionCommand(session_id, failure))


async def a_promise_at_risk(world: CommandWorld) -> str:
    """A session that begins in half an hour; its worker does not come up, and nobody else can have it."""
    await world.a_template(startup_seconds=600)
    wish = CreateReservation(
        definition_id=await world.a_definition(),
        candidate=Candidate(username="ada"),
        start=START + timedelta(minutes=30),
        duration_minutes=60,
    )
    session_id = (await world.do(CreateReservationCommand("lms", wish))).session.id
    worker_id = (await world.session(session_id)).promised_worker_id or ""
    wanted = SetDesiredStatus(desired_status=WorkerDesiredStatus.RUNNING, reason="bookings")
    await world.do(SetWorkerDesiredStatusCommand(worker_id, wanted))
    await world.launch(worker_id)
    world.later(minutes=22)
    late = ReportPromiseAtRisk(worker_id=worker_id, reason="it is not up after 11 min")
    await world.do(ReportPromiseAtRiskCommand(session_id, late))
    return session_id
