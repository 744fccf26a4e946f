"""Composition root: builds everything by hand, in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from control_plane_api.api.controllers.auth_controller import AUTH_ROUTES
from control_plane_api.api.controllers.ui_controller import UI_ROUTE, ui_router
from control_plane_api.api.controllers.v1.subscriptions_controller import VALIDATION_ROUTE
from control_plane_api.api.cookie_authenticator import CookieAuthenticator
from control_plane_api.api.kept_answers import KeptAnswersMiddleware, answer_again
from control_plane_api.api.request_conditions import PRECONDITIONS, answer_precondition
from control_plane_api.api.routers import DEFINITION_ROUTES, ROUTERS
from control_plane_api.api.security_headers import SecurityHeadersMiddleware
from control_plane_api.api.services import ApiServices, LiveTelling
from control_plane_api.api.stream_seats import StreamSeats
from control_plane_api.application.commands.operations.keep_service_settings_command import KeepServiceSettingsCommand
from control_plane_api.application.commands.subscription.follow_configured_sink_command import (
    FollowConfiguredSinkCommand,
)
from control_plane_api.application.hosted_services.admission_desk import AdmissionDesk
from control_plane_api.application.hosted_services.feed_service import FeedService
from control_plane_api.application.hosted_services.refused_attempt_writer import RefusedAttemptWriter
from control_plane_api.application.hosted_services.stream_closer import StreamCloser
from control_plane_api.application.idempotency import AnsweredBefore, Once
from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.queries.get_system_status_query import SystemLinks
from control_plane_api.application.queries.registration import register_system_status
from control_plane_api.application.read_side import whole_documents
from control_plane_api.application.services.fleet_book import FleetBook
from control_plane_api.application.services.host_loss_measures import count_host_losses
from control_plane_api.application.services.scaling_measures import count_scaling
from control_plane_api.application.services.template_file import follow_template_file
from control_plane_api.application.services.warm_pool_measures import count_warm_pools
from control_plane_api.application.webhooks.handshakes import system_context
from control_plane_api.application.webhooks.outbound_events import OutboundEvents
from control_plane_api.composition.browser import build_browser_login
from control_plane_api.composition.dispatch import build_mediator
from control_plane_api.composition.far_ends import FarEnds, wait_for_what_is_needed
from control_plane_api.composition.telling import build_telling
from control_plane_api.domain.metric_history import HistoryPolicy
from control_plane_api.integration.etcd_leaders import EtcdLeaders
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.integration.repositories.idempotency_keys import MongoIdempotencyKeys
from control_plane_api.integration.repositories.indexes import ensure_read_indexes
from control_plane_api.integration.repositories.refused_attempts import MongoRefusedAttempts
from control_plane_api.integration.service_probe import HttpServiceProbe
from control_plane_api.integration.webhooks.wiring import Webhooks
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.application.mediator import Mediator
from lcm_core.auth import BearerAuthenticator, RateLimits
from lcm_core.clock import SystemClock
from lcm_core.eventstore.collections import Database, ensure_indexes
from lcm_core.eventstore.state_keeper import StateKeeper
from lcm_core.hosting import HealthCheck, create_service_app, serve
from lcm_core.hosting.settings_report import SettingsReporter
from lcm_core.observability import configure_observability, instrument_mongo
from lcm_core.sealing.from_settings import vault_from_settings

log = structlog.stdlib.get_logger(__name__)


_LEAST_COMPRESSED_BYTES, _COMPRESSION = 4_096, 4
"""A page of rows becomes a tenth of itself in about a millisecond; of small answers nothing is gained."""


def build_app(settings: ControlPlaneSettings) -> FastAPI:
    """The whole service. Nothing is contacted before the application starts."""
    clock = SystemClock()
    far = FarEnds.of(settings, clock)
    read = mongo_read_side(far.database, clock, _history(settings))
    fleet = FleetBook(read.workers, read.templates)
    latest = LatestRows(read.by_kind(), whole_documents(), {"cml_worker": read.workers})
    vault = vault_from_settings(settings)
    states = StateKeeper()
    probe = HttpServiceProbe(far.http, settings.service_urls)
    mediator = build_mediator(settings, far, read, fleet, latest, clock, vault, states)
    webhooks = Webhooks.of(settings, far.database, vault, clock)
    outbound = OutboundEvents(mediator, webhooks.ports, settings.delivery_policy, clock, origin=settings.event_origin)
    desk = AdmissionDesk(mediator, largest_group=settings.admission_group_size)
    telling = build_telling(settings, far, read, fleet, latest, states, mediator, clock, outbound, probe, desk.idle)
    register_system_status(
        mediator,
        read,
        probe=probe,
        links=SystemLinks(
            traces=settings.traces_link, dashboards=settings.dashboards_link, people=settings.people_link
        ),
        told=EtcdLeaders(far.etcd, prefix=settings.etcd_prefix),
        feed=telling.feed,
    )
    for hook in (telling.just_made, count_host_losses, count_scaling, count_warm_pools):
        mediator.after_commit(hook)
    browser, web_sessions, verifier = build_browser_login(settings, far, clock)
    refusals = RefusedAttemptWriter(MongoRefusedAttempts(far.database), clock)
    keys = MongoIdempotencyKeys(far.database)
    closer = StreamCloser(telling.hub)

    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        async with far.mongo, far.etcd, far.http, far.aws, webhooks.sender:
            await wait_for_what_is_needed(settings, far)
            await vault.load()
            await _prepare(settings, far.database)
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
            SettingsReporter(
                settings, lambda told: mediator.execute(KeepServiceSettingsCommand(told), system_context()), clock
            ),
        ],
        checks=[
            HealthCheck("mongodb", lambda: far.mongo.admin.command("ping")),
            HealthCheck("etcd", far.etcd.ping),
            HealthCheck("change-feed", telling.feed.wait_connected),
        ],
        authenticators=[BearerAuthenticator(verifier), CookieAuthenticator(browser.sessions, browser.cookies)],
        resources=resources,
        leader=lambda: telling.election.is_leader,
        paused=lambda: telling.duties.paused,
        public_routes=AUTH_ROUTES | {UI_ROUTE, VALIDATION_ROUTE},
        rate_limits=RateLimits(settings.rate_limits),
        refusals=refusals,
        body_limits=dict.fromkeys(DEFINITION_ROUTES, settings.content_max_body_bytes),
        clock=clock,
    )
    _add_middleware(app, https=settings.secure_cookies)
    for kind in PRECONDITIONS:
        app.add_exception_handler(kind, answer_precondition)
    app.add_exception_handler(AnsweredBefore, answer_again)
    once = Once(keys, kept_hours=settings.idempotency_key_hours, clock=clock)
    live = LiveTelling(telling.hub, telling.snapshots, telling.feed, settings.stream_recheck_seconds)
    app.state.services = ApiServices(
        mediator, desk, once, live, StreamSeats(settings.stream_most_per_caller), webhooks.addresses
    )
    app.state.browser_login = browser
    closer.stopping = app.state.stopping
    return app


async def _prepare(settings: ControlPlaneSettings, database: Database) -> None:
    """Collections and indexes; safe to repeat, and from several processes at once."""
    await ensure_indexes(database)
    await ensure_read_indexes(
        database,
        decision_days=settings.placement_decision_days,
        scaling_days=settings.scaling_decision_days,
        inbound_event_days=settings.inbound_event_days,
        refused_attempt_days=settings.refused_attempt_days,
        attempt_days=settings.webhook_log_days,
        dead_letter_days=settings.webhook_dead_letter_days,
        notification_days=settings.notification_days,
    )


def _history(settings: ControlPlaneSettings) -> HistoryPolicy:
    return HistoryPolicy(settings.metrics_raw_hours, settings.metrics_five_minutes_days, settings.metrics_hourly_weeks)


async def _follow_configured_sink(settings: ControlPlaneSettings, mediator: Mediator) -> None:
    """Raises ``NoSealingKey`` where the secret of the sink could not be kept."""
    secret = settings.cloudevents_sink_secret
    command = FollowConfiguredSinkCommand(
        settings.cloudevents_sink_url, secret.get_secret_value() if secret is not None else None
    )
    await mediator.execute(command, system_context())


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


def _add_middleware(app: FastAPI, *, https: bool) -> None:
    """From the inside out."""
    app.add_middleware(KeptAnswersMiddleware)
    # Outside of what keeps answers: a kept one is compressed or not as its next caller asks. Event streams never are.
    app.add_middleware(GZipMiddleware, minimum_size=_LEAST_COMPRESSED_BYTES, compresslevel=_COMPRESSION)
    app.add_middleware(SecurityHeadersMiddleware, https=https)
