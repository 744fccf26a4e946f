"""What a host has room for, and what it says when it has not."""

from collections.abc import Callable
from typing import Any

import pytest

from lcm_simulators.cml.model.admission import Machine, Usage, shortage
from lcm_simulators.cml.model.definitions import MIB
from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.licence import Licence
from lcm_simulators.cml.model.policy import HostPolicy
from lcm_simulators.cml.testing import RunningHost, running_cml_host

GIB = 1024 * MIB
BIG = Machine(cpus=1000, memory_bytes=1000 * GIB, disk_bytes=1000 * GIB)
LICENSED = Licence(status="COMPLETED")


def nodes(definition: str, count: int, **sizes: int) -> list[Node]:
    return [Node(f"id{n}", f"N{n}", definition, **sizes) for n in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "machine", "licence", "says"),
    [
        (nodes("iosv", 4), Machine(4, 64 * GIB, 0), LICENSED, None),
        (nodes("iosv", 5), Machine(4, 64 * GIB, 0), LICENSED, "Not enough CPU: 5 virtual CPUs asked for, 4"),
        (nodes("iosv", 8, cpu_limit=50), Machine(4, 64 * GIB, 0), LICENSED, None),
        (nodes("iosv", 3), Machine(8, 1 * GIB, 0), LICENSED, "Not enough memory: 1536 MiB asked for, 1024 MiB"),
        (nodes("iosv", 320), BIG, LICENSED, None),
        (nodes("iosv", 321), BIG, LICENSED, "Licence node limit exceeded: 321 nodes asked for, 320"),
        (nodes("iosv", 21), BIG, Licence("CML_Personal", "COMPLETED"), "Licence node limit exceeded: 21"),
        (nodes("iosv", 1), BIG, Licence(), "Licence: this host is not registered"),
        (nodes("unmanaged_switch", 400), Machine(1, GIB, 0), Licence(), None),
    ],
)
def test_shortage_names_what_is_missing(
    wanted: list[Node], machine: Machine, licence: Licence, says: str | None
) -> None:
    reason = shortage(Usage(), wanted, machine, licence, HostPolicy())
    assert reason is None if says is None else (reason or "").startswith(says)


async def test_start_beyond_capacity_is_refused_and_starts_nothing(
    routers: Callable[..., dict[str, Any]], log_in: Callable[[RunningHost], Any]
) -> None:
    async with running_cml_host(cpus=3) as host:
        client = await log_in(host)
        labs = [(await client.post("import", json=routers(2))).json()["id"] for _ in range(2)]
        first = await client.put(f"labs/{labs[0]}/start")
        second = await client.put(f"labs/{labs[1]}/start")
        state = (await client.get(f"labs/{labs[1]}/state")).json()
        await client.aclose()
    assert (first.status_code, second.status_code, state) == (204, 400, "DEFINED_ON_CORE")
    assert "Not enough CPU" in second.json()["description"]


async def test_stopped_lab_gives_its_room_back(
    routers: Callable[..., dict[str, Any]], log_in: Callable[[RunningHost], Any]
) -> None:
    async with running_cml_host(cpus=3) as host:
        client = await log_in(host)
        labs = [(await client.post("import", json=routers(2))).json()["id"] for _ in range(2)]
        await client.put(f"labs/{labs[0]}/start")
        await client.put(f"labs/{labs[0]}/stop")
        answer = await client.put(f"labs/{labs[1]}/start")
        await client.aclose()
    assert answer.status_code == 204
