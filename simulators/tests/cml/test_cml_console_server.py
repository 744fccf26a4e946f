"""The console server over SSH."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncssh
import httpx2
import pytest

from lcm_simulators.cml.testing import RunningHost

DEADLINE_SECONDS = 5.0


@pytest.fixture
async def lab_id(rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]) -> str:
    identifier = (await rest.post("import", params={"title": "my lab"}, json=routers(2))).json()["id"]
    await rest.put(f"labs/{identifier}/start")
    return identifier


async def console_key(rest: httpx2.AsyncClient, lab_id: str, label: str = "R1") -> str:
    node_id = (await rest.get(f"labs/{lab_id}/find/node/label/{label}")).json()
    return (await rest.get(f"labs/{lab_id}/nodes/{node_id}/keys/console")).json()


@contextlib.asynccontextmanager
async def connection(host: RunningHost, password: str | None = None) -> AsyncIterator[asyncssh.SSHClientConnection]:
    async with asyncssh.connect(
        host.ssh_host,
        host.ssh_port,
        username=host.username,
        password=password or host.password,
        known_hosts=None,
        client_keys=None,
        config=None,
    ) as opened:
        yield opened


class Session:
    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self._process = process

    def send(self, data: str) -> None:
        self._process.stdin.write(data.encode())

    async def expect(self, text: str) -> str:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return (await self._process.stdout.readuntil(text.encode())).decode()

    async def rest(self) -> str:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return (await self._process.stdout.read()).decode()


@contextlib.asynccontextmanager
async def session(opened: asyncssh.SSHClientConnection, command: str | None = None) -> AsyncIterator[Session]:
    process = await opened.create_process(command, term_type="vt100", term_size=(200, 50), encoding=None)
    async with process:
        yield Session(process)


async def test_wrong_password_is_refused(cml_host: RunningHost) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        async with connection(cml_host, "wrong"):
            pytest.fail("should not be let in")


async def test_banner_is_followed_by_the_consoles_prompt(cml_host: RunningHost) -> None:
    async with connection(cml_host) as opened, session(opened) as terminal:
        assert "CML2 Console Server" in await terminal.expect("consoles> ")


async def test_connect_by_key_reaches_the_device(cml_host: RunningHost, rest: httpx2.AsyncClient, lab_id: str) -> None:
    async with connection(cml_host) as opened, session(opened) as terminal:
        await terminal.expect("consoles> ")
        terminal.send(f"connect {await console_key(rest, lab_id)}\r")
        shown = await terminal.expect("Escape character is '^]'.\r\n")
        terminal.send("\r")
        await terminal.expect("R1>")
    assert "Connecting to console for R1\r\nConnected to CML terminalserver.\r\n" in shown


async def test_open_by_title_with_spaces_and_leave_with_the_escape_character(
    cml_host: RunningHost, lab_id: str
) -> None:
    async with connection(cml_host) as opened, session(opened) as terminal:
        await terminal.expect("consoles> ")
        terminal.send("open /my lab/R2/0\r")
        await terminal.expect("'^]'.\r\n")
        terminal.send("\r")
        await terminal.expect("R2>")
        terminal.send("\x1d")
        await terminal.expect("consoles> ")
        terminal.send("exit\r")
        await terminal.rest()


async def test_list_names_nodes_and_their_keys(cml_host: RunningHost, rest: httpx2.AsyncClient, lab_id: str) -> None:
    async with connection(cml_host) as opened:
        answer = await opened.run("list", encoding="utf-8")
    assert await console_key(rest, lab_id, "R2") in str(answer.stdout)


async def test_command_with_the_request_ends_with_its_console(cml_host: RunningHost, lab_id: str) -> None:
    async with connection(cml_host) as opened, session(opened, f"open /{lab_id}/R1/0") as terminal:
        await terminal.expect("'^]'.\r\n")
        terminal.send("\rshow version\r")
        await terminal.expect("R1 uptime is")
        terminal.send("\x1d")
        await terminal.rest()


async def test_tab_completes_a_command(cml_host: RunningHost) -> None:
    async with connection(cml_host) as opened, session(opened) as terminal:
        await terminal.expect("consoles> ")
        terminal.send("con\t")
        assert await terminal.expect("connect ") == "connect "


async def test_many_consoles_are_read_over_one_connection(
    cml_host: RunningHost, rest: httpx2.AsyncClient, routers: Callable[..., dict[str, Any]]
) -> None:
    lab_id = (await rest.post("import", json=routers(20))).json()["id"]
    await rest.put(f"labs/{lab_id}/start")

    async def collect(opened: asyncssh.SSHClientConnection, label: str) -> str:
        async with session(opened, f"connect {await console_key(rest, lab_id, label)}") as terminal:
            await terminal.expect("'^]'.\r\n")
            terminal.send("\renable\rterminal length 0\rshow running-config\r")
            return await terminal.expect("\r\nend\r\n")

    async with connection(cml_host) as opened, asyncio.TaskGroup() as tasks:
        collected = {f"R{n}": tasks.create_task(collect(opened, f"R{n}")) for n in range(1, 21)}
    assert all(f"\r\nhostname {label}\r\n" in task.result() for label, task in collected.items())


async def test_session_returns_to_its_prompt_when_the_node_stops(
    cml_host: RunningHost, rest: httpx2.AsyncClient, lab_id: str
) -> None:
    async with connection(cml_host) as opened, session(opened) as terminal:
        await terminal.expect("consoles> ")
        terminal.send(f"connect {await console_key(rest, lab_id)}\r")
        await terminal.expect("'^]'.\r\n")
        await rest.put(f"labs/{lab_id}/stop")
        await terminal.expect("consoles> ")


async def test_unknown_key_leaves_the_session_at_its_prompt(cml_host: RunningHost) -> None:
    async with connection(cml_host) as opened, session(opened) as terminal:
        await terminal.expect("consoles> ")
        terminal.send("connect nothing\r")
        assert "Unknown console key: nothing" in await terminal.expect("consoles> ")
