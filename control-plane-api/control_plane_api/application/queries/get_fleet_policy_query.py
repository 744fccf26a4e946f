"""The settings that operators change while the system runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, Field

from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.application.mediator import Query


class CurrentFleetPolicy(BaseModel):
    """``version`` is 0 while nobody has changed anything and the defaults hold."""

    version: int = Field(ge=0)
    policy: FleetPolicy


class FleetPolicies(Protocol):
    async def current(self) -> CurrentFleetPolicy: ...


@dataclass(frozen=True, slots=True)
class GetFleetPolicyQuery(Query[CurrentFleetPolicy]):
    pass


class GetFleetPolicyQueryHandler:
    def __init__(self, policies: FleetPolicies) -> None:
        self._policies = policies

    async def handle(self, query: GetFleetPolicyQuery) -> CurrentFleetPolicy:
        del query
        return await self._policies.current()
