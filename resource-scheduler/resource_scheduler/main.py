"""Composition root of resource-scheduler."""

from __future__ import annotations

from fastapi import FastAPI

from lcm_core.clock import SystemClock
from lcm_core.coordination import LeaderElection
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.domain.scheduling_rules import rules_key
from lcm_core.hosting import create_service_app, serve
from lcm_core.hosting.reconciler_links import ReconcilerLinks
from lcm_core.hosting.settings_report import SettingsReporter
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import configure_observability
from lcm_core.reconcile import Steering, reconciliation_admin_router
from resource_scheduler.api.controllers.scheduler_controller import scheduler_router
from resource_scheduler.application.hosted_services.scheduler_hosted_service import SchedulerHostedService
from resource_scheduler.application.services.consolidation import ConsolidationPolicy
from resource_scheduler.application.services.scheduler_policy import SchedulerPolicy
from resource_scheduler.domain.deadlines import SlotPolicy
from resource_scheduler.domain.warm_capacity import WarmPolicy
from resource_scheduler.integration.capacity_watch import CapacityWatch
from resource_scheduler.integration.rules_teller import RulesTeller
from resource_scheduler.settings import SchedulerSettings


def build_app(settings: SchedulerSettings) -> FastAPI:
    """Everything this service is made of, in the order in which it depends on each other."""
    clock = SystemClock()
    root = settings.etcd_prefix

    # what is outside
    links = ReconcilerLinks(settings)
    etcd = links.etcd
    client = ControlPlaneApiClient(links.control_plane)

    # the scheduler
    election = LeaderElection.from_settings(etcd, settings)
    scheduler = SchedulerHostedService(
        client,
        etcd,
        lambda fleet, on_change: CapacityWatch(etcd, fleet, root=root, on_change=on_change),
        election,
        scheduler_policy(settings),
        root=root,
        clock=clock,
        steering=Steering(etcd, service=settings.service_name, prefix=root),
        tell_rules=lambda report: RulesTeller(
            etcd,
            rules_key(root, settings.service_name),
            lambda: election.leadership,
            lambda: report.rules(settings.rules()),
            clock,
        ),
    )

    return create_service_app(
        settings,
        title="LCM resource scheduler",
        routers=[reconciliation_admin_router(scheduler.service), scheduler_router(scheduler.report)],
        hosted_services=[scheduler.service, SettingsReporter(settings, client.service_settings.report, clock)],
        checks=links.checks,
        authenticators=[links.authenticator],
        resources=links.opened,
        leader=lambda: scheduler.service.is_leader,
        paused=lambda: scheduler.service.paused,
    )


def scheduler_policy(settings: SchedulerSettings) -> SchedulerPolicy:
    return SchedulerPolicy(
        slack=settings.placement_slack_seconds,
        wake_slack=settings.wake_slack_seconds,
        slots=SlotPolicy(
            grace_seconds=settings.placement_grace_seconds,
            warn_seconds=settings.warn_seconds,
            host_seconds=settings.host_seconds,
            instantiation_seconds=settings.instantiation_seconds,
        ),
        attempts=settings.placement_attempts,
        resync=settings.resync_seconds,
        max_concurrent=settings.max_concurrent,
        refused_retry=settings.refused_scale_up_retry_seconds,
        shift_moves=settings.consolidation_moves_per_pass,
        warm=WarmPolicy(
            workers=settings.warm_workers,
            cores=settings.warm_cores,
            look_ahead_seconds=settings.warm_look_ahead_seconds,
            queue_length=settings.queue_length_threshold,
            queue_age_seconds=settings.queue_age_threshold_seconds,
            cooldown_seconds=settings.scale_up_cooldown_seconds,
        ),
        warm_check=settings.warm_check_seconds,
        consolidation=ConsolidationPolicy(
            enabled=settings.consolidation_enabled,
            moves_per_pass=settings.consolidation_moves_per_pass,
            moves_per_hour=settings.consolidation_moves_per_hour,
            settle_seconds=settings.consolidation_settle_seconds,
        ),
        consolidation_interval=settings.consolidation_interval_seconds,
        late_start_margin=settings.late_start_margin_seconds,
        weights=ScoringWeights(
            fullness=settings.scoring_fullness,
            busy_bonus=settings.scoring_busy_bonus,
            promise_bonus=settings.scoring_promise_bonus,
            prepared_bonus=settings.scoring_prepared_bonus,
        ),
    )


def main() -> None:
    settings = SchedulerSettings()  # pyright: ignore[reportCallIssue] - the issuer comes from the environment
    configure_observability(settings)
    serve(build_app(settings), settings)
