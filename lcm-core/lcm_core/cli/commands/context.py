"""``lcm context``: the systems that the command line knows. Needs no sign-in and no network."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lcm_core.cli.commands.completion import complete_context
from lcm_core.cli.identity.contexts import DEFAULT_AUDIENCE, DEFAULT_CLIENT, Context, Contexts
from lcm_core.cli.identity.tokens import TokenStore
from lcm_core.cli.output.printing import note, print_data, table_of
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, OutputFormat, Terminal

Name = Annotated[str, typer.Argument(help="Name of the context.", autocompletion=complete_context)]


def context_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)
    app.command()(add)
    app.command()(use)
    app.command("list")(list_)
    app.command()(remove)
    return app


def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    url: Annotated[str, typer.Option("--url", help="Address of control-plane-api.")],
    issuer: Annotated[str, typer.Option("--issuer", help="Address of the OIDC issuer that it trusts.")],
    client_id: Annotated[str, typer.Option("--client-id", help="Client at the issuer for people.")] = DEFAULT_CLIENT,
    audience: Annotated[str, typer.Option("--audience", help="Audience of tokens.")] = DEFAULT_AUDIENCE,
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", exists=True, dir_okay=False, help="CA certificates in PEM.")
    ] = None,
    output: Annotated[OutputFormat, typer.Option("--output", "-o", help="Usual output there.")] = OutputFormat.TABLE,
    use: Annotated[bool, typer.Option("--use", help="Make it the current one.")] = False,
) -> None:
    """Describe a system, or describe it anew. The first one is used at once."""
    ca = str(ca_file.resolve()) if ca_file else None
    context = Context(name, url.rstrip("/"), issuer.rstrip("/"), client_id, audience, ca, output.value)
    Contexts().add(context, use=use)
    note(Terminal(None, OutputFormat.TABLE), f"Context {name} is kept. `lcm login` signs in.")


def use(name: Name) -> None:
    """Talk to that system from now on."""
    context = Contexts().use(name)
    note(Terminal(None, OutputFormat.TABLE), f"Using {context.name}: {context.url}")


def list_(output: Output = None) -> None:
    """Show all contexts; the current one is marked."""
    contexts = Contexts()
    current = contexts.current_name()
    rows = [{"current": each.name == current, **asdict(each)} for each in contexts.all()]
    terminal = Terminal(None, output or OutputFormat.TABLE)
    if not terminal.for_people:
        print_data(terminal, rows)
        return
    columns = (
        Column("", "current", lambda value: "*" if value else ""),
        *(Column(name.replace("_", " "), name) for name in ("name", "url", "issuer", "ca_file", "output")),
    )
    terminal.out.print(table_of(columns, rows))


def remove(name: Name) -> None:
    """Forget a system, and the tokens for it."""
    Contexts().remove(name)
    TokenStore().forget(name)
