"""What the shell completes: names of resources, filters, and ids that there are right now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import typer

from lcm_core.cli.identity.contexts import Contexts
from lcm_core.cli.resources.catalogue import RESOURCES, resource_named
from lcm_core.cli.resources.reading import ids_of, read_table
from lcm_core.cli.resources.resource import Resource
from lcm_core.cli.terminal import open_api

_WAIT_SECONDS = 3.0
_MOST = 50
P = ParamSpec("P")
T = TypeVar("T")


def _or_nothing(complete: Callable[P, list[T]]) -> Callable[P, list[T]]:
    """A shell that completes has nowhere to show an error: a traceback would stand in the middle of what is typed.

    The command itself, once it is run, tells what is wrong.
    """

    @wraps(complete)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> list[T]:
        try:
            return complete(*args, **kwargs)
        except Exception:  # noqa: BLE001 - whatever it is, the command line tells it when it is run
            return []

    return quiet


def complete_resource(incomplete: str) -> list[tuple[str, str]]:
    return [(each.name, each.help) for each in RESOURCES if each.name.startswith(incomplete)]


@_or_nothing
def complete_id(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ids of the resource that was named before."""
    named = ctx.params.get("resource")
    return _ids(ctx, resource_named(str(named)), incomplete) if named else []


@_or_nothing
def complete_session(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(ctx, resource_named("sessions"), incomplete)


@_or_nothing
def complete_worker(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(ctx, resource_named("workers"), incomplete)


@_or_nothing
def complete_stray(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(ctx, resource_named("strays"), incomplete)


@_or_nothing
def complete_definition(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(ctx, resource_named("definitions"), incomplete)


@_or_nothing
def complete_context(incomplete: str) -> list[str]:
    return [each.name for each in Contexts().all() if each.name.startswith(incomplete)]


@_or_nothing
def complete_filter(ctx: typer.Context, incomplete: str) -> list[str]:
    named = ctx.params.get("resource")
    known = resource_named(str(named)).filters if named else ()
    return [f"{name}=" for name in known if name.startswith(incomplete)]


def _ids(ctx: typer.Context, resource: Resource, incomplete: str) -> list[str]:
    rows = asyncio.run(_rows(ctx.find_root().params.get("context"), resource))
    return [id for id in ids_of(resource, rows) if id.startswith(incomplete)]


async def _rows(context: str | None, resource: Resource):
    async with asyncio.timeout(_WAIT_SECONDS), open_api(Contexts().chosen(context)) as api:
        return await read_table(api, resource, {}, _MOST)
