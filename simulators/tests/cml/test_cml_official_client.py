"""Cisco's own client, unmodified, drives the simulated host."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import virl2_client
from virl2_client.exceptions import LabNotFound
from virl2_client.models import Lab

from lcm_simulators.cml.testing import RunningHost, running_cml_host


def connect(host: RunningHost) -> virl2_client.ClientLibrary:
    return virl2_client.ClientLibrary(
        host.base_url, host.username, host.password, ssl_verify=host.ca_file, raise_for_auth_failure=True
    )


def import_lab(host: RunningHost, topology: dict[str, Any]) -> Lab:
    lab = connect(host).import_lab(json.dumps(topology), "imported")
    lab.wait_time = 0.05
    return lab


async def run(function: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.to_thread(function, *arguments)


async def test_official_client_takes_a_lab_through_its_whole_life(
    cml_host: RunningHost, two_routers: dict[str, Any]
) -> None:
    def live() -> list[str]:
        lab = import_lab(cml_host, two_routers)
        seen = [str(lab.state())]
        lab.start(wait=True)
        seen.append(str(lab.state()))
        lab.stop(wait=True)
        seen.append(str(lab.state()))
        lab.wipe(wait=True)
        seen.append(str(lab.state()))
        lab.remove()
        return seen

    assert await run(live) == ["DEFINED_ON_CORE", "STARTED", "STOPPED", "DEFINED_ON_CORE"]


async def test_nodes_are_booted_once_the_lab_has_converged(cml_host: RunningHost, two_routers: dict[str, Any]) -> None:
    def states() -> set[str]:
        lab = import_lab(cml_host, two_routers)
        lab.start(wait=True)
        return {str(node.state) for node in lab.nodes()}

    assert await run(states) == {"BOOTED"}


async def test_removed_lab_is_not_found_any_more(cml_host: RunningHost, two_routers: dict[str, Any]) -> None:
    def remove_and_join() -> None:
        lab = import_lab(cml_host, two_routers)
        lab.remove()
        connect(cml_host).join_existing_lab(lab.id)

    with pytest.raises(LabNotFound):
        await run(remove_and_join)


async def test_wrong_password_is_refused(cml_host: RunningHost) -> None:
    def connect_wrongly() -> None:
        virl2_client.ClientLibrary(
            cml_host.base_url, "admin", "wrong", ssl_verify=cml_host.ca_file, raise_for_auth_failure=True
        )

    with pytest.raises(virl2_client.InitializationError):
        await run(connect_wrongly)


async def test_revoked_token_is_replaced_by_a_new_login(cml_host: RunningHost) -> None:
    def use_after_logout() -> bool:
        client = connect(cml_host)
        login: Any = client._session.auth
        token = login.token
        connect(cml_host)._session.delete(f"{cml_host.base_url}/api/v0/logout", params={"clear_all_sessions": True})
        client.all_labs()
        return login.token != token

    assert await run(use_after_logout)


async def test_extracted_configuration_is_what_the_device_runs(
    cml_host: RunningHost, two_routers: dict[str, Any]
) -> None:
    def extract() -> str:
        lab = import_lab(cml_host, two_routers)
        lab.start(wait=True)
        node = lab.get_node_by_label("R1")
        node.extract_configuration()
        lab.sync()
        return str(node.configuration)

    configuration = await run(extract)
    assert configuration.startswith("Building configuration...")
    assert "hostname R1\n" in configuration


async def test_tag_makes_a_smart_annotation_and_its_removal_drops_it(
    cml_host: RunningHost, two_routers: dict[str, Any]
) -> None:
    def tag_and_untag() -> list[set[str]]:
        lab = import_lab(cml_host, two_routers)
        node = lab.get_node_by_label("R1")
        seen = []
        for change in (node.add_tag, node.remove_tag):
            change("serial:5041")
            lab.sync()
            seen.append({annotation.tag for annotation in lab.smart_annotations()})
        return seen

    assert await run(tag_and_untag) == [{"serial:5041"}, set()]


async def test_lab_can_be_built_node_by_node(cml_host: RunningHost) -> None:
    def build() -> tuple[set[str], str, str]:
        lab = connect(cml_host).create_lab("built")
        lab.wait_time = 0.05
        left = lab.create_node("left", "iosv", populate_interfaces=True)
        right = lab.create_node("right", "alpine")
        link = lab.connect_two_nodes(left, right)
        lab.start(wait=True)
        lab.sync()
        return {interface.label for interface in left.interfaces()}, str(link.state), str(right.state)

    labels, link_state, node_state = await run(build)
    assert labels >= {"Loopback0", "GigabitEthernet0/0", "GigabitEthernet0/3"}
    assert (link_state, node_state) == ("STARTED", "BOOTED")


async def test_full_sync_understands_statistics_addresses_and_operational_data(
    cml_host: RunningHost, two_routers: dict[str, Any]
) -> None:
    two_routers["nodes"][0]["configuration"][0]["content"] += (
        "interface GigabitEthernet0/1\n ip address 10.0.0.1 255.255.255.0\n no shutdown\n"
    )

    def sync() -> tuple[list[str], str]:
        lab = import_lab(cml_host, two_routers)
        lab.start(wait=True)
        lab.sync(topology_only=False)
        node = lab.get_node_by_label("R1")
        interface = lab.get_node_by_label("R1").get_interface_by_label("GigabitEthernet0/1")
        return list(interface.discovered_ipv4 or []), str(node.compute_id)

    addresses, compute_id = await run(sync)
    assert addresses == ["10.0.0.1"]
    assert compute_id == cml_host.runtime.host.compute_id


async def test_registration_completes_after_a_while() -> None:
    def register(host: RunningHost) -> tuple[str, str]:
        client = connect(host)
        before = client.licensing.status()["registration"]["status"]
        client.licensing.register_wait("TOKEN")
        return before, client.licensing.status()["authorization"]["status"]

    async with running_cml_host(licensed=False, licence_registration_seconds=0.2, time_scale=1) as host:
        assert await run(register, host) == ("NOT_REGISTERED", "IN_COMPLIANCE")


async def test_host_reports_its_size_and_load(cml_host: RunningHost, two_routers: dict[str, Any]) -> None:
    def stats() -> tuple[int, int]:
        import_lab(cml_host, two_routers).start(wait=True)
        compute = next(iter(connect(cml_host).get_system_stats()["computes"].values()))["stats"]
        return compute["cpu"]["count"], compute["dominfo"]["running_nodes"]

    assert await run(stats) == (128, 2)


async def test_every_diagnostic_category_answers(cml_host: RunningHost) -> None:
    def diagnose() -> dict[str, Any]:
        client = connect(cml_host)
        return client.get_diagnostics(virl2_client.virl2_client.DiagnosticsCategory.ALL)

    reports = await run(diagnose)
    assert [name for name, report in reports.items() if isinstance(report, dict) and "error" in report] == []


async def test_system_management_reads_computes_and_notices(cml_host: RunningHost) -> None:
    def manage() -> tuple[str, dict[str, Any], bool]:
        system = connect(cml_host).system_management
        return system.controller.hostname, system.system_notices, system.maintenance_mode

    assert await run(manage) == ("cml-controller", {}, False)


async def test_event_listener_keeps_node_states_up_to_date(cml_host: RunningHost, two_routers: dict[str, Any]) -> None:
    pytest.importorskip("aiohttp", reason="the event listener of the client needs aiohttp")

    def listen() -> bool:
        client = virl2_client.ClientLibrary(
            cml_host.base_url, "admin", "admin", ssl_verify=cml_host.ca_file, events=True
        )
        try:
            lab = client.import_lab(json.dumps(two_routers), "listened")
            lab.wait_time = 0.05
            lab.start(wait=True)
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                if {node._state for node in lab._nodes.values()} == {"BOOTED"}:
                    return True
                time.sleep(0.02)
            return False
        finally:
            listener: Any = client.event_listener
            listener.stop_listening()

    assert await run(listen)


async def test_lab_that_is_not_wiped_cannot_be_removed(cml_host: RunningHost, two_routers: dict[str, Any]) -> None:
    def remove_running() -> None:
        lab = import_lab(cml_host, two_routers)
        lab.start(wait=True)
        lab.remove()

    with pytest.raises(virl2_client.exceptions.APIError, match="stop and wipe"):
        await run(remove_running)
