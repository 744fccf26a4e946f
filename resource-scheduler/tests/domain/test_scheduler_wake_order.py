from typing import Any

from lcm_core.domain.enums import BookingPriority
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.testing.placement_builders import (
    NOW,
    SMALL,
    a_request,
    a_worker,
    a_worker_on_the_way,
    an_allocation,
    minutes_from_now,
)
from resource_scheduler.domain import wake_order

SELF_STUDY, EXAM, CLASS = BookingPriority.SELF_STUDY, BookingPriority.EXAM, BookingPriority.CLASS


def waits(session_id: str, priority: BookingPriority = SELF_STUDY, **changes: Any) -> PlacementRequest:
    return a_request(session_id, priority=priority, **changes)


def who_may_come(herd: list[PlacementRequest], there: FleetSnapshot) -> list[str]:
    return wake_order.who_may_come(herd, there, PlacementEngine())


def fleet(*workers: Any) -> FleetSnapshot:
    return FleetSnapshot(at=NOW, workers=workers)


def test_no_more_are_woken_than_the_room_takes() -> None:
    herd = [waits(f"s-{n:02}") for n in range(50)]
    assert len(who_may_come(herd, fleet(a_worker("w-1"), a_worker("w-2")))) == 8


def test_exams_come_before_classes_before_self_study_then_by_deadline_then_the_largest_first() -> None:
    half = SMALL.model_copy(update={"cpu_cores": 2})
    herd = [
        waits("study"),
        waits("class-late", CLASS, interval=minutes_from_now(30, 60)),
        waits("class-small", CLASS, requirements=half),
        waits("class", CLASS),
        waits("exam-late", EXAM, interval=minutes_from_now(30, 60)),
    ]
    assert who_may_come(
        herd, fleet(a_worker(declared=ResourceVector(cpu_cores=99, memory_gb=999, storage_gb=999, nodes=99, ports=99)))
    ) == ["exam-late", "class", "class-small", "class-late", "study"]


def test_a_small_one_may_pass_a_large_one_that_does_not_fit() -> None:
    large = waits("large", EXAM, requirements=ResourceVector(cpu_cores=99))
    assert who_may_come([large, waits("small")], fleet(a_worker())) == ["small"]


def test_only_workers_that_serve_have_room() -> None:
    assert who_may_come([waits("s")], fleet(a_worker_on_the_way())) == []


def test_whoever_holds_room_on_a_worker_finds_it_there() -> None:
    full = a_worker(declared=SMALL, allocations=(an_allocation("s-mine"),))
    herd = [waits("s-mine", promised_worker_id="w-1"), waits("s-other")]
    assert who_may_come(herd, fleet(full)) == ["s-mine"]


def test_a_long_queue_that_fits_nowhere_wakes_nobody() -> None:
    full = a_worker(declared=SMALL, allocations=(an_allocation("held"),))
    assert who_may_come([waits(f"s-{n:04}") for n in range(2000)], fleet(full)) == []
