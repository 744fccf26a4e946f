"""Who is given room first."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.enums import BookingPriority
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.queue_order import queue_order
from lcm_core.testing.placement_builders import a_request, minutes_from_now


def in_order(requests: Sequence[PlacementRequest]) -> list[str]:
    return [request.session_id for request in sorted(requests, key=queue_order)]


def test_exams_go_before_classes_and_these_before_self_study() -> None:
    queue = [a_request(priority.value, priority=priority) for priority in reversed(BookingPriority)]
    assert in_order(queue) == ["exam", "class", "self_study"]


def test_in_a_class_of_priority_the_earliest_goes_first_then_the_largest() -> None:
    later = a_request("later", interval=minutes_from_now(60, 120), requirements=ResourceVector(cpu_cores=40))
    small = a_request("small", requirements=ResourceVector(cpu_cores=1))
    large = a_request("large", requirements=ResourceVector(cpu_cores=2))
    assert in_order([later, small, large]) == ["large", "small", "later"]


def test_what_takes_most_of_a_host_in_any_one_dimension_is_the_largest() -> None:
    cores = a_request("cores", requirements=ResourceVector(cpu_cores=4, memory_gb=16))
    memory = a_request("memory", requirements=ResourceVector(cpu_cores=1, memory_gb=96))
    assert in_order([cores, memory]) == ["memory", "cores"]


requests = st.builds(
    lambda number, cores, start, priority: a_request(
        f"s-{number}",
        priority=priority,
        interval=minutes_from_now(start, start + 60),
        requirements=ResourceVector(cpu_cores=cores),
    ),
    st.integers(0, 10**6),
    st.integers(1, 48),
    st.integers(0, 3),
    st.sampled_from(BookingPriority),
)


@given(
    st.lists(requests, unique_by=lambda each: each.session_id).flatmap(
        lambda queue: st.tuples(st.just(queue), st.permutations(queue))
    )
)
def test_the_order_is_one_whoever_came_first(queues: tuple[list[PlacementRequest], list[PlacementRequest]]) -> None:
    first, second = queues
    assert in_order(first) == in_order(second)
