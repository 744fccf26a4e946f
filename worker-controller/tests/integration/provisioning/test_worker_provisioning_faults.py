"""Whatever fails on the way up, at whatever call: one instance in the end or none, and nobody's."""

import os
from collections.abc import Sequence
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus as W

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKERS = "/api/internal/workers/{id}"
PATH: tuple[tuple[str, str], ...] = (
    ("cml", "GET /api/v0/licensing"),
    ("cml", "GET /api/v0/system_information"),
    ("cml", "GET /api/v0/system_stats"),
    ("cml", "GET /api/v0/users/admin/id"),
    ("cml", "PATCH /api/v0/users/{id}"),
    ("cml", "POST /api/v0/authenticate"),
    ("cml", "POST /api/v0/licensing/registration"),
    ("cml", "PUT /api/v0/licensing/product_license"),
    ("control-plane", f"GET {WORKERS}"),
    ("control-plane", "GET /api/internal/worker-templates/{name}"),
    ("control-plane", f"POST {WORKERS}/launch-attempts"),
    ("control-plane", f"POST {WORKERS}/launched"),
    ("control-plane", f"POST {WORKERS}/provisioning"),
    ("control-plane", f"POST {WORKERS}/ready"),
    ("ec2", "DescribeImages"),
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeSecurityGroups"),
    ("ec2", "DescribeSubnets"),
    ("ec2", "RunInstances"),
)
"""Every kind of call between the demand for a worker and its first session. A new one belongs here, and is tested."""


GIVING_UP: tuple[tuple[str, str], ...] = (
    ("cml", "DELETE /api/v0/licensing/deregistration"),
    ("control-plane", f"POST {WORKERS}/failed"),
    ("control-plane", f"POST {WORKERS}/terminated"),
    ("ec2", "GetConsoleOutput"),
    ("ec2", "TerminateInstances"),
)
"""What is called besides when a worker does not come up."""
NEVER_READY = {"readiness_least": 5, "readiness_factor": 0.01, "licence_deadline": 1}


FAULTS = ("BEFORE", "AFTER", "TIMEOUT")


def struck(calls: Sequence[tuple[str, str]]) -> list[Any]:
    """Each call with one of the faults, in turn; with LCM_EVERY_FAULT set (``make test-faults``) with each of them."""
    every = "LCM_EVERY_FAULT" in os.environ
    pairs = [
        (call, fault)
        for number, call in enumerate(calls)
        for turn, fault in enumerate(FAULTS)
        if every or number % len(FAULTS) == turn
    ]
    return [pytest.param(call, fault, id=f"{' '.join(call)}-{fault}") for call, fault in pairs]


async def test_the_path_makes_exactly_the_calls_that_are_tested(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    await world.calm()
    await world.run_until(worker_id, W.RUNNING)

    made = await world.calls()

    assert made == set(PATH)
    await world.remove(worker_id)


@pytest.mark.parametrize(("call", "fault"), struck(PATH))
async def test_a_worker_comes_up_with_one_instance_and_goes_without_any(
    world: Any, call: tuple[str, str], fault: str
) -> None:
    worker_id = await world.ask_for_worker()
    await world.strike(call, fault)

    up = await world.run_until(worker_id, W.RUNNING)
    await world.calm()

    assert up.placeable
    assert [row["InstanceId"] for row in world.instances(worker_id)] == [up.ec2_instance_id]
    assert up.license.node_limit == 20
    gone = await world.remove(worker_id)
    assert gone.status is W.TERMINATED
    assert world.all_instances() == []


@pytest.mark.parametrize("fault", ["BEFORE", "AFTER", "TIMEOUT"])
async def test_a_worker_that_is_cancelled_in_mid_launch_leaves_no_instance(world: Any, fault: str) -> None:
    worker_id = await world.ask_for_worker()
    await world.strike(("ec2", "RunInstances"), fault)
    reconciler = world.reconciler()
    with pytest.raises(Exception, match="launch"):
        await reconciler.reconcile(worker_id)

    await world.client.workers.set_desired_status(worker_id, world.terminated())
    await world.run_until(worker_id, W.TERMINATED, seconds=100)
    await world.calm()

    assert world.all_instances() == []


async def test_giving_up_makes_exactly_the_calls_that_are_tested(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    await world.calm()
    await world.strike_for_good("/api/v0/system_stats", 502)
    await world.run_until(worker_id, W.TERMINATED, **NEVER_READY)

    assert await world.calls() - set(PATH) == set(GIVING_UP)


@pytest.mark.parametrize(("call", "fault"), struck(GIVING_UP))
async def test_a_worker_that_does_not_come_up_has_failed_with_evidence_and_leaves_no_instance(
    world: Any, call: tuple[str, str], fault: str
) -> None:
    worker_id = await world.ask_for_worker()
    await world.strike_for_good("/api/v0/system_stats", 502)
    await world.strike(call, fault)

    failed = await world.run_until(worker_id, W.FAILED, **NEVER_READY)
    await world.run_until(worker_id, W.TERMINATED)

    assert "/api/v0/system_stats" in failed.failure, "what did not answer, or answered 502, is named"
    assert failed.failure_evidence.cml_answer
    assert failed.failure_evidence.console_output
    assert world.all_instances() == []
