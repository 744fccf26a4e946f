"""The mediator with every command and query, and what is told of a commit right away."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.application.commands.audit.registration import register_anchors
from control_plane_api.application.commands.registration import register_commands
from control_plane_api.application.conditions import ConditionalUnitsOfWork
from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.queries.registration import register_queries
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.application.services.fleet_book import FleetBook
from control_plane_api.application.services.promise_measures import count_promises
from control_plane_api.composition.far_ends import FarEnds
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.etcd_leaders import EtcdLeaders
from control_plane_api.integration.leader_fence import EtcdLeaderFence
from control_plane_api.integration.log_auditor import LogAuditor
from control_plane_api.integration.repositories.audit_trail import MongoAuditTrail
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.eventstore.collections import Document
from lcm_core.eventstore.state_keeper import StateKeeper
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.sealing import Vault


def build_mediator(
    settings: ControlPlaneSettings,
    far: FarEnds,
    read: ReadSide,
    fleet: FleetBook,
    latest: LatestRows,
    clock: Clock,
    vault: Vault,
    states: StateKeeper,
) -> Mediator:
    fence = EtcdLeaderFence(
        far.database,
        far.etcd,
        prefix=settings.etcd_prefix,
        confirm_seconds=settings.leader_confirm_seconds,
        clock=clock,
    )

    def written(commits: Sequence[Commit], documents: Sequence[Document], aggregates: Sequence[AnyAggregate]) -> None:
        latest.keep(commits, documents, aggregates)
        fleet.keep(aggregates)
        count_promises(commits, documents)

    units_of_work = ConditionalUnitsOfWork(
        MongoUnitOfWorkFactory(far.database, EVENTS, fence=fence, written=written, keeper=states)
    )
    mediator = Mediator(units_of_work, clock=clock.now)
    register_commands(mediator, read, fleet, vault=vault, most_subscriptions=settings.subscriptions_per_owner)
    register_queries(
        mediator,
        read,
        fleet,
        leaders=EtcdLeaders(far.etcd, prefix=settings.etcd_prefix),
        auditor=LogAuditor(far.database, audit_invariants, far.anchors),
        clock=clock,
        trail=MongoAuditTrail(far.database, clock),
        anchors=far.anchors,
        texts=far.evidence,
    )
    register_anchors(mediator, far.anchors)
    return mediator
