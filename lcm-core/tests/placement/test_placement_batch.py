"""A queue is placed in one pass: in order, each with its reasons, and what fits nowhere costs next to nothing."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcm_core.placement.engine as engine_module
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.batch import Placement, place_batch
from lcm_core.placement.demand_planner import tentative_allocation
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.testing.placement_builders import NOW, a_request, a_worker, an_allocation, minutes_from_now
from lcm_core.testing.placement_reference import loop_evaluate
from lcm_core.testing.placement_strategies import a_drawn_fleet, a_drawn_request

TOO_MUCH = ResourceVector(cpu_cores=17)
queues = st.integers(0, 6).flatmap(
    lambda length: st.tuples(*(a_drawn_request(f"s-{number}") for number in range(length)))
)


def index_of(*workers: WorkerSnapshot) -> FleetIndex:
    return FleetIndex.of(FleetSnapshot(NOW, workers))


def ids(requests: Sequence[PlacementRequest]) -> list[str]:
    return [request.session_id for request in requests]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sessions for which the workers were really looked at."""
    seen: list[str] = []
    real = engine_module.judge

    def judge(request: PlacementRequest, *rest: object) -> object:
        seen.append(request.session_id)
        return real(request, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(engine_module, "judge", judge)
    return seen


def test_who_comes_later_gets_what_is_left() -> None:
    half = ResourceVector(cpu_cores=8)
    queue = [a_request(f"s-{number}", requirements=half) for number in range(3)]
    placed = place_batch(queue, index_of(a_worker()), PlacementEngine())
    assert [each.worker.id if each.worker else None for each in placed] == ["w-1", "w-1", None]
    assert [each.queue_position for each in placed] == [1, 2, 3]
    assert placed[2].evaluation.summary == "0/1 workers: 1 capacity"


@settings(deadline=None)
@given(queues, a_drawn_fleet())
def test_a_batch_chooses_what_the_rules_choose_one_after_the_other(
    queue: tuple[PlacementRequest, ...], fleet: FleetSnapshot
) -> None:
    placed = place_batch(queue, FleetIndex.of(fleet), PlacementEngine())
    workers = {worker.id: worker for worker in fleet.workers}
    for each in placed:
        now = FleetSnapshot(fleet.at, tuple(workers.values()))
        best_id = loop_evaluate(each.request, now).best_id
        assert (each.worker.id if each.worker else None) == best_id
        if best_id is not None:
            best = workers[best_id]
            workers[best_id] = best.holding(tentative_allocation(best, each.request, fleet.at))


@settings(deadline=None)
@given(queues, a_drawn_fleet())
def test_nobody_is_skipped_and_everybody_is_told_of_every_worker(
    queue: tuple[PlacementRequest, ...], fleet: FleetSnapshot
) -> None:
    placed = place_batch(queue, FleetIndex.of(fleet), PlacementEngine())
    assert sorted(ids([each.request for each in placed])) == sorted(ids(queue))
    for each in placed:
        eligible = sum(verdict.eligible for verdict in each.evaluation.verdicts)
        assert eligible + sum(each.evaluation.reason_counts.values()) == len(fleet.workers)
        assert (eligible > 0) == (each.worker is not None)
        assert each.evaluation.decision("d").session_id == each.request.session_id


def test_a_hopeless_backlog_is_judged_once_per_shape(judged: list[str]) -> None:
    hopeless = [a_request(f"no-{number}", requirements=TOO_MUCH) for number in range(500)]
    fitting = [a_request(f"yes-{number}", requirements=ResourceVector(cpu_cores=1)) for number in range(10)]
    placed: tuple[Placement, ...] = place_batch([*hopeless, *fitting], index_of(a_worker()), PlacementEngine())
    assert sum(each.worker is not None for each in placed) == 10
    assert len(judged) == 11
    assert {each.evaluation.summary for each in placed if each.worker is None} == {"0/1 workers: 1 capacity"}


def test_a_hopeless_shape_is_looked_at_again_once_room_has_grown(judged: list[str]) -> None:
    index, engine = index_of(a_worker(allocations=(an_allocation(vector=TOO_MUCH),))), PlacementEngine()
    request = a_request()
    assert place_batch([request, a_request("s-2")], index, engine)[0].worker is None
    place_batch([request], index, engine)
    assert len(judged) == 1
    index.release("w-1", "held")
    assert place_batch([request], index, engine)[0].worker is not None


@pytest.mark.parametrize(
    "grow",
    [
        lambda index: index.put(a_worker("w-2")),
        lambda index: index.put(a_worker(declared=ResourceVector(cpu_cores=32, memory_gb=64, storage_gb=99, nodes=9))),
        lambda index: index.release("w-1", "held"),
        lambda index: index.move("w-1", "held", minutes_from_now(600, 660)),
    ],
)
def test_whatever_may_make_room_wakes_the_hopeless(grow: object, judged: list[str]) -> None:
    index, engine = index_of(a_worker(allocations=(an_allocation(vector=TOO_MUCH),))), PlacementEngine()
    place_batch([a_request()], index, engine)
    grow(index)  # type: ignore[operator]
    place_batch([a_request()], index, engine)
    assert len(judged) == 2


def test_what_a_session_holds_already_is_nobody_elses_answer() -> None:
    own = an_allocation("s-own", vector=ResourceVector(cpu_cores=16))
    index, engine = index_of(a_worker(allocations=(own,))), PlacementEngine()
    assert engine.evaluate(a_request("s-other"), index).best is None
    assert engine.evaluate(a_request("s-own"), index).best is not None
