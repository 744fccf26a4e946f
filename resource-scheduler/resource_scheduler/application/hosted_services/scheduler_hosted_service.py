"""The scheduler at work: its loops and a watch, on the one instance that leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lcm_core.clock import Clock
from lcm_core.coordination import LeaderElection
from lcm_core.hosting import HostedService
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.placement.engine import PlacementEngine
from lcm_core.reconcile import (
    BackOff,
    ReconcileLoop,
    ReconcileOptions,
    Reconciler,
    ReconciliationHostedService,
    Steering,
    WatchedPrefix,
    WatchSource,
)
from resource_scheduler.application.services.consolidation import (
    Consolidation,
    ConsolidationPlanner,
)
from resource_scheduler.application.services.consolidation_planning import plan_within_budget
from resource_scheduler.application.services.fleet_view import FleetChange, FleetView
from resource_scheduler.application.services.late_starts import LateStarts, coming_worker_changes
from resource_scheduler.application.services.placer import Placer
from resource_scheduler.application.services.promise_keeper import PromiseKeeper
from resource_scheduler.application.services.promise_shift import PromiseShift
from resource_scheduler.application.services.scale_up_reconciler import FLEET_KEY, ScaleUpReconciler
from resource_scheduler.application.services.scheduler_policy import SchedulerPolicy
from resource_scheduler.application.services.scheduler_report import SchedulerReport
from resource_scheduler.application.services.server_clock import ServerClock
from resource_scheduler.application.services.session_reconciler import SessionReconciler
from resource_scheduler.application.services.slot_deeds import SlotDeeds
from resource_scheduler.application.services.timeslot_manager import TimeslotManager
from resource_scheduler.application.services.waiting_sessions import WaitingSessions
from resource_scheduler.application.services.wake_ups import WAITING_KEY, WakeUps
from resource_scheduler.application.services.warm_capacity import WarmCapacity
from resource_scheduler.application.services.worker_waker import WorkerWaker, resting_worker_changes
from resource_scheduler.domain.late_start import LateStartPolicy

CapacityWatchFactory = Callable[[FleetView, Callable[[FleetChange], None]], HostedService]
"""Makes the hosted service that feeds a fleet view from etcd and reports each change that may matter to a session."""

RulesTellerFactory = Callable[[SchedulerReport], HostedService]
"""Makes the hosted service with which a leader tells by which rules it decides."""

_BACK_OFF = BackOff(first_seconds=0.2, most_seconds=300, escalate_after=5)
"""What has failed five times in a row is tried every 300 s, or as soon as capacity changes."""


class SchedulerHostedService:
    """Wires placement, slots, supply and the fleet view together; ``service`` is what is hosted.

    A session waits for nothing but events: its own status key wakes it, its next deadline, and every change of a worker
    that may have made room for it. The resync only finds what a watch lost. The slot clock is never paused: slots begin
    and end, whatever else waits.
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
        plan_consolidation: ConsolidationPlanner = plan_within_budget,
        steering: Steering | None = None,
        tell_rules: RulesTellerFactory | None = None,
    ) -> None:
        self._client = client
        self._source = watch_source
        self._policy = policy
        self._loop_clock = clock
        self._root = root
        self.clock = ServerClock(client.time, clock)
        self.fleet = FleetView(client.workers, client.templates, self.clock)
        self.waiting = WaitingSessions()
        self.engine = PlacementEngine(policy.weights)
        self.placer = Placer(client.sessions, self.fleet, attempts=policy.attempts, engine=self.engine)
        self.slots = self._slots()
        self.sessions = self._sessions()
        status = (WatchedPrefix.by_id(f"{root}/sessions", "status"),)
        self.placement = self._loop("placement", self.sessions, watches=status)
        self.timeslots = self._loop("timeslots", self.slots, watches=status, every=2 * policy.resync, pauses=False)
        self.scale_up = self._loop("scale-up", self._demand())
        self.wake_ups = self._loop("wake-ups", WakeUps(self.fleet, self.waiting, self.engine, self.placement.queue.add))
        self.fleet.on_change(self.on_change)
        self.report = SchedulerReport(client, self.fleet, self.sessions, self.waiting, self.placer, policy, self.clock)
        self.service = ReconciliationHostedService(
            "scheduler",
            election=election,
            loops=[self.placement, self.timeslots, self.scale_up, self.wake_ups, *self._supply(plan_consolidation)],
            leader_work=[
                watch_capacity(self.fleet, self.on_change),
                *([tell_rules(self.report)] if tell_rules is not None else []),
            ],
            steering=steering,
            clock=clock,
        )

    def on_change(self, change: FleetChange) -> None:
        """Wake whoever the change of a worker may concern."""
        for session_id in sorted(change.affected_sessions):
            self.placement.queue.add(session_id)
            self.timeslots.queue.add(session_id)
        if change.room_may_have_grown:
            self.wake_ups.queue.add(WAITING_KEY)

    # -- made once

    def _slots(self) -> TimeslotManager:
        return TimeslotManager(
            self._client.sessions,
            self.fleet,
            SlotDeeds(self._client.sessions, self.fleet),
            clock=self.clock,
            policy=self._policy.slots,
            due_in=lambda key: self.timeslots.queue.due_in(key),
        )

    def _sessions(self) -> SessionReconciler:
        return SessionReconciler(
            self._client.sessions,
            self.fleet,
            self.waiting,
            PromiseKeeper(self._client.sessions, self.fleet, self.clock),
            self.placer,
            clock=self.clock,
            slack_seconds=self._policy.slack,
            grace_seconds=self._policy.slots.grace_seconds,
            ask_for_supply=lambda: self.scale_up.queue.add(FLEET_KEY),
            begin=self.slots.begin_if_due,
            due_in=lambda key: self.placement.queue.due_in(key),
        )

    def _demand(self) -> ScaleUpReconciler:
        return ScaleUpReconciler(
            self._client,
            self.fleet,
            clock=self.clock,
            gate=self.sessions.gate,
            wake=lambda session_id: self.placement.queue.add(session_id),
            refused_retry_seconds=self._policy.refused_retry,
            remember=self.placer.decisions.append,
            engine=self.engine,
        )

    def _supply(self, plan_consolidation: ConsolidationPlanner) -> list[ReconcileLoop]:
        """What brings workers up before they are needed, and spares those that need not be."""
        client, policy = self._client, self._policy
        shift = PromiseShift(client.sessions, self.fleet, most_moves=policy.shift_moves)
        waker = WorkerWaker(client.workers, self.fleet, shift, clock=self.clock, slack_seconds=policy.wake_slack)
        warm = WarmCapacity(
            client, self.fleet, policy.warm, clock=self.clock, somebody_waits=lambda: len(self.waiting) > 0
        )
        consolidation = Consolidation(
            client.sessions, self.fleet, plan_consolidation, policy.consolidation, clock=self.clock
        )
        return [
            self._loop("waking", waker, watches=(resting_worker_changes(self._root),)),
            self._loop("late-starts", self._late_starts(), watches=(coming_worker_changes(self._root),)),
            self._loop("warm-capacity", warm, every=policy.warm_check),
            self._loop("consolidation", consolidation, every=policy.consolidation_interval),
        ]

    def _late_starts(self) -> LateStarts:
        policy = self._policy
        return LateStarts(
            self._client.sessions,
            self.fleet,
            LateStartPolicy(policy.late_start_margin, policy.wake_slack, policy.shift_moves),
            clock=self.clock,
            retry_seconds=policy.refused_retry,
            wake=lambda session_id: self.placement.queue.add(session_id),
        )

    def _loop(
        self,
        name: str,
        reconciler: Reconciler,
        *,
        watches: Sequence[WatchedPrefix] = (),
        every: float | None = None,
        pauses: bool = True,
    ) -> ReconcileLoop:
        options = ReconcileOptions(
            max_concurrent=self._policy.max_concurrent,
            resync_interval=every or self._policy.resync,
            back_off=_BACK_OFF,
        )
        return ReconcileLoop(
            name,
            reconciler,
            source=self._source,
            watches=tuple(watches),
            options=options,
            clock=self._loop_clock,
            pauses=pauses,
        )
