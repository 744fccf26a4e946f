"""The worker controller at work: four loops on the one instance that leads, and an ear for what hosts tell."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.clock import Clock
from lcm_core.coordination import LeaderElection
from lcm_core.domain.steering import DISCOVERY_LOOP
from lcm_core.reconcile import (
    BackOff,
    ReconcileLoop,
    ReconcileOptions,
    ReconciliationHostedService,
    Steering,
    WatchedPrefix,
    WatchSource,
)
from worker_controller.application.hosted_services.worker_reconciler import WorkerReconciler
from worker_controller.application.services.cloud_sweep import CloudSweepReconciler
from worker_controller.application.services.discovery import DiscoveryReconciler
from worker_controller.application.services.host_follower import HostFollower
from worker_controller.application.services.scale_down import ScaleDownReconciler


@dataclass(frozen=True, slots=True)
class LoopPace:
    """Seconds between two passes over everything, by loop; *max_concurrent* workers are handled at one time."""

    workers: float
    discovery: float
    scale_down: float
    cloud: float
    max_concurrent: int


def worker_controller_hosted_service(
    workers: WorkerReconciler,
    discovery: DiscoveryReconciler,
    scale_down: ScaleDownReconciler,
    cloud: CloudSweepReconciler,
    follower: HostFollower,
    *,
    watch_source: WatchSource,
    election: LeaderElection,
    root: str,
    pace: LoopPace,
    clock: Clock,
    steering: Steering | None = None,
) -> ReconciliationHostedService:
    """Any key of a worker wakes it: what is wanted of it, how it is, what it holds."""
    worker_loop = ReconcileLoop(
        "workers",
        workers,
        source=watch_source,
        watches=(WatchedPrefix.by_id(f"{root}/workers"),),
        options=ReconcileOptions(
            max_concurrent=pace.max_concurrent,
            resync_interval=pace.workers,
            back_off=BackOff(first_seconds=0.5, most_seconds=30),
        ),
        clock=clock,
    )
    follower.on_wake(worker_loop.queue.add)
    cloud_loop = ReconcileLoop("cloud", cloud, options=ReconcileOptions(resync_interval=pace.cloud), clock=clock)
    discovery_loop = ReconcileLoop(
        DISCOVERY_LOOP, discovery, options=ReconcileOptions(resync_interval=pace.discovery), clock=clock
    )
    scale_down_loop = ReconcileLoop(
        "scale-down", scale_down, options=ReconcileOptions(resync_interval=pace.scale_down), clock=clock
    )
    return ReconciliationHostedService(
        "worker-controller",
        election=election,
        loops=[worker_loop, cloud_loop, discovery_loop, scale_down_loop],
        leader_work=[follower],
        steering=steering,
        clock=clock,
    )
