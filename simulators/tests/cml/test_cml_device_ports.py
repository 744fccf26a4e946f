"""The ports that node tags open: serial consoles, VNC, forwarded services."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from lcm_simulators.cml.testing import RunningHost, running_cml_host

DEADLINE_SECONDS = 5.0
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connected(address: str, port: int) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def expect(reader: asyncio.StreamReader, text: str) -> str:
    """Read up to and including ``text``."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        return (await reader.readuntil(text.encode())).decode()


async def type_lines(streams: Streams, *lines: str, prompt: str) -> str:
    """Type every line, wait for ``prompt`` after each, return all that came."""
    seen = ""
    for line in lines:
        streams[1].write(line.encode() + b"\r")
        seen += await expect(streams[0], "\r\n")
        seen += await expect(streams[0], prompt)
    return seen


async def start(rest: httpx2.AsyncClient, topology: dict[str, Any]) -> str:
    lab_id = (await rest.post("import", json=topology)).json()["id"]
    assert (await rest.put(f"labs/{lab_id}/start")).status_code == 204
    return lab_id


@pytest.fixture
async def console_lab(rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]) -> str:
    return await start(rest, routers(1, {"R1": ["serial:5041", "serial:5042:1", "pat:tcp:6022:22", "pat:6080:80"]}))


async def test_serial_port_shows_boot_messages_and_a_prompt(cml_host: RunningHost, console_lab: str) -> None:
    async with connected(cml_host.address, 5041) as (reader, _):
        shown = await expect(reader, "R1>")
    assert "%PLATFORM-5-SIGNATURE_VERIFIED:" in shown


async def test_running_config_is_shown_with_its_three_header_lines(cml_host: RunningHost, console_lab: str) -> None:
    async with connected(cml_host.address, 5041) as streams:
        await expect(streams[0], "R1>")
        await type_lines(streams, "enable", "terminal length 0", prompt="R1#")
        shown = await type_lines(streams, "show running-config", prompt="R1#")
    assert shown.splitlines()[1:4] == ["Building configuration...", "", shown.splitlines()[3]]
    assert shown.splitlines()[3].startswith("Current configuration : ")


async def test_work_typed_on_the_console_can_be_extracted(
    cml_host: RunningHost, rest: httpx2.AsyncClient, console_lab: str
) -> None:
    async with connected(cml_host.address, 5041) as streams:
        await expect(streams[0], "R1>")
        await type_lines(
            streams, "en", "conf t", "int g0/1", "ip add 10.9.8.7 255.255.255.0", "no shut", "end", prompt="#"
        )
    node_id = (await rest.get(f"labs/{console_lab}/nodes")).json()[0]
    await rest.put(f"labs/{console_lab}/nodes/{node_id}/extract_configuration")
    answer = await rest.get(f"labs/{console_lab}/nodes/{node_id}", params={"exclude_configurations": "false"})
    configuration = answer.json()["configuration"][0]["content"]
    assert "interface GigabitEthernet0/1\n ip address 10.9.8.7 255.255.255.0\n!" in configuration


async def test_two_connections_share_one_screen(cml_host: RunningHost, console_lab: str) -> None:
    async with connected(cml_host.address, 5041) as first, connected(cml_host.address, 5041) as second:
        await expect(first[0], "R1>")
        await expect(second[0], "R1>")
        first[1].write(b"show clock\r")
        assert await expect(first[0], "R1>") == await expect(second[0], "R1>")


async def test_second_serial_line_is_a_terminal_of_its_own(cml_host: RunningHost, console_lab: str) -> None:
    async with connected(cml_host.address, 5041) as first, connected(cml_host.address, 5042) as second:
        await expect(first[0], "R1>")
        await type_lines(first, "enable", prompt="R1#")
        assert await expect(second[0], "R1>") == "R1>"


async def test_stopped_node_closes_its_ports(cml_host: RunningHost, rest: httpx2.AsyncClient, console_lab: str) -> None:
    async with connected(cml_host.address, 5041) as (reader, _):
        await rest.put(f"labs/{console_lab}/stop")
        async with asyncio.timeout(DEADLINE_SECONDS):
            await reader.read()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(cml_host.address, 5041)


async def test_console_log_carries_milliseconds_since_start(rest: httpx2.AsyncClient, console_lab: str) -> None:
    node_id = (await rest.get(f"labs/{console_lab}/nodes")).json()[0]
    log = (await rest.get(f"labs/{console_lab}/nodes/{node_id}/consoles/0/log")).json()
    assert all(line.startswith("|") and line.split("|")[1].isdigit() for line in log.splitlines())


async def test_forwarded_ssh_port_greets_with_a_version(cml_host: RunningHost, console_lab: str) -> None:
    async with connected(cml_host.address, 6022) as (reader, _):
        assert await expect(reader, "\r\n") == "SSH-2.0-Cisco-1.25\r\n"


async def test_forwarded_web_port_answers_a_request(cml_host: RunningHost, console_lab: str) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://{cml_host.address}:6080/")
    assert "<h1>R1</h1>" in answer.text


async def test_vnc_port_speaks_rfb(cml_host: RunningHost, rest: httpx2.AsyncClient) -> None:
    node = {"id": "n0", "label": "pc", "node_definition": "desktop", "x": 0, "y": 0, "tags": ["vnc:5044"]}
    await start(rest, {"lab": {"version": "0.3.0"}, "nodes": [node], "links": []})
    async with connected(cml_host.address, 5044) as (reader, writer):
        assert await expect(reader, "\n") == "RFB 003.008\n"
        writer.write(b"RFB 003.008\n" + b"\x01" + b"\x01")
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert (await reader.readexactly(2 + 4 + 24 + 2))[-2:] == b"pc"


async def test_port_stays_with_the_node_that_had_it_first(
    cml_host: RunningHost, rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]
) -> None:
    first = await start(rest, routers(1, {"R1": ["serial:5041"]}))
    await start(rest, routers(1, {"R1": ["serial:5041"]}))
    assert cml_host.runtime.patty.open_ports[5041].lab_id == first


async def test_tags_that_open_nothing_are_recorded(
    cml_host: RunningHost, rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]
) -> None:
    await start(rest, routers(2, {"R1": ["serial:1999", "serial:5041"], "R2": ["serial:5041", "colour:red"]}))
    async with httpx2.AsyncClient() as client:
        report = (await client.get(f"{cml_host.control_url}/_sim/hosts/{cml_host.address}/patty")).json()
    assert [(tag["tag"], tag["reason"]) for tag in report["ignored"]] == [
        ("serial:1999", "port 1999 is outside 2000-9999"),
        ("serial:5041", "port 5041 is taken by R1"),
    ]


async def test_tag_added_to_a_running_node_opens_its_port(
    cml_host: RunningHost, rest: httpx2.AsyncClient, console_lab: str
) -> None:
    node_id = (await rest.get(f"labs/{console_lab}/nodes")).json()[0]
    await rest.patch(f"labs/{console_lab}/nodes/{node_id}", json={"tags": ["serial:5999"]})
    assert list(cml_host.runtime.patty.open_ports) == [5999]


async def test_unsaved_work_is_lost_with_a_stop_and_saved_work_is_kept(
    cml_host: RunningHost, rest: httpx2.AsyncClient, console_lab: str
) -> None:
    async with connected(cml_host.address, 5041) as streams:
        await expect(streams[0], "R1>")
        await type_lines(streams, "en", "conf t", "hostname SAVED", "do write", "hostname LOST", prompt="#")
    await rest.put(f"labs/{console_lab}/stop")
    await rest.put(f"labs/{console_lab}/start")
    async with connected(cml_host.address, 5041) as (reader, _):
        assert (await expect(reader, ">")).endswith("SAVED>")


async def test_forwarded_telnet_port_is_a_terminal_of_its_own(
    cml_host: RunningHost, rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]
) -> None:
    await start(rest, routers(1, {"R1": ["serial:5041", "pat:6023:23"]}))
    async with connected(cml_host.address, 5041) as console, connected(cml_host.address, 6023) as telnet:
        await expect(console[0], "R1>")
        await type_lines(console, "enable", "configure terminal", "hostname CHANGED", prompt="#")
        await expect(telnet[0], "R1>")
        assert (await type_lines(telnet, "", prompt=">")).endswith("CHANGED>")


async def test_console_of_a_booting_node_shows_the_boot_as_it_goes(
    routers: Callable[..., dict[str, Any]], log_in: Callable[[RunningHost], Any]
) -> None:
    async with running_cml_host(time_scale=0.003, queue_seconds=0) as host:
        client = await log_in(host)
        await start(client, routers(1, {"R1": ["serial:5041"]}))
        await until_open(host, 5041)
        async with connected(host.address, 5041) as (reader, _):
            shown = await expect(reader, "R1>")
        await client.aclose()
    assert shown.index("System Bootstrap") < shown.index("Press RETURN") < shown.index("R1>")


async def until_open(host: RunningHost, port: int) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while port not in host.runtime.patty.open_ports:  # noqa: ASYNC110  (no event for every port)
            await asyncio.sleep(0.005)
