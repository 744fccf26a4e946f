from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus, WorkerOrigin
from lcm_core.domain.errors import FarEndError, RuleViolation
from lcm_core.domain.fleet_care import OrphanAction, WorkerCareTerms
from lcm_core.domain.read_models import StrayDecision, StrayKind, StrayVerdict
from lcm_core.domain.steering import DISCOVERY_KEY
from worker_controller.application.services.discovery import DiscoveryReconciler
from worker_controller.application.services.stray_handler import StrayHandler
from worker_controller.domain.ec2 import Ec2Instance, Ec2State


@pytest.fixture
def discovery(world: Any) -> DiscoveryReconciler:
    handler = StrayHandler(world.client, world.ec2, world.ec2, world.cml, clock=world.clock)
    return DiscoveryReconciler(
        world.client, handler, world.ec2, world.ec2, regions=["us-east-1"], clock=world.clock, young_seconds=300
    )


def an_instance(world: Any, worker_id: str | None, instance_id: str = "i-9", **changes: Any) -> None:
    old = world.clock.now() - timedelta(hours=1)
    instance = Ec2Instance(
        instance_id,
        "us-east-1",
        Ec2State.RUNNING,
        "ami",
        worker_id,
        private_ip="127.10.0.9",
        launched_at=old,
        instance_type="m5zn.metal",
        template_name="enterprise-large",
        fleet="lcm",
    )
    world.ec2.rows[instance_id] = replace(instance, **changes)


async def kinds(discovery: DiscoveryReconciler, world: Any) -> dict[str, str]:
    """What was found, by instance, whatever became of it."""
    world.care.findings.clear()
    await discovery.reconcile(DISCOVERY_KEY)
    return {each.subject: each.inputs["stray"] for each in world.care.findings}


def left(world: Any) -> dict[str, str]:
    """Why what is flagged was left, by instance."""
    return {flag.ec2_instance_id: flag.why_left for flag in world.care.flags.values()}


def policy(world: Any, action: OrphanAction, **terms: Any) -> None:
    world.care.terms = WorkerCareTerms(orphans=action, **terms)


async def test_the_instance_of_a_worker_is_no_stray(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-9")
    an_instance(world, "w-1")
    assert await kinds(discovery, world) == {}
    assert (discovery.report.instances, discovery.report.workers) == (1, 1)


@pytest.mark.parametrize("worker_id", [None, "somebody-else"])
async def test_an_instance_that_no_record_knows_is_told_and_left_alone(
    world: Any, discovery: DiscoveryReconciler, worker_id: str | None
) -> None:
    an_instance(world, worker_id)
    assert await kinds(discovery, world) == {"i-9": StrayKind.UNKNOWN}
    assert len(world.ec2.alive) == 1


async def test_what_a_terminated_worker_left_behind_is_removed(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(status=CMLWorkerStatus.TERMINATED, ec2_instance_id="i-9")
    an_instance(world, "w-1")
    assert await kinds(discovery, world) == {"i-9": StrayKind.LEFTOVER}
    assert world.ec2.alive == []


async def test_the_instance_of_a_worker_that_is_only_planned_is_removed(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.PENDING, desired_status=WorkerDesiredStatus.STOPPED)
    an_instance(world, "w-1")
    assert await kinds(discovery, world) == {"i-9": StrayKind.LEFTOVER}
    assert world.ec2.alive == []


async def test_the_instance_of_a_worker_that_is_to_be_launched_is_no_stray(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.PENDING)
    an_instance(world, "w-1")
    assert await kinds(discovery, world) == {}


async def test_a_second_instance_of_a_worker_is_removed_and_the_first_one_kept(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-1")
    an_instance(world, "w-1", "i-1")
    an_instance(world, "w-1", "i-2")
    assert await kinds(discovery, world) == {"i-2": StrayKind.DUPLICATE}
    assert [each.id for each in world.ec2.alive] == ["i-1"]


async def test_a_launch_that_is_not_reported_yet_is_no_stray(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker()
    an_instance(world, "w-1")
    assert await kinds(discovery, world) == {}


async def test_a_young_instance_is_given_time(world: Any, discovery: DiscoveryReconciler) -> None:
    an_instance(world, "somebody", launched_at=world.clock.now() - timedelta(seconds=299))
    assert await kinds(discovery, world) == {}


async def test_regions_of_workers_are_looked_at_too(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(region="eu-west-1", status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-1")
    an_instance(world, "w-1", "i-2", region="eu-west-1")
    assert await kinds(discovery, world) == {"i-2": StrayKind.DUPLICATE}


async def test_a_duplicate_with_labs_on_it_is_not_terminated_and_says_so(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-1")
    an_instance(world, "w-1", "i-2")
    world.cml.lab_ids = frozenset({"lab-1"})
    await discovery.reconcile(DISCOVERY_KEY)
    assert [each.id for each in world.ec2.alive] == ["i-2"]
    assert "1 labs are on it" in left(world)["i-2"]
    world.cml.lab_ids = frozenset()
    await discovery.reconcile(DISCOVERY_KEY)
    assert (world.ec2.alive, left(world)) == ([], {})


async def test_a_duplicate_whose_cml_does_not_answer_may_have_labs(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-1")
    an_instance(world, "w-1", "i-2")
    world.cml.answers = False
    await discovery.reconcile(DISCOVERY_KEY)
    assert [each.id for each in world.ec2.alive] == ["i-2"]
    assert "does not say whether there are labs" in left(world)["i-2"]


async def test_a_duplicate_at_rest_cannot_be_asked_for_its_labs_and_stays(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-1")
    an_instance(world, "w-1", "i-2", state=Ec2State.STOPPED)
    await discovery.reconcile(DISCOVERY_KEY)
    assert [each.id for each in world.ec2.alive] == ["i-2"]
    assert "cannot say whether there are labs" in left(world)["i-2"]


async def test_an_instance_that_its_failed_worker_has_let_go_is_not_claimed_again(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.FAILED, ec2_instance_id="i-9")
    an_instance(world, None, "i-9")
    await discovery.reconcile(DISCOVERY_KEY)
    assert world.ec2.rows["i-9"].worker_id is None


async def test_an_unknown_instance_is_flagged_with_what_to_do_until_it_is_gone(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    an_instance(world, None)
    first = world.clock.now()
    for _ in range(2):
        await discovery.reconcile(DISCOVERY_KEY)
        world.clock.advance(300)
    (flag,) = world.care.flags.values()
    assert (flag.kind, flag.flagged_at) == (StrayKind.UNKNOWN, first)
    assert "lcm stray" in flag.what_to_do
    del world.ec2.rows["i-9"]
    await discovery.reconcile(DISCOVERY_KEY)
    assert world.care.flags == {}


async def test_by_policy_an_unknown_instance_becomes_a_worker_of_the_template_that_its_tag_names(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    policy(world, OrphanAction.ADOPT)
    world.add_worker("w-other")
    an_instance(world, "gone-for-long")
    await discovery.reconcile(DISCOVERY_KEY)
    adopted = world.record.rows["w-i-9"]
    assert (adopted.status, adopted.ec2_instance_id) == (CMLWorkerStatus.PROVISIONING, "i-9")
    assert world.ec2.rows["i-9"].worker_id == "w-i-9"
    assert left(world) == {}
    assert await kinds(discovery, world) == {}


async def test_an_adoption_that_is_cut_off_before_the_tag_is_finished_by_the_next_look(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    policy(world, OrphanAction.ADOPT)
    world.add_worker("w-other")
    an_instance(world, None)
    world.crashes.plan = iter(["after"])
    await discovery.reconcile(DISCOVERY_KEY)
    assert world.ec2.rows["i-9"].worker_id is None
    await discovery.reconcile(DISCOVERY_KEY)
    assert world.ec2.rows["i-9"].worker_id == "w-i-9"
    assert [row.ec2_instance_id for row in world.record.rows.values()].count("i-9") == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"template_name": ""}, "names no template"),
        ({"template_name": "no-such"}, "names no template"),
        ({"instance_type": "t3.micro"}, "is of type t3.micro"),
        ({"released": "lcm-w-1: licence refused"}, "licence refused"),
        ({"spot": True}, "spot"),
        ({"state": Ec2State.STOPPING}, "is stopping"),
    ],
)
async def test_what_does_not_fit_is_not_adopted_and_says_why(
    world: Any, discovery: DiscoveryReconciler, changes: dict[str, Any], why: str
) -> None:
    policy(world, OrphanAction.ADOPT)
    world.add_worker("w-other")
    an_instance(world, None, **changes)
    await discovery.reconcile(DISCOVERY_KEY)
    assert why in left(world)["i-9"]
    assert len(world.ec2.alive) == 1


async def test_a_region_that_is_full_leaves_the_instance_flagged(world: Any, discovery: DiscoveryReconciler) -> None:
    policy(world, OrphanAction.ADOPT)
    world.add_worker("w-other")
    an_instance(world, None)
    world.record.refusal = RuleViolation("Region us-east-1 has 20 workers.", code="fleet-limit")
    await discovery.reconcile(DISCOVERY_KEY)
    assert left(world) == {"i-9": "Region us-east-1 has 20 workers."}
    assert world.care.findings[-1].decided_by == "fleet-limit"


async def test_by_policy_an_unknown_instance_is_terminated_when_its_grace_is_over_and_it_has_no_lab(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    policy(world, OrphanAction.TERMINATE_AFTER_GRACE, orphan_grace_seconds=3600)
    an_instance(world, None)
    await discovery.reconcile(DISCOVERY_KEY)
    world.clock.advance(3599)
    await discovery.reconcile(DISCOVERY_KEY)
    assert len(world.ec2.alive) == 1
    world.clock.advance(1)
    world.cml.lab_ids = frozenset({"lab-1"})
    await discovery.reconcile(DISCOVERY_KEY)
    assert len(world.ec2.alive) == 1, "somebody has a lab on it"
    world.cml.lab_ids = frozenset()
    await discovery.reconcile(DISCOVERY_KEY)
    assert world.ec2.alive == []


async def test_an_instance_that_a_failed_worker_let_go_is_never_terminated_by_policy(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    policy(world, OrphanAction.TERMINATE_AFTER_GRACE, orphan_grace_seconds=0)
    an_instance(world, None, released="lcm-w-1: CML did not answer")
    await discovery.reconcile(DISCOVERY_KEY)
    assert len(world.ec2.alive) == 1
    assert "CML did not answer" in left(world)["i-9"]


async def test_an_instance_that_is_about_to_be_imported_is_no_stray(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(import_of="i-9", origin=WorkerOrigin.IMPORTED)
    an_instance(world, "somebody-else")
    assert await kinds(discovery, world) == {}


async def test_a_region_that_does_not_answer_keeps_its_flags_and_the_others_are_dealt_with(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker("w-eu", region="eu-west-1", status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-eu")
    an_instance(world, None, "i-1", region="eu-west-1")
    await discovery.reconcile(DISCOVERY_KEY)
    world.ec2.unseen_regions.add("eu-west-1")
    an_instance(world, None, "i-2")
    with pytest.raises(FarEndError):
        await discovery.reconcile(DISCOVERY_KEY)
    assert set(world.care.flags) == {"i-1", "i-2"}
    assert discovery.report.regions_unseen == ["eu-west-1"]


def decided(world: Any, verdict: StrayVerdict, instance_id: str = "i-9", *, with_labs: bool = False) -> None:
    world.care.decisions[instance_id] = StrayDecision(
        verdict=verdict, with_labs=with_labs, by="ada", at=world.clock.now(), reason="looked at it"
    )


async def test_what_somebody_wants_gone_is_terminated_when_there_is_no_lab_on_it(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    an_instance(world, None)
    decided(world, StrayVerdict.TERMINATE)
    await discovery.reconcile(DISCOVERY_KEY)
    assert world.ec2.alive == []
    assert world.care.findings[-1].summary == "Terminated: ada wants it gone: looked at it."
    assert left(world) == {}


async def test_what_somebody_wants_gone_stays_while_nobody_can_say_whether_it_has_labs(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    an_instance(world, None, state=Ec2State.STOPPED)
    decided(world, StrayVerdict.TERMINATE)
    await discovery.reconcile(DISCOVERY_KEY)
    assert len(world.ec2.alive) == 1
    assert "cannot say whether there are labs" in left(world)["i-9"]


async def test_what_somebody_wants_gone_with_its_labs_is_terminated_whatever_is_on_it(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    an_instance(world, None, state=Ec2State.STOPPED)
    decided(world, StrayVerdict.TERMINATE, with_labs=True)
    await discovery.reconcile(DISCOVERY_KEY)
    assert world.ec2.alive == []


@pytest.mark.parametrize("orphans", [OrphanAction.ADOPT, OrphanAction.TERMINATE_AFTER_GRACE])
async def test_what_somebody_leaves_is_left_whatever_the_policy_says(
    world: Any, discovery: DiscoveryReconciler, orphans: OrphanAction
) -> None:
    policy(world, orphans, orphan_grace_seconds=0)
    an_instance(world, None)
    decided(world, StrayVerdict.LEAVE)
    await discovery.reconcile(DISCOVERY_KEY)
    assert len(world.ec2.alive) == 1
    assert left(world) == {"i-9": "ada leaves it as it is: looked at it"}


async def test_what_a_worker_stands_for_since_the_fleet_was_read_is_not_terminated_whoever_wants_it_gone(
    world: Any, discovery: DiscoveryReconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_instance(world, None)
    decided(world, StrayVerdict.TERMINATE, with_labs=True)
    told = world.care.report_strays

    async def taken_in_meanwhile(body: Any) -> Any:
        if not world.record.rows:
            world.add_worker(status=CMLWorkerStatus.PENDING, import_of="i-9")
        return await told(body)

    monkeypatch.setattr(world.care, "report_strays", taken_in_meanwhile)
    await discovery.reconcile(DISCOVERY_KEY)
    assert len(world.ec2.alive) == 1
    assert "stands for it now" in left(world)["i-9"]
