"""What a reconciler has to know before it takes a worker out of service."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.queries.get_fleet_policy_query import FleetPolicies
from control_plane_api.application.services.scaling_records import ScalingRecords
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.contracts.fleet import CareFacts


@dataclass(frozen=True, slots=True)
class GetCareFactsQuery(Query[CareFacts]):
    pass


class GetCareFactsQueryHandler:
    def __init__(self, policies: FleetPolicies, records: ScalingRecords, clock: Clock) -> None:
        self._policies = policies
        self._records = records
        self._clock = clock

    async def handle(self, query: GetCareFactsQuery) -> CareFacts:
        del query
        terms = (await self._policies.current()).policy.care
        past = await self._records.disruptions(self._clock.now() - terms.longest_budget)
        return CareFacts(terms=terms, disruptions=tuple(past))
