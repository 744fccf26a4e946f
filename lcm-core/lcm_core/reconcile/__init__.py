"""The framework of every controller: level-triggered, keyed, led by one instance."""

from __future__ import annotations

from lcm_core.reconcile.admin_router import reconciliation_admin_router
from lcm_core.reconcile.hosted_service import ReconciliationHostedService
from lcm_core.reconcile.loop import OnEscalation, ReconcileLoop, ReconcileOptions
from lcm_core.reconcile.reconciler import Done, Failed, Reconciler, RequeueAfter, Result
from lcm_core.reconcile.status import LoopStatus, ReconciliationStatus
from lcm_core.reconcile.steered_election import SteeredElection
from lcm_core.reconcile.steering import Steering
from lcm_core.reconcile.watched_prefix import WatchedPrefix, WatchSource
from lcm_core.reconcile.work_queue import BackOff, KeyedWorkQueue, Work

__all__ = [
    "BackOff",
    "Done",
    "Failed",
    "KeyedWorkQueue",
    "LoopStatus",
    "OnEscalation",
    "ReconcileLoop",
    "ReconcileOptions",
    "Reconciler",
    "ReconciliationHostedService",
    "ReconciliationStatus",
    "RequeueAfter",
    "Result",
    "SteeredElection",
    "Steering",
    "WatchSource",
    "WatchedPrefix",
    "Work",
    "reconciliation_admin_router",
]
