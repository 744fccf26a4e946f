"""Sessions end: by their owner in one browser or in all, by an admin, by the issuer."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest

from control_plane_api.testing.browser import Browser, new_browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


async def post(browser: Browser, path: str, body: Any = None, **headers: str) -> httpx2.Response:
    return await browser.http.post(f"{browser.control_plane.url}{path}", json=body, headers=headers)


async def follow_logout_link(browser: Browser, headers: dict[str, str]) -> httpx2.Response:
    return await browser.http.get(f"{browser.control_plane.url}/auth/logout", headers=headers)


async def two_browsers(stack: AsyncExitStack, browser: Browser, person: str) -> tuple[Browser, Browser]:
    """Both of *person*, logged in."""
    other = await stack.enter_async_context(new_browser(browser.control_plane, browser.issuer))
    browser.issuer.person = person
    for each in (browser, other):
        await each.log_in()
    return browser, other


async def test_logout_ends_the_session_on_the_server(browser: Browser) -> None:
    await browser.log_in()
    key = browser.http.cookies["lcm_session"]
    answer = await follow_logout_link(browser, FROM_OUR_PAGE)
    assert answer.headers["Location"].startswith(f"{browser.issuer.url}/logout?")
    browser.http.cookies.set("lcm_session", key)
    assert not await browser.is_logged_in()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="another host of this site"),
        pytest.param({}, id="an old browser that tells nothing"),
        pytest.param({"Referer": "http://evil.example/"}, id="an old browser at another site"),
    ],
)
async def test_a_logout_that_was_not_asked_for_here_is_not_done(browser: Browser, headers: dict[str, str]) -> None:
    await browser.log_in()
    await follow_logout_link(browser, headers)
    assert await browser.is_logged_in()


async def test_an_old_browser_over_http_may_log_out_from_our_page(browser: Browser) -> None:
    await browser.log_in()
    await follow_logout_link(browser, {"Referer": f"{browser.control_plane.settings.public_url}/sessions"})
    assert not await browser.is_logged_in()


async def test_a_script_logs_out_with_the_csrf_token_only(browser: Browser) -> None:
    await browser.log_in()
    csrf = browser.csrf
    refused = await post(browser, "/auth/logout")
    done = await post(browser, "/auth/logout", **csrf)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf-token-missing")
    assert done.json()["ended_sessions"] == 1
    assert done.json()["redirect_to"].startswith(f"{browser.issuer.url}/logout?")
    assert not await browser.is_logged_in()


async def test_a_login_leaves_no_older_session_of_that_browser_behind(browser: Browser) -> None:
    await browser.log_in()
    older = browser.http.cookies["lcm_session"]
    await browser.log_in()
    assert browser.http.cookies["lcm_session"] != older
    async with new_browser(browser.control_plane, browser.issuer) as with_the_older:
        with_the_older.http.cookies.set("lcm_session", older)
        assert not await with_the_older.is_logged_in()


async def test_a_person_sees_and_ends_sessions_in_all_browsers_and_in_those_of_nobody_else(browser: Browser) -> None:
    async with AsyncExitStack() as stack:
        stranger = await stack.enter_async_context(new_browser(browser.control_plane, browser.issuer))
        browser.issuer.person = "grace"
        await stranger.log_in()
        here, there = await two_browsers(stack, browser, "lin")
        seen = (await here.http.get(f"{here.control_plane.url}/auth/sessions")).json()
        assert [each["is_this_one"] for each in seen].count(True) == 1
        assert len(seen) == 2
        assert (await post(here, "/auth/logout-everywhere", **here.csrf)).json()["ended_sessions"] == 2
        assert [await each.is_logged_in() for each in (here, there, stranger)] == [False, False, True]


async def test_an_admin_logs_a_person_out_everywhere_and_it_stays_on_record(browser: Browser) -> None:
    async with AsyncExitStack() as stack:
        here, there = await two_browsers(stack, browser, "mallory")
        admin = await stack.enter_async_context(browser.control_plane.client("admin", subject="root"))
        known = (await admin.get("/api/v1/web-sessions", params={"subject": "mallory"})).json()
        body = {"subject": "mallory", "reason": "laptop lost"}
        ended = await admin.post("/api/v1/web-sessions/end", json=body)
        assert len(known) == ended.json()["ended_sessions"] == 2
        assert [await each.is_logged_in() for each in (here, there)] == [False, False]
        kept = await browser.control_plane.db["web_sessions"].find({"subject": "mallory"}).to_list()
        assert {(each["ended"]["by"], each["ended"]["reason"]) for each in kept} == {("root", "laptop lost")}


@pytest.mark.parametrize(
    ("claims", "left"),
    [
        pytest.param({"sid": None}, [False, False], id="a person"),
        pytest.param({"sid": "login-of-noether"}, [False, False], id="a login"),
        pytest.param({"sid": "another-login"}, [True, True], id="a login elsewhere"),
    ],
)
async def test_a_logout_at_the_issuer_ends_what_it_names(
    browser: Browser, claims: dict[str, object], left: list[bool]
) -> None:
    async with AsyncExitStack() as stack:
        both = await two_browsers(stack, browser, "noether")
        form = {"logout_token": browser.issuer.logout_token(**claims)}
        answer = await browser.http.post(f"{browser.control_plane.url}/auth/backchannel-logout", data=form)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "RateLimit" not in answer.headers, "the issuer may end any number of logins"
        assert [await each.is_logged_in() for each in both] == left


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "http://elsewhere.invalid"}, id="another issuer"),
        pytest.param({"aud": "another-client"}, id="another client"),
        pytest.param({"events": {}}, id="no logout"),
        pytest.param({"events": None}, id="no event"),
        pytest.param({"nonce": "n"}, id="an ID token"),
        pytest.param({"iat": 1_000_000_000, "exp": None}, id="an old one"),
        pytest.param({"exp": 1_000_000_000}, id="an expired one"),
        pytest.param({"jti": None}, id="without a name"),
        pytest.param({"sub": None, "sid": None}, id="about nobody"),
    ],
)
async def test_what_is_no_logout_token_ends_nothing(browser: Browser, claims: dict[str, object]) -> None:
    await browser.log_in()
    form = {"logout_token": browser.issuer.logout_token(**claims)}
    answer = await browser.http.post(f"{browser.control_plane.url}/auth/backchannel-logout", data=form)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
    assert await browser.is_logged_in()
