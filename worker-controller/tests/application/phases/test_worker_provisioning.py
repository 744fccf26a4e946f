"""How a worker gets its instance when EC2 has none to give, and what is kept when it never comes up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import LicenseType, WorkerDesiredStatus
from lcm_core.domain.provisioning import (
    LaunchOutcome,
    LicenseAction,
    LicenseRequest,
    LicenseRequestOutcome,
    ProvisioningStep,
    ProvisioningTerms,
    PurchaseOption,
)
from lcm_core.domain.values import ResourceVector, WorkerLicense
from lcm_core.testing.examples import examples
from worker_controller.domain.ec2 import Ec2State, LaunchNetwork, client_token

FULL = "InsufficientInstanceCapacity"
ON_DEMAND, SPOT = PurchaseOption.ON_DEMAND, PurchaseOption.SPOT
NETWORKS = (
    LaunchNetwork("subnet-a", ("sg-1",), "us-east-1a"),
    LaunchNetwork("subnet-b", ("sg-1",), "us-east-1b"),
)


def with_terms(world: Any, **terms: Any) -> None:
    world.add_worker()
    provisioning = ProvisioningTerms.model_validate(terms)
    world.templates = [each.model_copy(update={"provisioning": provisioning}) for each in world.templates]
    world.ec2.networks = NETWORKS


def tried(world: Any) -> list[tuple[str, str, PurchaseOption, LaunchOutcome]]:
    return [
        (each.instance_type, each.subnet_id, each.purchase, each.outcome)
        for each in world.record.rows["w-1"].launch_attempts
    ]


# -- where else


async def test_a_zone_without_capacity_is_left_for_the_next_one(world: Any) -> None:
    with_terms(world)
    world.ec2.refusals = {"subnet-a": FULL}
    await world.run(steps=1)
    assert [(subnet, outcome) for _, subnet, _, outcome in tried(world)] == [
        ("subnet-a", LaunchOutcome.REFUSED),
        ("subnet-b", LaunchOutcome.TRYING),
    ]
    assert world.record.rows["w-1"].launch_attempts[0].reason == f"{FULL}: no subnet-a"
    assert world.status() is W.PROVISIONING


async def test_spot_falls_back_to_on_demand_after_all_zones(world: Any) -> None:
    with_terms(world, purchase={"option": "SPOT", "max_price_usd_per_hour": 1.5})
    world.ec2.refusals = {"SPOT": FULL}
    await world.run(steps=1)
    assert [(subnet, purchase) for _, subnet, purchase, _ in tried(world)] == [
        ("subnet-a", SPOT),
        ("subnet-b", SPOT),
        ("subnet-a", ON_DEMAND),
    ]


async def test_spot_without_fallback_waits_for_spot(world: Any) -> None:
    with_terms(world, purchase={"option": "SPOT", "on_demand_fallback": False})
    world.ec2.refusals = {"SPOT": FULL}
    await world.run(steps=30)
    assert {purchase for _, _, purchase, _ in tried(world)} == {SPOT}
    world.ec2.refusals = {}
    assert (await world.run(steps=70))[-1] is W.RUNNING


async def test_a_spot_quota_is_not_asked_for_in_another_zone(world: Any) -> None:
    with_terms(world, purchase={"option": "SPOT"})
    world.ec2.refusals = {"SPOT": "MaxSpotInstanceCountExceeded"}
    await world.run(steps=1)
    assert [(subnet, purchase) for _, subnet, purchase, _ in tried(world)] == [
        ("subnet-a", SPOT),
        ("subnet-a", ON_DEMAND),
    ]


async def test_a_quota_of_a_type_leads_to_the_next_type(world: Any) -> None:
    with_terms(world, instance_types=["m7i.metal-24xl"])
    world.ec2.refusals = {"m5zn.metal": "VcpuLimitExceeded"}
    await world.run(steps=1)
    assert [(kind, subnet) for kind, subnet, _, _ in tried(world)] == [
        ("m5zn.metal", "subnet-a"),
        ("m7i.metal-24xl", "subnet-a"),
    ]


async def test_a_subnet_without_addresses_is_left_out_for_every_type(world: Any) -> None:
    with_terms(world, instance_types=["m7i.metal-24xl"])
    world.ec2.refusals = {"subnet-a": "InsufficientFreeAddressesInSubnet", "m5zn.metal": FULL}
    await world.run(steps=1)
    assert [(kind, subnet) for kind, subnet, _, _ in tried(world)] == [
        ("m5zn.metal", "subnet-a"),
        ("m5zn.metal", "subnet-b"),
        ("m7i.metal-24xl", "subnet-b"),
    ]


async def test_two_subnets_of_a_zone_share_its_lack_of_capacity(world: Any) -> None:
    with_terms(world)
    world.ec2.networks = (*NETWORKS[:1], replace(NETWORKS[0], subnet_id="subnet-a2"), *NETWORKS[1:])
    world.ec2.refusals = {"subnet-a": FULL}
    await world.run(steps=1)
    assert [subnet for _, subnet, _, _ in tried(world)] == ["subnet-a", "subnet-b"]


async def test_an_equivalent_template_makes_the_worker_when_its_own_cannot(world: Any) -> None:
    with_terms(world, fallback_templates=["small", "other"])
    own = world.templates[0]
    big = ResourceVector(cpu_cores=96, memory_gb=384, storage_gb=900, nodes=320, ports=8000)
    other = {"name": "other", "instance_type": "m7i.metal-48xl", "capacity": big, "provisioning": ProvisioningTerms()}
    world.templates = [
        own,
        own.model_copy(update={"name": "small", "capacity": ResourceVector(cpu_cores=1)}),
        own.model_copy(update=other),
    ]
    world.ec2.refusals = {"m5zn.metal": FULL}
    assert (await world.run(steps=8))[-1] is W.RUNNING
    last = world.record.rows["w-1"].launch_attempts[-1]
    assert (last.template_name, last.instance_type) == ("other", "m7i.metal-48xl")


# -- when there is nothing, and when asking is no use


async def test_when_nothing_is_to_be_had_it_is_tried_again_in_rounds_and_given_up_with_all_reasons(world: Any) -> None:
    with_terms(world)
    world.ec2.refusals = {"subnet-a": FULL, "subnet-b": "Unsupported"}
    await world.run(steps=59, seconds=10)
    assert world.status() is W.PENDING
    assert world.record.rows["w-1"].launch_attempts[-1].round == 10
    await world.run(steps=8, seconds=10)
    assert world.status() is W.FAILED
    told = world.record.rows["w-1"].failure
    assert "InsufficientInstanceCapacity (11), Unsupported (11)" in told
    assert "last: Unsupported: no subnet-b" in told


async def test_missing_permission_fails_at_once_and_says_what_to_do(world: Any) -> None:
    with_terms(world)
    world.ec2.refusals = {"subnet-a": "UnauthorizedOperation"}
    assert await world.run(steps=2) == [W.PENDING, W.FAILED]
    assert "Give the role of worker-controller that permission." in world.record.rows["w-1"].failure
    assert [outcome for *_, outcome in tried(world)] == [LaunchOutcome.REFUSED]


async def test_a_throttled_launch_is_asked_for_again_unchanged(world: Any) -> None:
    with_terms(world)
    world.ec2.refusals = {"subnet-a": "RequestLimitExceeded"}
    await world.run(steps=5)
    world.ec2.refusals = {}
    assert (await world.run(steps=8))[-1] is W.RUNNING
    assert {(order.token, order.network.subnet_id) for order in world.ec2.orders} == {(token(world, 1), "subnet-a")}


# -- exactly one


async def test_a_launch_whose_answer_was_lost_is_repeated_to_the_letter_although_the_world_has_changed(
    world: Any,
) -> None:
    with_terms(world, user_data="#!/bin/sh\nhostnamectl set-hostname {{lcm.worker_name}}\n", tags={"team": "labs"})
    world.crashes.plan = iter([None, "before"])
    await world.run(steps=1)
    world.ec2.images = ["CML-2.9.2"]
    world.ec2.networks = NETWORKS[::-1]
    await world.run(steps=1)
    first, second = world.ec2.orders[0], world.ec2.orders[-1]
    assert first == second
    assert (first.token, first.image.name, first.user_data.split()[-1]) == (
        token(world, 1),
        "CML-2.9.1",
        "lcm-w-1",
    )


async def test_each_launch_has_a_token_of_its_own(world: Any) -> None:
    with_terms(world)
    world.ec2.refusals = {"subnet-a": FULL}
    await world.run(steps=1)
    assert [order.token for order in world.ec2.orders] == [token(world, 1), token(world, 2)]


def token(world: Any, attempt: int) -> str:
    return client_token(world.record.rows["w-1"], attempt)


def test_a_worker_of_the_same_id_that_was_made_at_another_time_has_other_tokens(world: Any) -> None:
    world.add_worker()
    worker = world.record.rows["w-1"]
    again = worker.model_copy(update={"created_at": worker.created_at + timedelta(days=1)})
    assert client_token(worker, 1) != client_token(again, 1)


async def test_a_cancelled_worker_waits_for_an_instance_that_ec2_may_not_show_yet(world: Any) -> None:
    with_terms(world)
    world.crashes.plan = iter([None, "before"])
    await world.run(steps=1)
    world.want(WorkerDesiredStatus.TERMINATED)
    await world.run(steps=30)
    assert world.status() is W.PENDING
    await world.run(steps=40)
    assert world.status() is W.TERMINATED


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plan=st.lists(st.sampled_from([None, "before", "after"]), max_size=14),
    full=st.sets(st.sampled_from(["subnet-a", "subnet-b", "SPOT", "m5zn.metal"])),
    cancel_after=st.none() | st.integers(0, 6),
)
async def test_whatever_fails_wherever_there_is_one_instance_at_the_most_and_none_without_a_worker(
    new_world: Any, plan: list[str | None], full: set[str], cancel_after: int | None
) -> None:
    world = new_world()
    with_terms(world, purchase={"option": "SPOT"}, instance_types=["m7i.metal-24xl"])
    world.ec2.refusals = dict.fromkeys(full, FULL)
    world.crashes.plan = iter(plan)
    for step in range(16):
        if step == cancel_after:
            world.want(WorkerDesiredStatus.TERMINATED)
        await world.run(steps=1)
        world.reconciler = world.new_reconciler()
        assert len(world.ec2.alive) <= 1
    world.ec2.refusals = {}
    await world.run(steps=200)
    if cancel_after is None:
        assert (world.status(), len(world.ec2.alive)) == (W.RUNNING, 1)
    else:
        assert (world.status(), world.ec2.alive) == (W.TERMINATED, [])


async def test_a_spot_worker_that_is_to_stop_goes_for_good(world: Any) -> None:
    with_terms(world, purchase={"option": "SPOT"})
    await world.run(steps=8)
    world.record.change("w-1", purchase=SPOT)
    world.want(WorkerDesiredStatus.STOPPED)
    assert (await world.run(steps=6))[-1] is W.TERMINATED
    assert (world.ec2.alive, world.cml.registration) == ([], "NOT_REGISTERED")


# -- deadlines and evidence


async def test_what_it_waits_for_is_reported_once_per_step(world: Any) -> None:
    with_terms(world)
    world.cml.answers = False
    await world.run(steps=5)
    row = world.record.rows["w-1"]
    assert (row.status, row.provisioning_step) == (W.PROVISIONING, ProvisioningStep.CML)
    version = row.version
    await world.run(steps=20)
    assert world.record.rows["w-1"].version == version


async def test_an_instance_that_does_not_run_in_time_is_given_up_with_its_console(world: Any) -> None:
    with_terms(world)
    await world.run(steps=1)
    world.ec2.rows["i-1"] = replace(world.ec2.rows["i-1"], state=Ec2State.PENDING)
    world.ec2.console = "x" * 9000 + "kernel panic, Authorization: Bearer abcdefghijklmnop"
    await world.run(steps=70, seconds=10)
    row = world.record.rows["w-1"]
    assert row.failure.startswith("EC2: not within 600 s")
    assert row.failure_evidence.step is ProvisioningStep.EC2
    assert "kernel panic" in row.failure_evidence.console_output
    assert "abcdefghijklmnop" not in row.failure_evidence.console_output
    assert world.ec2.alive == []


async def test_a_licence_that_never_holds_fails_the_worker_with_what_cml_says_of_it(world: Any) -> None:
    with_terms(world)
    world.cml.accepts_tokens = False
    await world.run(steps=70, seconds=10)
    row = world.record.rows["w-1"]
    assert row.failure.startswith("LICENSE: not within 600 s")
    assert row.failure_evidence.cml_answer.startswith("registration ")


async def test_an_instance_that_ends_before_it_ever_served_has_failed_with_ec2s_reason(world: Any) -> None:
    with_terms(world)
    world.cml.answers = False
    await world.run(steps=3)
    told = "Client.InvalidKMSKey.InvalidState: the key is disabled"
    world.ec2.rows["i-1"] = replace(world.ec2.rows["i-1"], state=Ec2State.TERMINATED, state_reason=told)
    await world.run(steps=1)
    row = world.record.rows["w-1"]
    assert (row.status, told in row.failure, told in row.failure_evidence.ec2_state) == (W.FAILED, True, True)


# -- licences on request


def ask(world: Any, action: LicenseAction, kind: LicenseType = LicenseType.ENTERPRISE) -> None:
    request = LicenseRequest(
        action=action, type=kind, reason="test", requested_by="ada", requested_at=world.clock.now()
    )
    world.record.change("w-1", license_request=request)


@pytest.mark.parametrize("kind", [LicenseType.PERSONAL, LicenseType.ENTERPRISE])
async def test_another_licence_is_taken_in_place_of_the_one_that_is_there(world: Any, kind: LicenseType) -> None:
    with_terms(world)
    await world.run(steps=8)
    ask(world, LicenseAction.REGISTER, kind)
    await world.run(steps=8)
    row = world.record.rows["w-1"]
    assert (row.license_request.outcome, row.license.type) == (LicenseRequestOutcome.DONE, kind)
    assert row.license.node_limit == 20


async def test_a_licence_is_given_back_on_request(world: Any) -> None:
    with_terms(world)
    await world.run(steps=8)
    ask(world, LicenseAction.DEREGISTER)
    await world.run(steps=4)
    row = world.record.rows["w-1"]
    assert (row.license_request.outcome, row.license.holds) == (LicenseRequestOutcome.DONE, False)
    assert world.cml.registration == "NOT_REGISTERED"


async def test_a_licence_that_cml_refuses_is_reported_as_failed_with_its_words(world: Any) -> None:
    with_terms(world)
    await world.run(steps=8)
    world.cml.accepts_tokens = False
    ask(world, LicenseAction.REGISTER, LicenseType.PERSONAL)
    await world.run(steps=70, seconds=10)
    request = world.record.rows["w-1"].license_request
    assert request.outcome is LicenseRequestOutcome.FAILED
    assert "registration FAILED" in request.detail


async def test_a_worker_is_watched_while_its_licence_is_being_changed(world: Any) -> None:
    with_terms(world)
    await world.run(steps=8)
    world.cml.accepts_tokens = False
    ask(world, LicenseAction.REGISTER, LicenseType.PERSONAL)
    await world.run(steps=20)
    assert not world.record.rows["w-1"].license.holds
    assert world.record.rows["w-1"].license_request.pending


async def test_a_worker_that_was_found_on_evaluation_is_still_wanted_with_its_own_licence(world: Any) -> None:
    with_terms(world)
    world.record.change("w-1", license=WorkerLicense(type=LicenseType.EVALUATION), license_wanted=LicenseType.PERSONAL)
    await world.run(steps=8)
    assert world.record.rows["w-1"].license.type is LicenseType.PERSONAL


async def test_the_round_begins_again_when_its_pause_is_over_also_after_a_restart(world: Any) -> None:
    with_terms(world)
    world.ec2.refusals = {"m5zn.metal": FULL}
    await world.run(steps=1)
    asked = len(world.ec2.orders)
    world.reconciler = world.new_reconciler()
    await world.run(steps=30)
    assert len(world.ec2.orders) == asked
    world.clock.advance(timedelta(seconds=60).total_seconds())
    await world.run(steps=1)
    assert len(world.ec2.orders) == asked * 2
