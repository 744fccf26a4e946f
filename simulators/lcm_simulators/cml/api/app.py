"""The application that every host serves: built once, shared by all hosts of the process."""

import functools
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse

from lcm_simulators.cml.api.errors import install_error_handlers
from lcm_simulators.cml.api.routers import (
    annotations,
    authentication,
    computes,
    consoles,
    definitions,
    diagnostics,
    event_stream,
    groups,
    interfaces,
    labs,
    licensing,
    links,
    nodes,
    pools,
    statistics,
    system,
    topologies,
    users,
)
from lcm_simulators.cml.api.schemas.basics import ErrorResponse

PREFIX = "/api/v0"
ROUTERS: tuple[APIRouter, ...] = (
    authentication.router,
    system.router,
    computes.router,
    licensing.router,
    labs.router,
    topologies.router,
    statistics.router,
    nodes.router,
    nodes.all_nodes_router,
    interfaces.router,
    links.router,
    annotations.router,
    consoles.router,
    definitions.router,
    users.router,
    groups.router,
    pools.router,
    diagnostics.router,
)


@functools.cache
def create_app() -> FastAPI:
    """A stateless application: the host that it answers for is in the ASGI scope, see ``context``."""
    responses: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorResponse, "description": "Error"}}
    app = FastAPI(
        title="Cisco Modeling Labs 2.9 (simulated)",
        version="2.9.1",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=responses,
        default_response_class=JSONResponse,
    )
    install_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(event_stream.router)
    return app
