"""The book of the fleet reads what changed, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from control_plane_api.application.services.fleet_book import FleetBook
from control_plane_api.testing.command_world import START, CommandWorld, command_world
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.placement.fleet import WorkerSupply
from lcm_core.testing.mongo_server import MongoServer, mongo_server


@pytest.fixture(scope="module")
def store_server() -> Iterator[MongoServer]:
    with mongo_server() as server:
        yield server


@pytest.fixture
async def world(store_server: MongoServer) -> AsyncIterator[CommandWorld]:
    async with command_world(store_server) as made:
        yield made


async def supplies(book: FleetBook) -> list[WorkerSupply]:
    return [worker.supply for worker in (await book.view(START)).workers]


async def test_a_commit_of_this_process_is_seen_at_once(world: CommandWorld) -> None:
    await world.a_template()
    assert await supplies(world.fleet) == []

    worker_id = await world.a_requested_worker()
    assert await supplies(world.fleet) == [WorkerSupply.COMING]
    await world.launch(worker_id)
    await world.make_ready(worker_id)

    assert await supplies(world.fleet) == [WorkerSupply.UP]


async def test_what_this_process_committed_is_not_read_back(
    world: CommandWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.a_template()
    definition_id = await world.a_definition()
    worker_id = await world.a_ready_worker()
    await world.fleet.view(START)
    reads: list[Sequence[str]] = []
    by_ids = world.read.workers.by_ids

    async def noted(ids: Sequence[str]) -> list[CMLWorkerReadModel]:
        reads.append(ids)
        return await by_ids(ids)

    monkeypatch.setattr(world.read.workers, "by_ids", noted)
    session_id = await world.a_pending_session(definition_id)
    (seen,) = (await world.fleet.view(START)).workers
    assert (seen.id, [each.session_id for each in seen.allocations]) == (worker_id, [session_id])
    assert reads == []


async def test_what_another_process_did_is_seen_when_it_is_told_or_doubted(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()
    elsewhere = FleetBook(world.read.workers, world.read.templates)
    assert await supplies(elsewhere) == [WorkerSupply.COMING]
    await world.launch(worker_id)
    await world.make_ready(worker_id)
    assert await supplies(elsewhere) == [WorkerSupply.COMING]

    elsewhere.doubt(worker_id)

    assert await supplies(elsewhere) == [WorkerSupply.UP]


async def test_after_missed_commits_everything_is_read_again(world: CommandWorld) -> None:
    await world.a_template()
    elsewhere = FleetBook(world.read.workers, world.read.templates)
    assert await supplies(elsewhere) == []
    await world.a_requested_worker()
    await world.a_template("another")

    elsewhere.forget()

    view = await elsewhere.view(START)
    assert [worker.supply for worker in view.workers] == [WorkerSupply.COMING]
    assert [template.name for template in view.templates] == ["another", "metal"]


async def test_a_booking_on_an_old_view_meets_the_worker_as_it_is(world: CommandWorld) -> None:
    """The book of this process is made blind: the aggregate's refusal alone leads to the right answer."""
    await world.a_template()
    worker_id = await world.a_ready_worker()
    definition_id = await world.a_definition()
    await world.fleet.view(START)
    blind = FleetBook(world.read.workers, world.read.templates)
    old = await blind.view(START)
    for _ in range(7):
        await world.a_pending_session(definition_id)
    assert old.workers[0].allocations == ()

    world.fleet._rows = dict(blind._rows)  # pyright: ignore[reportPrivateUsage]
    world.fleet._snapshots.clear()  # pyright: ignore[reportPrivateUsage]
    session = await world.session(await world.a_pending_session(definition_id))

    assert session.promised_worker_id not in (None, worker_id)
    assert await world.audit() == []
