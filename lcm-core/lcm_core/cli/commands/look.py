"""``lcm get``, ``list``, ``describe``, ``resources``: every resource through the same few lines."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import ApiProblem
from lcm_core.cli.commands.completion import complete_filter, complete_id, complete_resource
from lcm_core.cli.output.printing import facts_of, note, print_data, table_of
from lcm_core.cli.resources.catalogue import RESOURCES, resource_named
from lcm_core.cli.resources.cells import at
from lcm_core.cli.resources.reading import filters_in, read_list, read_one, read_section, read_table, the_thing
from lcm_core.cli.resources.resource import Column, Resource
from lcm_core.cli.terminal import Output, OutputFormat, Terminal, terminal_of

_USUAL_ROWS = 50
ResourceName = Annotated[
    str, typer.Argument(metavar="RESOURCE", help="See `lcm resources`.", autocompletion=complete_resource)
]
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the thing.", autocompletion=complete_id)]
OptionalId = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="Id; all when left out.", autocompletion=complete_id)
]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", metavar="NAME=VALUE", help="May be repeated.", autocompletion=complete_filter),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many rows at the most.")]
All = Annotated[bool, typer.Option("--all", help="All rows, however many.")]


def get_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @app.command()
    def get(  # pyright: ignore[reportUnusedFunction]
        ctx: typer.Context,
        resource: ResourceName,
        id: OptionalId = None,
        filter: Filters = None,
        limit: Limit = _USUAL_ROWS,
        all: All = False,
        output: Output = None,
    ) -> None:
        """Show one or many of a resource."""
        terminal, kind = terminal_of(ctx, output), resource_named(resource)
        if id is None:
            _show_list(terminal, kind, filter or [], None if all else limit)
        else:
            _show_one(terminal, kind, id, filter or [])

    return app


def list_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @app.command("list")
    def list_(  # pyright: ignore[reportUnusedFunction]
        ctx: typer.Context,
        resource: ResourceName,
        filter: Filters = None,
        limit: Limit = _USUAL_ROWS,
        all: All = False,
        output: Output = None,
    ) -> None:
        """Show many of a resource, with filters."""
        _show_list(terminal_of(ctx, output), resource_named(resource), filter or [], None if all else limit)

    return app


def describe_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @app.command()
    def describe(  # pyright: ignore[reportUnusedFunction]
        ctx: typer.Context,
        resource: ResourceName,
        id: Annotated[str, typer.Argument(autocompletion=complete_id)] = "",
        filter: Filters = None,
        output: Output = None,
    ) -> None:
        """Everything about one thing, laid out for reading."""
        terminal, kind = terminal_of(ctx, output), resource_named(resource)
        if not id and not kind.only_one:
            raise typer.BadParameter("say which one", param_hint="ID")
        _describe(terminal, kind, id, filter or [])

    return app


def resources_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)

    @app.command()
    def resources(ctx: typer.Context, output: Output = None) -> None:  # pyright: ignore[reportUnusedFunction]
        """What get, list, describe and watch know, with columns and filters."""
        terminal = Terminal(ctx.find_root().obj, output or OutputFormat.TABLE)
        rows = [resource_row(each) for each in RESOURCES]
        if terminal.for_people:
            columns = [Column(name, name) for name in ("name", "also", "filters", "live", "what")]
            terminal.out.print(table_of(columns, rows))
        else:
            print_data(terminal, rows)

    return app


def resource_row(resource: Resource) -> Row:
    return {
        "name": resource.name,
        "also": list(resource.names[1:]),
        "filters": list(resource.filters),
        "live": bool(resource.kind),
        "what": resource.help,
    }


def _show_list(terminal: Terminal, resource: Resource, given: list[str], most: int | None) -> None:
    filters = filters_in(resource, given)
    if terminal.for_people:
        rows = terminal.run(lambda api: read_table(api, resource, filters, most))
        terminal.out.print(table_of(resource.columns, rows))
        if not rows:
            note(terminal, f"No {resource.name}.")
        elif most is not None and len(rows) == most:
            note(terminal, f"The first {most}; there may be more: --limit, --all, --filter.")
        return
    print_data(terminal, terminal.run(lambda api: _page(api, resource, filters, most)))


async def _page(api: ApiClient, resource: Resource, filters: dict[str, str], most: int | None):
    """What scripts get: always ``items``, whatever the list's own form is."""
    rows = await read_list(api, resource, filters, most)
    return rows[0] if resource.only_one else {"items": rows}


def _show_one(terminal: Terminal, resource: Resource, id: str, given: list[str]) -> None:
    filters = filters_in(resource, given)
    found = terminal.run(lambda api: read_one(api, resource, id, filters))
    if terminal.for_people:
        terminal.out.print(table_of(resource.columns, [the_thing(resource, found)]))
    else:
        print_data(terminal, found)


def _describe(terminal: Terminal, resource: Resource, id: str, given: list[str]) -> None:
    filters = filters_in(resource, given)

    async def read(api: ApiClient) -> tuple[Row, dict[str, list[Row]]]:
        answer = await read_one(api, resource, id, filters)
        routes = [section.route for section in resource.sections if section.route] if terminal.for_people else []
        return answer, {route: await _optional_section(api, route, id) for route in routes}

    answer, beside = terminal.run(read)
    if not terminal.for_people:
        print_data(terminal, answer)
        return
    thing = the_thing(resource, answer)
    terminal.out.print(Text(f"{resource.singular} {at(thing, resource.id_path) or ''}", style="bold underline"))
    terminal.out.print(facts_of(resource.facts or resource.columns, thing))
    for title, table in _section_tables(resource, thing, beside):
        terminal.out.print(Text(f"\n{title}", style="bold"))
        terminal.out.print(table)


async def _optional_section(api: ApiClient, route: str, id: str) -> list[Row]:
    """Nothing for somebody who may see the thing but not this part of it."""
    try:
        return await read_section(api, route, id)
    except ApiProblem as problem:
        if problem.status in (403, 404):
            return []
        raise


def _section_tables(resource: Resource, thing: Row, beside: dict[str, list[Row]]) -> list[tuple[str, Table]]:
    found = [
        (section, beside.get(section.route, []) if section.route else at(thing, section.path) or [])
        for section in resource.sections
    ]
    return [(section.title, table_of(section.columns, rows)) for section, rows in found if rows]
