"""The first contact with a new host: its password, over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from lcm_core.domain.errors import FarEndError
from lcm_core.integration.http import Deadlines
from lcm_simulators.cml.testing import RunningHost, running_cml_host
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry

BOOTSTRAP, WANTED = "i-0123456789abcdef0", "wanted-password"


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[RunningHost]:
    async with running_cml_host(admin_password=BOOTSTRAP, state_dir=tmp_path) as running:
        yield running


def registry(host: RunningHost, **changes: Any) -> CmlHostRegistry:
    values: dict[str, Any] = {
        "username": "admin",
        "password": SecretStr(WANTED),
        "https_port": host.runtime.https_port,
        "ca_file": Path(host.ca_file),
        "bootstrap_password": SecretStr("{instance_id}"),
        "deadlines": Deadlines(connect_seconds=1, attempt_seconds=2, total_seconds=4),
    }
    return CmlHostRegistry(**(values | changes))


async def log_in(host: RunningHost, password: str) -> int:
    async with httpx2.AsyncClient(base_url=host.base_url, verify=False) as http:
        answer = await http.post("/api/v0/authenticate", json={"username": "admin", "password": password})
    return answer.status_code


async def fault(host: RunningHost, **spec: Any) -> None:
    async with httpx2.AsyncClient(base_url=host.control_url) as control:
        (await control.post("/_sim/faults", json=spec)).raise_for_status()


async def test_the_bootstrap_password_is_exchanged_for_the_wanted_one(host: RunningHost) -> None:
    async with registry(host) as hosts:
        assert await hosts.at(host.address).take_over(BOOTSTRAP) is True
        assert (await hosts.at(host.address).licensing()).registration == "COMPLETED"
    assert (await log_in(host, WANTED), await log_in(host, BOOTSTRAP)) == (200, 403)


async def test_a_change_of_which_nobody_heard_is_found_done(host: RunningHost) -> None:
    await fault(host, kind="lost_answer", times=1, match={"method": "PATCH"})
    async with registry(host) as hosts:
        with pytest.raises(FarEndError) as lost:
            await hosts.at(host.address).take_over(BOOTSTRAP)
        assert lost.value.retryable
        assert await hosts.at(host.address).take_over(BOOTSTRAP) is False
    async with registry(host) as after_a_restart:
        assert await after_a_restart.at(host.address).take_over(BOOTSTRAP) is False
    assert await log_in(host, WANTED) == 200


async def test_nothing_is_changed_without_a_bootstrap_password(host: RunningHost) -> None:
    async with registry(host, bootstrap_password=None) as hosts:
        assert await hosts.at(host.address).take_over(BOOTSTRAP) is False
    assert await log_in(host, BOOTSTRAP) == 200


async def test_a_host_that_refuses_both_passwords_is_told_with_what_to_check(host: RunningHost) -> None:
    async with registry(host) as hosts:
        with pytest.raises(FarEndError, match="cml_password and cml_bootstrap_password") as refused:
            await hosts.at(host.address).take_over("i-another")
    assert not refused.value.retryable
    assert WANTED not in str(refused.value)
    assert await log_in(host, BOOTSTRAP) == 200


async def test_a_host_that_does_not_answer_keeps_its_password(host: RunningHost) -> None:
    await fault(host, kind="drop", match={"path_regex": "authenticate"})
    async with registry(host) as hosts:
        with pytest.raises(FarEndError) as silent:
            await hosts.at(host.address).take_over(BOOTSTRAP)
    assert silent.value.retryable
