"""The simulator is killed and started again; the hosts do not notice."""

import asyncio
import contextlib
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lcm_simulators.cml.testing import free_loopback_address, free_port

DEADLINE_SECONDS = 30.0


class SimulatorProcess:
    """``python -m lcm_simulators.cml`` with one static host."""

    def __init__(self, state_dir: Path, time_scale: float) -> None:
        self.address = free_loopback_address()
        self._ports = [free_port(self.address) for _ in range(2)]
        self._control_port = free_port("127.0.0.1")
        self._state_dir = state_dir
        self._time_scale = time_scale
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = {
            **os.environ,
            "SIM_CML_STATIC_HOSTS": f'["{self.address}"]',
            "SIM_CML_HTTPS_PORT": str(self._ports[0]),
            "SIM_CML_SSH_PORT": str(self._ports[1]),
            "SIM_CML_CONTROL_PORT": str(self._control_port),
            "SIM_CML_STATE_DIR": str(self._state_dir),
            "SIM_CML_TIME_SCALE": str(self._time_scale),
            "SIM_CML_PRE_LICENSED": "true",
            "SIM_CML_BOOT_SECONDS": "0",
        }
        command = (sys.executable, "-m", "lcm_simulators.cml")
        self._process = await asyncio.create_subprocess_exec(*command, env=environment)
        async with asyncio.timeout(DEADLINE_SECONDS), httpx2.AsyncClient() as client:
            while not await self._ready(client):  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.05)

    async def _ready(self, client: httpx2.AsyncClient) -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return (await client.get(f"http://127.0.0.1:{self._control_port}/health/ready")).is_success
        return False

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self._process.wait()

    @contextlib.asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncIterator[httpx2.AsyncClient]:
        tls = ssl.create_default_context(cafile=str(self._state_dir / "ca.pem"))
        base_url = f"https://{self.address}:{self._ports[0]}/api/v0/"
        async with httpx2.AsyncClient(base_url=base_url, verify=tls, timeout=10) as client:
            if token is None:
                credentials = {"username": "admin", "password": "admin"}
                token = (await client.post("authenticate", json=credentials)).json()
            client.headers["Authorization"] = f"Bearer {token}"
            yield client


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[SimulatorProcess]:
    process = SimulatorProcess(tmp_path, time_scale=0.0)
    await process.start()
    yield process
    with contextlib.suppress(ProcessLookupError):
        await process.end(signal.SIGKILL)


async def start_lab(client: httpx2.AsyncClient, topology: dict[str, Any]) -> str:
    lab_id = (await client.post("import", json=topology)).json()["id"]
    assert (await client.put(f"labs/{lab_id}/start")).is_success
    return lab_id


async def test_labs_and_node_states_survive_a_kill(
    simulator: SimulatorProcess, routers: Callable[..., dict[str, Any]]
) -> None:
    async with simulator.client() as client:
        lab_id = await start_lab(client, routers(3))
        stored = (await client.get(f"labs/{lab_id}/topology?exclude_configurations=false")).json()
    await simulator.end(signal.SIGKILL)
    await simulator.start()
    async with simulator.client() as client:
        states = (await client.get(f"labs/{lab_id}/lab_element_state")).json()["nodes"]
        again = (await client.get(f"labs/{lab_id}/topology?exclude_configurations=false")).json()
    assert (set(states.values()), again) == ({"BOOTED"}, stored)


async def test_tokens_and_console_ports_survive_a_kill(
    simulator: SimulatorProcess, routers: Callable[..., dict[str, Any]]
) -> None:
    async with simulator.client() as client:
        token = client.headers["Authorization"].removeprefix("Bearer ")
        await start_lab(client, routers(1, {"R1": ["serial:5041"]}))
    await simulator.end(signal.SIGKILL)
    await simulator.start()
    async with simulator.client(token) as client:
        assert (await client.get("authok")).is_success
    reader, writer = await asyncio.open_connection(simulator.address, 5041)
    async with asyncio.timeout(5):
        await reader.readuntil(b"R1>")
    writer.close()


def is_saved(state_dir: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in state_dir.glob("hosts/*/labs/*.json"))


async def saved(state_dir: Path, text: bytes) -> None:
    async with asyncio.timeout(5):
        while not is_saved(state_dir, text):  # noqa: ASYNC110  (another process)
            await asyncio.sleep(0.01)


async def test_typed_configuration_survives_a_kill(
    simulator: SimulatorProcess, tmp_path: Path, routers: Callable[..., dict[str, Any]]
) -> None:
    async with simulator.client() as client:
        await start_lab(client, routers(1, {"R1": ["serial:5041"]}))
    reader, writer = await asyncio.open_connection(simulator.address, 5041)
    writer.write(b"enable\rconfigure terminal\rhostname TYPED\r")
    async with asyncio.timeout(5):
        await reader.readuntil(b"TYPED(config)#")
    await saved(tmp_path, b"hostname TYPED")  # typing may go unsaved for a tenth of a second
    await simulator.end(signal.SIGKILL)
    await simulator.start()
    reader, writer = await asyncio.open_connection(simulator.address, 5041)
    async with asyncio.timeout(5):
        await reader.readuntil(b"TYPED>")
    writer.close()


async def test_boot_goes_on_after_a_kill(tmp_path: Path, routers: Callable[..., dict[str, Any]]) -> None:
    simulator = SimulatorProcess(tmp_path, time_scale=0.01)
    await simulator.start()
    async with simulator.client() as client:
        lab_id = await start_lab(client, routers(1))
    await simulator.end(signal.SIGKILL)
    await simulator.start()
    async with simulator.client() as client, asyncio.timeout(DEADLINE_SECONDS):
        while not (await client.get(f"labs/{lab_id}/check_if_converged")).json():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        states = (await client.get(f"labs/{lab_id}/lab_element_state")).json()["nodes"]
    await simulator.end(signal.SIGKILL)
    assert set(states.values()) == {"BOOTED"}


async def test_termination_signal_ends_the_process_cleanly(simulator: SimulatorProcess) -> None:
    assert await simulator.end(signal.SIGTERM) == 0
    await simulator.start()
