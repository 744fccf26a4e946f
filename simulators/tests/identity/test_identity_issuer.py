import base64
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from lcm_simulators.identity.testing import AUDIENCE, IssuerClient, RunningIdentity, running_identity

UI_CALLBACK = "http://127.0.0.1:8080/auth/callback"
CLIENTS = [
    IssuerClient("lcm-ui", "ui-secret"),
    IssuerClient("lablet-controller", "controller-secret"),
    IssuerClient("grading-engine", "engine-secret"),
    IssuerClient("lms-acme", "lms-secret", roles=["lms"], tenant="acme"),
]


@pytest.fixture
async def identity(tmp_path: Path) -> AsyncIterator[RunningIdentity]:
    async with running_identity(tmp_path, CLIENTS, ui_redirects=[UI_CALLBACK]) as running:
        yield running


@pytest.fixture
async def browser(identity: RunningIdentity) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=identity.issuer, timeout=5) as http:
        yield http


async def _claims(identity: RunningIdentity, token: str) -> dict[str, Any]:
    async with httpx2.AsyncClient() as http:
        keys = KeySet.import_key_set((await http.get(f"{identity.issuer}/jwks")).json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


async def _follow(browser: httpx2.AsyncClient, url: str) -> httpx2.Response:
    """Follow redirects within the issuer; stop at a page or at a redirect to a client."""
    answer = await browser.get(url)
    while answer.has_redirect_location and "code=" not in answer.headers["location"]:
        answer = await browser.get(str(answer.url.join(answer.headers["location"])))
    return answer


async def _sign_in(browser: httpx2.AsyncClient, username: str, password: str, **query: str) -> tuple[Any, str]:
    """The answer to the sign-in form, and the verifier."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": "lcm-ui",
        "redirect_uri": UI_CALLBACK,
        "response_type": "code",
        "scope": "openid profile email",
        "state": "xyz",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    } | query
    form = await _follow(browser, f"/auth?{httpx2.QueryParams(query)}")
    assert "<form" in form.text
    sent = await browser.post(str(form.url), data={"username": username, "password": password})
    if not sent.has_redirect_location:
        return sent, verifier
    return await _follow(browser, sent.headers["location"]), verifier


def _code(answer: httpx2.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def _exchange(browser: httpx2.AsyncClient, code: str, verifier: str) -> httpx2.Response:
    data = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": UI_CALLBACK}
    return await browser.post("/token", data=data, auth=("lcm-ui", "ui-secret"))


async def test_known_service_gets_its_role(identity: RunningIdentity) -> None:
    claims = await _claims(identity, await identity.machine_token("lablet-controller"))
    assert (claims["roles"], claims["client_id"], claims["aud"]) == (["service"], "lablet-controller", AUDIENCE)


async def test_event_source_gets_its_role(identity: RunningIdentity) -> None:
    claims = await _claims(identity, await identity.machine_token("grading-engine"))
    assert claims["roles"] == ["event_source"]


async def test_extra_client_carries_its_roles_and_tenant(identity: RunningIdentity) -> None:
    claims = await _claims(identity, await identity.machine_token("lms-acme"))
    assert (claims["roles"], claims["tenant"]) == (["lms"], "acme")


async def test_access_token_lives_five_minutes(identity: RunningIdentity) -> None:
    claims = await _claims(identity, await identity.machine_token("lms-acme"))
    assert claims["exp"] - claims["iat"] == 300


async def test_token_lifetime_is_settable(tmp_path: Path) -> None:
    async with running_identity(tmp_path, CLIENTS[1:], IDENTITY_ACCESS_TOKEN_SECONDS="7") as identity:
        claims = await _claims(identity, await identity.machine_token("lms-acme"))
    assert claims["exp"] - claims["iat"] == 7


async def test_wrong_secret_is_refused(browser: httpx2.AsyncClient) -> None:
    data = {"grant_type": "client_credentials"}
    answer = await browser.post("/token", data=data, auth=("lablet-controller", "guess"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_known_client_without_a_secret_in_the_file_does_not_exist(browser: httpx2.AsyncClient) -> None:
    data = {"grant_type": "client_credentials"}
    assert (await browser.post("/token", data=data, auth=("control-plane-api", ""))).status_code in (400, 401)


@pytest.mark.parametrize(
    ("username", "role"),
    [
        ("admin", "admin"),
        ("alice", "admin"),
        ("operator", "operator"),
        ("instructor", "instructor"),
        ("viewer", "viewer"),
    ],
)
async def test_person_signs_in_and_gets_name_email_and_role(
    identity: RunningIdentity, browser: httpx2.AsyncClient, username: str, role: str
) -> None:
    answer, verifier = await _sign_in(browser, username, f"{username}-dev")
    assert answer.headers["location"].startswith(UI_CALLBACK)
    tokens = (await _exchange(browser, _code(answer), verifier)).json()
    claims = await _claims(identity, tokens["access_token"])
    assert (claims["sub"], claims["roles"], claims["email"]) == (username, [role], f"{username}@lcm.example")
    assert claims["name"] == (await _claims(identity, tokens["id_token"]))["name"]


async def test_the_form_brings_its_icon_so_that_no_browser_asks_for_one(browser: httpx2.AsyncClient) -> None:
    refused, _ = await _sign_in(browser, "alice", "guess")
    assert '<link rel="icon" href="data:image/svg+xml,' in refused.text


async def test_refresh_token_gives_a_new_access_token(browser: httpx2.AsyncClient, identity: RunningIdentity) -> None:
    answer, verifier = await _sign_in(browser, "viewer", "viewer-dev")
    tokens = (await _exchange(browser, _code(answer), verifier)).json()
    data = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = await browser.post("/token", data=data, auth=("lcm-ui", "ui-secret"))
    assert (await _claims(identity, again.json()["access_token"]))["roles"] == ["viewer"]


async def test_wrong_password_shows_the_form_again_with_the_reason(browser: httpx2.AsyncClient) -> None:
    answer, _ = await _sign_in(browser, "alice", "guess")
    assert answer.status_code == 401
    assert "User name or password is wrong" in answer.text


async def test_code_without_its_verifier_is_worth_nothing(browser: httpx2.AsyncClient) -> None:
    answer, _ = await _sign_in(browser, "alice", "alice-dev")
    assert (await _exchange(browser, _code(answer), secrets.token_urlsafe(48))).status_code == 400


async def test_redirect_to_elsewhere_is_refused(browser: httpx2.AsyncClient) -> None:
    query = {"client_id": "lcm-ui", "redirect_uri": "http://evil.example/", "response_type": "code", "scope": "openid"}
    assert (await browser.get(f"/auth?{httpx2.QueryParams(query)}")).status_code == 400


async def test_command_line_signs_in_on_any_loopback_port(browser: httpx2.AsyncClient) -> None:
    redirect = "http://127.0.0.1:53211/callback"
    answer, verifier = await _sign_in(browser, "operator", "operator-dev", client_id="lcm-cli", redirect_uri=redirect)
    data = {"grant_type": "authorization_code", "code": _code(answer), "code_verifier": verifier}
    tokens = await browser.post("/token", data=data | {"redirect_uri": redirect, "client_id": "lcm-cli"})
    assert tokens.status_code == 200, tokens.text


async def test_device_is_connected_with_its_code(browser: httpx2.AsyncClient, identity: RunningIdentity) -> None:
    device = (await browser.post("/device/auth", data={"client_id": "lcm-cli", "scope": "openid profile"})).json()
    page = await browser.get(device["verification_uri_complete"])
    confirm = await _submit_form(browser, page)
    login = await _follow_from(browser, await _submit_form(browser, confirm))
    sent = await browser.post(str(login.url), data={"username": "operator", "password": "operator-dev"})
    done = await _follow_from(browser, sent)
    assert "Device connected" in done.text
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    data = {"grant_type": grant, "device_code": device["device_code"], "client_id": "lcm-cli"}
    tokens = (await browser.post("/token", data=data)).json()
    assert (await _claims(identity, tokens["access_token"]))["roles"] == ["operator"]


async def test_sign_out_leads_back_to_the_application(browser: httpx2.AsyncClient) -> None:
    answer, verifier = await _sign_in(browser, "viewer", "viewer-dev")
    tokens = (await _exchange(browser, _code(answer), verifier)).json()
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "http://127.0.0.1:8080/"}
    page = await browser.get(f"/session/end?{httpx2.QueryParams(query)}")
    left = await _submit_form(browser, page, logout="yes")
    assert left.headers["location"] == "http://127.0.0.1:8080/"


async def test_issuer_answers_health(browser: httpx2.AsyncClient) -> None:
    assert (await browser.get("/health/live")).status_code == 200


async def test_keys_and_refresh_tokens_survive_kill(tmp_path: Path, unused_tcp_port: int) -> None:
    kwargs: dict[str, Any] = {"port": unused_tcp_port, "ui_redirects": [UI_CALLBACK]}
    async with running_identity(tmp_path, CLIENTS, **kwargs) as identity:
        token = await identity.machine_token("lms-acme")
        async with httpx2.AsyncClient(base_url=identity.issuer) as browser:
            answer, verifier = await _sign_in(browser, "viewer", "viewer-dev")
            refresh = (await _exchange(browser, _code(answer), verifier)).json()["refresh_token"]
        identity.process.kill()
        await identity.process.wait()
    async with running_identity(tmp_path, CLIENTS, **kwargs) as identity:
        assert (await _claims(identity, token))["client_id"] == "lms-acme"
        async with httpx2.AsyncClient(base_url=identity.issuer) as browser:
            data = {"grant_type": "refresh_token", "refresh_token": refresh}
            assert (await browser.post("/token", data=data, auth=("lcm-ui", "ui-secret"))).status_code == 200


async def test_wrong_setting_stops_the_issuer_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="IDENTITY_ACCESS_TOKEN_SECONDS"):
        async with running_identity(tmp_path, IDENTITY_ACCESS_TOKEN_SECONDS="soon"):
            pass


async def _submit_form(browser: httpx2.AsyncClient, page: httpx2.Response, **more: str) -> httpx2.Response:
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert action, page.text
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    return await browser.post(str(page.url.join(action[1])), data=fields | more)


async def _follow_from(browser: httpx2.AsyncClient, answer: httpx2.Response) -> httpx2.Response:
    while answer.has_redirect_location:
        answer = await browser.get(str(answer.url.join(answer.headers["location"])))
    return answer
