"""Everything that is told to etcd, kind by kind."""

from __future__ import annotations

from control_plane_api.application.hosted_services.definition_work_publisher import (
    DefinitionsWithWork,
    DefinitionWorkPublisher,
)
from control_plane_api.application.hosted_services.etcd_state_publisher import StatePublisher
from control_plane_api.application.hosted_services.reconciler_publisher import KnownReconcilers, ReconcilerPublisher
from control_plane_api.application.hosted_services.session_status_publisher import SessionStatusPublisher
from control_plane_api.application.hosted_services.warm_pool_publisher import LivePools, WarmPoolPublisher
from control_plane_api.application.hosted_services.worker_capacity_publisher import WorkerCapacityPublisher
from control_plane_api.application.live.live_rows import LiveSessions, LiveWorkers
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient


def state_publishers(
    etcd: EtcdClient,
    sessions: LiveSessions,
    workers: LiveWorkers,
    definitions: DefinitionsWithWork,
    pools: LivePools,
    reconcilers: KnownReconcilers,
    *,
    root: str,
    clock: Clock,
) -> tuple[StatePublisher, ...]:
    return (
        SessionStatusPublisher(etcd, sessions, root=root, clock=clock),
        WorkerCapacityPublisher(etcd, workers, root=root, clock=clock),
        DefinitionWorkPublisher(etcd, definitions, root=root, clock=clock),
        WarmPoolPublisher(etcd, pools, root=root, clock=clock),
        ReconcilerPublisher(etcd, reconcilers, root=root, clock=clock),
    )
