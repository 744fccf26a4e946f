"""The LDS simulator put together."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from starlette.types import ASGIApp

from lcm_simulators.background import BackgroundLoops
from lcm_simulators.events import EventSender, events_router
from lcm_simulators.faults import EVENT_KINDS, REQUEST_KINDS, FaultMiddleware, FaultPlan, faults_router
from lcm_simulators.lds.control_api import control_router
from lcm_simulators.lds.errors import install_error_handler
from lcm_simulators.lds.folders import LabFolders
from lcm_simulators.lds.launch import LaunchTokens
from lcm_simulators.lds.learner_api import learner_api_router, learner_page_router
from lcm_simulators.lds.parts_api import parts_router
from lcm_simulators.lds.reservations_api import folders_router, sessions_router
from lcm_simulators.lds.sessions import LabSessions
from lcm_simulators.lds.settings import LdsSettings
from lcm_simulators.serving import health_router
from lcm_simulators.storage import Database


def build(settings: LdsSettings) -> ASGIApp:
    """The whole application; its state is opened here and closed when its lifespan ends."""
    plan = FaultPlan(REQUEST_KINDS | EVENT_KINDS)
    database = Database(settings.state_dir / "lds.sqlite3")
    sender = EventSender(database, settings, plan)
    sessions = LabSessions(database, sender, settings)
    tokens = LaunchTokens(settings.state_dir)
    loops = BackgroundLoops()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loops.running(events=sender.run(), clock=sessions.watch_clock()):
            yield
        database.close()

    async def ready() -> bool:
        return loops.healthy and database.is_open()

    app = FastAPI(title="LDS simulator", lifespan=lifespan)
    install_error_handler(app)
    reservations = APIRouter(prefix="/reservations/v3", dependencies=[Depends(_basic_auth(settings))])
    reservations.include_router(sessions_router(sessions, tokens, settings))
    reservations.include_router(parts_router(sessions))
    reservations.include_router(folders_router(LabFolders(database)))
    app.include_router(reservations)
    app.include_router(learner_api_router(sessions, tokens))
    app.include_router(learner_page_router(sessions, tokens))
    app.include_router(control_router(sessions))
    app.include_router(events_router(sender))
    app.include_router(faults_router(plan))
    app.include_router(health_router(ready))
    return FaultMiddleware(app, plan)


def _basic_auth(settings: LdsSettings) -> Callable[..., Awaitable[None]]:
    scheme = HTTPBasic(realm="lds")

    async def check(given: Annotated[HTTPBasicCredentials, Depends(scheme)]) -> None:
        wanted = (settings.username, settings.password.get_secret_value())
        matches = [
            secrets.compare_digest(a.encode(), b.encode())
            for a, b in zip((given.username, given.password), wanted, strict=True)
        ]
        if not all(matches):
            raise HTTPException(401, "wrong user or password", headers={"WWW-Authenticate": 'Basic realm="lds"'})

    return check
