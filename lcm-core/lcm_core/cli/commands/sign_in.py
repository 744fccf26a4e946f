"""``lcm login``, ``logout``, ``whoami``."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from lcm_core.cli.api.client import ApiClient
from lcm_core.cli.api.problem import NotSignedIn, UsageProblem
from lcm_core.cli.identity.browser_login import browser_login
from lcm_core.cli.identity.contexts import Context
from lcm_core.cli.identity.device_login import DeviceCode, device_login
from lcm_core.cli.identity.issuer import IssuerRefused
from lcm_core.cli.identity.tokens import KeptTokens, TokenStore
from lcm_core.cli.output.printing import facts_of, note, print_data
from lcm_core.cli.resources.cells import moment
from lcm_core.cli.resources.resource import Column
from lcm_core.cli.terminal import Output, Terminal, open_issuer, terminal_of


def login_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(login)
    return app


def logout_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(logout)
    return app


def whoami_app() -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(whoami)
    return app


def login(
    ctx: typer.Context,
    client_id: Annotated[
        str | None,
        typer.Option(
            "--client-id", help="Sign in as this client, with its secret from LCM_CLIENT_SECRET or asked for."
        ),
    ] = None,
    device: Annotated[bool, typer.Option("--device", help="Show a code to enter on another machine.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address instead of opening it.")] = False,
) -> None:
    """Sign in: in the browser, with a device code, or as a client.

    Tokens are kept in the platform's folder for settings, readable by you alone, and renewed before they expire. The
    secret of a client is never kept.
    """
    terminal = terminal_of(ctx)
    context = terminal.context
    who = client_id or context.client_id
    answer = asyncio.run(
        _granted(terminal, context, who, as_client=client_id is not None, device=device, show=no_browser)
    )
    tokens = KeptTokens.granted(who, context, answer)
    TokenStore().keep(context, tokens)
    claims = tokens.claims()
    name = claims.get("preferred_username") or claims.get("sub") or who
    note(terminal, f"Signed in to {context.name} as {name} ({', '.join(claims.get('roles', [])) or 'no roles'}).")


async def _granted(
    terminal: Terminal, context: Context, who: str, *, as_client: bool, device: bool, show: bool
) -> dict[str, Any]:
    async with open_issuer(context) as issuer:
        if as_client:
            return await issuer.client_credentials(who, _secret())
        if device or not (show or _has_browser()):
            return await device_login(issuer, who, lambda code: _show_code(terminal, code))
        return await browser_login(issuer, who, lambda page: _open(terminal, page, show))


def _secret() -> str:
    given = os.environ.get("LCM_CLIENT_SECRET")
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageProblem("Nobody can be asked for the client's secret here: put it into LCM_CLIENT_SECRET.")
    return str(typer.prompt("Secret of the client", hide_input=True, err=True))


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _open(terminal: Terminal, page: str, show: bool) -> None:
    if show or not webbrowser.open(page):
        note(terminal, "Open this page in a browser on this machine:")
        terminal.err.print(page, soft_wrap=True)
    else:
        note(terminal, "The sign-in page is open in your browser.")


def _show_code(terminal: Terminal, code: DeviceCode) -> None:
    note(terminal, Text.assemble("Open ", (code.page_with_code or code.page, "bold"), " on any machine"))
    note(terminal, Text.assemble("and enter the code ", (code.user_code, "bold green")))


def logout(ctx: typer.Context) -> None:
    """Forget the tokens of a context, and have the issuer revoke them."""
    terminal = terminal_of(ctx)
    context, store = terminal.context, TokenStore()
    tokens = store.of(context)
    store.forget(context.name)
    if tokens is None:
        note(terminal, f"Nobody was signed in to {context.name}.")
        return
    if tokens.refresh_token is not None:
        asyncio.run(_revoke(context, tokens.client_id, tokens.refresh_token))
    note(terminal, f"Signed out of {context.name}.")


async def _revoke(context: Context, client_id: str, token: str) -> None:
    """Whatever the issuer says to it, nobody is signed in here any more."""
    async with open_issuer(context) as issuer:
        try:
            await issuer.revoke(client_id, token)
        except IssuerRefused as error:
            if error.error not in ("invalid_client", "unsupported_token_type"):
                raise


_ME = (
    Column("name", "name"),
    Column("subject", "subject"),
    Column("roles", "roles"),
    Column("context", "context"),
    Column("client", "client_id"),
    Column("token expires", "expires_at", moment),
)


def whoami(ctx: typer.Context, output: Output = None) -> None:
    """Who is signed in, with which roles, until when: as the API sees it."""
    terminal = terminal_of(ctx, output)
    tokens = TokenStore().of(terminal.context)
    if tokens is None and not (os.environ.get("LCM_TOKEN") or os.environ.get("LCM_CLIENT_SECRET")):
        raise NotSignedIn(f"Nobody is signed in to the context {terminal.context.name!r}.")

    async def ask(api: ApiClient) -> dict[str, Any]:
        return await api.get("/auth/me")

    me = terminal.run(ask)
    tokens = TokenStore().of(terminal.context)
    until = datetime.fromtimestamp(tokens.expires_at, UTC).isoformat() if tokens is not None else None
    about = {
        **me,
        "context": terminal.context.name,
        "client_id": tokens.client_id if tokens else None,
        "expires_at": until,
    }
    if terminal.for_people:
        terminal.out.print(facts_of(_ME, about))
    else:
        print_data(terminal, about)
