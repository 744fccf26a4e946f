import asyncio
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, WorkerServiceStatus
from lcm_core.domain.values import ForeignLab, PortRange
from lcm_core.testing.placement_builders import PREPARED_CONTENT, ROOMY, a_prepared_lab, a_worker_row, an_allocation
from resource_scheduler.application.services.fleet_view import CapacityHint, FleetChange, FleetView, ForeignLabHint


def a_hint(version: int, **changes: Any) -> CapacityHint:
    facts: dict[str, Any] = {
        "declared": ROOMY,
        "allocations": (),
        "port_range": PortRange(),
        "placeable": True,
        "status": CMLWorkerStatus.RUNNING,
        "version": version,
    }
    return CapacityHint(**(facts | changes))


@pytest.fixture
async def view(world: Any) -> FleetView:
    world.add(a_worker_row(allocations=(an_allocation("s-1"),)))
    view = FleetView(world.workers, world.templates, world.clock)
    await view.reload()
    return view


async def held(view: FleetView) -> list[str]:
    (worker,) = (await view.snapshot()).workers
    return [allocation.session_id for allocation in worker.allocations]


async def test_a_newer_hint_updates_the_allocations_without_a_call(world: Any, view: FleetView) -> None:
    view.apply("w-1", a_hint(2, allocations=(an_allocation("s-1"), an_allocation("s-2"))))
    assert await held(view) == ["s-1", "s-2"]
    assert world.workers.gets == []


async def test_an_older_hint_changes_nothing(view: FleetView) -> None:
    assert view.apply("w-1", a_hint(1)) == FleetChange()
    assert await held(view) == ["s-1"]


async def test_room_that_was_given_back_is_worth_waking_for(view: FleetView) -> None:
    assert view.apply("w-1", a_hint(2)).room_may_have_grown


async def test_room_that_was_taken_is_not(view: FleetView) -> None:
    taken = a_hint(2, allocations=(an_allocation("s-1"), an_allocation("s-2")))
    assert not view.apply("w-1", taken).room_may_have_grown


async def test_ports_of_foreign_labs_are_counted_by_the_hint_and_their_titles_are_nobodys_change(
    world: Any, view: FleetView
) -> None:
    taken = ForeignLabHint(lab_id="lab-1", ports=(2999,))
    assert view.apply("w-1", a_hint(2, allocations=(an_allocation("s-1"),), foreign_labs=(taken,))).room_may_have_grown
    (worker,) = (await view.snapshot()).workers
    assert worker.foreign_ports == {2999}
    world.workers.change("w-1", foreign_labs=(ForeignLab(lab_id="lab-1", title="Mine", ports=(2999,)),))
    await view.reload()
    newer = world.workers.rows["w-1"].version + 1
    again = a_hint(newer, allocations=(an_allocation("s-1"),), foreign_labs=(taken,))
    assert not view.apply("w-1", again).room_may_have_grown


async def test_a_host_that_is_lost_after_its_cml_fell_silent_concerns_its_sessions_once_more(
    world: Any, view: FleetView
) -> None:
    """Whether it is placeable has not changed: it was not, since its CML does not answer."""
    world.workers.change("w-1", service_status=WorkerServiceStatus.UNAVAILABLE)
    view.apply("w-1", a_hint(2, placeable=False, allocations=(an_allocation("s-1"),)))
    await held(view)

    change = view.apply("w-1", a_hint(3, placeable=False, host_lost=True, allocations=(an_allocation("s-1"),)))

    assert change.affected_sessions == {"s-1"}


async def test_a_change_of_status_makes_the_row_stale_and_concerns_its_sessions(world: Any, view: FleetView) -> None:
    change = view.apply("w-1", a_hint(2, status=CMLWorkerStatus.DRAINING, placeable=False))
    assert change == FleetChange(True, frozenset({"s-1"}))
    world.workers.change("w-1", status=CMLWorkerStatus.DRAINING)
    await view.snapshot()
    assert world.workers.gets == ["w-1"]


async def test_a_worker_that_is_new_is_read(world: Any, view: FleetView) -> None:
    world.add(a_worker_row("w-2"))
    assert view.apply("w-2", a_hint(1)).room_may_have_grown
    assert [worker.id for worker in (await view.snapshot()).workers] == ["w-1", "w-2"]


async def test_a_worker_whose_key_is_gone_is_asked_for_and_leaves_when_terminated(world: Any, view: FleetView) -> None:
    world.workers.change("w-1", status=CMLWorkerStatus.TERMINATED)
    assert view.apply("w-1", None).affected_sessions == {"s-1"}
    assert (await view.snapshot()).workers == ()


async def test_a_proposal_counts_while_it_is_held_and_only_once_when_it_is_granted(world: Any, view: FleetView) -> None:
    with view.holding("w-1", an_allocation("s-2")):
        assert await held(view) == ["s-1", "s-2"]
        view.apply("w-1", a_hint(2, allocations=(an_allocation("s-1"), an_allocation("s-2"))))
        assert await held(view) == ["s-1", "s-2"]
    assert await held(view) == ["s-1", "s-2"]


async def test_a_proposal_that_was_refused_leaves_nothing(view: FleetView) -> None:
    with view.holding("w-1", an_allocation("s-2")):
        pass
    assert await held(view) == ["s-1"]


async def test_a_row_that_could_not_be_read_stays_stale(
    world: Any, view: FleetView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.apply("w-1", a_hint(2, status=CMLWorkerStatus.DRAINING, placeable=False))
    with monkeypatch.context() as patched, pytest.raises(OSError, match="down"):

        async def down(_worker_id: str) -> None:
            raise OSError("down")

        patched.setattr(world.workers, "get", down)
        await view.snapshot()
    await view.snapshot()
    assert world.workers.gets == ["w-1"]


async def test_a_granted_proposal_counts_until_the_worker_itself_says_so(view: FleetView) -> None:
    view.granted("w-1", an_allocation("s-2"))
    assert await held(view) == ["s-1", "s-2"]
    view.apply("w-1", a_hint(2, allocations=(an_allocation("s-2"),)))
    assert await held(view) == ["s-2"]


async def test_a_worker_that_nothing_was_told_of_yet_is_asked_for_and_one_that_is_gone_once_only(
    world: Any, view: FleetView
) -> None:
    world.add(a_worker_row("w-new"))
    assert await view.worker("w-new") is not None
    for _ in range(3):
        assert await view.worker("w-gone") is None
    assert world.workers.gets == ["w-new", "w-gone"]


async def test_nobody_is_shown_the_old_row_while_another_one_reads_the_new_one(
    world: Any, view: FleetView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.apply("w-1", a_hint(2, status=CMLWorkerStatus.DRAINING, placeable=False))
    world.workers.change("w-1", status=CMLWorkerStatus.DRAINING)
    get = world.workers.get

    async def slowly(worker_id: str) -> Any:
        await asyncio.sleep(0)
        return await get(worker_id)

    monkeypatch.setattr(world.workers, "get", slowly)
    rows = await asyncio.gather(*(view.worker("w-1") for _ in range(3)))
    assert {row.status for row in rows if row is not None} == {CMLWorkerStatus.DRAINING}
    assert len(world.workers.gets) == 1


async def test_what_a_read_finds_before_the_hint_comes_is_told_all_the_same(world: Any, view: FleetView) -> None:
    told: list[FleetChange] = []
    view.on_change(told.append)
    world.add(a_worker_row(version=2))

    await view.reload()
    await view.reload()

    assert told == [FleetChange(room_may_have_grown=True)]
    assert view.apply("w-1", a_hint(2)) == FleetChange()


async def test_a_read_that_finds_a_worker_out_of_service_concerns_its_sessions(world: Any, view: FleetView) -> None:
    told: list[FleetChange] = []
    view.on_change(told.append)
    world.add(a_worker_row(version=2, status=CMLWorkerStatus.STOPPING, allocations=(an_allocation("s-1"),)))

    await view.refresh("w-1")

    assert told == [FleetChange(True, frozenset({"s-1"}))]


async def test_a_hint_tells_of_prepared_labs_that_came_and_went(world: Any, view: FleetView) -> None:
    seen: list[frozenset[str]] = []
    for version, labs in ((2, (a_prepared_lab(),)), (3, ()), (4, (a_prepared_lab("lab-2"),))):
        view.apply("w-1", a_hint(version, prepared_labs=labs))
        seen.append((await view.snapshot()).workers[0].prepared)
    assert seen == [{PREPARED_CONTENT}, frozenset(), {PREPARED_CONTENT}]
    assert world.workers.gets == []
