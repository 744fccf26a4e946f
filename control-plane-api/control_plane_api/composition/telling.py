"""How commits are told: to etcd, to admission, to live streams, as CloudEvents; and what the leader does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from control_plane_api.api import live_frames
from control_plane_api.application.hosted_services.daily_anchor import DailyAnchor
from control_plane_api.application.hosted_services.definition_work_publisher import DefinitionsWithWork
from control_plane_api.application.hosted_services.etcd_repair_sweep import EtcdRepairSweep
from control_plane_api.application.hosted_services.etcd_state_publisher import EtcdStatePublisher
from control_plane_api.application.hosted_services.leader_duties import LeaderDuties
from control_plane_api.application.hosted_services.maintenance_jobs import EtcdRebuild, ProjectionsRebuild
from control_plane_api.application.hosted_services.maintenance_runner import MaintenanceJob, MaintenanceRunner
from control_plane_api.application.hosted_services.reconciler_publisher import KnownReconcilers
from control_plane_api.application.hosted_services.state_publishers import state_publishers
from control_plane_api.application.hosted_services.time_observer import TimeObserver
from control_plane_api.application.hosted_services.warm_pool_publisher import LivePools
from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.live.live_event_hub import LiveEventHub
from control_plane_api.application.live.live_feed import LiveFeed
from control_plane_api.application.live.live_rows import LiveSessions, LiveWorkers
from control_plane_api.application.live.snapshot import SnapshotCache
from control_plane_api.application.notifications.facts import FactReader
from control_plane_api.application.notifications.notification_watch import NotificationWatch
from control_plane_api.application.queries.get_system_status_query import ServiceProbe
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.fleet_book import FleetBook
from control_plane_api.application.webhooks.outbound_events import OutboundEvents
from control_plane_api.composition.far_ends import FarEnds
from control_plane_api.domain.entities import Maintenance
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.projection_rebuilder import LogProjectionRebuilder
from control_plane_api.integration.repositories.sessions_that_go_badly import MongoSessionsThatGoBadly
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock
from lcm_core.coordination import LeaderElection
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models.operations import MaintenanceKind
from lcm_core.eventstore.change_feed import ChangeFeed
from lcm_core.eventstore.outbox import OutboxDispatcher, OutboxPolicy
from lcm_core.eventstore.state_keeper import StateKeeper
from lcm_core.reconcile import Steering


@dataclass(frozen=True, slots=True)
class Telling:
    """How a commit is told: to etcd and to admission at once, to live streams and as CloudEvent right behind it."""

    hub: LiveEventHub
    snapshots: SnapshotCache
    feed: ChangeFeed
    state_publisher: EtcdStatePublisher
    maintenance: MaintenanceRunner
    duties: LeaderDuties
    fleet: FleetBook
    outbox: OutboxDispatcher
    outbound: OutboundEvents
    notifications: NotificationWatch
    election: LeaderElection
    forget: Callable[[], None]
    """What is kept of documents in memory, on every instance: a stage of a rebuild has written past the log."""

    def just_made(self, commits: Sequence[Commit]) -> None:
        """Commits of this process, right after they were made."""
        if self.election.is_leader:
            self.outbox.just_made(commits)
        self.notice(commits)

    def notice(self, commits: Sequence[Commit]) -> None:
        """Commits of all processes, as the feed brings them."""
        self.state_publisher.notice(commits)
        self.fleet.notice(commits)
        self.maintenance.notice(commits)
        if any(commit.kind == Maintenance.kind for commit in commits):
            self.forget()
        if self.election.is_leader:
            self.outbox.after_commit(commits)
            self.outbound.notice(commits)
            self.notifications.notice(commits)


def _anchoring(settings: ControlPlaneSettings, far: FarEnds, clock: Clock) -> list[DailyAnchor]:
    return [DailyAnchor(far.anchors.anchorer, clock)] if settings.anchor_bucket is not None else []


def build_telling(
    settings: ControlPlaneSettings,
    far: FarEnds,
    read: ReadSide,
    fleet: FleetBook,
    latest: LatestRows,
    states: StateKeeper,
    mediator: Mediator,
    clock: Clock,
    outbound: OutboundEvents,
    probe: ServiceProbe,
    idle: asyncio.Event,
) -> Telling:
    """*idle* is set while nobody waits at the desk: webhooks are told then."""
    sessions = LiveSessions(read.sessions, ended_minutes=settings.stream_ended_minutes, clock=clock)
    workers = LiveWorkers(read.workers)
    definitions, pools = DefinitionsWithWork(read.definitions), LivePools(read.warm_pools)
    reconcilers = KnownReconcilers(read.reconcilers)
    publishers = state_publishers(
        far.etcd, sessions, workers, definitions, pools, reconcilers, root=settings.etcd_prefix, clock=clock
    )
    state_publisher = EtcdStatePublisher(publishers, latest)
    election = LeaderElection.from_settings(far.etcd, settings)
    sweep = EtcdRepairSweep(far.etcd, publishers, watched_prefix=election.key, sweep_seconds=settings.sweep_seconds)
    hub = LiveEventHub(
        live_frames.encode,
        replay_commits=settings.stream_replay_commits,
        queue_events=settings.stream_queue_events,
    )

    def missed() -> None:
        states.clear()
        fleet.forget()
        sweep.want()

    live_feed = LiveFeed(hub, latest, noticed=lambda commits: telling.notice(commits), gap=missed)

    def forget() -> None:
        states.clear()
        latest.forget()
        fleet.forget()

    jobs: dict[MaintenanceKind, MaintenanceJob] = {
        MaintenanceKind.ETCD: EtcdRebuild(publishers, clock),
        MaintenanceKind.PROJECTIONS: ProjectionsRebuild(LogProjectionRebuilder(far.database, clock), forget),
    }
    maintenance = MaintenanceRunner(mediator, read.maintenance, jobs, clock)
    outbox = OutboxDispatcher(
        far.database, outbound.fan_out, EVENTS.publishes, OutboxPolicy(concurrency=128, looked_at=128), idle
    )
    steering = Steering(far.etcd, service=settings.service_name, prefix=settings.etcd_prefix)
    facts = FactReader(mediator, read, MongoSessionsThatGoBadly(far.database), probe, clock)
    notifications = NotificationWatch(
        mediator, facts, read.notifications, clock, look_seconds=settings.notification_look_seconds
    )
    unpaused = [outbox, outbound.dispatcher, outbound.keeper, notifications, *_anchoring(settings, far, clock)]
    telling = Telling(
        hub=hub,
        snapshots=SnapshotCache(hub, {"lablet_session": sessions.recent, "cml_worker": workers.live}, clock),
        feed=ChangeFeed(
            far.database,
            settings.service_name,
            [live_feed, TimeObserver(read.sessions, read.times)],
            rewind_seconds=settings.stream_rewind_seconds,
        ),
        state_publisher=state_publisher,
        fleet=fleet,
        outbox=outbox,
        outbound=outbound,
        notifications=notifications,
        maintenance=maintenance,
        duties=LeaderDuties(election, unpaused, steered=[sweep, maintenance], steering=steering),
        election=election,
        forget=forget,
    )
    return telling
