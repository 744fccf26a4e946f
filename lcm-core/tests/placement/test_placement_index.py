"""An index that was changed step by step is the one that would be built from the outcome."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lcm_core.domain.values import ResourceVector
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.occupancy import DAY, FreeRoom, Span, slots_of
from lcm_core.testing.examples import examples
from lcm_core.testing.placement_builders import NOW, a_request, a_worker, an_allocation, minutes_from_now
from lcm_core.testing.placement_reference import loop_evaluate
from lcm_core.testing.placement_strategies import a_drawn_fleet, a_drawn_request, a_drawn_worker, holdings, intervals

sessions = st.integers(0, 8).map(lambda number: f"s-{number}")
places = st.integers(0, 3)


class ChangingFleet(RuleBasedStateMachine):
    """Whatever happens to the fleet in whatever order, the engine on the index answers as the rules on the snapshot."""

    @initialize(fleet=a_drawn_fleet(most=3))
    def begin(self, fleet: FleetSnapshot) -> None:
        self.index = FleetIndex(NOW, columns=1)
        self.engine = PlacementEngine()
        self.workers: dict[str, WorkerSnapshot] = {}
        for worker in fleet.workers:
            self.put(worker)

    def nth(self, place: int) -> str | None:
        return sorted(self.workers)[place % len(self.workers)] if self.workers else None

    @rule(worker=st.integers(0, 4).flatmap(lambda number: a_drawn_worker(f"w-{number}")))
    def put(self, worker: WorkerSnapshot) -> None:
        self.index.put(worker)
        self.workers[worker.id] = worker

    @rule(place=places)
    def remove(self, place: int) -> None:
        worker_id = self.nth(place)
        if worker_id is not None:
            self.index.remove(worker_id)
            del self.workers[worker_id]

    @rule(place=places, held=sessions.flatmap(lambda name: holdings(name, 5)))
    def hold(self, place: int, held: object) -> None:
        worker_id = self.nth(place)
        if worker_id is not None:
            self.index.hold(worker_id, held)  # type: ignore[arg-type]
            self.workers[worker_id] = self.workers[worker_id].holding(held)  # type: ignore[arg-type]

    @rule(place=places, session_id=sessions)
    def release(self, place: int, session_id: str) -> None:
        worker_id = self.nth(place)
        if worker_id is not None:
            before = self.workers[worker_id]
            self.workers[worker_id] = before.without(session_id)
            assert self.index.release(worker_id, session_id) == (self.workers[worker_id] is not before)

    @rule(place=places, session_id=sessions, interval=intervals(5))
    def move(self, place: int, session_id: str, interval: object) -> None:
        worker_id = self.nth(place)
        if worker_id is not None:
            worker = self.workers[worker_id]
            moved = tuple(
                each.model_copy(update={"interval": interval}) if each.session_id == session_id else each
                for each in worker.allocations
            )
            self.index.move(worker_id, session_id, interval)  # type: ignore[arg-type]
            self.workers[worker_id] = replace(worker, allocations=moved)

    @rule(minutes=st.integers(0, 500))
    def advance(self, minutes: int) -> None:
        self.index.advance(self.index.at + timedelta(minutes=minutes))

    @rule(request=a_drawn_request("s-1"))
    def ask(self, request: PlacementRequest) -> None:
        fleet = FleetSnapshot(self.index.at, tuple(self.index.snapshot().workers))
        told, loops = self.engine.evaluate(request, self.index), loop_evaluate(request, fleet)
        assert (told.best.id if told.best else None) == loops.best_id
        assert [(each.reason_code, each.detail, each.score) for each in told.verdicts] == [
            (each.reason_code, each.detail, each.score) for each in loops.verdicts
        ]

    @invariant()
    def it_shows_the_same_workers(self) -> None:
        if hasattr(self, "index"):
            assert {worker.id: worker for worker in self.index.snapshot().workers} == self.workers
            assert len(self.index) == len(self.workers)


ChangingFleet.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=25, deadline=None)
TestChangingFleet = ChangingFleet.TestCase


def test_a_worker_that_is_not_placeable_any_more_is_noticed_by_the_next_snapshot() -> None:
    engine, worker = PlacementEngine(), a_worker()
    assert engine.evaluate(a_request(), FleetSnapshot(NOW, (worker,))).best == worker
    gone = replace(worker, placeable=False, status="DRAINING")
    assert engine.evaluate(a_request(), FleetSnapshot(NOW, (gone,))).best is None


def test_an_evaluation_tells_of_its_own_moment_whenever_it_is_read() -> None:
    index, engine = FleetIndex.of(FleetSnapshot(NOW, (a_worker("w-1"), a_worker("w-2")))), PlacementEngine()
    full = an_allocation(vector=ResourceVector(cpu_cores=16))
    before = engine.evaluate(a_request(), index)
    index.hold("w-1", full)
    after = engine.evaluate(a_request(), index)
    index.remove("w-1")
    assert [verdict.eligible for verdict in before.verdicts] == [True, True]
    assert [verdict.reason_code for verdict in after.verdicts] == ["capacity", None]


def test_a_booking_a_month_ahead_makes_no_day() -> None:
    room = FreeRoom(columns=1000)
    month, _, _ = slots_of(minutes_from_now(30 * 24 * 60, 30 * 24 * 60 + 60))
    room.hold(1, Span(0, month, month + 12, np.ones(6, np.int32)))
    assert room.days_made == 0
    assert room.least(month - DAY, month - DAY + 12).max() == 0
    assert room.days_made == 0
    assert room.least(month, month + 12)[:, 0].tolist() == [-1] * 6
    assert room.days_made == 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2 * DAY), st.integers(1, DAY), st.integers(1, 5)), max_size=8), st.data())
def test_the_hours_agree_with_the_slots(held: list[tuple[int, int, int]], data: st.DataObject) -> None:
    room, free = FreeRoom(columns=20), np.full(4 * DAY, 10)
    room.add_capacity(1, np.full(6, 10, np.int32))
    for token, (first, length, amount) in enumerate(held):
        begin = data.draw(st.integers(0, 3 * DAY))
        end = begin + data.draw(st.integers(1, DAY))
        assert room.least(begin, end)[:, 1].tolist() == [free[begin:end].min()] * 6
        room.hold(token, Span(1, first, first + length, np.full(6, amount, np.int32)))
        free[first : first + length] -= amount
        assert room.least(begin, end)[:, 1].tolist() == [free[begin:end].min()] * 6
