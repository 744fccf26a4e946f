"""What an operator can ask of a reconciler, and do to it."""

# No postponed annotations here: FastAPI resolves them where the function is defined, inside the factory.

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from lcm_core.auth import Role, require
from lcm_core.reconcile.hosted_service import ReconciliationHostedService
from lcm_core.reconcile.status import ReconciliationStatus


class TriggerRequest(BaseModel):
    """Without a key every key is handled, without a loop in every loop."""

    key: str | None = Field(default=None, min_length=1)
    loop: str | None = Field(default=None, min_length=1)


class Triggered(BaseModel):
    keys: int


def reconciliation_admin_router(
    service: ReconciliationHostedService, *, roles: tuple[Role, ...] = (Role.OPERATOR,)
) -> APIRouter:
    """``/api/admin/reconciliation``: status, trigger, pause, resume, resign, for callers with one of *roles*."""
    router = APIRouter(
        prefix="/api/admin/reconciliation", tags=["reconciliation"], dependencies=[Depends(require(*roles))]
    )

    @router.get("", summary="Leadership, queues, keys that fail")
    async def status() -> ReconciliationStatus:
        return await service.status_with_leader()

    @router.post("/trigger", status_code=202, summary="Handle a key, or all, now")
    async def trigger(body: TriggerRequest) -> Triggered:
        if body.key is None:
            return Triggered(keys=await service.trigger_all(body.loop))
        service.trigger(body.key, body.loop)
        return Triggered(keys=1)

    @router.post("/pause", summary="Start no handling on this instance")
    async def pause() -> ReconciliationStatus:
        service.pause()
        return service.status()

    @router.post("/resume", summary="Go on handling")
    async def resume() -> ReconciliationStatus:
        service.resume()
        return service.status()

    @router.post("/resign", status_code=202, summary="Let another instance lead")
    async def resign() -> ReconciliationStatus:
        service.resign()
        return service.status()

    _ = (status, trigger, pause, resume, resign)
    return router
