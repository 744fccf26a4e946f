"""The event stream of a simulated CML host over TLS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from lcm_core.domain.errors import FarEndError
from lcm_simulators.cml.testing import RunningHost, running_cml_host
from worker_controller.domain.host_change import ChangeKind, HostChange, NoEventStream
from worker_controller.integration.services.cml_events_spi import CmlEventsSpiClient
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry

ROUTER = """
lab: {title: One router, version: 0.2.2}
nodes: [{id: n0, label: r1, node_definition: iosv, x: 0, y: 0, interfaces: []}]
links: []
"""


@asynccontextmanager
async def registry_of(host: RunningHost, **changes: Any) -> AsyncIterator[CmlHostRegistry]:
    options: dict[str, Any] = {
        "username": host.username,
        "password": SecretStr(host.password),
        "https_port": int(host.base_url.rsplit(":", 1)[1]),
        "ca_file": Path(host.ca_file),
    }
    async with CmlHostRegistry(**(options | changes)) as registry:
        yield registry


@asynccontextmanager
async def rest(host: RunningHost, registry: CmlHostRegistry) -> AsyncIterator[httpx2.AsyncClient]:
    access = registry.event_access(host.address)
    headers = {"Authorization": f"Bearer {await access.tokens.token()}"}
    async with httpx2.AsyncClient(base_url=f"{access.url}/api/v0/", verify=access.tls, headers=headers) as client:
        yield client


async def start_a_lab(client: httpx2.AsyncClient) -> str:
    lab_id = (await client.post("import", content=ROUTER)).raise_for_status().json()["id"]
    (await client.put(f"labs/{lab_id}/start")).raise_for_status()
    return lab_id


async def until(changes: AsyncIterator[HostChange], kind: ChangeKind, state: str = "") -> HostChange:
    async with asyncio.timeout(10):
        async for change in changes:
            if (change.kind, change.state) == (kind, state):
                return change
    raise AssertionError("the stream ended")


async def test_a_lab_that_starts_is_told_at_once() -> None:
    async with (
        running_cml_host() as host,
        registry_of(host) as registry,
        rest(host, registry) as client,
        CmlEventsSpiClient(registry).open(host.address) as changes,
    ):
        lab_id = await start_a_lab(client)
        assert (await until(changes, ChangeKind.LAB)).lab_id == lab_id
        assert (await until(changes, ChangeKind.NODE_STATE, "BOOTED")).lab_id == lab_id


async def test_a_host_without_a_stream_says_so_and_one_that_is_cut_off_breaks() -> None:
    async with running_cml_host() as host, registry_of(host) as registry:
        events = CmlEventsSpiClient(registry)
        with pytest.raises(FarEndError) as broken:
            async with asyncio.timeout(10), events.open(host.address) as changes:
                while not host.runtime.hub.busy:  # noqa: ASYNC110 - the hub has no event for arrivals
                    await asyncio.sleep(0.005)
                host.runtime.hub.close(closed=True)
                async for _ in changes:
                    pass
        assert broken.value.code == "cml-event-stream-broken"
        with pytest.raises(NoEventStream, match="403"):
            async with events.open(host.address):
                pass


async def test_a_token_that_the_host_forgot_is_replaced_at_the_next_try() -> None:
    async with running_cml_host() as host, registry_of(host) as registry:
        events, tokens = CmlEventsSpiClient(registry), registry.event_access(host.address).tokens
        forgotten = await tokens.token()
        async with rest(host, registry) as client:
            (await client.request("DELETE", "logout", params={"clear_all_sessions": "true"})).raise_for_status()
        with pytest.raises(FarEndError):
            async with asyncio.timeout(10), events.open(host.address) as changes:
                async for _ in changes:
                    pass
        assert await tokens.token() != forgotten
        async with asyncio.timeout(10), events.open(host.address):
            while not host.runtime.hub.busy:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


async def test_a_host_that_is_down_or_has_a_certificate_of_somebody_else_is_a_far_end_error(tmp_path: Path) -> None:
    async with running_cml_host() as host, running_cml_host() as other:
        async with registry_of(host) as registry:
            events = CmlEventsSpiClient(registry)
            await registry.event_access(host.address).tokens.token()
            host.simulator.fleet.kill(host.managed)
            with pytest.raises(FarEndError, match="CML"):
                async with events.open(host.address):
                    pass
        async with registry_of(other, ca_file=Path(host.ca_file)) as registry:
            with pytest.raises(FarEndError):
                async with CmlEventsSpiClient(registry).open(other.address):
                    pass


async def test_the_labs_of_everybody_are_listed() -> None:
    async with running_cml_host() as host, registry_of(host) as registry, rest(host, registry) as client:
        lab_id = await start_a_lab(client)
        assert await registry.at(host.address).labs() == {lab_id}
