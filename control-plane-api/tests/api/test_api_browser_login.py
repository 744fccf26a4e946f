"""People log in with a browser, and nobody logs in for them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from control_plane_api.api.controllers.auth_controller import local_path
from control_plane_api.testing.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_login_ends_where_it_began_with_a_session_of_name_and_roles(browser: Browser) -> None:
    landed = await browser.log_in("/sessions?status=READY")
    assert (landed.status_code, landed.headers["Location"]) == (303, "/sessions?status=READY")
    me = (await browser.me()).json()
    assert (me["name"], me["roles"]) == ("Ada", ["operator"])
    assert me["session_expires_at"] is not None


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    landed = await browser.log_in()
    cookie = next(each for each in landed.headers.get_list("set-cookie") if each.startswith("lcm_session="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


async def test_the_database_holds_no_key_that_would_log_anybody_in(browser: Browser) -> None:
    await browser.log_in()
    stored = await browser.control_plane.db["web_sessions"].find({}).to_list()
    assert stored
    assert browser.http.cookies["lcm_session"] not in str(stored)


async def test_the_issuer_is_asked_with_pkce_and_a_nonce(browser: Browser) -> None:
    query = parse_qs(urlsplit(await browser.begin()).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert query["nonce"][0]


async def test_a_session_cookie_opens_the_api_for_its_roles(browser: Browser) -> None:
    await browser.log_in()
    assert (await browser.http.get(f"{browser.control_plane.url}/api/v1/capacity")).status_code == 200


async def test_nobody_is_logged_in_without_a_login(browser: Browser) -> None:
    answer = await browser.me()
    assert answer.status_code == 200, "a browser would show an error in its console"
    assert answer.json() == {
        "authenticated": False,
        "name": "",
        "subject": "",
        "roles": [],
        "session_expires_at": None,
        "session_idle_until": None,
    }


async def test_a_change_with_the_cookie_needs_the_csrf_token(browser: Browser) -> None:
    browser.issuer.roles = ("admin",)
    await browser.log_in()
    refused = await browser.create_template()
    wrong = await browser.create_template(**{"X-CSRF-Token": "made-up"})
    accepted = await browser.create_template(**{"X-CSRF-Token": browser.http.cookies["lcm_csrf"]})
    assert [answer.status_code for answer in (refused, wrong, accepted)] == [403, 403, 201]
    assert refused.json()["code"] == "csrf-token-missing"


async def test_a_state_of_another_browser_logs_nobody_in(browser: Browser) -> None:
    back = await browser.at_issuer(await browser.begin())
    async with httpx2.AsyncClient(follow_redirects=False) as victim:
        landed = await victim.get(back)
        assert landed.headers["Location"] == "/login?error=login-state-mismatch"
        assert "lcm_session" not in victim.cookies


async def test_a_callback_works_once(browser: Browser) -> None:
    back = await browser.at_issuer(await browser.begin())
    assert (await browser.http.get(back)).headers["Location"] == "/"
    browser.http.cookies.set("lcm_login", parse_qs(urlsplit(back).query)["state"][0])
    assert (await browser.http.get(back)).headers["Location"] == "/login?error=login-state-mismatch"


@pytest.mark.parametrize(
    "claims", [{"nonce": "of-another-login"}, {"aud": "another-client"}, {"iss": "http://elsewhere"}, {"exp": 1}]
)
async def test_an_id_token_of_something_else_logs_nobody_in(browser: Browser, claims: dict[str, object]) -> None:
    browser.issuer.tamper = claims
    landed = await browser.log_in()
    assert landed.headers["Location"] == "/login?error=login-failed"
    assert not await browser.is_logged_in()


async def test_a_refusal_of_the_issuer_is_told_and_logs_nobody_in(browser: Browser) -> None:
    browser.issuer.refuse = "access_denied"
    assert (await browser.log_in()).headers["Location"] == "/login?error=login-failed"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "", "x", "/a\nb"])
async def test_nobody_is_sent_to_another_host_after_a_login(elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"
