"""A table asks for what it shows; a script gets whole rows."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lcm_core.cli.api.client import API_DEADLINES, ApiClient
from lcm_core.cli.resources.catalogue import resource_named
from lcm_core.cli.resources.reading import read_list, read_table
from lcm_core.integration.http_policy import RetryPolicy, new_http_client
from lcm_core.testing.http_server import serving


class Anybody:
    async def token(self) -> str:
        return "token"

    async def renewed(self, refused: str) -> str | None:
        del refused
        return None


@pytest.fixture
async def asked() -> AsyncGenerator[tuple[ApiClient, list[Request]]]:
    requests: list[Request] = []

    async def two_pages(request: Request) -> JSONResponse:
        requests.append(request)
        return JSONResponse({"items": [{"id": "a"}], "next_cursor": None if "cursor" in request.query_params else "c"})

    app = Starlette(routes=[Route("/{path:path}", two_pages)])
    async with serving(app) as url, new_http_client(url) as http:
        yield ApiClient(url, http, Anybody(), RetryPolicy(), API_DEADLINES), requests


async def test_every_page_of_a_table_is_asked_for_the_fields_of_its_columns_and_the_id(
    asked: tuple[ApiClient, list[Request]],
) -> None:
    api, requests = asked
    await read_table(api, resource_named("decisions"), {"session_id": "s"}, None)
    assert [request.query_params["fields"] for request in requests] == [
        "at,id,outcome,reason_counts,summary,worker_id"
    ] * 2
    assert {request.query_params["session_id"] for request in requests} == {"s"}


async def test_a_value_within_a_field_is_asked_for_with_its_field(asked: tuple[ApiClient, list[Request]]) -> None:
    api, requests = asked
    await read_table(api, resource_named("sessions"), {}, 1)
    fields = set(requests[0].query_params["fields"].split(","))
    assert {"candidate", "timeslot", "id"} <= fields
    assert "state_history" not in fields


@pytest.mark.parametrize("name", ["sessions", "audit"])
async def test_whole_rows_are_read_for_scripts_and_where_there_is_no_choice(
    asked: tuple[ApiClient, list[Request]], name: str
) -> None:
    api, requests = asked
    await (read_list if name == "sessions" else read_table)(api, resource_named(name), {}, None)
    assert len(requests) == 2
    assert all("fields" not in request.query_params for request in requests)
