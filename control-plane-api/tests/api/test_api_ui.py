from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from control_plane_api.testing.running_control_plane import running_control_plane
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer


@pytest.fixture
async def browser(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<title>LCM</title>")
    (dist / "favicon.svg").write_text("<svg/>")
    (dist / "assets" / "index-B1zT9aQx.js").write_text("start()")
    (tmp_path / "secret.txt").write_text("not for you")
    async with (
        running_control_plane(mongo, etcd, issuer, ui_dist_dir=dist) as running,
        httpx2.AsyncClient(base_url=running.url) as http,
    ):
        yield http


async def test_every_address_of_the_ui_is_answered_with_the_page(browser: httpx2.AsyncClient) -> None:
    for path in ("/", "/sessions", "/sessions/some-id", "/login?error=login-failed"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.text) == (200, "<title>LCM</title>"), path
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_hashed_assets_are_kept_for_ever_and_other_files_are_asked_for(browser: httpx2.AsyncClient) -> None:
    asset = await browser.get("/assets/index-B1zT9aQx.js")
    icon = await browser.get("/favicon.svg")
    assert "immutable" in asset.headers["Cache-Control"]
    assert asset.headers["Content-Type"].startswith("text/javascript")
    assert icon.headers["Cache-Control"] == "no-cache"
    again = await browser.get("/favicon.svg", headers={"If-None-Match": icon.headers["ETag"]})
    assert again.status_code == 304


async def test_a_browser_that_asks_for_an_icon_by_its_usual_name_gets_it(browser: httpx2.AsyncClient) -> None:
    icon = await browser.get("/favicon.ico")
    assert (icon.status_code, icon.text) == (200, "<svg/>")
    assert icon.headers["Content-Type"].startswith("image/svg+xml")


@pytest.mark.parametrize("path", ["/assets/gone-12345678.js", "/robots.txt", "/../secret.txt", "/..%2fsecret.txt"])
async def test_a_file_that_is_not_there_is_not_found(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert "not for you" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api", "/auth/nothing"])
async def test_the_service_s_own_paths_never_become_the_page(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-route")


async def test_every_answer_tells_the_browser_how_little_it_may_do(browser: httpx2.AsyncClient) -> None:
    for path in ("/", "/assets/index-B1zT9aQx.js", "/api/v1/workers", "/health/live"):
        headers = (await browser.get(path)).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"], path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
