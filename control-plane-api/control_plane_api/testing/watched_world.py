"""A world of commands that is watched for what operators are to be told; leaders and services are as a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from control_plane_api.application.commands.registration import register_commands
from control_plane_api.application.notifications.facts import FactReader
from control_plane_api.application.notifications.notification_watch import NotificationWatch
from control_plane_api.application.queries.get_fleet_policy_query import (
    GetFleetPolicyQuery,
    GetFleetPolicyQueryHandler,
)
from control_plane_api.application.queries.get_system_status_query import ServiceStatus
from control_plane_api.application.queries.list_leaders_query import ServiceLeader
from control_plane_api.application.queries.list_reconcilers_query import (
    ListReconcilersQuery,
    ListReconcilersQueryHandler,
)
from control_plane_api.application.queries.list_workers_query import ListWorkersQuery, ListWorkersQueryHandler
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.repositories.sessions_that_go_badly import MongoSessionsThatGoBadly
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.application.mediator import Mediator
from lcm_core.contracts.notifications import NotificationRecord
from lcm_core.coordination import EtcdUnavailable
from lcm_core.domain.notifications import NotificationKind
from lcm_core.domain.steering import LeaderTold, ReconcilerName
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory


class SaidLeaders:
    """Everybody has a leader but who is in *leaderless*; with *away* nobody knows."""

    def __init__(self) -> None:
        self.leaderless: set[str] = set()
        self.away = False

    async def leaders(self) -> Sequence[ServiceLeader]:
        if self.away:
            raise EtcdUnavailable("127.0.0.1:1", "reading leaders", "it is away")
        return [
            ServiceLeader(service=name, instance=None if name in self.leaderless else "one") for name in ReconcilerName
        ]

    async def told(self) -> Mapping[str, LeaderTold]:
        return {}


class SaidServices:
    def __init__(self) -> None:
        self.down: dict[str, str] = {}

    async def statuses(self) -> Sequence[ServiceStatus]:
        return [ServiceStatus(service=name, reachable=False, problem=why) for name, why in self.down.items()]


class WatchedWorld:
    """*world* with what a replica needs to watch it."""

    def __init__(self, world: CommandWorld) -> None:
        self.world = world
        self.leaders, self.services = SaidLeaders(), SaidServices()

    def replica(self) -> NotificationWatch:
        """One that shares nothing with another one but the database."""
        world = self.world
        mediator = Mediator(MongoUnitOfWorkFactory(world.db, EVENTS), clock=world.clock.now)
        register_commands(mediator, world.read, world.fleet, vault=world.vault)
        mediator.register_query(GetFleetPolicyQuery, GetFleetPolicyQueryHandler(world.read.policies))
        mediator.register_query(ListWorkersQuery, ListWorkersQueryHandler(world.read.workers))
        mediator.register_query(
            ListReconcilersQuery, ListReconcilersQueryHandler(world.read.reconcilers, self.leaders, self.leaders)
        )
        sessions = MongoSessionsThatGoBadly(world.db)
        facts = FactReader(mediator, world.read, sessions, self.services, world.clock)
        return NotificationWatch(mediator, facts, world.read.notifications, world.clock, look_seconds=30)

    async def told(self, kind: NotificationKind) -> list[NotificationRecord]:
        """All of *kind*, the last opened first."""
        found = await self.world.documents("notification_log")
        records = [await self.world.read.notifications.get(each["_id"]) for each in found if each["kind"] == kind.value]
        return sorted(records, key=lambda record: record.opened_at, reverse=True)
