"""Composition root of lablet-controller."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager, nullcontext

from fastapi import FastAPI

from lablet_controller.access import bucket_notices, cml_access, console_access, content_cache, evidence
from lablet_controller.api.controllers.events_controller import EVENTS_ROUTE, HANDSHAKE, events_router
from lablet_controller.api.event_senders import EventSenders, SignatureAuthenticator, signing_secrets
from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor
from lablet_controller.application.events.event_verdicts import IngestPolicy
from lablet_controller.application.hosted_services.content_loops import ContentPace, content_loops
from lablet_controller.application.hosted_services.lablet_reconciler import LabletReconciler
from lablet_controller.application.hosted_services.session_changes import session_status_changes
from lablet_controller.application.hosted_services.session_phases import FarEnds, SessionPolicy, session_phases
from lablet_controller.application.hosted_services.worker_changes import WorkerChanges, worker_status_changes
from lablet_controller.application.services.assessment import AssessmentPolicy
from lablet_controller.application.services.collection_service import CollectionPolicy
from lablet_controller.application.services.instantiation import InstantiationPolicy
from lablet_controller.application.services.interruptions import Interruptions
from lablet_controller.application.services.leftover_labs import LeftoverLabs
from lablet_controller.integration.services.cml_labs_spi import CmlLabsSpi
from lablet_controller.integration.services.config_file import load_config_file
from lablet_controller.integration.services.console_spi import CmlConsoleSpi
from lablet_controller.integration.services.content_source_spi import S3ContentSource
from lablet_controller.integration.services.grading_spi import GradingSpiClient
from lablet_controller.integration.services.lds_deployments import load_lds_deployments
from lablet_controller.integration.services.lds_spi import LdsSpiClient
from lablet_controller.loops import HANDLER_MARGIN_SECONDS, event_loops, orphan_loop, pool_loop
from lablet_controller.settings import LabletControllerSettings
from lcm_core.auth import ClientCredentialsTokenSource
from lcm_core.clock import Clock, SystemClock
from lcm_core.coordination import LeaderElection, leadership_headers
from lcm_core.domain.delivery_terms import LONGEST_COLLECTION_SECONDS
from lcm_core.hosting import create_service_app, serve
from lcm_core.hosting.reconciler_links import ReconcilerLinks
from lcm_core.hosting.settings_report import SettingsReporter
from lcm_core.integration.aws.calls import AwsCalls, AwsTiming
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.integration.http import JsonHttpClient
from lcm_core.observability import configure_observability
from lcm_core.reconcile import (
    ReconcileLoop,
    ReconcileOptions,
    ReconciliationHostedService,
    Steering,
    reconciliation_admin_router,
)
from lcm_core.sealing.from_settings import vault_from_settings

_S3_THREADS = 8
_S3_TIMING = AwsTiming(total_seconds=60)
"""A package of the largest accepted size comes in one answer."""


def build_app(settings: LabletControllerSettings) -> FastAPI:
    """Everything this service is made of, in the order in which it depends on each other."""
    clock = SystemClock()

    # what is outside
    links = ReconcilerLinks(settings)
    etcd = links.etcd
    control_plane = ControlPlaneApiClient(links.control_plane)
    labs = CmlLabsSpi(cml_access(settings), guard=only_while_leading)
    lds = LdsSpiClient(
        load_lds_deployments(settings.lds_deployments_config_path),
        settings.lds_password,
        ca_file=settings.http_ca_file,
        guard=only_while_leading,
    )
    grading_http = _grading_http(settings, links.tokens)
    objects = AwsCalls(
        endpoint_url=settings.s3_endpoint_url,
        threads=_S3_THREADS,
        timing=_S3_TIMING,
        user_agent=f"lcm-{settings.service_name}",
    )
    store = ObjectStore(objects, region=settings.s3_region)
    far = FarEnds(
        labs=labs,
        consoles=CmlConsoleSpi(console_access(settings)),
        lds=lds,
        grading=GradingSpiClient(grading_http) if grading_http else None,
        packages=content_cache(settings),
        vault=vault_from_settings(settings),
        evidence=evidence(settings, store),
    )

    senders = _senders(settings)

    # the work
    interruptions = Interruptions()
    sessions = ReconcileLoop(
        "sessions",
        LabletReconciler(
            control_plane, session_phases(control_plane, far, clock, _policy(settings), interruptions), clock
        ),
        source=etcd,
        watches=(session_status_changes(settings.etcd_prefix, interruptions),),
        options=ReconcileOptions(
            max_concurrent=settings.max_concurrent,
            handler_deadline=max(settings.collect_seconds, LONGEST_COLLECTION_SECONDS) + HANDLER_MARGIN_SECONDS,
            resync_interval=settings.resync_seconds,
        ),
    )
    workers = ReconcileLoop(
        "worker-changes",
        WorkerChanges(control_plane, sessions.trigger, LeftoverLabs(control_plane, labs)),
        source=etcd,
        watches=(worker_status_changes(settings.etcd_prefix),),
    )
    ingestor = LabletCloudEventIngestor(control_plane, lds, clock, _ingest_policy(settings))
    queue_calls, notices = bucket_notices(settings) or (nullcontext(), None)
    contents = content_loops(
        control_plane,
        S3ContentSource(store, package_name=settings.content_package_name),
        lds,
        etcd,
        clock,
        _content_pace(settings),
        notices,
    )
    pools = pool_loop(control_plane, far, etcd, clock, settings)
    events = event_loops(control_plane, ingestor, etcd, settings)
    sweep = orphan_loop(control_plane, far, etcd, clock, settings)
    reconciliation = ReconciliationHostedService(
        "lablet-reconciler",
        election=LeaderElection.from_settings(etcd, settings),
        loops=(sessions, workers, *contents, pools, *events, sweep),
        steering=Steering(etcd, service=settings.service_name, prefix=settings.etcd_prefix),
    )

    # how it is seen
    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        async with links.opened(), aclosing(labs), aclosing(lds), objects, queue_calls:
            await far.vault.load()
            try:
                yield
            finally:
                if grading_http is not None:
                    await grading_http.aclose()

    return create_service_app(
        settings,
        title="LCM lablet controller",
        description="Instantiates labs, delivers them, collects and grades; receives all inbound CloudEvents.",
        routers=[events_router(ingestor, senders, clock), reconciliation_admin_router(reconciliation)],
        hosted_services=[reconciliation, SettingsReporter(settings, control_plane.service_settings.report, clock)],
        checks=links.checks,
        authenticators=[_signatures(settings, clock), links.authenticator],
        public_routes=frozenset({HANDSHAKE}),
        resources=resources,
        leader=lambda: reconciliation.is_leader,
        paused=lambda: reconciliation.paused,
        body_limits={EVENTS_ROUTE: settings.events_max_body_bytes},
    )


def only_while_leading() -> Mapping[str, str]:
    """Far ends know no leader epoch: a call for a term that is over is stopped before it is sent."""
    leadership_headers()
    return {}


def _content_pace(settings: LabletControllerSettings) -> ContentPace:
    return ContentPace(
        etcd_prefix=settings.etcd_prefix,
        poll_seconds=settings.content_poll_seconds,
        looks_at_once=settings.content_poll_at_once,
        fetch_seconds=settings.content_fetch_seconds,
        give_up_seconds=settings.content_give_up_seconds,
    )


def _senders(settings: LabletControllerSettings) -> EventSenders:
    path = settings.events_senders_config_path
    return load_config_file(path, EventSenders, "event senders file") if path is not None else EventSenders()


def _signatures(settings: LabletControllerSettings, clock: Clock) -> SignatureAuthenticator:
    return SignatureAuthenticator(
        signing_secrets(settings.events_signing_secrets),
        clock,
        path=EVENTS_ROUTE,
        window_seconds=settings.events_signature_window_seconds,
    )


def _ingest_policy(settings: LabletControllerSettings) -> IngestPolicy:
    return IngestPolicy(apply_seconds=settings.events_apply_seconds, parked_seconds=settings.events_parked_seconds)


def _grading_http(settings: LabletControllerSettings, tokens: ClientCredentialsTokenSource) -> JsonHttpClient | None:
    if settings.grading_url is None:
        return None
    return JsonHttpClient(
        "grading-engine",
        settings.grading_url,
        token_source=tokens,
        headers=only_while_leading,
        ca_file=settings.http_ca_file,
    )


def _policy(settings: LabletControllerSettings) -> SessionPolicy:
    return SessionPolicy(
        instantiation=InstantiationPolicy(
            import_seconds=settings.import_seconds,
            start_seconds=settings.start_seconds,
            converge_seconds=settings.converge_seconds,
            lds_seconds=settings.lds_seconds,
            attempts=settings.step_attempts,
            device_address=settings.device_address,
        ),
        collection=CollectionPolicy(most_characters=settings.collect_max_output_characters),
        assessment=AssessmentPolicy(
            collect_seconds=settings.collect_seconds,
            submit_seconds=settings.submit_seconds,
            attempts=settings.step_attempts,
        ),
        lds_look_seconds=settings.lds_look_seconds,
        teardown_seconds=settings.teardown_seconds,
        grading_deadline_seconds=settings.grading_deadline_seconds,
        grading_review_deadline_seconds=settings.grading_review_deadline_seconds,
        grading_first_look_seconds=settings.grading_first_look_seconds,
    )


def main() -> None:
    settings = LabletControllerSettings()  # pyright: ignore[reportCallIssue] - secrets come from the environment
    configure_observability(settings)
    # asyncssh tells of every channel at INFO
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    serve(build_app(settings), settings)
