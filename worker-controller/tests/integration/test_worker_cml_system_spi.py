"""Against a simulated CML host over TLS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from lcm_core.domain.enums import LicenseStatus, LicenseType
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.values import PortRange, WorkerLicense
from lcm_simulators.cml.testing import RunningHost, running_cml_host
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry, CmlSystemSpiClient


@asynccontextmanager
async def client_of(host: RunningHost, **changes: Any) -> AsyncIterator[CmlSystemSpiClient]:
    options: dict[str, Any] = {
        "username": host.username,
        "password": SecretStr(host.password),
        "https_port": int(host.base_url.rsplit(":", 1)[1]),
        "ca_file": Path(host.ca_file),
    }
    registry = CmlHostRegistry(**(options | changes))
    try:
        yield registry.at(host.address)
    finally:
        await registry.aclose()


async def settled(cml: CmlSystemSpiClient, wanted: LicenseType) -> WorkerLicense:
    """What licensing says once a registration has been decided."""
    while True:
        licence = (await cml.licensing()).as_worker_license(wanted)
        if licence.status not in (LicenseStatus.UNREGISTERED, LicenseStatus.REGISTERING):
            return licence
        await asyncio.sleep(0.01)


async def test_information_needs_no_log_in() -> None:
    async with running_cml_host() as host, client_of(host, password=SecretStr("wrong")) as cml:
        found = await cml.information()
    assert found.ready
    assert found.version.startswith("2.9")


async def test_statistics_are_totals_in_bytes_and_percent() -> None:
    async with running_cml_host(cpus=48, memory_gb=192) as host, client_of(host) as cml:
        found = await cml.stats()
    measured = found.measured(320, PortRange())
    assert (measured.cpu_cores, measured.memory_gb, measured.nodes, measured.ports) == (48, 192, 320, 8000)
    assert found.memory.percent is not None


async def test_a_fresh_host_is_not_licensed() -> None:
    async with running_cml_host(licensed=False) as host, client_of(host) as cml:
        licence = (await cml.licensing()).as_worker_license(LicenseType.ENTERPRISE)
    assert (licence.status, licence.holds) == (LicenseStatus.UNREGISTERED, False)


@pytest.mark.parametrize(("kind", "nodes"), [(LicenseType.PERSONAL, 20), (LicenseType.ENTERPRISE, 320)])
async def test_a_registered_host_says_how_many_nodes_it_may_run(kind: LicenseType, nodes: int) -> None:
    async with running_cml_host(licensed=False) as host, client_of(host) as cml:
        await cml.set_product(kind)
        await cml.register("good-token")
        async with asyncio.timeout(5):
            licence = await settled(cml, kind)
    assert (licence.type, licence.status, licence.node_limit) == (kind, LicenseStatus.REGISTERED, nodes)


async def test_registering_what_is_registered_and_deregistering_what_is_not_are_no_errors() -> None:
    async with running_cml_host() as host, client_of(host) as cml:
        await cml.register("again")
        await cml.deregister()
        await cml.deregister()
        assert not (await cml.licensing()).as_worker_license(LicenseType.ENTERPRISE).holds


async def test_a_token_that_the_licence_server_refuses_makes_the_licence_invalid() -> None:
    async with running_cml_host(licensed=False) as host, client_of(host) as cml:
        await cml.register("INVALID-token")
        async with asyncio.timeout(5):
            licence = await settled(cml, LicenseType.ENTERPRISE)
    assert licence.status is LicenseStatus.INVALID


async def test_a_token_that_was_revoked_is_replaced_once() -> None:
    async with running_cml_host() as host, client_of(host) as cml:
        await cml.stats()
        accounts = host.managed.runtime.host.accounts  # type: ignore[union-attr]
        for user in accounts.users.values():
            accounts.tokens_valid_from[user.id] = float("inf")
        with pytest.raises(FarEndError):
            await cml.stats()
        accounts.tokens_valid_from.clear()
        assert (await cml.stats()).cpu_cores > 0


async def test_wrong_credentials_are_said_and_not_repeated() -> None:
    async with running_cml_host() as host, client_of(host, password=SecretStr("wrong")) as cml:
        with pytest.raises(FarEndError, match="refuses user 'admin'") as raised:
            await cml.stats()
    assert not raised.value.retryable


async def test_a_host_with_a_certificate_of_another_ca_is_not_spoken_to() -> None:
    async with running_cml_host() as host, client_of(host, ca_file=None) as cml:
        with pytest.raises(FarEndError, match=r"(?i)certificate"):
            await cml.information()


async def test_a_host_that_is_not_there_is_a_retryable_failure() -> None:
    async with running_cml_host() as host, client_of(host, https_port=1) as cml:
        with pytest.raises(FarEndError) as raised:
            await cml.information()
    assert raised.value.retryable


async def test_lab_activity_is_seen_and_our_own_log_in_is_not() -> None:
    async with running_cml_host() as host, client_of(host) as cml:
        assert await cml.last_activity() is None
        simulated = host.managed.runtime.host  # type: ignore[union-attr]
        simulated.note("start_lab", 1_900_000_000.0)
        seen = await cml.last_activity()
    assert seen is not None
    assert seen.timestamp() == pytest.approx(1_900_000_000.0)


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        ("OUT_OF_COMPLIANCE", LicenseStatus.INVALID),
        ("AUTHORIZATION_EXPIRED", LicenseStatus.EXPIRED),
        (None, LicenseStatus.REGISTERED),
    ],
)
async def test_a_licence_in_trouble_does_not_hold(trouble: str | None, status: LicenseStatus) -> None:
    async with running_cml_host() as host, client_of(host) as cml, httpx2.AsyncClient() as control:
        where = f"{host.control_url}/_sim/hosts/{host.address}/authorization"
        (await control.put(where, json={"status": trouble})).raise_for_status()
        licence = (await cml.licensing()).as_worker_license(LicenseType.ENTERPRISE)
    assert (licence.status, licence.holds) == (status, trouble is None)


@pytest.mark.parametrize(("trouble", "holds"), [(None, True), ("EVAL_EXPIRED", False)])
async def test_an_evaluation_holds_until_it_is_over(trouble: str | None, holds: bool) -> None:
    async with (
        running_cml_host(licensed=False, evaluation_node_limit=20) as host,
        client_of(host) as cml,
        httpx2.AsyncClient() as control,
    ):
        where = f"{host.control_url}/_sim/hosts/{host.address}/authorization"
        (await control.put(where, json={"status": trouble})).raise_for_status()
        licence = (await cml.licensing()).as_worker_license(LicenseType.EVALUATION)
    assert (licence.type, licence.holds) == (LicenseType.EVALUATION, holds)


async def test_what_the_licensing_agent_says_of_a_refusal_is_kept() -> None:
    async with running_cml_host(licensed=False) as host, client_of(host) as cml:
        await cml.register("INVALID-token")
        async with asyncio.timeout(5):
            await settled(cml, LicenseType.ENTERPRISE)
        told = (await cml.licensing()).told
    assert told == "registration FAILED, authorization INIT, product CML_Enterprise: The token is not valid."
