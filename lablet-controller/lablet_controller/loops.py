"""The loops beside the one that follows sessions, made from settings."""

from __future__ import annotations

from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor
from lablet_controller.application.hosted_services.inbound_event_loops import DueEvents, ParkedEvents, session_moves
from lablet_controller.application.hosted_services.orphan_sweep import OrphanSweep, labs_resync_requests
from lablet_controller.application.hosted_services.session_phases import FarEnds
from lablet_controller.application.hosted_services.warm_pool_keeper import (
    POOLS_KEY,
    KeeperPolicy,
    WarmPoolKeeper,
    prepared_lab_changes,
)
from lablet_controller.application.services.content_store import ContentStore
from lablet_controller.application.services.foreign_ports import ForeignPorts
from lablet_controller.application.services.lab_preparation import LabPreparation, PreparationPolicy
from lablet_controller.application.services.orphans import Orphans
from lablet_controller.application.services.topology_rewriter import TopologyRewriter
from lablet_controller.settings import LabletControllerSettings
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import (
    ReconcileLoop,
    ReconcileOptions,
    WatchedPrefix,
)

HANDLER_MARGIN_SECONDS = 120.0


def event_loops(
    control_plane: ControlPlaneApiClient,
    ingestor: LabletCloudEventIngestor,
    etcd: EtcdClient,
    settings: LabletControllerSettings,
) -> tuple[ReconcileLoop, ...]:
    due = ReconcileLoop(
        "due-events",
        DueEvents(control_plane, ingestor),
        options=ReconcileOptions(resync_interval=settings.events_sweep_seconds),
    )
    parked = ReconcileLoop(
        "parked-events",
        ParkedEvents(control_plane, ingestor),
        source=etcd,
        watches=(session_moves(settings.etcd_prefix),),
    )
    return due, parked


def orphan_loop(
    control_plane: ControlPlaneApiClient,
    far: FarEnds,
    etcd: EtcdClient,
    clock: Clock,
    settings: LabletControllerSettings,
) -> ReconcileLoop:
    orphans = Orphans(control_plane, far.labs, far.lds, clock, grace_seconds=settings.orphan_grace_seconds)
    return ReconcileLoop(
        "orphans",
        OrphanSweep(
            control_plane,
            far.labs,
            orphans,
            ForeignPorts(control_plane, far.labs),
            far.lds,
            settings.orphan_grace_seconds,
        ),
        source=etcd,
        watches=(labs_resync_requests(settings.etcd_prefix),),
        options=ReconcileOptions(resync_interval=settings.orphan_sweep_seconds),
    )


def pool_loop(
    control_plane: ControlPlaneApiClient,
    far: FarEnds,
    etcd: EtcdClient,
    clock: Clock,
    settings: LabletControllerSettings,
) -> ReconcileLoop:
    policy = PreparationPolicy(
        attempt_seconds=settings.import_seconds, give_up_seconds=settings.warm_pool_give_up_seconds
    )
    contents = ContentStore(control_plane.definitions, cache=far.packages)
    preparation = LabPreparation(control_plane, contents, TopologyRewriter(), far.labs, clock, policy)
    return ReconcileLoop(
        "warm-pools",
        WarmPoolKeeper(control_plane, preparation, clock, KeeperPolicy(hands=settings.warm_pool_hands)),
        source=etcd,
        watches=(
            prepared_lab_changes(settings.etcd_prefix),
            WatchedPrefix.to_one_key(f"{settings.etcd_prefix}/warm-pools/", POOLS_KEY),
        ),
        options=ReconcileOptions(
            max_concurrent=1,
            handler_deadline=settings.import_seconds + HANDLER_MARGIN_SECONDS,
            resync_interval=settings.warm_pool_seconds,
        ),
    )
