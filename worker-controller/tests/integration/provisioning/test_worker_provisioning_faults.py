"""Whatever fails on the way up, at whatever call: one instance in the end or none, and nobody's."""

from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus as W

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.stack]

WORKERS = "/api/internal/workers/{id}"
PATH: tuple[tuple[str, str], ...] = (
    ("cml", "GET /api/v0/licensing"),
    ("cml", "GET /api/v0/system_information"),
    ("cml", "GET /api/v0/system_stats"),
    ("cml", "GET /api/v0/users/admin/id"),
    ("cml", "PATCH /api/v0/users/{id}"),
    ("cml", "POST /api/v0/authenticate"),
    ("cml", "POST /api/v0/licensing/registration"),
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


async def test_the_path_makes_exactly_the_calls_that_are_tested(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    await world.calm()
    await world.run_until(worker_id, W.RUNNING)

    made = await world.calls()

    assert made == set(PATH)
    await world.remove(worker_id)


@pytest.mark.parametrize("fault", ["BEFORE", "AFTER", "TIMEOUT"])
@pytest.mark.parametrize("call", PATH, ids=" ".join)
async def test_a_worker_comes_up_with_one_instance_and_goes_without_any(
    world: Any, call: tuple[str, str], fault: str
) -> None:
    worker_id = await world.ask_for_worker()
    await world.strike(call, fault)

    up = await world.run_until(worker_id, W.RUNNING)
    await world.calm()

    assert up.placeable
    assert [row["InstanceId"] for row in world.instances(worker_id)] == [up.ec2_instance_id]
    assert up.license.node_limit == 320
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


async def test_a_worker_that_fails_is_failed_with_evidence_and_leaves_no_instance(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    await world.strike_for_good("/api/v0/system_information", 502)

    failed = await world.run_until(worker_id, W.FAILED, readiness_least=1.5, readiness_factor=0.01)
    seen = await world.worker(worker_id)
    await world.run_until(worker_id, W.TERMINATED)

    assert "answered 502" in failed.failure
    assert seen.failure_evidence is not None
    assert seen.failure_evidence.console_output
    assert "502" in seen.failure_evidence.cml_answer
    assert world.all_instances() == []
