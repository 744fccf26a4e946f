"""Far ends of the lablet controller over real sockets, and builders of what it reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.integration.services.cml_labs_spi import CmlAccess, CmlLabsSpi
from lablet_controller.integration.services.console_dialog import Pace
from lablet_controller.integration.services.console_spi import CmlConsoleSpi, ConsoleAccess
from lablet_controller.integration.services.grading_spi import GradingSpiClient
from lablet_controller.integration.services.host_keys import PinnedOnFirstUse
from lablet_controller.integration.services.lds_deployments import LdsDeployment, LdsDeployments
from lablet_controller.integration.services.lds_spi import LdsSpiClient
from lcm_core.auth import StaticTokenSource
from lcm_core.integration.http import BreakerPolicy, JsonHttpClient
from lcm_simulators.cml.testing import RunningHost, running_cml_host
from lcm_simulators.grading.testing import RunningGrading, running_grading
from lcm_simulators.lds.testing import RunningLds, running_lds

PATIENT = BreakerPolicy(failures=10_000)
"""Tests turn the clock; a circuit breaker would go on by real time."""

CHAIN = """\
lab: {title: chain, version: 0.3.0}
nodes:
  - id: n0
    label: R1
    node_definition: iosv
    x: 0
    y: 0
    tags: [serial:5041]
    configuration:
      - {name: ios_config.txt, content: "hostname R1\\nrouter ospf 1\\n network 10.0.0.0 0.255.255.255 area 0\\n"}
    interfaces:
      - {id: i0, label: Loopback0, type: loopback}
      - {id: i1, label: GigabitEthernet0/0, type: physical, slot: 0}
  - id: n1
    label: PC
    node_definition: alpine
    x: 80
    y: 0
    tags: [serial:5042]
    configuration:
      - {name: node.cfg, content: "hostname PC\\n"}
    interfaces:
      - {id: i0, label: eth0, type: physical, slot: 0}
  - id: n2
    label: SW
    node_definition: unmanaged_switch
    x: 160
    y: 0
    configuration: []
    interfaces:
      - {id: i0, label: port0, type: physical, slot: 0}
      - {id: i1, label: port1, type: physical, slot: 1}
links:
  - {id: l0, n1: n0, i1: i1, n2: n2, i2: i0}
  - {id: l1, n1: n1, i1: i0, n2: n2, i2: i1}
"""


@pytest.fixture
async def cml() -> AsyncIterator[RunningHost]:
    async with running_cml_host() as host:
        yield host


@pytest.fixture
def cml_host(cml: RunningHost) -> CmlHost:
    return CmlHost("worker-1", cml.address)


def cml_access(cml: RunningHost, password: str | None = None) -> CmlAccess:
    return CmlAccess(
        username=cml.username,
        password=SecretStr(password or cml.password),
        https_port=int(cml.base_url.rpartition(":")[2]),
        ca_file=Path(cml.ca_file),
    )


@pytest.fixture
async def labs(cml: RunningHost) -> AsyncIterator[CmlLabsSpi]:
    spi = CmlLabsSpi(cml_access(cml), breaker=PATIENT)
    yield spi
    await spi.aclose()


@pytest.fixture
def consoles(cml: RunningHost) -> CmlConsoleSpi:
    return CmlConsoleSpi(
        ConsoleAccess(
            username=cml.username,
            password=SecretStr(cml.password),
            host_keys=PinnedOnFirstUse(),
            ssh_port=cml.ssh_port,
            prompt_seconds=5,
            command_seconds=5,
            pace=Pace(settle=0.03),
        )
    )


@pytest.fixture
async def lds_system(tmp_path: Path) -> AsyncIterator[RunningLds]:
    async with running_lds(tmp_path / "lds") as running:
        yield running


@pytest.fixture
async def lds(lds_system: RunningLds) -> AsyncIterator[LdsSpiClient]:
    deployments = LdsDeployments(
        deployments=(LdsDeployment(id="local", base_url=lds_system.url, username=lds_system.username),)
    )
    client = LdsSpiClient(deployments, SecretStr(lds_system.password), breaker=PATIENT)
    yield client
    await client.aclose()


@pytest.fixture
async def grading_engine(tmp_path: Path) -> AsyncIterator[RunningGrading]:
    async with running_grading(tmp_path / "grading") as running:
        yield running


@pytest.fixture
async def grading(grading_engine: RunningGrading) -> AsyncIterator[GradingSpiClient]:
    token = StaticTokenSource(SecretStr(grading_engine.token))
    async with JsonHttpClient("grading-engine", grading_engine.url, token_source=token) as http:
        yield GradingSpiClient(http)
