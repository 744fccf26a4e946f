"""What every command that talks to the API has: the chosen context, a client, and two consoles."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, TextIO, TypeVar

import typer
from rich.console import Console

from lcm_core.cli.api.client import API_DEADLINES, ApiClient
from lcm_core.cli.api.problem import UsageProblem
from lcm_core.cli.identity.contexts import Context, Contexts
from lcm_core.cli.identity.issuer import Issuer
from lcm_core.cli.identity.tokens import ContextTokens, TokenStore
from lcm_core.integration.http_policy import new_http_client

T = TypeVar("T")
_PIPED_WIDTH = 400


class OutputFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


Output = Annotated[
    OutputFormat | None,
    typer.Option("--output", "-o", envvar="LCM_OUTPUT", help="table for people; json or yaml for scripts, stable."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the audit log.", show_default=False)]


@dataclass
class Terminal:
    """Made once for each command. Answers go to ``out``, everything else to ``err``."""

    context_name: str | None
    wanted_output: OutputFormat | None
    out: Console = field(default_factory=lambda: console_for(sys.stdout))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    @cached_property
    def context(self) -> Context:
        """Chosen once: what was asked about is where it is done, whatever another terminal chooses meanwhile."""
        return Contexts().chosen(self.context_name)

    @property
    def output(self) -> OutputFormat:
        if self.wanted_output is not None:
            return self.wanted_output
        return OutputFormat(self.context.output)

    @property
    def for_people(self) -> bool:
        return self.output is OutputFormat.TABLE

    @property
    def live(self) -> bool:
        """Whether a display may redraw itself."""
        return self.for_people and self.out.is_terminal

    def run(self, work: Callable[[ApiClient], Awaitable[T]]) -> T:
        """*work* with an open client of the chosen context."""

        async def opened() -> T:
            async with open_api(self.context) as api:
                return await work(api)

        return asyncio.run(opened())

    def confirm(self, question: str, yes: bool) -> None:
        """Ends the command unless somebody agrees; a script must say ``--yes``. The question names the system."""
        if yes:
            return
        where = f"{self.context.name} ({self.context.url})"
        if not sys.stdin.isatty():
            raise UsageProblem(f"{where}: {question} Nobody can be asked here: say --yes.")
        typer.confirm(f"{where}: {question}", abort=True, err=True)


def terminal_of(ctx: typer.Context, output: OutputFormat | None = None) -> Terminal:
    return Terminal(ctx.find_root().obj, output)


def console_for(stream: TextIO) -> Console:
    """Wide and plain where it is no terminal, so that nothing is cut off that a script looks for."""
    console = Console(file=stream, highlight=False)
    if console.is_terminal or os.environ.get("COLUMNS"):
        return console
    return Console(file=stream, highlight=False, width=_PIPED_WIDTH)


@asynccontextmanager
async def open_api(context: Context) -> AsyncGenerator[ApiClient]:
    async with (
        new_http_client(context.url.rstrip("/"), deadlines=API_DEADLINES, ca_file=context.ca_path) as http,
        open_issuer(context) as issuer,
    ):
        yield ApiClient(context.url, http, ContextTokens(context, TokenStore(), issuer))


@asynccontextmanager
async def open_issuer(context: Context) -> AsyncGenerator[Issuer]:
    async with new_http_client(ca_file=context.ca_path) as http:
        yield Issuer(context.issuer, context.audience, http)
