"""What the routes work with, built in main.py and kept in ``app.state.services``.

The dependencies are coroutines because FastAPI runs plain functions in a thread, which costs more than they do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from control_plane_api.api.stream_seats import StreamSeats
from control_plane_api.application.hosted_services.admission_desk import AdmissionDesk
from control_plane_api.application.idempotency import Once
from control_plane_api.application.live.live_event_hub import LiveEventHub
from control_plane_api.application.live.snapshot import SnapshotCache
from control_plane_api.application.webhooks.addresses import WebhookAddresses
from lcm_core.application.mediator import Mediator


class Feed(Protocol):
    async def wait_caught_up(self) -> None:
        """Return when everything that was committed before now has been handed on."""
        ...


@dataclass(frozen=True, slots=True)
class LiveTelling:
    """What the live stream is made of; who reads it is asked for anew every *recheck_seconds*."""

    hub: LiveEventHub
    snapshots: SnapshotCache
    feed: Feed
    recheck_seconds: float


@dataclass(frozen=True, slots=True)
class ApiServices:
    mediator: Mediator
    desk: AdmissionDesk
    once: Once
    live: LiveTelling
    seats: StreamSeats
    addresses: WebhookAddresses


async def _services(request: Request) -> ApiServices:
    return request.app.state.services


async def _mediator(request: Request) -> Mediator:
    return request.app.state.services.mediator


async def _addresses(request: Request) -> WebhookAddresses:
    return request.app.state.services.addresses


async def _desk(request: Request) -> AdmissionDesk:
    return request.app.state.services.desk


Services = Annotated[ApiServices, Depends(_services)]
MediatorOf = Annotated[Mediator, Depends(_mediator)]
DeskOf = Annotated[AdmissionDesk, Depends(_desk)]
AddressesOf = Annotated[WebhookAddresses, Depends(_addresses)]
