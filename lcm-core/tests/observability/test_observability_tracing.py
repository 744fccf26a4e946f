"""Traces leave the process when a collector is configured, and go on from the caller's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lcm_core.testing.http_server import serving

SCRIPT = """
import sys
from opentelemetry import propagate
from lcm_core.observability import configure_observability, current_traceparent, tracer
from lcm_core.settings import ServiceSettings

settings = ServiceSettings(
    service_name="test-service", oidc_issuer="http://issuer.invalid", otlp_endpoint=sys.argv[1] or None,
    trace_sample_ratio=0.0,
)
configure_observability(settings)
caller = propagate.extract({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
with tracer("test").start_as_current_span("work", context=caller):
    print(current_traceparent())
"""


@asynccontextmanager
async def collector() -> AsyncGenerator[tuple[list[bytes], str]]:
    received: list[bytes] = []

    async def traces(request: Request) -> Response:
        received.append(await request.body())
        return Response(status_code=200)

    async with serving(Starlette(routes=[Route("/v1/traces", traces, methods=["POST"])])) as url:
        yield received, url


async def _run(endpoint: str, script: str = SCRIPT) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, endpoint, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return output.decode().strip()


async def test_a_trace_goes_on_from_its_caller_and_reaches_the_collector() -> None:
    async with collector() as (received, url):
        traceparent = await _run(url)
    assert traceparent.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert traceparent.endswith("-01")
    assert len(received) == 1


async def test_without_a_collector_nothing_leaves() -> None:
    async with collector() as (received, _):
        await _run("")
    assert received == []


REQUEST = """
import asyncio, sys
import httpx2
from fastapi import APIRouter
from lcm_core.hosting import create_service_app
from lcm_core.observability import configure_observability
from lcm_core.settings import ServiceSettings

settings = ServiceSettings(
    service_name="test-service", oidc_issuer="http://issuer.invalid", otlp_endpoint=sys.argv[1], trace_sample_ratio=1.0,
)
configure_observability(settings)
router = APIRouter()
router.get("/callback")(lambda code: {"taken": len(code)})
app = create_service_app(settings, routers=[router], public_routes={"/callback"})

async def ask():
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://service") as http:
        print((await http.get("/callback?code=canary-of-a-code")).status_code)

asyncio.run(ask())
"""


async def test_a_request_is_one_span_which_does_not_tell_its_query() -> None:
    async with collector() as (received, url):
        assert await _run(url, REQUEST) == "200"
    sent = b"".join(received)
    assert sent.count(b"GET /callback") == 1
    assert b"canary-of-a-code" not in sent
    assert sent.count(b"fastapi") == 0
