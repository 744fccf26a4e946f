"""Composition root: builds everything by hand, in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import httpx2
import structlog
from fastapi import APIRouter, FastAPI
from pymongo import AsyncMongoClient

from control_plane_api.api import live_frames
from control_plane_api.api.controllers.auth_controller import AUTH_ROUTES, BrowserLogin, NoLoginProvider
from control_plane_api.api.controllers.ui_controller import UI_ROUTE, ui_router
from control_plane_api.api.controllers.v1.subscriptions_controller import VALIDATION_ROUTE
from control_plane_api.api.cookie_authenticator import CookieAuthenticator, SessionCookies
from control_plane_api.api.kept_answers import KeptAnswersMiddleware, answer_again
from control_plane_api.api.request_conditions import PRECONDITIONS, answer_precondition
from control_plane_api.api.routers import DEFINITION_ROUTES, ROUTERS
from control_plane_api.api.security_headers import SecurityHeadersMiddleware
from control_plane_api.api.services import ApiServices, LiveTelling
from control_plane_api.api.stream_seats import StreamSeats
from control_plane_api.application.commands.audit.registration import register_anchors
from control_plane_api.application.commands.registration import register_commands
from control_plane_api.application.commands.subscription.follow_configured_sink_command import (
    FollowConfiguredSinkCommand,
)
from control_plane_api.application.conditions import ConditionalUnitsOfWork
from control_plane_api.application.hosted_services.admission_desk import AdmissionDesk
from control_plane_api.application.hosted_services.daily_anchor import DailyAnchor
from control_plane_api.application.hosted_services.definition_work_publisher import DefinitionsWithWork
from control_plane_api.application.hosted_services.etcd_repair_sweep import EtcdRepairSweep
from control_plane_api.application.hosted_services.etcd_state_publisher import EtcdStatePublisher
from control_plane_api.application.hosted_services.feed_service import FeedService
from control_plane_api.application.hosted_services.leader_duties import LeaderDuties
from control_plane_api.application.hosted_services.maintenance_jobs import EtcdRebuild, ProjectionsRebuild
from control_plane_api.application.hosted_services.maintenance_runner import MaintenanceJob, MaintenanceRunner
from control_plane_api.application.hosted_services.reconciler_publisher import KnownReconcilers
from control_plane_api.application.hosted_services.refused_attempt_writer import RefusedAttemptWriter
from control_plane_api.application.hosted_services.state_publishers import state_publishers
from control_plane_api.application.hosted_services.stream_closer import StreamCloser
from control_plane_api.application.hosted_services.time_observer import TimeObserver
from control_plane_api.application.hosted_services.warm_pool_publisher import LivePools
from control_plane_api.application.idempotency import AnsweredBefore, Once
from control_plane_api.application.identity import LoginProvider
from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.live.live_event_hub import LiveEventHub
from control_plane_api.application.live.live_feed import LiveFeed
from control_plane_api.application.live.live_rows import LiveSessions, LiveWorkers
from control_plane_api.application.live.snapshot import SnapshotCache
from control_plane_api.application.queries.registration import register_queries
from control_plane_api.application.read_side import ReadSide, whole_documents
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.application.services.fleet_book import FleetBook
from control_plane_api.application.services.host_loss_measures import count_host_losses
from control_plane_api.application.services.promise_measures import count_promises
from control_plane_api.application.services.scaling_measures import count_scaling
from control_plane_api.application.services.template_file import follow_template_file
from control_plane_api.application.services.warm_pool_measures import count_warm_pools
from control_plane_api.application.webhooks.handshakes import system_context
from control_plane_api.application.webhooks.outbound_events import OutboundEvents
from control_plane_api.domain.entities import Maintenance
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.domain.metric_history import HistoryPolicy
from control_plane_api.integration.anchors import LogAnchors, anchor_store
from control_plane_api.integration.etcd_leaders import EtcdLeaders
from control_plane_api.integration.identity.oidc_login import OidcLogin
from control_plane_api.integration.identity.web_sessions import MongoWebSessions
from control_plane_api.integration.issuer_probe import probe_issuer
from control_plane_api.integration.leader_fence import EtcdLeaderFence
from control_plane_api.integration.log_auditor import LogAuditor
from control_plane_api.integration.projection_rebuilder import LogProjectionRebuilder
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.integration.repositories.audit_trail import MongoAuditTrail
from control_plane_api.integration.repositories.idempotency_keys import MongoIdempotencyKeys
from control_plane_api.integration.repositories.indexes import ensure_read_indexes
from control_plane_api.integration.repositories.refused_attempts import MongoRefusedAttempts
from control_plane_api.integration.service_probe import HttpServiceProbe
from control_plane_api.integration.webhooks.wiring import Webhooks
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.application.mediator import Mediator
from lcm_core.auth import BearerAuthenticator, OidcTokenVerifier, RateLimits
from lcm_core.clock import Clock, SystemClock
from lcm_core.coordination import EtcdClient, LeaderElection
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models.operations import MaintenanceKind
from lcm_core.eventstore.change_feed import ChangeFeed
from lcm_core.eventstore.collections import Database, Document, ensure_indexes
from lcm_core.eventstore.outbox import OutboxDispatcher, OutboxPolicy
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.hosting import HealthCheck, create_service_app, serve, wait_for
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.evidence_objects import EvidenceBucket, EvidenceObjects
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.integration.http import new_http_client
from lcm_core.observability import configure_observability, instrument_mongo
from lcm_core.reconcile import Steering
from lcm_core.sealing import Vault
from lcm_core.sealing.from_settings import vault_from_settings

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FarEnds:
    """Clients that connect when they are first used."""

    mongo: AsyncMongoClient[Document]
    database: Database
    etcd: EtcdClient
    http: httpx2.AsyncClient
    aws: AwsCalls
    evidence: EvidenceObjects | None
    anchors: LogAnchors

    @classmethod
    def of(cls, settings: ControlPlaneSettings, clock: Clock) -> Self:
        aws = AwsCalls(endpoint_url=settings.s3_endpoint_url, user_agent=f"lcm-{settings.service_name}")
        store, name = ObjectStore(aws, region=settings.s3_region), settings.evidence_bucket
        mongo: AsyncMongoClient[Document] = AsyncMongoClient(settings.mongo_uri.get_secret_value())
        database = mongo[settings.mongo_database]
        return cls(
            mongo=mongo,
            database=database,
            etcd=EtcdClient.from_settings(settings),
            http=new_http_client(ca_file=settings.http_ca_file),
            aws=aws,
            evidence=EvidenceObjects(store, EvidenceBucket(name)) if name else None,
            anchors=LogAnchors(database, anchor_store(settings, aws, clock)),
        )


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
    election: LeaderElection

    def notice(self, commits: Sequence[Commit]) -> None:
        """Commits of this process right after they were made, those of all processes as the feed brings them."""
        self.state_publisher.notice(commits)
        self.fleet.notice(commits)
        self.maintenance.notice(commits)
        if any(commit.kind == Maintenance.kind for commit in commits):
            self.fleet.forget()
        if self.election.is_leader:
            self.outbox.after_commit(commits)
            self.outbound.notice(commits)


def build_app(settings: ControlPlaneSettings) -> FastAPI:
    """The whole service. Nothing is contacted before the application starts."""
    clock = SystemClock()
    far = FarEnds.of(settings, clock)
    read = mongo_read_side(far.database, clock, _history(settings))
    fleet = FleetBook(read.workers, read.templates)
    latest = LatestRows(read.by_kind(), whole_documents())
    vault = vault_from_settings(settings)
    mediator = _mediator(settings, far, read, fleet, latest, clock, vault)
    webhooks = Webhooks.of(settings, far.database, vault, clock)
    outbound = OutboundEvents(mediator, webhooks.ports, settings.delivery_policy, clock, origin=settings.event_origin)
    telling = _telling(settings, far, read, fleet, latest, mediator, clock, outbound)
    for hook in (telling.notice, count_host_losses, count_scaling, count_warm_pools):
        mediator.after_commit(hook)
    verifier = OidcTokenVerifier(
        far.http,
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        jwks_url=settings.oidc_jwks_url,
        roles_claim=settings.roles_claim,
        clock=clock,
    )
    web_sessions = MongoWebSessions(
        far.database,
        session_hours=settings.web_session_hours,
        idle_minutes=settings.web_session_idle_minutes,
        clock=clock,
    )
    refusals = RefusedAttemptWriter(MongoRefusedAttempts(far.database), clock)
    cookies = SessionCookies(settings.secure_cookies, round(settings.web_session_hours * 3600))
    keys = MongoIdempotencyKeys(far.database)
    closer = StreamCloser(telling.hub)
    desk = AdmissionDesk(mediator, largest_group=settings.admission_group_size)

    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        async with far.mongo, far.etcd, far.http, far.aws, webhooks.sender:
            await _wait_for_what_is_needed(settings, far)
            await vault.load()
            await ensure_indexes(far.database)
            await ensure_read_indexes(
                far.database,
                decision_days=settings.placement_decision_days,
                scaling_days=settings.scaling_decision_days,
                inbound_event_days=settings.inbound_event_days,
                refused_attempt_days=settings.refused_attempt_days,
                attempt_days=settings.webhook_log_days,
                dead_letter_days=settings.webhook_dead_letter_days,
            )
            await web_sessions.ensure_indexes()
            await keys.ensure_indexes()
            await _follow_configured_sink(settings, mediator)
            if settings.template_file is not None:
                await follow_template_file(settings.template_file, mediator)
            yield

    app = create_service_app(
        settings,
        title="Lablet Cloud Manager",
        description="Book, follow and prove hands-on network labs.",
        routers=[*ROUTERS, *_ui(settings)],
        hosted_services=[
            FeedService(telling.feed),
            desk,
            telling.state_publisher,
            telling.duties,
            closer,
            refusals,
        ],
        checks=[
            HealthCheck("mongodb", lambda: far.mongo.admin.command("ping")),
            HealthCheck("etcd", far.etcd.ping),
            HealthCheck("change-feed", telling.feed.wait_connected),
        ],
        authenticators=[BearerAuthenticator(verifier), CookieAuthenticator(web_sessions, cookies)],
        resources=resources,
        leader=lambda: telling.election.is_leader,
        paused=lambda: telling.duties.paused,
        public_routes=AUTH_ROUTES | {UI_ROUTE, VALIDATION_ROUTE},
        rate_limits=RateLimits(settings.rate_limits),
        refusals=refusals,
        body_limits=dict.fromkeys(DEFINITION_ROUTES, settings.content_max_body_bytes),
        clock=clock,
    )
    app.add_middleware(KeptAnswersMiddleware)
    app.add_middleware(SecurityHeadersMiddleware, https=settings.secure_cookies)
    for kind in PRECONDITIONS:
        app.add_exception_handler(kind, answer_precondition)
    app.add_exception_handler(AnsweredBefore, answer_again)
    once = Once(keys, kept_hours=settings.idempotency_key_hours, clock=clock)
    live = LiveTelling(telling.hub, telling.snapshots, telling.feed, settings.stream_recheck_seconds)
    seats = StreamSeats(settings.stream_most_per_caller)
    app.state.services = ApiServices(mediator, desk, once, live, seats, webhooks.addresses)
    provider = _login_provider(settings, far.http, verifier, clock)
    app.state.browser_login = BrowserLogin(provider, web_sessions, cookies, settings.public_url)
    closer.stopping = app.state.stopping
    return app


def _anchoring(settings: ControlPlaneSettings, far: FarEnds, clock: Clock) -> list[DailyAnchor]:
    return [DailyAnchor(far.anchors.anchorer, clock)] if settings.anchor_bucket is not None else []


def _history(settings: ControlPlaneSettings) -> HistoryPolicy:
    return HistoryPolicy(settings.metrics_raw_hours, settings.metrics_five_minutes_days, settings.metrics_hourly_weeks)


def _mediator(
    settings: ControlPlaneSettings,
    far: FarEnds,
    read: ReadSide,
    fleet: FleetBook,
    latest: LatestRows,
    clock: Clock,
    vault: Vault,
) -> Mediator:
    fence = EtcdLeaderFence(
        far.database,
        far.etcd,
        prefix=settings.etcd_prefix,
        confirm_seconds=settings.leader_confirm_seconds,
        clock=clock,
    )

    def written(commits: Sequence[Commit], documents: Sequence[Document], aggregates: Sequence[AnyAggregate]) -> None:
        latest.keep(commits, documents)
        fleet.keep(aggregates)
        count_promises(commits, documents)

    units_of_work = ConditionalUnitsOfWork(MongoUnitOfWorkFactory(far.database, EVENTS, fence=fence, written=written))
    mediator = Mediator(units_of_work, clock=clock.now)
    register_commands(mediator, read, fleet, vault=vault, most_subscriptions=settings.subscriptions_per_owner)
    register_queries(
        mediator,
        read,
        fleet,
        leaders=EtcdLeaders(far.etcd, prefix=settings.etcd_prefix),
        probe=HttpServiceProbe(far.http, settings.service_urls),
        auditor=LogAuditor(far.database, audit_invariants, far.anchors),
        clock=clock,
        trail=MongoAuditTrail(far.database, clock),
        anchors=far.anchors,
        texts=far.evidence,
    )
    register_anchors(mediator, far.anchors)
    return mediator


def _telling(
    settings: ControlPlaneSettings,
    far: FarEnds,
    read: ReadSide,
    fleet: FleetBook,
    latest: LatestRows,
    mediator: Mediator,
    clock: Clock,
    outbound: OutboundEvents,
) -> Telling:
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
        fleet.forget()
        sweep.want()

    live_feed = LiveFeed(hub, latest, noticed=lambda commits: telling.notice(commits), gap=missed)

    def forget() -> None:
        latest.forget()
        fleet.forget()

    jobs: dict[MaintenanceKind, MaintenanceJob] = {
        MaintenanceKind.ETCD: EtcdRebuild(publishers, clock),
        MaintenanceKind.PROJECTIONS: ProjectionsRebuild(LogProjectionRebuilder(far.database, clock), forget),
    }
    maintenance = MaintenanceRunner(mediator, read.maintenance, jobs, clock)
    outbox = OutboxDispatcher(far.database, outbound.fan_out, OutboxPolicy(concurrency=64))
    steering = Steering(far.etcd, service=settings.service_name, prefix=settings.etcd_prefix)
    unpaused = [outbox, outbound.dispatcher, outbound.keeper, *_anchoring(settings, far, clock)]
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
        maintenance=maintenance,
        duties=LeaderDuties(election, unpaused, steered=[sweep, maintenance], steering=steering),
        election=election,
    )
    return telling


async def _follow_configured_sink(settings: ControlPlaneSettings, mediator: Mediator) -> None:
    """Raises ``NoSealingKey`` where the secret of the sink could not be kept."""
    secret = settings.cloudevents_sink_secret
    command = FollowConfiguredSinkCommand(
        settings.cloudevents_sink_url, secret.get_secret_value() if secret is not None else None
    )
    await mediator.execute(command, system_context())


async def _wait_for_what_is_needed(settings: ControlPlaneSettings, far: FarEnds) -> None:
    """Start order does not matter; raises ``StartupTimeout`` with the reason when the deadline has passed."""
    deadline, issuer = settings.startup_deadline_seconds, settings.oidc_issuer
    await wait_for("MongoDB", lambda: far.mongo.admin.command("ping"), deadline)
    await wait_for(f"etcd at {far.etcd.endpoints}", far.etcd.ping, deadline)
    await wait_for(f"token issuer {issuer}", lambda: probe_issuer(far.http, issuer), deadline)
    if settings.anchor_bucket is None:
        log.warning("log_not_anchored", hint="set CONTROL_PLANE_ANCHOR_BUCKET, so that a rewritten log is found")


def _login_provider(
    settings: ControlPlaneSettings, http: httpx2.AsyncClient, verifier: OidcTokenVerifier, clock: Clock
) -> LoginProvider:
    if settings.ui_client_secret is None:
        return NoLoginProvider()
    return OidcLogin(
        http,
        issuer=settings.oidc_issuer,
        client_id=settings.ui_client_id,
        client_secret=settings.ui_client_secret,
        redirect_uri=f"{settings.public_url}/auth/callback",
        scopes=settings.ui_scopes,
        audience=settings.oidc_audience,
        verifier=verifier,
        clock=clock,
        jwks_url=settings.oidc_jwks_url,
    )


def _ui(settings: ControlPlaneSettings) -> list[APIRouter]:
    if settings.ui_dist_dir is None:
        return []
    if not (settings.ui_dist_dir / "index.html").is_file():
        log.warning("no_web_ui", ui_dist_dir=str(settings.ui_dist_dir), hint="build it: npm run build")
        return []
    return [ui_router(settings.ui_dist_dir)]


def main() -> None:
    settings = ControlPlaneSettings()  # pyright: ignore[reportCallIssue]
    configure_observability(settings)
    instrument_mongo()
    serve(build_app(settings), settings)
