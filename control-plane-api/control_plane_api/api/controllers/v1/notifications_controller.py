"""/api/v1/notifications: what operators are told, until it holds no more and after."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from control_plane_api.api.access import Operator, context_for
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import NotificationPage
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.notification.acknowledge_notifications_command import (
    AcknowledgeNotificationsCommand,
)
from control_plane_api.application.listings import NOTIFICATIONS
from control_plane_api.application.queries.get_notification_query import GetNotificationQuery
from control_plane_api.application.queries.list_notifications_query import ListNotificationsQuery
from lcm_core.contracts.notifications import (
    AcknowledgedNotifications,
    AcknowledgeNotifications,
    NotificationRecord,
)
from lcm_core.domain.notifications import NotificationKind, NotificationSeverity, NotificationStatus

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])

NotificationList = Annotated[ListRequest[NotificationPage], Depends(list_request(NOTIFICATIONS, NotificationPage))]


@router.get(
    "",
    summary="What operators are told, the last first",
    response_model=NotificationPage,
    responses=sparse_rows(NotificationPage),
)
async def list_notifications(
    mediator: MediatorOf,
    _: Operator,
    wanted: NotificationList,
    status: NotificationStatus | None = None,
    active: Annotated[bool | None, Query(description="Whether it still holds, acknowledged or not.")] = None,
    severity: NotificationSeverity | None = None,
    kind: NotificationKind | None = None,
    subject_id: Annotated[
        str | None, Query(min_length=1, max_length=300, description="Id of the worker, pool, … that it is about.")
    ] = None,
) -> NotificationPage | Response:
    """From which count, share or time on is a matter of `notifications` in the settings of the system."""
    return wanted.answer(
        await mediator.query(ListNotificationsQuery(wanted.page, status, active, severity, kind, subject_id))
    )


@router.get("/{notification_id}", summary="One notification")
async def get_notification(notification_id: str, mediator: MediatorOf, _: Operator) -> NotificationRecord:
    return await mediator.query(GetNotificationQuery(notification_id))


@router.post("/acknowledge", summary="Say that you know of some")
async def acknowledge_notifications(
    body: AcknowledgeNotifications, mediator: MediatorOf, principal: Operator, change: Change
) -> AcknowledgedNotifications:
    """All of them or none; one that is acknowledged stays as it is. It goes on until it holds no more, and is
    open again when it gets worse."""

    async def acknowledge() -> AcknowledgedNotifications:
        command = AcknowledgeNotificationsCommand(body)
        return await mediator.execute(command, context_for(principal, body.note or None))

    async def again(_: Mapping[str, str]) -> AcknowledgedNotifications:
        found = await asyncio.gather(*(mediator.query(GetNotificationQuery(id)) for id in dict.fromkeys(body.ids)))
        return AcknowledgedNotifications(acknowledged=0, notifications=list(found))

    return await change.do(acknowledge, again)
