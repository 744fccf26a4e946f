"""The cloud simulator put together."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from lcm_simulators.background import BackgroundLoops
from lcm_simulators.cloud.account import Account
from lcm_simulators.cloud.control_api import control_router
from lcm_simulators.cloud.gateway import AwsGateway
from lcm_simulators.cloud.metrics import publish_for_ever
from lcm_simulators.cloud.moto_thread import MotoThread
from lcm_simulators.cloud.settings import CloudSettings
from lcm_simulators.faults import REQUEST_KINDS, FaultKind, FaultMiddleware, FaultPlan, faults_router
from lcm_simulators.serving import health_router

# No S3 bucket can have these names: one begins with an underscore, the other has only two answers below it.
_OWN_PATHS = ("/_sim/", "/health/live", "/health/ready")


class _Split:
    """The simulator's own routes go to one application, everything else to AWS."""

    def __init__(self, own: ASGIApp, aws: ASGIApp) -> None:
        self._own = own
        self._aws = aws

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] != "http" or scope["path"].startswith(_OWN_PATHS)
        await (self._own if own else self._aws)(scope, receive, send)


def build(settings: CloudSettings) -> ASGIApp:
    """The whole application; the account is opened and closed with its lifespan. One per process at a time."""
    plan = FaultPlan(REQUEST_KINDS | {FaultKind.EC2_ERROR})
    thread = MotoThread()
    loops = BackgroundLoops()
    opened: list[Account] = []

    def account() -> Account:
        return opened[0]

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        opened.append(await thread.call(Account, settings))
        async with loops.running(metrics=publish_for_ever(thread, account, settings)):
            yield
        await thread.call(opened.pop().close)
        thread.close()

    async def ready() -> bool:
        return loops.healthy and bool(opened)

    app = FastAPI(title="Cloud simulator", lifespan=lifespan)
    app.include_router(control_router(thread, account))
    app.include_router(faults_router(plan))
    app.include_router(health_router(ready))
    return FaultMiddleware(_Split(app, AwsGateway(thread, account, plan)), plan)
