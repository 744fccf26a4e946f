"""Who may call what, said next to each route, and the context in which the caller's command runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from lcm_core.application.context import CommandContext
from lcm_core.auth import Principal, Role, require
from lcm_core.coordination import LEADER_EPOCH_HEADER
from lcm_core.observability.correlation import correlation_id, new_correlation_id
from lcm_core.observability.origin import remote_address

Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]
"""Everybody who may look: viewers, instructors, operators, admins."""
Booker = Annotated[Principal, Depends(require(Role.LMS, Role.INSTRUCTOR, Role.OPERATOR))]
"""Those who book; what they book is their own."""
BookingOwner = Annotated[
    Principal,
    Depends(require(Role.LMS, Role.INSTRUCTOR, Role.OPERATOR, own_only={Role.LMS, Role.INSTRUCTOR})),
]
"""Those who may change a booking: whoever made it, and operators (``booking_scope``)."""
Follower = Annotated[Principal, Depends(require(Role.LMS, Role.VIEWER, own_only={Role.LMS}))]
"""Those who may look at sessions and bookings; an LMS at its own only (``owner_scope``)."""
Reader = Annotated[Principal, Depends(require(Role.LMS, Role.VIEWER))]
"""Those who may look at what is the same for everybody who books: definitions, the names of events."""
Anybody = Annotated[Principal, Depends(require(*Role))]
"""Everybody who is known, for what concerns the caller alone."""
Operator = Annotated[Principal, Depends(require(Role.OPERATOR))]
Admin = Annotated[Principal, Depends(require(Role.ADMIN))]
Service = Annotated[Principal, Depends(require(Role.SERVICE))]
"""Another service of ours, never a person."""


def owner_scope(principal: Principal) -> str | None:
    """None for somebody who sees everything, else the owner whose sessions and bookings are all there is for them."""
    return None if principal.has_any(Role.VIEWER) else principal.subject


def booking_scope(principal: Principal) -> str | None:
    """None for somebody who may change every booking, else the owner whose bookings they may change."""
    return None if principal.has_any(Role.OPERATOR) else principal.subject


def context_for(principal: Principal, reason: str | None = None) -> CommandContext:
    """The context of a command that a person or an LMS asks for."""
    return CommandContext(
        actor=principal.subject,
        correlation_id=correlation_id() or new_correlation_id(),
        reason=reason,
        client=principal.client_id or None,
        remote=remote_address(),
    )


async def _service_context(
    principal: Service,
    leader_epoch: Annotated[
        int | None,
        Header(alias=LEADER_EPOCH_HEADER, ge=1, description="Epoch of the leader that writes, to fence it."),
    ] = None,
) -> CommandContext:
    return CommandContext(
        actor=principal.client_id or principal.subject,
        correlation_id=correlation_id() or new_correlation_id(),
        leader_service=(principal.client_id or principal.subject) if leader_epoch is not None else None,
        leader_epoch=leader_epoch,
        client=principal.client_id or None,
        remote=remote_address(),
    )


ServiceContext = Annotated[CommandContext, Depends(_service_context)]
"""Lets services in and no one else. The service is the client of the token; a header could claim anything."""


def principal_of(request: Request) -> Principal | None:
    """The caller, where the route has found out who that is."""
    return getattr(request.state, "principal", None)
