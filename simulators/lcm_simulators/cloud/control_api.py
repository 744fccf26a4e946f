"""What launchers and tests ask the cloud, apart from AWS's own API."""

from collections.abc import Callable
from enum import StrEnum

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

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


def control_router(thread: MotoThread, account: Callable[[], Account]) -> APIRouter:
    """/_sim/bootstrap, /_sim/instances and …/reclaim."""
    router = APIRouter(prefix="/_sim", tags=["simulator"])

    @router.get("/bootstrap")
    async def bootstrap() -> Bootstrap:
        return account().bootstrap

    @router.get("/instances")
    async def instances() -> list[InstanceView]:
        return await thread.call(account().instances)

    @router.post("/instances/{instance_id}/reclaim")
    async def reclaim(instance_id: str, body: Reclaim | None = None) -> InstanceView:
        asked = body or Reclaim()
        code, message = _REASONS[asked.cause, asked.action]
        terminate = asked.action is ReclaimAction.TERMINATE
        try:
            return await thread.call(account().reclaim, instance_id, terminate=terminate, code=code, message=message)
        except KeyError as error:
            raise HTTPException(404, f"no instance {instance_id}") from error

    return router
