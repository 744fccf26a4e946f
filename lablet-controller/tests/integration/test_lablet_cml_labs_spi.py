from __future__ import annotations

import uuid

import httpx2
import pytest

from lablet_controller.application.ports.cml_labs import (
    CmlAccessDenied,
    CmlError,
    CmlHost,
    CmlNotFound,
    CmlRefused,
    LabState,
    NodeState,
)
from lablet_controller.integration.services.cml_labs_spi import CmlLabsSpi
from lcm_simulators.cml.testing import RunningHost, free_loopback_address, running_cml_host

from ..conftest import CHAIN, cml_access


async def titled(labs: CmlLabsSpi, host: CmlHost, title: str) -> list[str]:
    return [lab.lab_id for lab in await labs.host_labs(host) if lab.title == title]


async def test_a_lab_goes_from_import_to_nothing_left(labs: CmlLabsSpi, cml_host: CmlHost) -> None:
    lab = await labs.import_lab(cml_host, CHAIN, "Branch office-é-1")
    assert await titled(labs, cml_host, "Branch office-é-1") == [lab.lab_id]
    await labs.start_lab(cml_host, lab.lab_id)
    assert await labs.lab_state(cml_host, lab.lab_id) is LabState.STARTED
    await labs.stop_lab(cml_host, lab.lab_id)
    await labs.wipe_lab(cml_host, lab.lab_id)
    await labs.delete_lab(cml_host, lab.lab_id)
    assert not await labs.lab_exists(cml_host, lab.lab_id)
    assert await titled(labs, cml_host, "Branch office-é-1") == []


async def test_a_started_lab_converges_and_every_node_is_booted(labs: CmlLabsSpi, cml_host: CmlHost) -> None:
    lab = await labs.import_lab(cml_host, CHAIN, "t")
    await labs.start_lab(cml_host, lab.lab_id)
    while not await labs.converged(cml_host, lab.lab_id):
        continue
    nodes = await labs.nodes(cml_host, lab.lab_id)
    assert {(node.state, node.converged) for node in nodes} == {(NodeState.BOOTED, True)}


async def test_nodes_come_with_the_keys_of_their_consoles(labs: CmlLabsSpi, cml_host: CmlHost) -> None:
    lab = await labs.import_lab(cml_host, CHAIN, "t")
    await labs.start_lab(cml_host, lab.lab_id)
    nodes = {node.label: node for node in await labs.nodes(cml_host, lab.lab_id)}
    assert nodes["R1"].node_definition == "iosv"
    assert [console.line for console in nodes["R1"].consoles] == [0, 1]
    assert nodes["SW"].consoles == ()


async def test_a_running_lab_tells_what_its_nodes_have_and_how_busy_they_are(
    labs: CmlLabsSpi, cml_host: CmlHost
) -> None:
    lab = await labs.import_lab(cml_host, CHAIN, "t")
    assert await labs.cpu_usage(cml_host, lab.lab_id) == {}
    await labs.start_lab(cml_host, lab.lab_id)
    nodes = {node.label: node for node in await labs.nodes(cml_host, lab.lab_id)}
    busy = await labs.cpu_usage(cml_host, lab.lab_id)
    assert (nodes["R1"].cpus, nodes["R1"].ram_mb) == (1, 512)
    assert 0 < busy[nodes["R1"].node_id] <= 100


async def test_a_lab_that_is_not_there_is_named_so(labs: CmlLabsSpi, cml_host: CmlHost) -> None:
    with pytest.raises(CmlNotFound):
        await labs.start_lab(cml_host, str(uuid.uuid4()))


async def test_wiping_a_running_lab_is_refused_with_cmls_reason(labs: CmlLabsSpi, cml_host: CmlHost) -> None:
    lab = await labs.import_lab(cml_host, CHAIN, "t")
    await labs.start_lab(cml_host, lab.lab_id)
    with pytest.raises(CmlRefused, match="stop it before wiping"):
        await labs.wipe_lab(cml_host, lab.lab_id)


async def test_a_topology_that_cml_refuses_is_reported_with_its_reason(labs: CmlLabsSpi, cml_host: CmlHost) -> None:
    with pytest.raises(CmlRefused):
        await labs.import_lab(cml_host, "nodes: 3", "t")


async def test_starting_beyond_the_capacity_of_the_host_is_refused() -> None:
    async with running_cml_host(cpus=1, memory_gb=0.1) as cml:
        labs = CmlLabsSpi(cml_access(cml))
        host = CmlHost("w", cml.address)
        lab = await labs.import_lab(host, CHAIN, "t")
        with pytest.raises(CmlRefused, match="Cannot start lab"):
            await labs.start_lab(host, lab.lab_id)
        await labs.aclose()


async def test_a_wrong_password_is_not_worth_a_retry(cml: RunningHost, cml_host: CmlHost) -> None:
    labs = CmlLabsSpi(cml_access(cml, password="wrong"))
    with pytest.raises(CmlAccessDenied) as refused:
        await labs.host_labs(cml_host)
    assert not refused.value.retryable
    await labs.aclose()


async def test_a_revoked_login_is_renewed_once_without_the_caller_noticing(
    labs: CmlLabsSpi, cml: RunningHost, cml_host: CmlHost
) -> None:
    lab = await labs.import_lab(cml_host, CHAIN, "t")
    token = await labs._connections["worker-1"].quick._token_source.token()  # type: ignore[union-attr]
    import ssl

    async with httpx2.AsyncClient(verify=ssl.create_default_context(cafile=cml.ca_file)) as http:
        await http.delete(f"{cml.base_url}/api/v0/logout", headers={"Authorization": f"Bearer {token}"})
    assert await labs.lab_exists(cml_host, lab.lab_id)


async def test_a_host_that_does_not_answer_may_answer_later(labs: CmlLabsSpi) -> None:
    with pytest.raises(CmlError) as failed:
        await labs.host_labs(CmlHost("gone", free_loopback_address()))
    assert failed.value.retryable


async def test_a_worker_that_came_back_with_another_address_is_reached_there(
    labs: CmlLabsSpi, cml: RunningHost
) -> None:
    with pytest.raises(CmlError):
        await labs.host_labs(CmlHost("w", free_loopback_address()))
    assert await labs.host_labs(CmlHost("w", cml.address)) == ()


async def test_a_passing_server_error_is_retried_for_calls_that_may_be_repeated(
    labs: CmlLabsSpi, cml: RunningHost, cml_host: CmlHost
) -> None:
    async with httpx2.AsyncClient(base_url=cml.control_url) as control:
        fault = {"kind": "error", "match": {"path_regex": "populate_lab_tiles"}, "status": 503, "times": 2}
        assert (await control.post("/_sim/faults", json=fault)).status_code == 201
    assert await labs.host_labs(cml_host) == ()
