"""A simulated CML host inside a test: real sockets on a free loopback address."""

import asyncio
import contextlib
import random
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcm_simulators.cml.runtime.fleet import ManagedHost
from lcm_simulators.cml.runtime.host_runtime import HostRuntime
from lcm_simulators.cml.runtime.process import Simulator, running_simulator
from lcm_simulators.cml.settings import CmlSettings

START_DEADLINE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class RunningHost:
    """Where the host answers and how to log in; ``simulator`` is there to look inside and to break things."""

    address: str
    base_url: str
    ssh_host: str
    ssh_port: int
    username: str
    password: str
    ca_file: str
    control_url: str
    simulator: Simulator

    @property
    def managed(self) -> ManagedHost:
        managed = self.simulator.fleet.at(self.address)
        assert managed is not None
        return managed

    @property
    def runtime(self) -> HostRuntime:
        runtime = self.managed.runtime
        assert runtime is not None
        return runtime


def free_loopback_address() -> str:
    """An address of 127.0.0.0/8 on which nobody listens, outside the range that simulated clouds use."""
    return f"127.{random.randint(64, 250)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


def free_port(address: str) -> int:
    with socket.create_server((address, 0)) as probe:
        return probe.getsockname()[1]


def two_free_ports(address: str) -> tuple[int, int]:
    """Both held at one time: of two that are asked for one after the other the second may be the first again."""
    with socket.create_server((address, 0)) as one, socket.create_server((address, 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@contextlib.asynccontextmanager
async def running_cml_host(
    *,
    cpus: int = 128,
    memory_gb: float = 512,
    time_scale: float = 0.0,
    licensed: bool = True,
    address: str | None = None,
    state_dir: Path | None = None,
    **settings: Any,
) -> AsyncIterator[RunningHost]:
    """Serve one host in the running event loop.

    ``time_scale`` 0 boots nodes at once, ``licensed`` registers the host beforehand; ``settings`` are fields of
    ``CmlSettings``. Blocking clients such as virl2_client must be called in a thread (``asyncio.to_thread``).
    """
    address = address or free_loopback_address()
    https_port, ssh_port = two_free_ports(address)
    with tempfile.TemporaryDirectory(prefix="cml-") as folder:
        values: dict[str, Any] = {
            "static_hosts": [address],
            "static_cpus": cpus,
            "static_memory_gb": memory_gb,
            "time_scale": time_scale,
            "pre_licensed": licensed,
            "https_port": https_port,
            "ssh_port": ssh_port,
            "control_port": 0,
            "boot_seconds": 0,
            "patty_port_high": 9999,
            "state_dir": state_dir or Path(folder),
        }
        async with running_simulator(CmlSettings(**{**values, **settings})) as simulator:
            managed = simulator.fleet.at(address)
            assert managed is not None
            async with asyncio.timeout(START_DEADLINE_SECONDS):
                await managed.up.wait()
            assert managed.runtime is not None
            yield RunningHost(
                address=address,
                base_url=f"https://{address}:{managed.runtime.https_port}",
                ssh_host=address,
                ssh_port=managed.runtime.ssh_port,
                username=simulator.settings.admin_username,
                password=simulator.settings.admin_password,
                ca_file=str(simulator.settings.ca_path),
                control_url=simulator.control_url,
                simulator=simulator,
            )
