"""What launchers and tests ask the cloud, apart from AWS's own API."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict

from lcm_simulators.cloud.account import Account, InstanceView
from lcm_simulators.cloud.moto_thread import MotoThread
from lcm_simulators.cloud.network import Bootstrap


class ReclaimAction(StrEnum):
    """What becomes of a reclaimed instance."""

    TERMINATE = "terminate"
    STOP = "stop"


class ReclaimCause(StrEnum):
    """Who takes it away."""

    SPOT = "spot"
    CONSOLE = "console"


_REASONS: dict[tuple[ReclaimCause, ReclaimAction], tuple[str, str]] = {
    (ReclaimCause.SPOT, ReclaimAction.TERMINATE): ("Server.SpotInstanceTermination", "Spot instance termination"),
    (ReclaimCause.SPOT, ReclaimAction.STOP): ("Server.SpotInstanceShutdown", "Spot instance stopped"),
    (ReclaimCause.CONSOLE, ReclaimAction.TERMINATE): ("Client.UserInitiatedShutdown", "User initiated shutdown"),
    (ReclaimCause.CONSOLE, ReclaimAction.STOP): ("Client.UserInitiatedShutdown", "User initiated shutdown"),
}


class Reclaim(BaseModel):
    """POST reclaim: by default a spot instance is taken back for good."""

    model_config = ConfigDict(extra="forbid")

    action: ReclaimAction = ReclaimAction.TERMINATE
    cause: ReclaimCause = ReclaimCause.SPOT


class EventCode(StrEnum):
    """What AWS announces for an instance, in its words."""

    REBOOT = "instance-reboot"
    RETIREMENT = "instance-retirement"
    STOP = "instance-stop"
    SYSTEM_MAINTENANCE = "system-maintenance"
    SYSTEM_REBOOT = "system-reboot"


class PlannedEvent(BaseModel):
    """PUT event: announced in DescribeInstanceStatus, in place of the one before."""

    model_config = ConfigDict(extra="forbid")

    code: EventCode
    not_before: AwareDatetime
    description: str = "The instance is running on degraded hardware"


def control_router(thread: MotoThread, account: Callable[[], Account]) -> APIRouter:
    """/_sim/bootstrap, /_sim/instances and …/reclaim, …/impaired, …/event."""
    router = APIRouter(prefix="/_sim", tags=["simulator"])

    @router.get("/bootstrap")
    async def bootstrap() -> Bootstrap:
        return account().bootstrap

    @router.get("/instances")
    async def instances() -> list[InstanceView]:
        return await thread.call(account().instances)

    _add_troubles(router, thread, account)
    return router


def _add_troubles(router: APIRouter, thread: MotoThread, account: Callable[[], Account]) -> None:
    """What AWS does to instances, or announces."""

    async def on_instance(instance_id: str, doing: Callable[[], InstanceView]) -> InstanceView:
        try:
            return await thread.call(doing)
        except KeyError as error:
            raise HTTPException(404, f"no instance {instance_id}") from error

    @router.post("/instances/{instance_id}/reclaim")
    async def reclaim(instance_id: str, body: Reclaim | None = None) -> InstanceView:
        asked = body or Reclaim()
        code, message = _REASONS[asked.cause, asked.action]
        terminate = asked.action is ReclaimAction.TERMINATE
        return await on_instance(
            instance_id, partial(account().reclaim, instance_id, terminate=terminate, code=code, message=message)
        )

    @router.post("/instances/{instance_id}/impaired")
    async def impair(instance_id: str) -> InstanceView:
        return await on_instance(instance_id, partial(account().impair, instance_id, on=True))

    @router.delete("/instances/{instance_id}/impaired")
    async def repair(instance_id: str) -> InstanceView:
        return await on_instance(instance_id, partial(account().impair, instance_id, on=False))

    @router.put("/instances/{instance_id}/event")
    async def announce(instance_id: str, body: PlannedEvent) -> InstanceView:
        return await plan(instance_id, body.code, body.description, body.not_before)

    @router.delete("/instances/{instance_id}/event")
    async def call_off(instance_id: str) -> InstanceView:
        return await plan(instance_id, "", "", None)

    async def plan(instance_id: str, code: str, description: str, not_before: datetime | None) -> InstanceView:
        doing = partial(account().plan_event, instance_id, code=code, description=description, not_before=not_before)
        return await on_instance(instance_id, doing)
