"""The WebSocket event stream."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
import websockets

from lcm_simulators.cml.testing import RunningHost, running_cml_host


@contextlib.asynccontextmanager
async def stream(host: RunningHost, login: dict[str, Any]) -> AsyncIterator[websockets.ClientConnection]:
    url = host.base_url.replace("https", "wss") + "/ws/ui"
    async with websockets.connect(url, ssl=ssl.create_default_context(cafile=host.ca_file), proxy=None) as socket:
        await socket.send(json.dumps(login))
        yield socket


def token_of(client: httpx2.AsyncClient) -> dict[str, str]:
    return {"token": client.headers["Authorization"].removeprefix("Bearer "), "client_uuid": "test"}


async def listening(host: RunningHost) -> None:
    async with asyncio.timeout(5):
        while not host.runtime.hub.busy:  # noqa: ASYNC110  (the hub has no event for arrivals)
            await asyncio.sleep(0.005)


async def node_states(socket: websockets.ClientConnection, count: int) -> list[str]:
    states: list[str] = []
    async with asyncio.timeout(5):
        while len(states) < count:
            message = json.loads(await socket.recv())
            if message["event_type"] == "state_change" and message["element_type"] == "node":
                states.append(message["event"])
    return states


async def test_boot_of_a_node_is_told_step_by_step(
    cml_host: RunningHost, rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]
) -> None:
    lab_id = (await rest.post("import", json=routers(1))).json()["id"]
    async with stream(cml_host, token_of(rest)) as socket:
        await listening(cml_host)
        await rest.put(f"labs/{lab_id}/start")
        assert await node_states(socket, 3) == ["QUEUED", "STARTED", "BOOTED"]


async def test_boot_is_told_when_it_happens_without_anybody_asking(
    routers: Callable[..., dict[str, Any]], log_in: Callable[[RunningHost], Any]
) -> None:
    async with running_cml_host(time_scale=0.001) as host:
        client = await log_in(host)
        lab_id = (await client.post("import", json=routers(1))).json()["id"]
        async with stream(host, token_of(client)) as socket:
            await listening(host)
            await client.put(f"labs/{lab_id}/start")
            assert await node_states(socket, 3) == ["QUEUED", "STARTED", "BOOTED"]
        await client.aclose()


async def test_lab_filter_keeps_other_labs_out(
    cml_host: RunningHost, rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]
) -> None:
    labs = [(await rest.post("import", json=routers(1))).json()["id"] for _ in range(2)]
    async with stream(cml_host, {**token_of(rest), "lab_filter": labs[1]}) as socket:
        await listening(cml_host)
        for lab_id in labs:
            await rest.put(f"labs/{lab_id}/start")
        async with asyncio.timeout(5):
            assert json.loads(await socket.recv())["lab_id"] == labs[1]


async def test_stream_closes_on_a_bad_token(cml_host: RunningHost) -> None:
    async with stream(cml_host, {"token": "nonsense"}) as socket:
        with pytest.raises(websockets.ConnectionClosedError):
            async with asyncio.timeout(5):
                await socket.recv()


async def test_a_closed_stream_cuts_listeners_off_and_lets_nobody_in(
    cml_host: RunningHost, rest: httpx2.AsyncClient
) -> None:
    where = f"/_sim/hosts/{cml_host.address}/event-stream"
    async with httpx2.AsyncClient(base_url=cml_host.control_url) as control:
        async with stream(cml_host, token_of(rest)) as socket:
            await listening(cml_host)
            (await control.delete(where)).raise_for_status()
            with pytest.raises(websockets.ConnectionClosedError):
                async with asyncio.timeout(5):
                    while True:
                        await socket.recv()
        with pytest.raises(websockets.InvalidStatus, match="403"):
            async with stream(cml_host, token_of(rest)):
                pass
        (await control.post(where)).raise_for_status()
        async with stream(cml_host, token_of(rest)):
            await listening(cml_host)
