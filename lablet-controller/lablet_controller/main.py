"""Composition root of lablet-controller."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager

from fastapi import FastAPI
from pydantic import SecretStr

from lablet_controller.api.controllers.events_controller import EVENTS_ROUTE, events_router
from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor
from lablet_controller.application.hosted_services.lablet_reconciler import LabletReconciler
from lablet_controller.application.hosted_services.orphan_sweep import OrphanSweep
from lablet_controller.application.hosted_services.session_changes import session_status_changes
from lablet_controller.application.hosted_services.session_phases import FarEnds, SessionPolicy, session_phases
from lablet_controller.application.hosted_services.worker_changes import WorkerChanges, worker_status_changes
from lablet_controller.application.services.assessment import AssessmentPolicy
from lablet_controller.application.services.collection_service import CollectionPolicy
from lablet_controller.application.services.instantiation import InstantiationPolicy
from lablet_controller.application.services.interruptions import Interruptions
from lablet_controller.application.services.leftover_labs import LeftoverLabs
from lablet_controller.application.services.orphans import Orphans
from lablet_controller.integration.services.cml_labs_spi import CmlAccess, CmlLabsSpi
from lablet_controller.integration.services.console_spi import CmlConsoleSpi, ConsoleAccess
from lablet_controller.integration.services.grading_spi import GradingSpiClient
from lablet_controller.integration.services.host_keys import PinnedOnFirstUse, RefuseUnknownKeys
from lablet_controller.integration.services.lds_deployments import load_lds_deployments
from lablet_controller.integration.services.lds_spi import LdsSpiClient
from lablet_controller.settings import LabletControllerSettings
from lcm_core.auth import BearerAuthenticator, ClientCredentialsTokenSource, OidcTokenVerifier
from lcm_core.clock import SystemClock
from lcm_core.coordination import EtcdClient, LeaderElection, leadership_headers
from lcm_core.domain.delivery_terms import LONGEST_COLLECTION_SECONDS
from lcm_core.hosting import HealthCheck, create_service_app, serve, wait_for
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.integration.http import JsonHttpClient, new_http_client
from lcm_core.observability import configure_observability
from lcm_core.reconcile import (
    ReconcileLoop,
    ReconcileOptions,
    ReconciliationHostedService,
    reconciliation_admin_router,
)

_HANDLER_MARGIN_SECONDS = 120.0


def build_app(settings: LabletControllerSettings) -> FastAPI:
    """Everything this service is made of, in the order in which it depends on each other."""
    clock = SystemClock()

    # what is outside
    etcd = EtcdClient.from_settings(settings)
    issuer_http = new_http_client(ca_file=settings.http_ca_file)
    tokens = ClientCredentialsTokenSource(
        issuer_http,
        issuer=settings.oidc_issuer,
        client_id=settings.own_client_id,
        client_secret=settings.client_secret or SecretStr(""),
        audience=settings.oidc_audience,
    )
    control_plane_http = JsonHttpClient(
        "control-plane-api",
        settings.control_plane_url,
        token_source=tokens,
        headers=leadership_headers,
        ca_file=settings.http_ca_file,
    )
    control_plane = ControlPlaneApiClient(control_plane_http)
    labs = CmlLabsSpi(_cml_access(settings), guard=only_while_leading)
    lds = LdsSpiClient(
        load_lds_deployments(settings.lds_deployments_config_path),
        settings.lds_password,
        ca_file=settings.http_ca_file,
        guard=only_while_leading,
    )
    grading_http = _grading_http(settings, tokens)
    far = FarEnds(
        labs=labs,
        consoles=CmlConsoleSpi(_console_access(settings)),
        lds=lds,
        grading=GradingSpiClient(grading_http) if grading_http else None,
    )

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
            handler_deadline=max(settings.collect_seconds, LONGEST_COLLECTION_SECONDS) + _HANDLER_MARGIN_SECONDS,
            resync_interval=settings.resync_seconds,
        ),
    )
    workers = ReconcileLoop(
        "worker-changes",
        WorkerChanges(control_plane, sessions.trigger, LeftoverLabs(control_plane, labs)),
        source=etcd,
        watches=(worker_status_changes(settings.etcd_prefix),),
    )
    orphans = Orphans(control_plane, labs, lds, clock, grace_seconds=settings.orphan_grace_seconds)
    sweep = ReconcileLoop(
        "orphans",
        OrphanSweep(control_plane, orphans, lds, settings.orphan_grace_seconds),
        options=ReconcileOptions(resync_interval=settings.orphan_sweep_seconds),
    )
    reconciliation = ReconciliationHostedService(
        "lablet-reconciler",
        election=LeaderElection.from_settings(etcd, settings),
        loops=(sessions, workers, sweep),
    )
    ingestor = LabletCloudEventIngestor(control_plane, lds, clock)

    # how it is seen
    async def control_plane_answers() -> None:
        await control_plane_http.send("GET", "/health/live")

    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        async with etcd, control_plane_http, issuer_http, aclosing(labs), aclosing(lds):
            deadline = settings.startup_deadline_seconds
            await wait_for(f"etcd at {etcd.endpoints}", etcd.ping, deadline)
            await wait_for(f"the OIDC issuer at {settings.oidc_issuer}", tokens.token, deadline)
            await wait_for(f"control-plane-api at {settings.control_plane_url}", control_plane_answers, deadline)
            try:
                yield
            finally:
                if grading_http is not None:
                    await grading_http.aclose()

    verifier = OidcTokenVerifier(
        issuer_http,
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        jwks_url=settings.oidc_jwks_url,
        roles_claim=settings.roles_claim,
    )
    return create_service_app(
        settings,
        title="LCM lablet controller",
        description="Instantiates labs, delivers them, collects and grades; receives all inbound CloudEvents.",
        routers=[events_router(ingestor), reconciliation_admin_router(reconciliation)],
        hosted_services=[reconciliation],
        checks=(HealthCheck("etcd", etcd.ping), HealthCheck("control-plane-api", control_plane_answers)),
        authenticators=[BearerAuthenticator(verifier)],
        resources=resources,
        leader=lambda: reconciliation.is_leader,
        body_limits={EVENTS_ROUTE: settings.events_max_body_bytes},
    )


def only_while_leading() -> Mapping[str, str]:
    """Far ends know no leader epoch: a call for a term that is over is stopped before it is sent."""
    leadership_headers()
    return {}


def _cml_access(settings: LabletControllerSettings) -> CmlAccess:
    return CmlAccess(
        username=settings.cml_username,
        password=settings.cml_password,
        https_port=settings.cml_https_port,
        ca_file=settings.cml_ca_file,
    )


def _console_access(settings: LabletControllerSettings) -> ConsoleAccess:
    known_hosts = settings.cml_known_hosts_file
    return ConsoleAccess(
        username=settings.cml_username,
        password=settings.cml_password,
        host_keys=RefuseUnknownKeys() if known_hosts else PinnedOnFirstUse(settings.cml_host_key_pins_file),
        ssh_port=settings.cml_ssh_port,
        known_hosts=known_hosts,
        enable_password=settings.console_enable_password,
        prompt_seconds=settings.console_prompt_seconds,
        command_seconds=settings.console_command_seconds,
    )


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
