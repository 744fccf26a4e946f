"""Signing in at a terminal, with the issuer that comes with the local stack."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import webbrowser
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from lcm_core.cli.api.problem import NotSignedIn
from lcm_core.cli.identity.contexts import Contexts
from lcm_core.cli.identity.device_login import DeviceCode, device_login
from lcm_core.cli.identity.tokens import ContextTokens, TokenStore, claims_of
from lcm_core.cli.terminal import open_issuer
from lcm_core.testing.person_at_a_terminal import PersonAtATerminal
from lcm_simulators.identity.testing import IssuerClient, RunningIdentity, running_identity

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def identity(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningIdentity]:
    clients = [IssuerClient("lms-acme", "lms-secret", roles=["lms"], tenant="acme")]
    async with running_identity(tmp_path_factory.mktemp("identity"), clients) as running:
        yield running


@pytest.fixture
async def person(identity: RunningIdentity, tmp_path: Path) -> PersonAtATerminal:
    somebody = PersonAtATerminal(tmp_path)
    await somebody.must("context", "add", "here", "--url", "http://127.0.0.1:9", "--issuer", identity.issuer)
    return somebody


async def _browse(page: str, username: str) -> str:
    """Follow a sign-in page to its end, forms included; the text of the last page."""
    async with httpx2.AsyncClient(timeout=10, follow_redirects=True) as browser:
        answer = await browser.get(page)
        while form := re.search(r'<form[^>]*action="([^"]+)"', answer.text):
            fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', answer.text))
            typed = {"username": username, "password": f"{username}-dev"} if "password" in answer.text else {}
            answer = await browser.post(str(answer.url.join(form[1])), data=fields | typed)
    return answer.text


async def _signed_in(person: PersonAtATerminal, username: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the browser shows in the end."""
    opened: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    monkeypatch.setattr(webbrowser, "open", lambda page: loop.call_soon_threadsafe(opened.put_nowait, page) is not None)
    async with asyncio.timeout(DEADLINE):
        login = asyncio.create_task(person.must("login"))
        shown = await _browse(await opened.get(), username)
        told = await login
    assert f"as {username} ({username})" in told.words
    return shown


def _store(person: PersonAtATerminal) -> TokenStore:
    return TokenStore(person.folder)


def _tokens(person: PersonAtATerminal):
    return _store(person).of(Contexts(person.folder).chosen("here"))


async def test_a_person_signs_in_with_the_browser_and_nobody_else_can_read_the_tokens(
    person: PersonAtATerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await _signed_in(person, "operator", monkeypatch)
    assert "Signed in" in shown
    tokens = _tokens(person)
    assert tokens is not None
    assert tokens.claims()["roles"] == ["operator"]
    assert stat.S_IMODE(_store(person).file.stat().st_mode) == 0o600


async def test_a_token_is_renewed_before_it_expires_also_by_many_commands_at_once(
    person: PersonAtATerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _signed_in(person, "viewer", monkeypatch)
    store, context = _store(person), Contexts(person.folder).chosen("here")
    kept = json.loads(store.file.read_text())
    kept["here"]["expires_at"] = 0
    store.file.write_text(json.dumps(kept))
    async with open_issuer(context) as issuer:
        found = await asyncio.gather(*(ContextTokens(context, store, issuer).token() for _ in range(4)))
    assert len(set(found)) == 1
    assert found[0] != kept["here"]["access_token"]
    assert claims_of(found[0])["roles"] == ["viewer"]


async def test_signing_out_forgets_the_tokens_and_has_them_revoked(
    person: PersonAtATerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _signed_in(person, "viewer", monkeypatch)
    before, context = _tokens(person), Contexts(person.folder).chosen("here")
    await person.must("logout")
    assert _tokens(person) is None
    assert (await person.run("whoami")).code == 3
    async with open_issuer(context) as issuer:
        with pytest.raises(NotSignedIn):
            await issuer.refresh("lcm-cli", str(before and before.refresh_token))


async def test_a_device_without_a_browser_is_connected_with_a_code(person: PersonAtATerminal) -> None:
    codes: asyncio.Queue[DeviceCode] = asyncio.Queue()
    context = Contexts(person.folder).chosen("here")
    async with asyncio.timeout(DEADLINE), open_issuer(context) as issuer:
        granted = asyncio.create_task(device_login(issuer, "lcm-cli", codes.put_nowait))
        code = await codes.get()
        assert "Device connected" in await _browse(str(code.page_with_code), "operator")
        assert claims_of((await granted)["access_token"])["roles"] == ["operator"]


async def test_a_client_signs_in_with_its_secret_which_is_not_kept(
    identity: RunningIdentity, person: PersonAtATerminal
) -> None:
    wrong = PersonAtATerminal(person.folder, {"LCM_CLIENT_SECRET": "guess"})
    assert (await wrong.run("login", "--client-id", "lms-acme")).code == 1
    machine = PersonAtATerminal(person.folder, {"LCM_CLIENT_SECRET": "lms-secret"})
    told = await machine.must("login", "--client-id", "lms-acme")
    assert "as lms-acme (lms)" in told.words
    assert "lms-secret" not in _store(person).file.read_text()
