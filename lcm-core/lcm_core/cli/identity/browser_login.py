"""Signing in with the browser: authorization code with PKCE, back to a loopback address (RFC 8252)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from lcm_core.cli.api.problem import WaitedTooLong
from lcm_core.cli.identity.issuer import USER_SCOPES, Issuer, IssuerRefused

_WAIT_SECONDS = 300.0
_LONGEST_REQUEST_LINE = 8192
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>lcm</title>"
    "<body style='font:1.1rem system-ui;margin:12vh auto;max-width:28rem'><h1>{title}</h1><p>{text}</p></body></html>"
)


class _Callback:
    """Takes one answer for *state* on a loopback port; everything else is told off."""

    def __init__(self, state: str) -> None:
        self._state = state
        self.answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(10):
                line = (await reader.readline())[:_LONGEST_REQUEST_LINE].decode("ascii", "replace")
                while (await reader.readline()).strip():
                    pass
                writer.write(self._answer_to(line))
                await writer.drain()
        except (TimeoutError, ConnectionError, ValueError):
            pass  # a browser that goes away has nothing to be told; the sign-in has its own deadline
        finally:
            writer.close()

    def _answer_to(self, request_line: str) -> bytes:
        parts = request_line.split(" ")
        target = urlsplit(parts[1]) if len(parts) == 3 else urlsplit("")
        given = {name: values[0] for name, values in parse_qs(target.query).items()}
        if target.path != "/callback" or not secrets.compare_digest(given.get("state", ""), self._state):
            return _page(404, "Not here", "This is no answer that lcm waits for.")
        if not self.answer.done():
            self.answer.set_result(given)
        if "code" not in given:
            return _page(400, "Not signed in", "The terminal says why.")
        return _page(200, "Signed in", "You can close this page and go back to the terminal.")


def _page(status: int, title: str, text: str) -> bytes:
    body = _PAGE.format(title=title, text=text).encode()
    head = (
        f"HTTP/1.1 {status} OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


async def browser_login(issuer: Issuer, client_id: str, open_page: Callable[[str], None]) -> dict[str, Any]:
    """The granted tokens. *open_page* is given the address of the sign-in page. Raises IssuerRefused, WaitedTooLong."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    callback = _Callback(state)
    authorization = await issuer.endpoint("authorization")
    server = await asyncio.start_server(callback.handle, "127.0.0.1", 0, limit=_LONGEST_REQUEST_LINE)
    async with server:
        redirect = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect,
            "scope": USER_SCOPES,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "login",
        }
        open_page(f"{authorization}?{urlencode(asked)}")
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                answer = await callback.answer
        except TimeoutError:
            raise WaitedTooLong("Nobody signed in within five minutes; `lcm login` starts again.") from None
    if "code" not in answer:
        raise IssuerRefused(issuer.url, answer.get("error", "no-code"), answer.get("error_description", ""))
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": redirect,
        "client_id": client_id,
        "code_verifier": verifier,
    }
    return await issuer.token(form)
