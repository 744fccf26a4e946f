"""The scheduler at work: two loops and a watch, on the one instance that leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lcm_core.clock import Clock
from lcm_core.coordination import LeaderElection
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.hosting import HostedService
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.scoring import DEFAULT_WEIGHTS
from lcm_core.reconcile import (
    BackOff,
    ReconcileLoop,
    ReconcileOptions,
    ReconciliationHostedService,
    WatchedPrefix,
    WatchSource,
)
from resource_scheduler.application.services.fleet_view import FleetChange, FleetView
from resource_scheduler.application.services.scale_up_reconciler import FLEET_KEY, ScaleUpReconciler
from resource_scheduler.application.services.session_reconciler import SessionReconciler
from resource_scheduler.application.services.waiting_sessions import WaitingSessions

CapacityWatchFactory = Callable[[FleetView, Callable[[FleetChange], None]], HostedService]
"""Makes the hosted service that feeds a fleet view from etcd and reports each change that may matter to a session."""


@dataclass(frozen=True, slots=True)
class SchedulerPolicy:
    """Times in seconds. ``slack`` is added to the slowest start when deciding how early to place a session; a session
    without room ``grace`` after its start is given up; ``attempts`` bounds the decisions on refused proposals;
    ``weights`` say which worker is the better one."""

    slack: float
    grace: float
    attempts: int
    resync: float
    max_concurrent: int
    refused_retry: float
    weights: ScoringWeights = DEFAULT_WEIGHTS


class SchedulerHostedService:
    """Wires placement, scale-up and the fleet view together; ``service`` is what is hosted.

    A session waits for nothing but events: its own status key wakes it, and so does every change of a worker that may
    have made room. The resync only finds what a watch lost.
    """

    def __init__(
        self,
        client: ControlPlaneApiClient,
        watch_source: WatchSource,
        watch_capacity: CapacityWatchFactory,
        election: LeaderElection,
        policy: SchedulerPolicy,
        *,
        root: str,
        clock: Clock,
    ) -> None:
        self._waiting = WaitingSessions()
        self.fleet = FleetView(client.workers, client.templates, clock)
        engine = PlacementEngine(policy.weights)
        sessions = SessionReconciler(
            client.sessions,
            self.fleet,
            self._waiting,
            clock=clock,
            slack_seconds=policy.slack,
            grace_seconds=policy.grace,
            attempts=policy.attempts,
            ask_for_supply=lambda: self.scale_up.queue.add(FLEET_KEY),
            engine=engine,
        )
        demand = ScaleUpReconciler(
            client,
            self.fleet,
            clock=clock,
            gate=sessions.gate,
            wake=lambda session_id: self.placement.queue.add(session_id),
            refused_retry_seconds=policy.refused_retry,
            engine=engine,
        )
        options = ReconcileOptions(
            max_concurrent=policy.max_concurrent,
            resync_interval=policy.resync,
            back_off=BackOff(first_seconds=0.2, most_seconds=30),
        )
        self.placement = ReconcileLoop(
            "placement",
            sessions,
            source=watch_source,
            watches=(WatchedPrefix.by_id(f"{root}/sessions", "status"),),
            options=options,
            clock=clock,
        )
        self.scale_up = ReconcileLoop("scale-up", demand, options=options, clock=clock)
        self.service = ReconciliationHostedService(
            "scheduler",
            election=election,
            loops=[self.placement, self.scale_up],
            leader_work=[watch_capacity(self.fleet, self.on_change)],
            clock=clock,
        )

    def on_change(self, change: FleetChange) -> None:
        """Wake whoever the change of a worker may concern."""
        self._waiting.wake(self.placement.queue.add, change.affected_sessions)
