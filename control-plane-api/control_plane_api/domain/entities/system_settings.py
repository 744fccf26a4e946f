"""The settings that operators change while the system runs: one aggregate, identities.SYSTEM_SETTINGS_ID."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import system_settings_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.domain.aggregate import AggregateRoot, when


class SystemSettingsState(BaseModel):
    policy: FleetPolicy
    created_at: AwareDatetime


class SystemSettings(AggregateRoot[SystemSettingsState]):
    kind = "system_settings"
    frozen_parts = True
    collection = "system_settings"

    @property
    def policy(self) -> FleetPolicy:
        """The defaults until somebody has set anything."""
        return self.state.policy if self.version or self.pending_events else FleetPolicy()

    def update(self, policy: FleetPolicy, reason: str, stamp: Stamp) -> bool:
        """Whether anything changed."""
        if policy == self.policy:
            return False
        self.record(events.SystemSettingsUpdatedDomainEvent(at=stamp.at, by=stamp.by, policy=policy, reason=reason))
        return True

    @when(events.SystemSettingsUpdatedDomainEvent)
    def _updated(self, event: events.SystemSettingsUpdatedDomainEvent) -> None:
        first = self.version == 0 and self._state is None
        created_at = event.at if first else self.state.created_at
        self.state = SystemSettingsState(policy=event.policy, created_at=created_at)
