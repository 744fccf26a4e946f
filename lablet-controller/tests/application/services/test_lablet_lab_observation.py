"""What a lab had and used, from what its host says of its nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, LabNode
from lablet_controller.application.services.lab_observation import LabObservation
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.testing.manual_clock import ManualClock

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HOST = CmlHost("worker-1", "127.0.0.1")


class Labs:
    """``CmlLabs`` as far as an observation asks; *fails* is raised in place of the usage."""

    def __init__(self, *nodes: LabNode, busy: dict[str, float] | None = None, fails: Exception | None = None) -> None:
        self._nodes = nodes
        self._busy = busy or {}
        self._fails = fails

    async def nodes(self, _host: CmlHost, _lab_id: str) -> tuple[LabNode, ...]:
        return self._nodes

    async def cpu_usage(self, _host: CmlHost, _lab_id: str) -> dict[str, float]:
        if self._fails is not None:
            raise self._fails
        return self._busy


def a_node(id: str, *, cpus: int = 0, ram_mb: int = 0, disk_gb: int = 0, tags: tuple[str, ...] = ()) -> LabNode:
    return LabNode(id, id, "iosv", "BOOTED", tags=tags, cpus=cpus, ram_mb=ram_mb, disk_gb=disk_gb)


async def observed(labs: Labs) -> ObservedResources | None:
    return await LabObservation(cast(CmlLabs, labs), ManualClock(NOW)).observe(HOST, "lab-1")


async def test_nodes_are_taken_together_and_the_busy_ones_weighed_by_their_cpus() -> None:
    labs = Labs(
        a_node("r1", cpus=1, ram_mb=768, disk_gb=16, tags=("serial:5041",)),
        a_node("r2", cpus=3, ram_mb=2304, tags=("pat:2022:22", "edge")),
        a_node("off", cpus=4, ram_mb=1024),
        a_node("cloud"),
        busy={"r1": 80.0, "r2": 20.0, "cloud": 100.0},
    )

    assert await observed(labs) == ObservedResources(
        observed_at=NOW,
        nodes=4,
        running_nodes=3,
        cpu_cores=8,
        memory_gb=4.0,
        storage_gb=16.0,
        cpu_percent=35.0,
        ports=(2022, 5041),
    )


async def test_of_a_lab_that_does_not_run_nothing_is_busy() -> None:
    found = await observed(Labs(a_node("r1", cpus=1, ram_mb=512)))

    assert found is not None
    assert (found.running_nodes, found.cpu_percent, found.memory_gb) == (0, None, 0.5)


@pytest.mark.parametrize(
    "error", [CmlError(HOST, "busy", retryable=True), TimeoutError()], ids=["refused", "no answer in time"]
)
async def test_a_host_that_does_not_tell_stops_nothing(error: Exception) -> None:
    assert await observed(Labs(a_node("r1"), fails=error)) is None
