"""What reconciling a fleet costs: processor time for each worker and pass, calls for each worker and minute.

The real phases, loops and queues on virtual time, between far ends in memory that count the requests of the real
adapters. Half of the workers hold a session, and some of these end at any time. The processor time is that
of the controller with its far ends in memory, without any network or JSON.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog

from bench.report import keep, table
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot
from lcm_core.testing.virtual_time import run_in_virtual_time
from worker_controller.testing.memory_fleet import MemoryFleet

SIZES = (10, 30, 100, 300, 1000)
MINUTES = 20
COLUMNS = (
    "workers",
    "passes¹",
    "CPU/pass",
    "CPU¹",
    "one core",
    "AWS¹",
    "AWS/min",
    "CML¹",
    "API¹",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Counts are for each virtual minute, seconds are of processor time for it."""

    workers: int
    passes: float
    cpu_seconds: float
    aws: float
    cml: float
    api: float


def run() -> list[str]:
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        costs = [run_in_virtual_time(_measure(size)) for size in SIZES]
    finally:
        structlog.configure(wrapper_class=before)
    file = keep("workers", {"minutes": MINUTES, "costs": [asdict(cost) for cost in costs]})
    return [
        *table(f"A fleet that serves, {MINUTES} minutes of virtual time", COLUMNS, _rows(costs)),
        "¹ for each worker and minute",
        f"kept in {file}",
    ]


async def _measure(size: int) -> Cost:
    fleet = MemoryFleet()
    async with fleet.running():
        for number in range(size):
            fleet.record.add(f"w-{number:04}")
        await asyncio.sleep(900)
        assert all(row.status is CMLWorkerStatus.RUNNING for row in fleet.record.rows.values())
        _hold_sessions(fleet)
        await asyncio.sleep(120)
        fleet.wire.counts.clear()
        fleet.passes.clear()
        gc.collect()
        began = time.process_time()
        await asyncio.sleep(MINUTES * 60)
        spent = time.process_time() - began
    counts = fleet.wire.counts

    def a_minute(*far_ends: str) -> float:
        return sum(count for name, count in counts.items() if name.partition(".")[0] in far_ends) / MINUTES

    return Cost(
        workers=size,
        passes=sum(fleet.passes.values()) / MINUTES,
        cpu_seconds=spent / MINUTES,
        aws=a_minute("ec2", "cloudwatch"),
        cml=a_minute("cml"),
        api=a_minute("api"),
    )


def _hold_sessions(fleet: MemoryFleet) -> None:
    """On every second worker; their ends are spread over the next hours."""
    now = fleet.clock.now()
    for number, worker_id in enumerate(sorted(fleet.record.rows)):
        if number % 2:
            continue
        start = now - timedelta(minutes=30)
        end = now + timedelta(minutes=5 + number % 120)
        held = CapacityAllocation(
            session_id=f"s-{number}",
            vector=ResourceVector(nodes=10),
            interval=Timeslot(start=start, end=end),
            allocated_at=start,
        )
        fleet.record.change(worker_id, allocations=(held,))


def _rows(costs: Sequence[Cost]) -> list[list[str]]:
    return [
        [
            f"{cost.workers:,}",
            f"{cost.passes / cost.workers:.1f}",
            f"{cost.cpu_seconds / cost.passes * 1e6:.0f} µs",
            f"{cost.cpu_seconds / cost.workers * 1e3:.2f} ms",
            f"{cost.cpu_seconds / 60:.2%}",
            f"{cost.aws / cost.workers:.3f}",
            f"{cost.aws:.1f}",
            f"{cost.cml / cost.workers:.1f}",
            f"{cost.api / cost.workers:.1f}",
        ]
        for cost in costs
    ]
