"""What holds for every list: pages, order, totals, fields; and what is sent as a filter is never more than text."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from control_plane_api.api.listing_requests import SPARSE_MEDIA_TYPE
from control_plane_api.application.listings import LISTINGS
from control_plane_api.testing.builders import Recorder, a_session, a_worker
from control_plane_api.testing.openapi_document import openapi_document
from control_plane_api.testing.running_control_plane import RunningControlPlane

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENT = openapi_document()
LISTS = {
    path: {each["name"]: each for each in item["get"]["parameters"]}
    for path, item in DOCUMENT["paths"].items()
    if path.startswith("/api/v1/") and any(each["name"] == "sort" for each in item.get("get", {}).get("parameters", []))
}
TOP_LISTS = [path for path in LISTS if "{" not in path]
"""Those that can be asked for without the id of something else."""
PAGING = {"limit", "cursor", "sort", "total", "fields", "from", "to"}
TEXT_FILTERS = [
    (path, name)
    for path, parameters in LISTS.items()
    for name, each in parameters.items()
    if name not in PAGING and '"type": "string"' in json.dumps(each) and "$ref" not in json.dumps(each)
]
INJECTIONS = (
    '{"$ne": null}',
    '{"$gt": ""}',
    "[$ne]",
    "$where: sleep(5000)",
    "'; return true; //",
    ".*",
    "\x00",
    "\U0001f600" * 10,
    "__proto__",
)
SESSIONS = 7


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def some_of_everything(shared_control_plane: RunningControlPlane) -> AsyncIterator[None]:
    record = Recorder(shared_control_plane.db)
    for _ in range(SESSIONS):
        await record.commit(a_session())
    await record.commit(a_worker())
    yield


async def ids(control_plane: RunningControlPlane, path: str, **params: Any) -> list[str]:
    found: list[str] = []
    async with control_plane.client("operator") as http:
        while True:
            page = (await http.get(path, params={"limit": 3, **params})).json()
            found += [row["id"] for row in page["items"]]
            if page["next_cursor"] is None:
                return found
            params["cursor"] = page["next_cursor"]


def test_every_listing_is_a_list_of_the_api_and_offers_its_orders() -> None:
    assert len(LISTS) >= len(LISTINGS)
    offered = {tuple(each["sort"]["schema"]["enum"]) for each in LISTS.values()}
    assert offered == {listing.orders for listing in LISTINGS}


async def test_the_oldest_first_is_the_newest_first_turned_round(shared_control_plane: RunningControlPlane) -> None:
    newest = await ids(shared_control_plane, "/api/v1/lablet-sessions", sort="-created_at")
    oldest = await ids(shared_control_plane, "/api/v1/lablet-sessions", sort="created_at")
    assert len(newest) == SESSIONS
    assert oldest == newest[::-1]


async def test_filters_together_leave_what_fulfils_all_of_them(shared_control_plane: RunningControlPlane) -> None:
    path = "/api/v1/lablet-sessions"
    all_of_them = await ids(shared_control_plane, path)
    async with shared_control_plane.client("viewer") as http:
        row = (await http.get(f"{path}/{all_of_them[0]}")).json()
    filters = {
        "status": row["status"],
        "definition_id": row["definition_id"],
        "owner_id": row["owner_id"],
        "username": row["candidate"]["username"],
    }
    assert all_of_them[0] in await ids(shared_control_plane, path, **filters)
    assert await ids(shared_control_plane, path, **{**filters, "username": "nobody"}) == []


@pytest.mark.parametrize("path", TOP_LISTS)
async def test_a_list_counts_when_it_is_asked_to(shared_control_plane: RunningControlPlane, path: str) -> None:
    async with shared_control_plane.client("operator") as http:
        plain = (await http.get(path, params={"limit": 1})).json()
        counted = (await http.get(path, params={"limit": 1, "total": "true"})).json()
    assert (plain["total"], plain["total_is_exact"]) == (None, None)
    assert counted["total_is_exact"] is True
    assert counted["total"] == {"/api/v1/lablet-sessions": SESSIONS, "/api/v1/workers": 1}.get(path, 0)


@pytest.mark.parametrize("path", TOP_LISTS)
async def test_what_a_list_does_not_offer_is_refused_by_name(
    shared_control_plane: RunningControlPlane, path: str
) -> None:
    wrong = {"colour": "red", "sort": "colour", "fields": "colour", "limit": "0", "cursor": "e30"}
    async with shared_control_plane.client("operator") as http:
        for name, value in wrong.items():
            answer = await http.get(path, params={name: value})
            problem = answer.json()
            assert answer.status_code == 422, answer.text
            assert problem["errors"][0]["pointer"] == f"#/{name}"
            assert problem["errors"][0]["location"] == "query"
        twice = await http.get(f"{path}?limit=1&limit=2")
        unknown = (await http.get(path, params={"colour": "red"})).json()
    assert twice.json()["code"] == "repeated-parameter"
    assert unknown["code"] == "unknown-parameter"
    assert all(name in unknown["detail"] for name in LISTS[path])


async def test_a_row_holds_the_fields_that_were_asked_for(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("viewer") as http:
        whole = await http.get("/api/v1/lablet-sessions", params={"limit": 2})
        some = await http.get("/api/v1/lablet-sessions", params={"limit": 2, "fields": "id,status,version"})
    assert some.headers["Content-Type"] == SPARSE_MEDIA_TYPE
    assert some.json()["items"] == [
        {name: row[name] for name in ("id", "status", "version")} for row in whole.json()["items"]
    ]
    assert some.json()["next_cursor"] == whole.json()["next_cursor"]


async def test_sorting_by_a_change_of_status_needs_the_status(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("viewer") as http:
        alone = await http.get("/api/v1/lablet-sessions", params={"sort": "status_changed_at"})
        with_it = await http.get("/api/v1/lablet-sessions", params={"sort": "status_changed_at", "status": "PENDING"})
    assert (alone.status_code, with_it.status_code) == (422, 200)
    assert "'status'" in alone.json()["detail"]


async def test_bookings_of_a_window_are_sorted_by_their_start(shared_control_plane: RunningControlPlane) -> None:
    window = {"from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z"}
    async with shared_control_plane.client("viewer") as http:
        by_start = await http.get("/api/v1/reservations", params={**window, "sort": "start"})
        by_creation = await http.get("/api/v1/reservations", params={**window, "sort": "created_at"})
        backwards = await http.get("/api/v1/reservations", params={"from": window["to"], "to": window["from"]})
    assert [by_start.status_code, by_creation.status_code, backwards.status_code] == [200, 422, 422]


async def test_an_lms_that_asks_for_the_bookings_of_another_finds_none(
    shared_control_plane: RunningControlPlane,
) -> None:
    async with shared_control_plane.client("lms", subject="stranger") as http:
        for path in ("/api/v1/lablet-sessions", "/api/v1/reservations"):
            for params in ({}, {"owner_id": "lms"}, {"owner_id": "stranger"}):
                found = await http.get(path, params={**params, "total": "true"})
                assert (found.json()["items"], found.json()["total"]) == ([], 0)


async def test_what_is_sent_as_a_filter_is_never_more_than_text(shared_control_plane: RunningControlPlane) -> None:
    assert len(TEXT_FILTERS) > 12
    async with shared_control_plane.client("operator") as http:
        for path, name in TEXT_FILTERS:
            for text in INJECTIONS:
                answer = await http.get(path, params={name: text})
                assert answer.status_code in (200, 422), answer.text
                assert answer.json().get("items", []) == [], (path, name, text)
            for operator in ("$ne", "$regex", "$where"):
                answer = await http.get(path, params={f"{name}[{operator}]": "x"})
                assert (answer.status_code, answer.json()["code"]) == (422, "unknown-parameter")


async def test_what_the_audit_is_asked_for_is_never_more_than_text(shared_control_plane: RunningControlPlane) -> None:
    """One list from two collections, with filters of its own."""
    with_type = {"resource_id": {"resource_type": "cml_worker"}}
    async with shared_control_plane.client("operator") as http:
        for name in ("actor", "resource_type", "resource_id", "event_type", "correlation_id", "outcome"):
            for text in ('{"$ne": null}', ".*", "\x00"):
                answer = await http.get("/api/v1/audit", params={name: text, **with_type.get(name, {})})
                assert answer.status_code in (200, 422), (name, text, answer.text)
                assert answer.json().get("items", []) == [], (name, text)
            answer = await http.get("/api/v1/audit", params={f"{name}[$ne]": "x"})
            assert (answer.status_code, answer.json()["code"]) == (422, "unknown-parameter")


async def test_a_long_page_is_compressed_for_who_asks_and_an_event_stream_never(
    shared_control_plane: RunningControlPlane,
) -> None:
    record = Recorder(shared_control_plane.db)
    await record.commit(*(a_session() for _ in range(10)))
    async with shared_control_plane.client("viewer") as viewer, asyncio.timeout(15):
        page = await viewer.get("/api/v1/lablet-sessions")
        plain = await viewer.get("/api/v1/lablet-sessions", headers={"Accept-Encoding": "identity"})
        async with viewer.stream("GET", "/api/v1/events/stream") as stream:
            encodings = [answer.headers.get("content-encoding") for answer in (page, plain, stream)]
    assert encodings == ["gzip", None, None]
    assert page.json() == plain.json()
