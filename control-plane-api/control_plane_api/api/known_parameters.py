"""Refuses query parameters that a route does not have: a filter that is misspelt must not answer with everything."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from lcm_core.auth.dependencies import authenticate
from lcm_core.domain.errors import InputProblem, InvalidInput


async def known_parameters(request: Request) -> None:
    """Raises ``InvalidInput`` naming each parameter that is unknown, and those that there are.

    A caller nobody knows is told that first.
    """
    sent = request.query_params.keys()
    if not sent:
        return
    await authenticate(request)
    route = request.scope["route"]
    known = set(_parameters(route.dependant)) if isinstance(route, APIRoute) else set[str]()
    unknown = sorted(sent - known)
    if unknown:
        allowed = ", ".join(sorted(known)) or "none"
        raise InvalidInput(
            [
                InputProblem(f"/{name[:80]}", f"is not a parameter here; there are: {allowed}", "query")
                for name in unknown[:10]
            ],
            what="request",
            code="unknown-parameter",
        )
    twice = sorted(name for name in sent if len(request.query_params.getlist(name)) > 1)
    if twice:
        raise InvalidInput(
            [InputProblem(f"/{name}", "was sent more than once; send it once", "query") for name in twice],
            what="request",
            code="repeated-parameter",
        )


def _parameters(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for each in dependant.dependencies:
        yield from _parameters(each)
