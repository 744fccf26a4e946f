"""What a template says is what EC2 is asked for; what EC2 does not have is had elsewhere; licences on request."""

from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.provisioning import LaunchOutcome, LicenseRequestOutcome, PurchaseOption

pytestmark = pytest.mark.asyncio(loop_scope="module")

BIG = {"cpu_cores": 96, "memory_gb": 384, "storage_gb": 50, "nodes": 320, "ports": 8000}


def attempts(worker: Any) -> list[tuple[str, LaunchOutcome]]:
    return [(each.code, each.outcome) for each in worker.launch_attempts]


async def test_volume_tags_and_user_data_of_the_template_reach_the_instance(world: Any) -> None:
    template = await world.a_template(
        provisioning={"tags": {"cost-centre": "4711"}, "user_data": "#!/bin/sh\necho {{lcm.worker_id}}\n"}
    )
    worker_id = await world.ask_for_worker(template)
    await world.run_until(worker_id, W.RUNNING)

    (row,) = world.instances(worker_id)
    ec2 = world.account.client("ec2")
    data = ec2.describe_instance_attribute(InstanceId=row["InstanceId"], Attribute="userData")["UserData"]["Value"]

    assert {"Key": "cost-centre", "Value": "4711"} in row["Tags"]
    assert world.decoded(data) == f"#!/bin/sh\necho {worker_id}\n"
    await world.remove(worker_id)


async def test_a_zone_without_capacity_is_left_for_a_subnet_of_another(world: Any) -> None:
    other = world.another_zone()
    networks = {"us-east-1": {"subnet_ids": [world.account.subnet_id, other]}}
    worker_id = await world.ask_for_worker(await world.a_template(provisioning={"networks": networks}))
    await world.refuse("RunInstances", "InsufficientInstanceCapacity", times=1)

    up = await world.run_until(worker_id, W.RUNNING)

    assert attempts(up) == [("InsufficientInstanceCapacity", LaunchOutcome.REFUSED), ("", LaunchOutcome.LAUNCHED)]
    assert [row["SubnetId"] for row in world.instances(worker_id)] == [other]
    assert up.launch_attempts[0].zone != up.launch_attempts[1].zone
    await world.remove(worker_id)


async def test_a_spot_instance_is_bought_and_ends_instead_of_being_stopped(world: Any) -> None:
    template = await world.a_template(provisioning={"purchase": {"option": "SPOT", "max_price_usd_per_hour": 2}})
    worker_id = await world.ask_for_worker(template)
    up = await world.run_until(worker_id, W.RUNNING)
    assert up.purchase is PurchaseOption.SPOT
    assert [row.get("InstanceLifecycle") for row in world.instances(worker_id)] == ["spot"]

    await world.client.workers.set_desired_status(worker_id, world.stopped())
    await world.run_until(worker_id, W.TERMINATED)

    assert world.all_instances() == []


@pytest.mark.parametrize("code", ["MaxSpotInstanceCountExceeded", "InsufficientInstanceCapacity"])
async def test_without_spot_the_worker_is_bought_on_demand(world: Any, code: str) -> None:
    worker_id = await world.ask_for_worker(await world.a_template(provisioning={"purchase": {"option": "SPOT"}}))
    await world.refuse("RunInstances", code, times=1)

    up = await world.run_until(worker_id, W.RUNNING)

    assert up.purchase is PurchaseOption.ON_DEMAND
    assert attempts(up) == [(code, LaunchOutcome.REFUSED), ("", LaunchOutcome.LAUNCHED)]
    await world.remove(worker_id)


@pytest.mark.parametrize("code", ["VcpuLimitExceeded", "InstanceLimitExceeded", "Unsupported"])
async def test_a_quota_leads_to_the_next_instance_type(world: Any, code: str) -> None:
    template = await world.a_template(provisioning={"instance_types": ["m5.metal"]})
    worker_id = await world.ask_for_worker(template)
    await world.refuse("RunInstances", code, times=1)

    up = await world.run_until(worker_id, W.RUNNING)

    assert [row["InstanceType"] for row in world.instances(worker_id)] == ["m5.metal"] == [up.instance_type]
    await world.remove(worker_id)


async def test_an_equivalent_template_takes_over(world: Any) -> None:
    other = await world.a_template(instance_type="m5.metal", capacity=BIG)
    worker_id = await world.ask_for_worker(await world.a_template(provisioning={"fallback_templates": [other]}))
    await world.refuse("RunInstances", "InsufficientInstanceCapacity", times=1)

    up = await world.run_until(worker_id, W.RUNNING)

    assert (up.launch_attempts[-1].template_name, up.instance_type) == (other, "m5.metal")
    await world.remove(worker_id)


async def test_without_permission_it_has_failed_at_once_and_says_what_to_do(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    await world.refuse("RunInstances", "UnauthorizedOperation")

    failed = await world.run_until(worker_id, W.FAILED)
    await world.run_until(worker_id, W.TERMINATED)

    assert failed.failure.endswith("Give the role of worker-controller that permission.")
    assert attempts(failed) == [("UnauthorizedOperation", LaunchOutcome.REFUSED)]
    assert world.all_instances() == []


async def test_when_there_is_nothing_anywhere_it_fails_with_every_reason(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    await world.refuse("RunInstances", "InsufficientInstanceCapacity")

    failed = await world.run_until(worker_id, W.FAILED, launch_give_up=1)

    assert "InsufficientInstanceCapacity" in failed.failure
    assert len(failed.launch_attempts) > 1
    await world.calm()
    await world.run_until(worker_id, W.TERMINATED)


async def test_throttling_is_waited_out(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    for action in ("RunInstances", "DescribeImages", "DescribeInstances"):
        await world.refuse(action, "RequestLimitExceeded", times=2)

    up = await world.run_until(worker_id, W.RUNNING)

    assert attempts(up) == [("", LaunchOutcome.LAUNCHED)]
    await world.remove(worker_id)


async def test_an_operator_exchanges_a_licence_and_gives_it_back(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    await world.run_until(worker_id, W.RUNNING)

    enterprise = await world.license(worker_id, action="REGISTER", type="ENTERPRISE")
    none = await world.license(worker_id, action="DEREGISTER")

    assert enterprise.license_request.outcome is LicenseRequestOutcome.DONE
    assert (enterprise.license.type, enterprise.license.node_limit, enterprise.placeable) == ("ENTERPRISE", 320, True)
    assert none.license_request.outcome is LicenseRequestOutcome.DONE
    assert (none.license.holds, none.placeable) == (False, False)
    await world.remove(worker_id)


async def test_no_secret_is_recorded_anywhere(world: Any) -> None:
    worker_id = await world.ask_for_worker()
    up = await world.run_until(worker_id, W.RUNNING)

    stored = await world.everything_stored()

    assert "good-token" not in stored
    assert world.wanted_password not in stored
    assert up.ec2_instance_id in stored
    await world.remove(worker_id)
