"""When a worker is not what it was declared to be."""

from datetime import timedelta

import pytest

from lcm_core.domain.enums import LicenseStatus, LicenseType
from lcm_core.domain.read_models import DriftKind
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot, WorkerLicense
from lcm_core.testing.placement_builders import NOW, a_worker_row
from worker_controller.domain.drift import SeenHost, drift_of

DECLARED = ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=500, nodes=100)
LICENCE = WorkerLicense(type=LicenseType.ENTERPRISE, status=LicenseStatus.REGISTERED, node_limit=100)
HELD = CapacityAllocation(
    session_id="s-1",
    vector=ResourceVector(nodes=10),
    interval=Timeslot(start=NOW - timedelta(hours=1), end=NOW + timedelta(hours=1)),
    allocated_at=NOW,
)
WORKER = a_worker_row("w-1").model_copy(
    update={"declared": DECLARED, "license": LICENCE, "allocations": (HELD,), "ami_name": "CML-2.9.1-build.7"}
)
SOUND = SeenHost(DECLARED, nodes_running=10, foreign_labs=0, cml_version="2.9.1+build.7")


def found(seen: SeenHost, **worker: object) -> dict[DriftKind, str]:
    findings = drift_of(WORKER.model_copy(update=worker), seen, tolerance=0.1, now=NOW)
    return {each.what: each.measured for each in findings}


def seen(**changes: int) -> SeenHost:
    return SeenHost(DECLARED.model_copy(update=changes), 10, 0, "2.9.1+build.7")


def test_a_worker_as_declared_has_no_drift() -> None:
    assert found(SOUND) == {}


@pytest.mark.parametrize(
    ("changes", "kind", "measured"),
    [
        ({"cpu_cores": 43}, DriftKind.CPU_CORES, "43 cores"),
        ({"memory_gb": 172}, DriftKind.MEMORY, "172 GB"),
        ({"storage_gb": 449}, DriftKind.STORAGE, "449 GB"),
        ({"nodes": 99}, DriftKind.LICENSED_NODES, "99 nodes"),
    ],
)
def test_what_is_missing_beyond_the_tolerance_is_found(changes: dict[str, int], kind: DriftKind, measured: str) -> None:
    assert found(seen(**changes)) == {kind: measured}


@pytest.mark.parametrize("changes", [{"cpu_cores": 44}, {"memory_gb": 173}, {"storage_gb": 450}, {"memory_gb": 384}])
def test_a_little_less_and_any_more_is_no_drift(changes: dict[str, int]) -> None:
    assert found(seen(**changes)) == {}


def test_nodes_beyond_what_sessions_hold_are_in_use_by_nobody_known() -> None:
    assert found(SeenHost(DECLARED, 11, 0, "2.9.1")) == {DriftKind.NODES_IN_USE: "11 nodes running"}


def test_a_promise_of_tomorrow_covers_no_node_of_today() -> None:
    tomorrow = Timeslot(start=NOW + timedelta(days=1), end=NOW + timedelta(days=2))
    promised = HELD.model_copy(update={"granted": False, "interval": tomorrow})
    assert DriftKind.NODES_IN_USE in found(SOUND, allocations=(promised,))


@pytest.mark.parametrize(
    ("image", "version", "differs"),
    [
        ("CML-2.9.1-build.7", "2.9.1+build.7", False),
        ("CML-2.9", "2.9.1", False),
        ("CML-2.9.1-build.7", "2.8.1+build.14", True),
        ("an image", "2.9.1", False),
        (None, "2.9.1", False),
    ],
)
def test_the_version_is_compared_as_far_as_both_say(image: str | None, version: str, differs: bool) -> None:
    assert (DriftKind.CML_VERSION in found(SeenHost(DECLARED, 10, 0, version), ami_name=image)) is differs


def test_labs_of_nobody_are_counted() -> None:
    assert found(SeenHost(DECLARED, 10, 2, "2.9.1")) == {DriftKind.FOREIGN_LABS: "2 labs of nobody"}


def test_a_licence_that_does_not_hold_is_another_matter() -> None:
    lost = LICENCE.model_copy(update={"status": LicenseStatus.EXPIRED, "node_limit": 0})
    assert found(seen(nodes=0), license=lost) == {}
