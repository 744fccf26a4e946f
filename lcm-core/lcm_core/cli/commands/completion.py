"""What the shell completes: names of resources, filters, and ids that there are right now."""

from __future__ import annotations

import asyncio

import typer

from lcm_core.cli.api.problem import CliError, UsageProblem
from lcm_core.cli.identity.contexts import Contexts
from lcm_core.cli.resources.catalogue import RESOURCES, resource_named
from lcm_core.cli.resources.reading import ids_of, read_list
from lcm_core.cli.resources.resource import Resource
from lcm_core.cli.terminal import open_api

_WAIT_SECONDS = 3.0
_MOST = 50


def complete_resource(incomplete: str) -> list[tuple[str, str]]:
    return [(each.name, each.help) for each in RESOURCES if each.name.startswith(incomplete)]


def complete_id(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ids of the resource that was named before."""
    named = ctx.params.get("resource")
    try:
        return _ids(ctx, resource_named(str(named)), incomplete) if named else []
    except UsageProblem:
        return []


def complete_session(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(ctx, resource_named("sessions"), incomplete)


def complete_worker(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(ctx, resource_named("workers"), incomplete)


def complete_definition(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(ctx, resource_named("definitions"), incomplete)


def complete_context(incomplete: str) -> list[str]:
    try:
        return [each.name for each in Contexts().all() if each.name.startswith(incomplete)]
    except UsageProblem:
        return []


def complete_filter(ctx: typer.Context, incomplete: str) -> list[str]:
    named = ctx.params.get("resource")
    try:
        known = resource_named(str(named)).filters if named else ()
    except UsageProblem:
        return []
    return [f"{name}=" for name in known if name.startswith(incomplete)]


def _ids(ctx: typer.Context, resource: Resource, incomplete: str) -> list[str]:
    """Nothing when they cannot be had in time: a shell that completes has nowhere to show an error."""
    try:
        rows = asyncio.run(_rows(ctx.find_root().params.get("context"), resource))
    except (CliError, TimeoutError):
        return []
    return [id for id in ids_of(resource, rows) if id.startswith(incomplete)]


async def _rows(context: str | None, resource: Resource):
    async with asyncio.timeout(_WAIT_SECONDS), open_api(Contexts().chosen(context)) as api:
        return await read_list(api, resource, {}, _MOST)
