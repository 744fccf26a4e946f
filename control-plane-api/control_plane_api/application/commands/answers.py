"""From the context of a command to the stamp of its events, and from what changed to the answer."""

from __future__ import annotations

from control_plane_api.domain.entities import version_of
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.context import CommandContext
from lcm_core.contracts.base import Applied
from lcm_core.domain.aggregate import AnyAggregate

NO_CHANGE = "no_change"
LATE = "late"
DUPLICATE = "duplicate"
UNKNOWN = "unknown"


def stamp_of(ctx: CommandContext) -> Stamp:
    """Raises ValueError while the context has no time; the mediator always gives it one."""
    return Stamp(at=ctx.metadata().at, by=ctx.actor)


def applied(aggregate: AnyAggregate, changed: bool, why_not: str = NO_CHANGE) -> Applied:
    """*why_not* is told when nothing changed: ``no_change``, ``late``, ``duplicate`` or ``unknown``."""
    return Applied(applied=changed, why="" if changed else why_not, version=version_of(aggregate))
