"""Warm pools on a real store: labs are prepared, claimed with the placement, taken with the start, and measured."""

from __future__ import annotations

import asyncio

import pytest

from control_plane_api.application.commands.lablet_session.terminate_lablet_session_command import (
    TerminateLabletSessionCommand,
)
from control_plane_api.application.commands.warm_pool.change_warm_pool_command import ChangeWarmPoolCommand
from control_plane_api.application.commands.warm_pool.change_warm_pool_status_command import (
    ChangeWarmPoolStatusCommand,
)
from control_plane_api.application.commands.warm_pool.create_warm_pool_command import CreateWarmPoolCommand
from control_plane_api.application.commands.warm_pool.discard_prepared_labs_command import DiscardPreparedLabsCommand
from control_plane_api.application.commands.warm_pool.lab_prepared_command import LabPreparedCommand
from control_plane_api.application.commands.warm_pool.preparation_failed_command import PreparationFailedCommand
from control_plane_api.application.commands.warm_pool.prepare_lab_command import PrepareLabCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.services.warm_pools import WarmPools
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.contracts.warm_pools import (
    ChangeWarmPool,
    CreateWarmPool,
    DiscardPreparedLabs,
    LabPrepared,
    PreparationFailed,
    PrepareLab,
)
from lcm_core.contracts.workers import DrainWorker
from lcm_core.domain.errors import InvalidInput, RuleViolation
from lcm_core.domain.read_models import WarmPoolReadModel, WarmPoolReport
from lcm_core.domain.warm_pool import PreparedLabStatus, WarmPoolPolicy, WarmPoolStatus

_L = PreparedLabStatus


class Pool:
    """The pool of the world's definition, and what its keeper does."""

    def __init__(self, world: CommandWorld, definition_id: str, pool: WarmPoolReadModel) -> None:
        self.world, self.definition_id, self.id = world, definition_id, pool.id
        read = world.read
        self.reader = WarmPools(
            read.warm_pools, read.definitions, read.workers, read.sessions, read.warm_starts, world.clock
        )

    async def begin(self, worker_id: str, lab: str) -> None:
        body = PrepareLab(prepared_lab_id=lab, worker_id=worker_id, definition_id=self.definition_id)
        await self.world.do(PrepareLabCommand(body))

    async def prepare(self, worker_id: str, lab: str) -> None:
        await self.begin(worker_id, lab)
        done = LabPrepared(prepared_lab_id=lab, worker_id=worker_id, cml_lab_id=f"cml-{lab}", prepare_seconds=7.5)
        await self.world.do(LabPreparedCommand(done))

    async def fail(self, worker_id: str, lab: str) -> None:
        await self.begin(worker_id, lab)
        body = PreparationFailed(prepared_lab_id=lab, worker_id=worker_id, reason="CML: disk is full")
        await self.world.do(PreparationFailedCommand(body))

    async def report(self) -> WarmPoolReport:
        return await self.reader.report(self.id)


async def a_pool(world: CommandWorld, **policy: int | bool) -> Pool:
    await world.a_template()
    definition_id = await world.a_definition(max_duration_minutes=60)
    terms = WarmPoolPolicy.model_validate({"depth": 2, **policy})
    request = CreateWarmPool(definition_name="two-routers", policy=terms, reason="exams")
    return Pool(world, definition_id, await world.do(CreateWarmPoolCommand(request)))


async def test_a_session_takes_the_prepared_lab_with_its_ports_and_no_other_session_gets_it(
    world: CommandWorld,
) -> None:
    pool = await a_pool(world)
    worker_id = await world.a_ready_worker()
    await pool.prepare(worker_id, "one")
    ports = (await world.worker(worker_id)).prepared_labs[0].ports
    sessions = [await world.a_pending_session(pool.definition_id) for _ in range(4)]

    await asyncio.gather(*(world.schedule(session_id, worker_id) for session_id in sessions))
    for session_id in sessions:
        await world.instantiate(session_id)

    started = [await world.session(session_id) for session_id in sessions]
    warm = [each for each in started if each.warm_start is not None and each.warm_start.hit]
    assert [(each.cml_lab_id, each.allocated_ports) for each in warm] == [("cml-one", ports)]
    cold = [each for each in started if each not in warm]
    assert all(each.cml_lab_id is None and each.warm_start is not None for each in cold)
    granted = [binding.outer for each in started for binding in each.allocated_ports]
    assert len(set(granted)) == len(granted) == 8
    assert (await world.worker(worker_id)).prepared_labs == ()
    assert await world.audit() == []


async def test_hits_misses_and_the_time_saved_are_reported(world: CommandWorld) -> None:
    pool = await a_pool(world)
    worker_id = await world.a_ready_worker()
    await pool.prepare(worker_id, "one")
    for _ in range(2):
        session_id = await world.a_pending_session(pool.definition_id)
        await world.schedule(session_id, worker_id)
        await world.instantiate(session_id)

    measures = (await pool.report()).measures

    assert (measures.hits, measures.misses, measures.saved_seconds) == (1, 1, 7.5)
    assert measures.misses_by_reason == {"none on its worker": 1}


async def test_a_session_called_off_before_it_began_gives_the_lab_back(world: CommandWorld) -> None:
    pool = await a_pool(world)
    worker_id = await world.a_ready_worker()
    await pool.prepare(worker_id, "one")
    session_id = await world.a_pending_session(pool.definition_id)
    await world.schedule(session_id, worker_id)
    claimed = (await world.worker(worker_id)).prepared_labs[0]
    assert (claimed.status, claimed.session_id) == (_L.CLAIMED, session_id)

    await world.do(TerminateLabletSessionCommand(session_id, "not wanted"))

    assert [each.status for each in (await world.worker(worker_id)).prepared_labs] == [_L.READY]
    assert await world.audit() == []


async def test_a_session_whose_prepared_lab_went_with_a_drain_begins_without(world: CommandWorld) -> None:
    pool = await a_pool(world)
    worker_id = await world.a_ready_worker()
    await pool.prepare(worker_id, "one")
    session_id = await world.a_pending_session(pool.definition_id)
    await world.schedule(session_id, worker_id)

    await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="upgrade", force=True)))
    await world.instantiate(session_id)

    session = await world.session(session_id)
    assert session.warm_start is not None
    assert (session.warm_start.hit, session.warm_start.why) == (False, "claimed or given up on its worker")
    lab = (await world.worker(worker_id)).prepared_labs[0]
    assert (lab.status, lab.reason) == (_L.REMOVING, "its worker is drained")


async def test_a_claimed_lab_is_not_discarded(world: CommandWorld) -> None:
    pool = await a_pool(world)
    worker_id = await world.a_ready_worker()
    await pool.prepare(worker_id, "one")
    await world.schedule(await world.a_pending_session(pool.definition_id), worker_id)

    body = DiscardPreparedLabs(worker_id=worker_id, prepared_lab_ids=("one",), reason="too old")
    answer = await world.do(DiscardPreparedLabsCommand(body))

    assert not answer.applied
    assert [each.status for each in (await world.worker(worker_id)).prepared_labs] == [_L.CLAIMED]


async def test_the_failure_budget_suspends_the_pool_and_keeps_the_evidence_until_it_is_resumed(
    world: CommandWorld,
) -> None:
    pool = await a_pool(world, failure_budget=2)
    worker_id = await world.a_ready_worker()
    await pool.fail(worker_id, "one")
    assert (await pool.report()).pool.status is WarmPoolStatus.ACTIVE

    await pool.fail(worker_id, "two")

    suspended = await pool.report()
    assert suspended.pool.status is WarmPoolStatus.SUSPENDED
    assert suspended.pool.status_reason.endswith("CML: disk is full")
    assert [each.prepared_lab_id for each in suspended.pool.failures] == ["one", "two"]
    with pytest.raises(RuleViolation, match="SUSPENDED"):
        await pool.begin(worker_id, "three")
    await world.do(ChangeWarmPoolStatusCommand(pool.id, WarmPoolStatus.ACTIVE, "disk was cleared"))
    world.later(seconds=1)
    await pool.fail(worker_id, "three")
    resumed = await pool.report()
    assert (resumed.pool.status, resumed.failures_counted) == (WarmPoolStatus.ACTIVE, 1)
    assert len(resumed.pool.failures) == 3


async def test_failures_spread_over_a_long_time_suspend_nothing(world: CommandWorld) -> None:
    pool = await a_pool(world, failure_budget=2, failure_window_minutes=10)
    worker_id = await world.a_ready_worker()
    for number in range(3):
        await pool.fail(worker_id, f"lab-{number}")
        world.later(minutes=11)

    assert (await pool.report()).pool.status is WarmPoolStatus.ACTIVE


async def test_bookings_within_the_look_ahead_are_expected_on_the_worker_that_promised_them(
    world: CommandWorld,
) -> None:
    pool = await a_pool(world, depth=1, look_ahead_minutes=60)
    worker_id = await world.a_ready_worker()
    for minutes in (20, 30, 40, 600):
        start = world.clock.now().replace(hour=9 + minutes // 60, minute=minutes % 60)
        await world.a_pending_session(pool.definition_id, start=start.isoformat())

    demand = (await pool.reader.overview()).pools[0]

    assert [(each.worker_id, each.sessions) for each in demand.expected] == [(worker_id, 3)]
    assert (await pool.report()).target == 3


async def test_people_at_the_door_are_seen_by_the_keeper(world: CommandWorld) -> None:
    pool = await a_pool(world)
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(pool.definition_id)
    waiting = await pool.reader.overview()
    await world.schedule(session_id, worker_id)
    placed = await pool.reader.overview()

    assert (waiting.waiting_sessions, waiting.busy_worker_ids) == (1, frozenset())
    assert (placed.waiting_sessions, placed.busy_worker_ids) == (0, frozenset({worker_id}))


async def test_the_newest_active_version_is_wanted(world: CommandWorld) -> None:
    pool = await a_pool(world)
    for version in ("1.10.0", "1.9.0"):
        await world.a_definition(semantic_version=version, lead_seconds=60)

    assert (await pool.report()).wanted_version == "1.10.0"


async def test_a_pool_needs_a_definition_and_takes_over_a_new_policy(world: CommandWorld) -> None:
    pool = await a_pool(world)
    unheard_of = CreateWarmPool(definition_name="nothing", policy=WarmPoolPolicy(depth=1), reason="x")
    with pytest.raises(InvalidInput, match="no definition 'nothing'"):
        await world.do(CreateWarmPoolCommand(unheard_of))
    changed = ChangeWarmPool(policy=WarmPoolPolicy(depth=4), reason="more exams")

    await world.do(ChangeWarmPoolCommand(pool.id, changed))
    before = await world.commits()
    await world.do(ChangeWarmPoolCommand(pool.id, changed))

    assert (await pool.report()).pool.policy.depth == 4
    assert await world.commits() == before
