"""Composition root of worker-controller."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from lcm_core.clock import SystemClock
from lcm_core.coordination import LeaderElection
from lcm_core.hosting import HealthCheck, create_service_app, serve, wait_for
from lcm_core.hosting.reconciler_links import ReconcilerLinks
from lcm_core.hosting.settings_report import SettingsReporter
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import configure_observability
from lcm_core.reconcile import Steering, reconciliation_admin_router
from worker_controller.api.controllers.fleet_controller import fleet_router
from worker_controller.application.hosted_services.worker_controller_hosted_service import (
    LoopPace,
    worker_controller_hosted_service,
)
from worker_controller.application.hosted_services.worker_reconciler import WorkerReconciler
from worker_controller.application.phases.table import FarEnds, PhasePolicy, worker_phases
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.cloud_sweep import CloudSweepReconciler
from worker_controller.application.services.discovery import DiscoveryReconciler
from worker_controller.application.services.host_follower import FollowPolicy, HostFollower
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.scale_down import ScaleDownReconciler
from worker_controller.application.services.stray_handler import StrayHandler
from worker_controller.domain.observing import ObservingPolicy
from worker_controller.domain.pace import TransitionPace
from worker_controller.domain.scale_down import ScaleDownPolicy
from worker_controller.integration.services.cloudwatch_spi import CloudWatchSpiClient
from worker_controller.integration.services.cml_events_spi import CmlEventsSpiClient
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry
from worker_controller.integration.services.ec2_spi import Ec2SpiClient
from worker_controller.integration.services.instance_status_spi import InstanceStatusSpiClient
from worker_controller.integration.services.instance_tags_spi import InstanceTagsSpiClient
from worker_controller.integration.services.licence_token_store import LicenceTokenStore
from worker_controller.settings import WorkerControllerSettings


def build_app(settings: WorkerControllerSettings) -> FastAPI:
    """Everything this service is made of, in the order in which it depends on each other."""
    clock = SystemClock()

    # what is outside
    links = ReconcilerLinks(settings)
    etcd = links.etcd
    client = ControlPlaneApiClient(links.control_plane)
    aws = AwsCalls(
        endpoint_url=settings.aws_endpoint_url, threads=settings.aws_threads, user_agent=f"lcm-{settings.service_name}"
    )
    ec2 = Ec2SpiClient(aws, fleet=settings.fleet, key_name=settings.ec2_key_name)
    hosts = CmlHostRegistry(
        username=settings.cml_username,
        password=settings.cml_password,
        https_port=settings.cml_https_port,
        ca_file=settings.cml_ca_file,
        check_hostname=settings.cml_check_hostname,
        bootstrap_password=settings.cml_bootstrap_password or None,
    )

    # the reconcilers
    licence_tokens = LicenceTokenStore(settings.license_tokens, aws, region=settings.regions[0], clock=clock)
    licences = LicenceKeeper(licence_tokens, clock=clock, retry_seconds=settings.license_retry_seconds)
    policy = _phase_policy(settings)
    cloud = CloudBook(clock)
    follower = HostFollower(CmlEventsSpiClient(hosts), clock=clock, policy=_follow_policy(settings))
    tags = InstanceTagsSpiClient(aws, fleet=settings.fleet)
    far = FarEnds(ec2, tags, hosts, cloud, follower)
    workers = WorkerReconciler(client.workers, worker_phases(client, far, licences, policy, clock))
    sweep = CloudSweepReconciler(
        client.workers,
        CloudWatchSpiClient(aws, clock),
        InstanceStatusSpiClient(aws),
        cloud,
        clock=clock,
        policy=policy.observing,
    )
    discovery = DiscoveryReconciler(
        client,
        StrayHandler(client, ec2, tags, hosts, clock=clock),
        ec2,
        tags,
        regions=settings.regions,
        clock=clock,
        young_seconds=settings.stray_young_seconds,
    )
    scale_down = ScaleDownReconciler(client, _scale_down_policy(settings), clock=clock)
    service = worker_controller_hosted_service(
        workers,
        discovery,
        scale_down,
        sweep,
        follower,
        watch_source=etcd,
        election=LeaderElection.from_settings(etcd, settings),
        root=settings.etcd_prefix,
        pace=LoopPace(
            settings.resync_seconds,
            settings.discovery_seconds,
            settings.scale_down_check_seconds,
            settings.cloud_close_seconds,
            settings.max_concurrent,
        ),
        clock=clock,
        steering=Steering(etcd, service=settings.service_name, prefix=settings.etcd_prefix),
    )

    # how it is seen
    async def ec2_answers() -> None:
        await ec2.ping(settings.regions[0])

    @asynccontextmanager
    async def resources() -> AsyncGenerator[None]:
        async with links.opened(), aws, hosts:
            deadline = settings.startup_deadline_seconds
            await wait_for(f"EC2 at {settings.aws_endpoint_url or 'AWS'}", ec2_answers, deadline, attempt_seconds=10)
            yield

    return create_service_app(
        settings,
        title="LCM worker controller",
        routers=[
            reconciliation_admin_router(service),
            fleet_router(lambda: discovery.report, lambda: scale_down.report),
        ],
        hosted_services=[service, SettingsReporter(settings, client.service_settings.report, clock)],
        checks=(
            *links.checks,
            HealthCheck("ec2", ec2_answers, deadline_seconds=5),
        ),
        authenticators=[links.authenticator],
        resources=resources,
        leader=lambda: service.is_leader,
        paused=lambda: service.paused,
    )


def _phase_policy(settings: WorkerControllerSettings) -> PhasePolicy:
    return PhasePolicy(
        pace=TransitionPace(settings.transition_shortest_seconds, settings.transition_longest_seconds),
        observing=_observing_policy(settings),
        launch_give_up=settings.launch_give_up_seconds,
        readiness_factor=settings.readiness_deadline_factor,
        readiness_least=settings.readiness_least_deadline_seconds,
        drain_warn=settings.drain_warn_seconds,
        stop_force=settings.stop_force_seconds,
        resting_look=settings.resting_look_seconds,
        failed_keep=settings.failed_keep_seconds,
        licence_release=settings.license_release_seconds,
        lookup_distance=settings.aws_lookup_distance_seconds,
        launch_round=settings.launch_round_seconds,
        ec2_running=settings.ec2_running_deadline_seconds,
        ec2_visible=settings.ec2_visible_seconds,
        licence_deadline=settings.license_deadline_seconds,
        fleet=settings.fleet,
    )


def _observing_policy(settings: WorkerControllerSettings) -> ObservingPolicy:
    return ObservingPolicy(
        liveness_seconds=settings.liveness_seconds,
        metrics_seconds=settings.metrics_seconds,
        liveness_close_seconds=settings.liveness_close_seconds,
        liveness_idle_seconds=settings.liveness_idle_seconds,
        metrics_close_seconds=settings.metrics_close_seconds,
        metrics_idle_seconds=settings.metrics_idle_seconds,
        cloud_seconds=settings.cloud_seconds,
        cloud_close_seconds=settings.cloud_close_seconds,
        cloud_idle_seconds=settings.cloud_idle_seconds,
        instances_seconds=settings.instances_seconds,
        edge_seconds=settings.session_edge_seconds,
        drift_tolerance=settings.drift_tolerance_percent / 100,
        heartbeat_seconds=settings.heartbeat_seconds,
        host_give_up_seconds=settings.host_give_up_seconds,
        maintenance_lead_seconds=settings.maintenance_lead_seconds,
    )


def _follow_policy(settings: WorkerControllerSettings) -> FollowPolicy:
    return FollowPolicy(
        wake_distance=settings.host_events_distance_seconds,
        most_retry=settings.host_events_retry_seconds,
        absent_retry=settings.host_events_absent_retry_seconds,
        most_streams=settings.host_events_most_streams,
    )


def _scale_down_policy(settings: WorkerControllerSettings) -> ScaleDownPolicy:
    return ScaleDownPolicy(
        enabled=settings.scale_down_enabled,
        min_workers=settings.scale_down_min_workers,
        look_ahead_seconds=settings.scale_down_look_ahead_seconds,
        idle_seconds=settings.scale_down_idle_seconds,
        cooldown_seconds=settings.scale_down_cooldown_seconds,
        warm_workers=settings.scale_down_warm_workers,
    )


def main() -> None:
    settings = WorkerControllerSettings()  # pyright: ignore[reportCallIssue] - the issuer comes from the environment
    configure_observability(settings)
    serve(build_app(settings), settings)
