"""Hosts that die, hang and misbehave on request."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncssh
import httpx2
import pytest

from lcm_simulators.cml.testing import RunningHost


@pytest.fixture
async def control(cml_host: RunningHost) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=cml_host.control_url) as client:
        yield client


async def start(rest: httpx2.AsyncClient, topology: dict[str, Any]) -> str:
    lab_id = (await rest.post("import", json=topology)).json()["id"]
    await rest.put(f"labs/{lab_id}/start")
    return lab_id


async def test_host_is_reported_with_its_labs_and_load(
    cml_host: RunningHost, control: httpx2.AsyncClient, rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]
) -> None:
    await start(rest, routers(4, {"R1": ["serial:5041"]}))
    report = (await control.get("/_sim/hosts")).json()[0]
    assert (report["address"], report["state"], report["running_nodes"]) == (cml_host.address, "up", 4)
    assert (report["ports_open"], report["labs"][0]["running_nodes"]) == ([5041], 4)
    assert report["cpu_percent"] > 1.5


async def test_killed_host_refuses_connections(
    cml_host: RunningHost, control: httpx2.AsyncClient, rest: httpx2.AsyncClient, two_routers: dict[str, Any]
) -> None:
    two_routers["nodes"][0]["tags"] = ["serial:5041"]
    await start(rest, two_routers)
    await control.post(f"/_sim/hosts/{cml_host.address}/kill")
    with pytest.raises(httpx2.TransportError):
        await rest.get("system_information")
    for port in (5041, cml_host.ssh_port):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(cml_host.address, port)


async def test_kill_resets_open_connections(
    cml_host: RunningHost, control: httpx2.AsyncClient, rest: httpx2.AsyncClient, two_routers: dict[str, Any]
) -> None:
    two_routers["nodes"][0]["tags"] = ["serial:5041"]
    await start(rest, two_routers)
    reader, writer = await asyncio.open_connection(cml_host.address, 5041)
    await reader.readuntil(b">")
    await control.post(f"/_sim/hosts/{cml_host.address}/kill")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


@pytest.mark.parametrize(("reboot", "state"), [(False, "STARTED"), (True, "STOPPED")])
async def test_revived_host_has_its_labs(
    cml_host: RunningHost,
    control: httpx2.AsyncClient,
    rest: httpx2.AsyncClient,
    two_routers: dict[str, Any],
    reboot: bool,
    state: str,
) -> None:
    lab_id = await start(rest, two_routers)
    await control.post(f"/_sim/hosts/{cml_host.address}/kill")
    await control.post(f"/_sim/hosts/{cml_host.address}/revive", params={"reboot": reboot})
    async with asyncio.timeout(10):
        await cml_host.managed.up.wait()
    assert (await rest.get(f"labs/{lab_id}/state")).json() == state


async def test_wedged_host_accepts_and_never_answers(
    cml_host: RunningHost, control: httpx2.AsyncClient, rest: httpx2.AsyncClient
) -> None:
    await control.post(f"/_sim/hosts/{cml_host.address}/wedge")
    with pytest.raises(httpx2.ReadTimeout):
        await rest.get("system_information", timeout=0.3)


async def test_wedge_is_lifted_by_revive(
    cml_host: RunningHost, control: httpx2.AsyncClient, rest: httpx2.AsyncClient
) -> None:
    await control.post(f"/_sim/hosts/{cml_host.address}/wedge")
    await control.post(f"/_sim/hosts/{cml_host.address}/revive")
    assert (await rest.get("system_information")).is_success


async def test_injected_fault_strikes_the_api_of_the_hosts(
    cml_host: RunningHost, control: httpx2.AsyncClient, rest: httpx2.AsyncClient
) -> None:
    fault = {"kind": "error", "status": 502, "match": {"path_regex": "system_stats", "host": cml_host.address}}
    assert (await control.post("/_sim/faults", json=fault)).status_code == 201
    assert [(await rest.get(path)).status_code for path in ("system_stats", "system_health")] == [502, 200]


async def test_unknown_host_is_not_found(control: httpx2.AsyncClient) -> None:
    assert (await control.post("/_sim/hosts/127.0.0.99/kill")).status_code == 404


async def test_simulator_says_when_it_is_ready(control: httpx2.AsyncClient) -> None:
    assert [(await control.get(f"/health/{probe}")).status_code for probe in ("live", "ready")] == [200, 200]


async def test_stalled_boots_leave_nodes_unfinished_until_lifted(
    cml_host: RunningHost, control: httpx2.AsyncClient, rest: httpx2.AsyncClient, two_routers: dict[str, Any]
) -> None:
    stalled = f"/_sim/hosts/{cml_host.address}/stalled-boots"
    await control.post(stalled)
    lab_id = await start(rest, two_routers)
    before = (await rest.get(f"labs/{lab_id}/check_if_converged")).json()
    await control.delete(stalled)
    after = (await rest.get(f"labs/{lab_id}/check_if_converged")).json()
    assert (before, after) == (False, True)


@pytest.mark.parametrize(
    ("disturbance", "found"),
    [
        ({"announce": "%LINK-3-UPDOWN: Interface down"}, "%LINK-3-UPDOWN: Interface down"),
        ({"leave_in": "more"}, "--More--"),
        ({"leave_in": "configuration"}, "R1(config)#"),
    ],
)
async def test_console_can_be_left_in_an_odd_state(
    cml_host: RunningHost,
    control: httpx2.AsyncClient,
    rest: httpx2.AsyncClient,
    two_routers: dict[str, Any],
    disturbance: dict[str, str],
    found: str,
) -> None:
    two_routers["nodes"][0]["tags"] = ["serial:5041"]
    lab_id = await start(rest, two_routers)
    node_id = (await rest.get(f"labs/{lab_id}/find/node/label/R1")).json()
    reader, writer = await asyncio.open_connection(cml_host.address, 5041)
    await reader.readuntil(b"R1>")
    await control.post(f"/_sim/hosts/{cml_host.address}/nodes/{node_id}/console", json=disturbance)
    writer.write(b"\r")
    async with asyncio.timeout(5):
        await reader.readuntil(found.encode())
    writer.close()


async def test_wedged_host_lets_nobody_into_the_console_server(
    cml_host: RunningHost, control: httpx2.AsyncClient
) -> None:
    await control.post(f"/_sim/hosts/{cml_host.address}/wedge")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncssh.connect(
                cml_host.ssh_host, cml_host.ssh_port, username="admin", password="admin", known_hosts=None, config=None
            )
