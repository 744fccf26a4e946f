"""What happens to the settings that operators change while the system runs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.delivery_terms import WaitingLimits
from lcm_core.domain.fleet_care import WorkerCareTerms
from lcm_core.domain.notifications import NotificationTerms
from lcm_core.domain.values import HostLossTerms


class FleetPolicy(BaseModel):
    """Limits that the commands obey."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    max_workers_per_region: Annotated[int, Field(ge=0, le=10_000)] = 20
    """Workers that may exist at once in one region, those on their way included."""
    drain_look_ahead_seconds: Annotated[int, Field(ge=0, le=604_800)] = 3600
    """A session that begins within this time is imminent: its worker is not drained without force."""
    booking_start_grace_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How far in the past the wanted start of a booking may lie."""
    booking_horizon_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """How far ahead a lab can be booked."""
    moves_to_make_room: Annotated[int, Field(ge=0, le=100)] = 24
    """So many promises may move to other workers to make room for one booking; 0 leaves every promise where it is."""
    least_lead_seconds: Annotated[int, Field(ge=0, le=7200)] = 60
    """A host is held for at least so long before a slot, however fast the lab was there so far."""
    least_teardown_seconds: Annotated[int, Field(ge=0, le=7200)] = 60
    """A host is held for at least so long after a slot, however fast the lab was gone so far."""
    host_loss: HostLossTerms = HostLossTerms()
    """What becomes of a running session whose host is lost, unless its definition says otherwise."""
    care: WorkerCareTerms = WorkerCareTerms()
    """How the fleet looks after itself: strays, minima, retention, budgets and windows."""
    limits: WaitingLimits = WaitingLimits()
    """How long sessions may wait in each state, unless their definition says otherwise: as of their booking."""
    notifications: NotificationTerms = NotificationTerms()
    """From when on operators are told of something."""


@EVENTS.register
class SystemSettingsUpdatedDomainEvent(StampedEvent):
    """The whole policy as it is from now on."""

    wire_name = "system_settings.updated"
    emitted_by = "UpdateSystemSettingsCommand"
    consumed_by = ("web UI",)
    published = False

    policy: FleetPolicy
    reason: str
