"""What lablet-controller adds to a lab that comes up at once, step by step, and how many sessions are ready a minute.

A real controller process, control-plane-api with database and etcd, and far ends without any delay share the machine.
"""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from bench.pipeline.controller_process import kill, start_controller
from bench.pipeline.world import PipelineWorld, pipeline_world
from bench.report import keep, table
from lcm_core.domain.enums import LabletSessionStatus, PipelineName
from lcm_core.domain.read_models import LabletSessionReadModel

ALONE, TOGETHER = 20, 100
_S = LabletSessionStatus
_READY_SECONDS = 300


@dataclass(frozen=True, slots=True)
class StepCost:
    """Milliseconds."""

    step: str
    p50: float
    worst: float


@dataclass(frozen=True, slots=True)
class Throughput:
    sessions: int
    seconds: float
    per_minute: float
    controller_cpu_seconds_per_session: float


def run() -> list[str]:
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        with tempfile.TemporaryDirectory() as folder:
            steps, total, throughput = asyncio.run(_measure(Path(folder)))
    finally:
        structlog.configure(wrapper_class=before)
    results = {
        "alone": ALONE,
        "steps": [asdict(step) for step in steps],
        "instantiation_ms": asdict(total),
        "throughput": asdict(throughput),
    }
    file = keep("pipeline", results)
    rows = [[each.step, f"{each.p50:.0f} ms", f"{each.worst:.0f} ms"] for each in (*steps, total)]
    return [
        *table(f"INSTANTIATING to READY, {ALONE} sessions one after the other", ("step", "p50", "worst"), rows),
        f"{throughput.sessions} sessions at once: {throughput.per_minute:.0f} ready a minute, "
        f"{throughput.controller_cpu_seconds_per_session * 1000:.0f} ms of the controller's processor time for each",
        f"kept in {file}",
    ]


async def _measure(folder: Path) -> tuple[list[StepCost], StepCost, Throughput]:
    async with pipeline_world(folder, on_disk=True) as world:
        world.learners_come = False
        await world.prepare()
        process = start_controller(world.controller | {"instance_id": "bench"})
        try:
            await world.until(await world.begin(), _S.READY, 60)  # the first one waits for the start of the process
            rows = [await _ready_alone(world) for _ in range(ALONE)]
            return *_steps(rows), await _throughput(world, process.pid or 0)
        finally:
            kill(process)


async def _ready_alone(world: PipelineWorld) -> LabletSessionReadModel:
    """With the records of its last steps, which are written right after."""
    row = await world.until(await world.begin(), _S.READY, 60)
    while row.step(PipelineName.INSTANTIATE, "mark_ready") is None:
        await asyncio.sleep(0.01)
        row = await world.session(row.id)
    return row


def _steps(rows: list[LabletSessionReadModel]) -> tuple[list[StepCost], StepCost]:
    spent: dict[str, list[float]] = defaultdict(list)
    totals: list[float] = []
    for row in rows:
        for step in row.steps:
            if step.pipeline is PipelineName.INSTANTIATE and step.duration_seconds is not None:
                spent[step.step].append(step.duration_seconds * 1000)
        entered = {change.target: change.at for change in row.state_history}
        totals.append((entered[_S.READY] - entered[_S.INSTANTIATING]).total_seconds() * 1000)
    return [_cost(step, times) for step, times in spent.items()], _cost("all, checkpoints included", totals)


def _cost(step: str, times: list[float]) -> StepCost:
    return StepCost(step, statistics.median(times), max(times))


async def _throughput(world: PipelineWorld, pid: int) -> Throughput:
    session_ids = [await world.place() for _ in range(TOGETHER)]
    cpu, began = _cpu_seconds(pid), time.monotonic()
    await asyncio.gather(*(world.commands.instantiate(each) for each in session_ids))
    await asyncio.gather(*(world.until(each, _S.READY, _READY_SECONDS) for each in session_ids))
    seconds = time.monotonic() - began
    return Throughput(TOGETHER, seconds, TOGETHER / seconds * 60, (_cpu_seconds(pid) - cpu) / TOGETHER)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
