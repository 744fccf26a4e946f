"""How every reconciling service is: who leads, what waits, and whether somebody has paused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, Field

from control_plane_api.application.queries.list_leaders_query import Leaders, ServiceLeader
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models.operations import Pause, ReconcilerReadModel
from lcm_core.domain.steering import LeaderTold, LoopTold, ReconcilerName


class ReconcilerView(BaseModel):
    """``leader`` and what follows from it are null while nobody leads, or the leader has not told yet."""

    service: ReconcilerName
    paused: bool = Field(description="As it is on record.")
    pause: Pause | None = Field(description="By whom, since when and why.")
    in_effect: bool | None = Field(description="Whether the leader knows of the pause, or of its end.")
    leader: str | None
    leads_since: AwareDatetime | None
    epoch: int | None
    waiting: int | None = Field(description="Keys ready to be handled, in all loops.")
    delayed: int | None = Field(description="Keys that wait for their time.")
    in_flight: int | None
    failing: int | None
    loops: list[LoopTold]
    told_at: AwareDatetime | None = Field(description="When the leader last told how it is.")


class Told(Protocol):
    async def told(self) -> Mapping[str, LeaderTold]:
        """By service; raises ``EtcdUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class ListReconcilersQuery(Query[Sequence[ReconcilerView]]):
    pass


class ListReconcilersQueryHandler:
    def __init__(self, reconcilers: Rows[ReconcilerReadModel], leaders: Leaders, told: Told) -> None:
        self._reconcilers = reconcilers
        self._leaders = leaders
        self._told = told

    async def handle(self, query: ListReconcilersQuery) -> Sequence[ReconcilerView]:
        del query
        rows = {row.id: row for row in await self._reconcilers.by_ids([name.value for name in ReconcilerName])}
        leaders = {leader.service: leader for leader in await self._leaders.leaders()}
        told = await self._told.told()
        return [
            _view(name, rows.get(name), leaders.get(name, ServiceLeader(service=name)), told.get(name))
            for name in ReconcilerName
        ]


def _view(
    name: ReconcilerName, row: ReconcilerReadModel | None, leader: ServiceLeader, told: LeaderTold | None
) -> ReconcilerView:
    """What was told in an earlier term is old."""
    now = told if told is not None and told.epoch == leader.epoch else None
    paused = row is not None and row.pause is not None
    loops = list(now.loops) if now is not None else []
    return ReconcilerView(
        service=name,
        paused=paused,
        pause=row.pause if row is not None else None,
        in_effect=now.paused == paused if now is not None else None,
        leader=leader.instance,
        leads_since=leader.since,
        epoch=leader.epoch,
        waiting=sum(loop.waiting for loop in loops) if now is not None else None,
        delayed=sum(loop.delayed for loop in loops) if now is not None else None,
        in_flight=sum(loop.in_flight for loop in loops) if now is not None else None,
        failing=sum(loop.failing for loop in loops) if now is not None else None,
        loops=loops,
        told_at=now.at if now is not None else None,
    )
