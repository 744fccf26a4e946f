"""The GradingEngine simulator put together."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from lcm_simulators.background import BackgroundLoops
from lcm_simulators.events import EventSender, events_router
from lcm_simulators.faults import EVENT_KINDS, REQUEST_KINDS, FaultMiddleware, FaultPlan, faults_router
from lcm_simulators.grading.errors import install_error_handler
from lcm_simulators.grading.report_page import report_router
from lcm_simulators.grading.rulesets import Rulesets
from lcm_simulators.grading.sessions import GradingSessions
from lcm_simulators.grading.sessions_api import rulesets_router, sessions_router
from lcm_simulators.grading.settings import GradingSettings
from lcm_simulators.grading.tokens import TokenVerifier
from lcm_simulators.serving import health_router
from lcm_simulators.storage import Database


def build(settings: GradingSettings) -> ASGIApp:
    """The whole application; its state is opened here and closed when its lifespan ends."""
    plan = FaultPlan(REQUEST_KINDS | EVENT_KINDS)
    database = Database(settings.state_dir / "grading.sqlite3")
    sender = EventSender(database, settings, plan)
    rulesets = Rulesets(database)
    sessions = GradingSessions(database, rulesets, sender, settings)
    verifier = TokenVerifier(settings.issuer, settings.audience, settings.required_role)
    loops = BackgroundLoops()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loops.running(events=sender.run(), grading=sessions.work()):
            yield
        database.close()

    async def ready() -> bool:
        return loops.healthy and database.is_open()

    app = FastAPI(title="GradingEngine simulator", lifespan=lifespan)
    install_error_handler(app)
    api = APIRouter(prefix="/api/v1", dependencies=[Depends(verifier)])
    api.include_router(sessions_router(sessions, settings))
    api.include_router(rulesets_router(rulesets))
    app.include_router(api)
    app.include_router(report_router(sessions))
    app.include_router(events_router(sender))
    app.include_router(faults_router(plan))
    app.include_router(health_router(ready))
    return FaultMiddleware(app, plan)
