"""Reads resources through the API: lists with filters, single things, what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import CliError, UsageProblem
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.resources.cells import at
from lcm_core.cli.resources.resource import Resource


class NotThere(CliError):
    """A thing that its list does not hold."""

    exit_code = ExitCode.NOT_FOUND

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"There is no {kind} {id!r}.", code="not-found", facts={"kind": kind, "id": id})


def filters_in(resource: Resource, given: Sequence[str]) -> dict[str, str]:
    """From ``name=value``; raises UsageProblem for a filter that the resource has not."""
    found: dict[str, str] = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator or not value:
            raise UsageProblem(f"A filter is written name=value, not {each!r}.")
        if name not in resource.filters:
            known = ", ".join(resource.filters) or "none"
            raise UsageProblem(f"{resource.name} have no filter {name!r}; there are: {known}.")
        found[name] = value
    return found


def list_query(resource: Resource, filters: Mapping[str, str]) -> dict[str, str]:
    """What the list is asked with."""
    return {**dict(resource.always), **filters}


async def read_list(api: ApiClient, resource: Resource, filters: Mapping[str, str], most: int | None) -> list[Row]:
    """Whole rows."""
    query = list_query(resource, filters)
    if resource.only_one:
        return [await api.get(resource.list, **query)]
    return await api.rows(resource.list, query, most=most)


async def read_table(api: ApiClient, resource: Resource, filters: Mapping[str, str], most: int | None) -> list[Row]:
    """Rows with what a table shows of them, and their id; whole ones where the list offers no choice."""
    chosen = {"fields": ",".join(sorted(resource.shown))} if resource.sparse else {}
    return await read_list(api, resource, {**filters, **chosen}, most)


async def read_one(api: ApiClient, resource: Resource, id: str, filters: Mapping[str, str] | None = None) -> Any:
    """As the API answers it. A thing without a route of its own is looked for in its list."""
    if resource.item:
        return await api.get(resource.item.format(id=id))
    for row in await read_list(api, resource, filters or {}, None):
        if resource.only_one or at(row, resource.id_path) == id:
            return row
    raise NotThere(resource.singular, id)


def the_thing(resource: Resource, answer: Any) -> Row:
    """The row itself, where an answer holds more."""
    found = at(answer, resource.within) if resource.within else answer
    return found if isinstance(found, dict) else answer  # pyright: ignore[reportUnknownVariableType]


async def read_section(api: ApiClient, route: str, id: str) -> list[Row]:
    return await api.rows(route.format(id=id), most=50)


def ids_of(resource: Resource, rows: Sequence[Row]) -> list[str]:
    return [str(at(row, resource.id_path)) for row in rows]
