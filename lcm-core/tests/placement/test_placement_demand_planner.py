from datetime import timedelta

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.demand_planner import (
    NoSupply,
    OnTheWay,
    RoomNow,
    WantsNewWorker,
    demand_key,
    plan_demand,
)
from lcm_core.placement.failures import TemplatePause
from lcm_core.placement.fleet import FleetSnapshot
from lcm_core.testing.placement_builders import (
    NOW,
    SMALL,
    a_request,
    a_template,
    a_worker,
    a_worker_on_the_way,
    an_allocation,
    minutes_from_now,
)


def fleet_of(*workers: object, templates: tuple[object, ...] = (a_template(),)) -> FleetSnapshot:
    return FleetSnapshot(at=NOW, workers=workers, templates=templates)  # type: ignore[arg-type]


def test_an_empty_fleet_asks_for_one_worker_for_all_that_fit_on_it() -> None:
    plan = plan_demand([a_request(f"s-{n}") for n in range(4)], fleet_of())
    assert [each.session_ids for each in plan.scale_ups] == [("s-0", "s-1", "s-2", "s-3")]


def test_it_asks_for_as_many_workers_as_the_queue_needs() -> None:
    plan = plan_demand([a_request(f"s-{n}") for n in range(9)], fleet_of())
    assert len(plan.scale_ups) == 3


def test_sessions_that_follow_each_other_share_a_worker() -> None:
    one_at_a_time = a_template(capacity=SMALL)
    slots = [minutes_from_now(60 * n, 60 * n + 60) for n in range(3)]
    requests = [a_request(f"s-{n}", interval=slot) for n, slot in enumerate(slots)]
    assert len(plan_demand(requests, fleet_of(templates=(one_at_a_time,))).scale_ups) == 1


def test_room_on_a_worker_that_is_up_needs_no_scale_up() -> None:
    plan = plan_demand([a_request()], fleet_of(a_worker()))
    assert (plan.scale_ups, plan.supply["s-1"]) == ((), RoomNow("w-1"))


def test_a_worker_on_the_way_is_filled_before_another_is_asked_for() -> None:
    coming = a_worker_on_the_way()
    plan = plan_demand([a_request(f"s-{n}") for n in range(5)], fleet_of(coming))
    assert plan.supply["s-3"] == OnTheWay(coming.id, coming.name, coming.expected_ready_at)
    assert [each.session_ids for each in plan.scale_ups] == [("s-4",)]


def test_the_cheapest_template_that_holds_the_session_is_chosen() -> None:
    templates = (
        a_template("dear", cost_per_hour_usd=9),
        a_template("cheap-but-small", cost_per_hour_usd=1, capacity=ResourceVector(cpu_cores=1)),
        a_template("cheap-but-off", cost_per_hour_usd=1, enabled=False),
        a_template("fair", cost_per_hour_usd=4),
    )
    plan = plan_demand([a_request()], fleet_of(templates=templates))
    assert isinstance(plan.supply["s-1"], WantsNewWorker)
    assert plan.scale_ups[0].template_name == "fair"


def test_the_licence_decides_which_template_will_do() -> None:
    templates = (
        a_template("personal", cost_per_hour_usd=1, license_type=LicenseType.PERSONAL),
        a_template("enterprise", cost_per_hour_usd=5),
    )
    many_nodes = a_request(requirements=ResourceVector(nodes=21))
    assert plan_demand([many_nodes], fleet_of(templates=templates)).scale_ups[0].template_name == "enterprise"


def test_virtual_machines_are_not_planned_on_an_instance_type_that_cannot_run_them() -> None:
    templates = (
        a_template("virtual", cost_per_hour_usd=1, nested_virtualization=False),
        a_template("metal", cost_per_hour_usd=5),
    )
    machines, containers = a_request("m", nested_virtualization=True), a_request("c")
    for wanted, template in ((machines, "metal"), (containers, "virtual")):
        assert plan_demand([wanted], fleet_of(templates=templates)).scale_ups[0].template_name == template


def test_what_no_template_holds_is_said_per_template() -> None:
    huge = a_request(requirements=ResourceVector(cpu_cores=64))
    plan = plan_demand([huge], fleet_of())
    assert plan.scale_ups == ()
    assert plan.supply["s-1"] == NoSupply("standard cpu_cores: needs 64, 16 free")


def test_without_an_enabled_template_it_says_so() -> None:
    plan = plan_demand([a_request()], fleet_of(templates=()))
    assert plan.supply["s-1"] == NoSupply("there is no enabled template")


def test_the_demand_key_depends_on_facts_not_on_order() -> None:
    assert demand_key("t", ["a", "b"], 0) == demand_key("t", ["b", "a"], 0)
    assert len({demand_key("t", ["a"], 0), demand_key("t", ["a"], 1), demand_key("u", ["a"], 0)}) == 3


def test_a_template_whose_worker_just_failed_is_left_alone_and_the_next_one_taken() -> None:
    pause = TemplatePause(NOW + timedelta(seconds=30), "no image")
    templates = (a_template("cheap", cost_per_hour_usd=1, pause=pause), a_template("dear", cost_per_hour_usd=9))
    assert plan_demand([a_request()], fleet_of(templates=templates)).scale_ups[0].template_name == "dear"


def test_when_only_failing_templates_are_left_it_says_when_it_is_tried_again() -> None:
    pause = TemplatePause(NOW + timedelta(seconds=30), "no image")
    plan = plan_demand([a_request()], fleet_of(templates=(a_template(pause=pause),)))
    assert plan.supply["s-1"] == NoSupply(
        "standard is tried again at 2030-01-01 09:00:30 UTC, its last worker failed (no image)", pause.until
    )


def test_a_pause_that_is_over_holds_nobody_back() -> None:
    plan = plan_demand([a_request()], fleet_of(templates=(a_template(pause=TemplatePause(NOW, "no image")),)))
    assert len(plan.scale_ups) == 1


def test_a_session_that_was_placed_since_the_queue_was_read_needs_no_other_room() -> None:
    full = a_worker(declared=SMALL, allocations=(an_allocation("s-1"),))
    plan = plan_demand([a_request("s-1")], fleet_of(full))
    assert (plan.scale_ups, plan.supply["s-1"]) == ((), RoomNow("w-1"))
