"""Bookings are promised room in a fixed order of preference, never more than there is, and a no explains itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.capacity import shortfalls
from lcm_core.domain.enums import BookingPriority, LicenseType
from lcm_core.domain.values import CapacityAllocation, ResourceVector
from lcm_core.placement.admission import AdmissionPlanner, admit
from lcm_core.placement.admission_plan import AdmissionPlan, FleetLimits, Movable, Promise
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot, WorkerSnapshot, WorkerSupply
from lcm_core.placement.refusal import Refusal
from lcm_core.testing.admission_reference import LoopOutcome, loop_admit
from lcm_core.testing.placement_builders import (
    NOW,
    ROOMY,
    a_request,
    a_template,
    a_worker,
    an_allocation,
    minutes_from_now,
)
from lcm_core.testing.placement_strategies import a_drawn_fleet, a_drawn_request

LIMITS = FleetLimits(max_workers_per_region=3)
HALF = ResourceVector(cpu_cores=8, memory_gb=8, storage_gb=8, nodes=8, ports=2)
LATER = minutes_from_now(120, 180)


def ready_in(minutes: float, supply: WorkerSupply, worker_id: str) -> WorkerSnapshot:
    at = NOW + timedelta(minutes=minutes)
    return a_worker(worker_id, placeable=False, status=supply.name, supply=supply, available_from=at)


def fleet(*workers: WorkerSnapshot, templates: tuple[Any, ...] = ()) -> FleetSnapshot:
    return FleetSnapshot(at=NOW, workers=workers, templates=templates)


def one(request: PlacementRequest, snapshot: FleetSnapshot, **changes: Any) -> Promise | Refusal:
    return admit([request], snapshot, LIMITS, **changes).outcomes[0]


UP = a_worker("up")
COMING = ready_in(10, WorkerSupply.COMING, "coming")
ASLEEP = ready_in(5, WorkerSupply.ASLEEP, "asleep")
PLANNED = ready_in(15, WorkerSupply.PLANNED, "planned")


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ((PLANNED, ASLEEP, COMING, UP), "up"),
        ((PLANNED, ASLEEP, COMING), "coming"),
        ((PLANNED, ASLEEP), "asleep"),
        ((PLANNED,), "planned"),
    ],
)
def test_room_is_taken_where_it_is_nearest(there: tuple[WorkerSnapshot, ...], taken: str) -> None:
    outcome = one(a_request(interval=LATER), fleet(*there, templates=(a_template(),)))

    assert outcome == Promise("s-1", taken)


def test_among_equally_near_workers_the_fuller_one_is_taken() -> None:
    busy = a_worker("w-busy", allocations=(an_allocation(interval=LATER),))

    assert one(a_request(interval=LATER), fleet(a_worker("w-a"), busy)) == Promise("s-1", "w-busy")


def test_a_new_worker_is_of_the_cheapest_template_and_filled_by_those_who_come_after() -> None:
    templates = (a_template("dear", cost_per_hour_usd=9), a_template("cheap", cost_per_hour_usd=1))
    requests = [a_request(f"s-{n}", requirements=HALF, interval=LATER) for n in range(3)]

    plan = admit(requests, fleet(templates=templates), LIMITS)

    assert [opening.template_name for opening in plan.openings] == ["cheap", "cheap"]
    assert [outcome.worker_id for outcome in plan.outcomes if isinstance(outcome, Promise)] == [
        "new-0",
        "new-0",
        "new-1",
    ]


def test_an_opening_knows_when_it_is_needed_first() -> None:
    requests = [a_request("s-1", interval=LATER), a_request("s-2", interval=minutes_from_now(60, 90))]

    (opening,) = admit(requests, fleet(templates=(a_template(),)), LIMITS).openings

    assert opening.needed_at == NOW + timedelta(minutes=60)
    assert opening.can_wait


def test_a_booking_with_a_start_needs_a_worker_that_is_up_by_then() -> None:
    soon = a_request(interval=minutes_from_now(5, 65))

    refused = one(soon, fleet(COMING))

    assert isinstance(refused, Refusal)
    assert refused.worker_reasons == {"status": 1}
    assert refused.details["status"] == "coming is COMING, ready only at 2030-01-01 09:10:00 UTC"
    assert refused.alternatives == (minutes_from_now(10, 70),)


def test_a_worker_may_come_up_after_the_grid_begins_as_long_as_it_is_there_in_time() -> None:
    in_time = NOW + timedelta(minutes=10)
    wish = a_request(interval=minutes_from_now(5, 65), needed_at=in_time)

    assert one(wish, fleet(COMING)) == Promise("s-1", "coming")
    assert isinstance(
        one(a_request(interval=wish.interval, needed_at=in_time - timedelta(seconds=1)), fleet(COMING)), Refusal
    )


def test_one_for_as_soon_as_possible_takes_what_comes() -> None:
    assert one(a_request(asap=True), fleet(COMING)) == Promise("s-1", "coming")


def test_a_worker_that_is_gone_or_excluded_takes_nobody() -> None:
    gone = a_worker("gone", supply=WorkerSupply.GONE, placeable=False, status="DRAINING")

    refused = one(a_request(), fleet(gone, UP), exclude=("up",))

    assert isinstance(refused, Refusal)
    assert refused.worker_reasons == {"status": 2}


def test_reasons_add_up_to_the_workers_and_the_enabled_templates() -> None:
    full = a_worker("full", allocations=(an_allocation(vector=ROOMY),))
    other_licence = a_worker("personal", license_type=LicenseType.PERSONAL)
    templates = (
        a_template("at-the-limit"),
        a_template("personal", license_type=LicenseType.PERSONAL),
        a_template("off", enabled=False),
    )
    request = a_request(license_affinity=(LicenseType.ENTERPRISE,), asap=True)

    plan = admit([request], fleet(full, other_licence, templates=templates), FleetLimits(2))

    (refused,) = plan.refusals
    assert refused.worker_reasons == {"license": 1, "capacity": 1}
    assert refused.template_reasons == {"license": 1, "fleet_limit": 1}
    assert refused.summary == "0/2 workers: 1 license, 1 capacity; 0/2 templates: 1 license, 1 fleet_limit"
    assert (refused.workers, refused.templates) == (2, 2)


def test_the_nearest_times_before_and_after_are_told() -> None:
    full = a_worker("w", allocations=(an_allocation(vector=ROOMY, interval=LATER),))

    refused = one(a_request(interval=minutes_from_now(130, 190)), fleet(full))

    assert isinstance(refused, Refusal)
    assert refused.alternatives == (minutes_from_now(180, 240), minutes_from_now(60, 120), minutes_from_now(0, 60))


def test_what_no_worker_could_ever_hold_has_no_other_time() -> None:
    refused = one(a_request(requirements=ROOMY + HALF), fleet(UP, templates=(a_template(),)))

    assert isinstance(refused, Refusal)
    assert refused.alternatives == ()


starts = st.integers(0, 24).map(lambda five: five * 5)


@st.composite
def some_requests(draw: st.DrawFn) -> list[PlacementRequest]:
    found: list[PlacementRequest] = []
    for number in range(draw(st.integers(1, 14))):
        start, length = draw(starts), draw(st.sampled_from([5, 30, 60]))
        needed = ResourceVector(cpu_cores=draw(st.integers(1, 16)), memory_gb=4, storage_gb=4, nodes=4, ports=2)
        found.append(
            a_request(
                f"s-{number}",
                requirements=needed,
                interval=minutes_from_now(start, start + length),
                asap=draw(st.booleans()),
            )
        )
    return found


workers = st.lists(st.sampled_from([UP, COMING, ASLEEP, PLANNED]), unique=True)


def _promised(plan: AdmissionPlan, requests: list[PlacementRequest]) -> dict[str, list[CapacityAllocation]]:
    found: dict[str, list[CapacityAllocation]] = {}
    for request, outcome in zip(requests, plan.outcomes, strict=True):
        if isinstance(outcome, Promise):
            held = an_allocation(request.session_id, vector=request.requirements, interval=request.interval)
            found.setdefault(outcome.worker_id, []).append(held)
    return found


@given(some_requests(), workers, st.integers(0, 5))
def test_no_plan_promises_more_than_there_is_or_opens_more_than_allowed(
    requests: list[PlacementRequest], there: list[WorkerSnapshot], limit: int
) -> None:
    plan = admit(requests, fleet(*there, templates=(a_template(),)), FleetLimits(limit))

    assert not plan.openings or len(plan.openings) + len(there) <= limit
    for held in _promised(plan, requests).values():
        for place, each in enumerate(held):
            assert not shortfalls(ROOMY, held[:place], each.vector, each.interval, NOW)


def _shape(request: PlacementRequest) -> PlacementRequest:
    """What two requests have in common that are one to the planner."""
    return replace(request, session_id="", promised_worker_id=None, priority=BookingPriority.SELF_STUDY)


@given(some_requests(), workers, st.integers(0, 5))
def test_every_refusal_adds_up_and_each_of_its_alternatives_would_be_taken(
    requests: list[PlacementRequest], there: list[WorkerSnapshot], limit: int
) -> None:
    template = a_template(startup_seconds=600)
    plan = admit(requests, fleet(*there, templates=(template,)), FleetLimits(limit))
    held = _promised(plan, requests)
    opened = [template.as_worker(each.id, each.ready_at) for each in plan.openings]
    after = fleet(
        *(a_worker_with(worker, held.get(worker.id, [])) for worker in (*there, *opened)), templates=(template,)
    )

    for refused in plan.refusals:
        assert refused.templates == 1
        assert refused.workers <= len(there) + len(opened)
    last = plan.outcomes[-1]
    refused_before = any(
        isinstance(outcome, Refusal) and _shape(each) == _shape(requests[-1])
        for each, outcome in zip(requests[:-1], plan.outcomes[:-1], strict=True)
    )
    # the second of a shape is told what the first was, on the fleet as it was then
    if isinstance(last, Refusal) and not refused_before:
        assert last.workers == len(there) + len(opened)
        for slot in last.alternatives:
            wish = a_request("again", requirements=requests[-1].requirements, interval=slot)
            assert isinstance(admit([wish], after, FleetLimits(limit)).outcomes[0], Promise)


several = st.lists(a_drawn_request(), min_size=1, max_size=6).map(
    lambda drawn: [replace(each, session_id=f"s-{number}") for number, each in enumerate(drawn)]
)
offers = st.lists(
    st.sampled_from([a_template(), a_template("dear", cost_per_hour_usd=9.0, startup_seconds=60)]), unique=True
)


@given(several, a_drawn_fleet(), offers, st.integers(0, 6), st.sets(st.sampled_from(["w-0", "w-1", "w-2"])))
def test_the_plan_is_what_plain_loops_over_the_rules_make(
    requests: list[PlacementRequest],
    drawn: FleetSnapshot,
    templates: list[TemplateSnapshot],
    limit: int,
    exclude: set[str],
) -> None:
    there = replace(drawn, templates=tuple(templates))

    plan = admit(requests, there, FleetLimits(limit), exclude)

    assert [_told(each) for each in plan.outcomes] == loop_admit(requests, there, FleetLimits(limit), exclude)


@given(st.lists(st.tuples(several, a_drawn_fleet()), min_size=2, max_size=4))
def test_a_planner_that_is_kept_answers_like_a_new_one(
    plans: list[tuple[list[PlacementRequest], FleetSnapshot]],
) -> None:
    kept = AdmissionPlanner()

    for requests, drawn in plans:
        there = replace(drawn, templates=(a_template(),))
        assert kept.admit(requests, there, LIMITS) == admit(requests, there, LIMITS)


promised_before = st.lists(st.tuples(st.integers(1, 12), starts, st.integers(0, 2)), max_size=12)


@given(promised_before, some_requests(), st.integers(0, 6))
def test_room_is_made_by_moves_after_which_nobody_holds_more_than_there_is(
    before: list[tuple[int, int, int]], requests: list[PlacementRequest], most: int
) -> None:
    there = {each: a_worker(each) for each in ("w-0", "w-1", "w-2")}
    movable: list[PlacementRequest] = []
    for number, (cores, start, at) in enumerate(before):
        needed, slot = ResourceVector(cpu_cores=cores, memory_gb=1), minutes_from_now(start, start + 60)
        held = an_allocation(f"m-{number}", vector=needed, interval=slot, granted=False)
        if not shortfalls(ROOMY, there[f"w-{at}"].allocations, needed, slot, NOW):
            there[f"w-{at}"] = there[f"w-{at}"].holding(held)
            movable.append(a_request(f"m-{number}", requirements=needed, interval=slot))

    plan = admit(requests, fleet(*there.values()), FleetLimits(3), movable=Movable(movable, most))

    holding = {each.id: list(each.allocations) for each in there.values()}
    for request, outcome in zip(requests, plan.outcomes, strict=True):
        if not isinstance(outcome, Promise):
            continue
        assert len(outcome.moves) <= most
        assert len({move.session_id for move in outcome.moves}) == len(outcome.moves)
        moved = {
            move: next(each for each in holding[move.from_worker_id] if each.session_id == move.session_id)
            for move in outcome.moves
        }
        for move, held in moved.items():
            assert held.interval.start > NOW
            holding[move.from_worker_id].remove(held)
        for move, held in moved.items():
            assert not shortfalls(ROOMY, holding[move.to_worker_id], held.vector, held.interval, NOW)
            holding[move.to_worker_id].append(held)
        assert not shortfalls(ROOMY, holding[outcome.worker_id], request.requirements, request.interval, NOW)
        held = an_allocation(request.session_id, vector=request.requirements, interval=request.interval)
        holding[outcome.worker_id].append(held)


@pytest.mark.parametrize(("cores", "may_help"), [(7, True), (9, False)])
def test_moving_may_help_only_where_all_workers_together_have_the_room(cores: int, may_help: bool) -> None:
    held = ROOMY.model_copy(
        update={"cpu_cores": ROOMY.cpu_cores - 4, "memory_gb": 0, "storage_gb": 0, "nodes": 0, "ports": 0}
    )
    there = [a_worker(name, allocations=(an_allocation(f"h-{name}", vector=held, interval=LATER),)) for name in "ab"]

    plan = admit([a_request(requirements=ResourceVector(cpu_cores=cores), interval=LATER)], fleet(*there), LIMITS)

    assert plan.moving_may_help is may_help


def test_a_class_gets_the_template_that_holds_most_of_it_for_the_money() -> None:
    small, large = a_template("small", capacity=HALF, cost_per_hour_usd=3.0), a_template("large", cost_per_hour_usd=5.0)
    seats = [a_request(f"s-{number}", requirements=HALF, interval=LATER) for number in range(2)]

    alone = admit(seats[:1], fleet(templates=(small, large)), LIMITS)
    together = admit(seats, fleet(templates=(small, large)), LIMITS)

    assert [each.template_name for each in alone.openings] == ["small"]
    assert [each.template_name for each in together.openings] == ["large"]


def test_where_others_are_already_as_much_again_is_expected() -> None:
    small, large = a_template("small", capacity=HALF, cost_per_hour_usd=3.0), a_template("large", cost_per_hour_usd=5.0)
    full = a_worker("up", allocations=(an_allocation("s-0", vector=ROOMY, interval=LATER),))

    plan = admit([a_request(requirements=HALF, interval=LATER)], fleet(full, templates=(small, large)), LIMITS)

    assert [each.template_name for each in plan.openings] == ["large"]


def _told(outcome: Promise | Refusal) -> LoopOutcome:
    if isinstance(outcome, Promise):
        return LoopOutcome(outcome.worker_id, {}, {})
    return LoopOutcome(None, outcome.worker_reasons, outcome.template_reasons)


def a_worker_with(worker: WorkerSnapshot, held: list[CapacityAllocation]) -> WorkerSnapshot:
    for each in held:
        worker = worker.holding(each)
    return worker
