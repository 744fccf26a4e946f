"""The limits that operators set, as commands need them."""

from __future__ import annotations

from datetime import timedelta

from control_plane_api.domain.entities import SystemSettings
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import SYSTEM_SETTINGS_ID
from lcm_core.application.unit_of_work import UnitOfWork


async def fleet_policy(uow: UnitOfWork) -> FleetPolicy:
    """As set, or the defaults while nobody has set anything."""
    settings = await uow.find(SystemSettings, SYSTEM_SETTINGS_ID)
    return settings.policy if settings is not None else FleetPolicy()


async def drain_look_ahead(uow: UnitOfWork) -> timedelta:
    return timedelta(seconds=(await fleet_policy(uow)).drain_look_ahead_seconds)
