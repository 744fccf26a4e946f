"""In what a worker differs from what it was declared to be. Numbers in, findings out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lcm_core.domain.read_models import CMLWorkerReadModel, DriftFinding, DriftKind
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.images import version_in


@dataclass(frozen=True, slots=True)
class SeenHost:
    """What CML says now; ``foreign_labs`` are those that no live session stands for."""

    measured: ResourceVector
    nodes_running: int
    foreign_labs: int
    cml_version: str


def drift_of(
    worker: CMLWorkerReadModel, seen: SeenHost, *, tolerance: float, now: datetime
) -> tuple[DriftFinding, ...]:
    """*tolerance* is the share of the declared capacity that may be missing.

    More than was declared is no drift: headroom is left on purpose.
    """
    return (*_missing(worker, seen.measured, tolerance), *_use(worker, seen, now), *_version(worker, seen))


def _missing(worker: CMLWorkerReadModel, measured: ResourceVector, tolerance: float) -> Iterator[DriftFinding]:
    declared = worker.declared
    compared = (
        (DriftKind.CPU_CORES, declared.cpu_cores, measured.cpu_cores, "cores"),
        (DriftKind.MEMORY, declared.memory_gb, measured.memory_gb, "GB"),
        (DriftKind.STORAGE, declared.storage_gb, measured.storage_gb, "GB"),
    )
    for what, said, found, unit in compared:
        if found < said * (1 - tolerance):
            yield DriftFinding(what=what, declared=f"{said} {unit}", measured=f"{found} {unit}")
    if worker.license.holds and measured.nodes < declared.nodes:
        yield DriftFinding(
            what=DriftKind.LICENSED_NODES, declared=f"{declared.nodes} nodes", measured=f"{measured.nodes} nodes"
        )


def _use(worker: CMLWorkerReadModel, seen: SeenHost, now: datetime) -> Iterator[DriftFinding]:
    held = [each for each in worker.allocations if each.granted or each.interval.start <= now]
    allocated = sum(each.vector.nodes for each in held)
    if seen.nodes_running > allocated:
        yield DriftFinding(
            what=DriftKind.NODES_IN_USE,
            declared=f"{allocated} nodes of {len(held)} {'session' if len(held) == 1 else 'sessions'}",
            measured=f"{seen.nodes_running} nodes running",
        )
    if seen.foreign_labs:
        yield DriftFinding(
            what=DriftKind.FOREIGN_LABS,
            declared="labs of live sessions only",
            measured=f"{seen.foreign_labs} labs of nobody",
        )


def _version(worker: CMLWorkerReadModel, seen: SeenHost) -> Iterator[DriftFinding]:
    """Compared as far as both say: an image "CML-2.9" may hold 2.9.1."""
    said, found = version_in(worker.ami_name), version_in(seen.cml_version)
    if said is None or found is None:
        return
    width = min(len(said), len(found))
    if said[:width] != found[:width]:
        yield DriftFinding(
            what=DriftKind.CML_VERSION, declared=str(worker.ami_name)[:300], measured=seen.cml_version[:300]
        )
