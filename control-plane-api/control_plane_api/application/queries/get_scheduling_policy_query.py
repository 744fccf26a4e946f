"""By which rules sessions are placed, as the leading scheduler tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, Field

from control_plane_api.application.queries.list_leaders_query import Leaders
from lcm_core.application.mediator import Query
from lcm_core.domain.scheduling_rules import RulesTold, SchedulingRules
from lcm_core.domain.steering import ReconcilerName


class SchedulingPolicy(BaseModel):
    """``rules`` and ``told_at`` are null while nobody leads, or the leader has not told yet."""

    leader: str | None
    rules: SchedulingRules | None
    told_at: AwareDatetime | None = Field(description="When the leader began to decide by these rules, or told again.")


class ToldRules(Protocol):
    async def rules(self) -> RulesTold | None:
        """What a leader of the scheduler last told; raises ``EtcdUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class GetSchedulingPolicyQuery(Query[SchedulingPolicy]):
    pass


class GetSchedulingPolicyQueryHandler:
    def __init__(self, leaders: Leaders, told: ToldRules) -> None:
        self._leaders = leaders
        self._told = told

    async def handle(self, query: GetSchedulingPolicyQuery) -> SchedulingPolicy:
        """What was told in an earlier term is old."""
        del query
        leader = next(each for each in await self._leaders.leaders() if each.service == ReconcilerName.SCHEDULER)
        told = await self._told.rules()
        if told is None or told.epoch != leader.epoch:
            return SchedulingPolicy(leader=leader.instance, rules=None, told_at=None)
        return SchedulingPolicy(leader=leader.instance, rules=told.rules, told_at=told.at)
