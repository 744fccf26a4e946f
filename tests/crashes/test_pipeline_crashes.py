"""A real lablet-controller is killed while sessions go through it: nothing is doubled, nothing is left.

The executioner sits at the far end of the wire: SIGKILL comes as a request arrives, which is then lost or carried out
all the same. `make test-crashes` kills at every kind of request, both ways, over 200 sessions, and has each far end
slow, failing and lying meanwhile; the usual test run does a little of it.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.pipeline.controller_process import kill, start_controller
from bench.pipeline.requests_seen import Fate
from bench.pipeline.world import PipelineWorld, pipeline_world
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome

EVERYTHING = int(os.environ.get("LCM_EVERY_CRASH", "0"))
"""How many sessions are to live through it, 0 for the usual test run."""
SESSIONS, AT_ONCE = (EVERYTHING, 25) if EVERYTHING else (2, 2)
SECONDS = 900 if EVERYTHING else 60
QUICK: dict[str, Any] = {
    "lds_look_seconds": 1,
    "grading_first_look_seconds": 1,
    "resync_seconds": 1,
    "step_attempts": 100,
    "orphan_sweep_seconds": 1,
    "orphan_grace_seconds": 1,
}
DANGEROUS = {
    "POST /api/v0/import": Fate.DONE,
    "POST /api/internal/sessions/*/bind-lab": Fate.LOST,
    "POST /reservations/v3/lab_session": Fate.DONE,
    "PUT /api/internal/sessions/*/mark-ready": Fate.DONE,
    "POST /api/internal/sessions/*/stopped": Fate.LOST,
}
OFTEN = 30
"""What is asked less often may have had no time to be struck both ways."""
S = LabletSessionStatus

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3600 if EVERYTHING else 120)]


class Executioner:
    """Kills at each kind of request, once for each fate; now and then after that."""

    def __init__(self, only: dict[str, Fate] | None, seed: int = 7) -> None:
        self._only = only
        self._dice = random.Random(seed)
        self.process: Any = None
        self._condemned = False
        self.deaths: Counter[tuple[str, Fate]] = Counter()
        self.kinds: Counter[str] = Counter()

    def decide(self, kind: str) -> Fate | None:
        self.kinds[kind] += 1
        if self.process is None or self._condemned or not self.process.is_alive():
            return None
        fate = self._fate(kind)
        if fate is not None:
            self._condemned = True
            self.deaths[kind, fate] += 1
        return fate

    def strike(self) -> None:
        kill(self.process)

    def takes_over(self, process: Any) -> None:
        self.process, self._condemned = process, False

    def _fate(self, kind: str) -> Fate | None:
        if self._only is not None:
            fate = self._only.get(kind)
            return fate if fate is not None and not self.deaths[kind, fate] else None
        open_fates = [fate for fate in Fate if not self.deaths[kind, fate]]
        if open_fates:
            return self._dice.choice(open_fates) if self._dice.random() < 0.3 else None
        return self._dice.choice(list(Fate)) if self._dice.random() < 0.001 else None


@asynccontextmanager
async def restarted_whenever_it_dies(world: PipelineWorld, executioner: Executioner) -> AsyncIterator[None]:
    async def keep() -> None:
        number = 0
        while True:
            number += 1
            await world.free_leadership()
            process = start_controller(world.controller | {"instance_id": f"controller-{number}"})
            executioner.takes_over(process)
            try:
                await asyncio.to_thread(process.join)
            except asyncio.CancelledError:
                kill(process)
                raise

    keeper = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def lives(world: PipelineWorld, sessions: int) -> list[str]:
    """Each begins, is ready, has its learner come and go, and ends."""
    room = asyncio.Semaphore(AT_ONCE)

    async def live() -> str:
        async with room:
            session_id = await world.begin()
            await world.until(session_id, S.TERMINATED, SECONDS)
            return session_id

    return list(await asyncio.gather(*(live() for _ in range(sessions))))


async def until_clean(world: PipelineWorld) -> None:
    """What took effect after everybody had looked is found by the sweep."""
    async with asyncio.timeout(30):
        while world.lab_titles() or any(each["open"] for each in await world.lds_sessions()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def assert_nothing_doubled(world: PipelineWorld, session_ids: list[str]) -> None:
    deliveries = Counter(each["auth_id"] for each in await world.lds_sessions())
    assert deliveries == Counter(session_ids), "one delivery session for each"
    worker = await world.commands.worker(world.worker_id)
    assert worker.allocations == (), "all room is given back"
    assert await world.commands.audit() == [], "ports disjoint, room given back once, the log intact"
    reports = Counter(each["lablet_session_id"] for each in await world.commands.documents("score_reports"))
    assert max(reports.values(), default=1) == 1


async def test_a_controller_killed_anywhere_doubles_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    executioner = Executioner(None if EVERYTHING else DANGEROUS)
    async with pipeline_world(tmp_path, executioner, **QUICK) as world:
        await world.prepare()
        async with restarted_whenever_it_dies(world, executioner):
            session_ids = await lives(world, SESSIONS)
            await until_clean(world)
        await assert_nothing_doubled(world, session_ids)
        rows = [await world.session(session_id) for session_id in session_ids]
    assert [(row.outcome, row.outcome_reason) for row in rows if row.outcome is not SessionOutcome.COMPLETED] == []
    assert {row.score for row in rows} == {2}
    if EVERYTHING:
        told = f"{sum(executioner.deaths.values())} deaths at {len(executioner.kinds)} kinds of requests"
        print(f"{len(rows)} sessions, {told}")
        usual = [kind for kind, times in executioner.kinds.items() if times >= OFTEN]
        missed = {(kind, fate) for kind in usual for fate in Fate} - set(executioner.deaths)
        assert missed == set(), "every usual kind of request was a place to die, lost and carried out"
    else:
        assert set(executioner.deaths) == set(DANGEROUS.items())


SLOW = ({"kind": "latency", "latency_seconds": 0.4, "probability": 0.3},)
FAILING = ({"kind": "error", "status": 503, "probability": 0.15}, {"kind": "drop", "probability": 0.05})
UNHEARD = {"kind": "lost_answer", "probability": 0.1}
DUPLICATES = {"kind": "event_duplicate"}
LIES: dict[str, tuple[dict[str, Any], ...]] = {
    "cml": (
        UNHEARD,
        {"kind": "error", "status": 404, "match": {"method": "DELETE", "path_regex": "/labs/"}, "probability": 0.4},
        {"kind": "error", "status": 400, "match": {"path_regex": "/stop$|/wipe$"}, "probability": 0.4},
    ),
    "lds": (
        UNHEARD,
        DUPLICATES,
        {"kind": "event_drop", "probability": 0.3},
        {"kind": "error", "status": 409, "match": {"method": "POST", "path_regex": "lab_session$"}, "times": 3},
        {"kind": "error", "status": 500, "match": {"path_regex": "/release$"}, "probability": 0.4},
    ),
    "grading": (UNHEARD, DUPLICATES, {"kind": "event_drop", "probability": 0.3}),
}


@pytest.mark.skipif(not EVERYTHING, reason="make test-crashes")
@pytest.mark.parametrize("how", ["slow", "failing", "lying"])
@pytest.mark.parametrize("far_end", ["cml", "lds", "grading"])
async def test_a_bad_far_end_doubles_nothing_and_leaves_nothing(tmp_path: Path, far_end: str, how: str) -> None:
    executioner = Executioner({})
    async with pipeline_world(tmp_path, executioner, **QUICK) as world:
        await world.prepare()
        for spec in {"slow": SLOW, "failing": FAILING, "lying": LIES[far_end]}[how]:
            await world.fault(far_end, **spec)
        async with restarted_whenever_it_dies(world, executioner):
            session_ids = await lives(world, 20)
            await world.lift_faults()
            await until_clean(world)
        await assert_nothing_doubled(world, session_ids)
