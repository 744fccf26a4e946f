"""Against the simulated AWS account over a real socket."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from lcm_core.domain.errors import FarEndError
from lcm_core.domain.provisioning import PurchaseOption, RegionNetwork, RootVolume
from lcm_core.domain.values import AmiRequirement
from lcm_core.integration.aws.calls import AwsCallFailed, AwsCalls, AwsTiming
from worker_controller.domain.ec2 import Ec2State, LaunchNetwork, LaunchOrder, MachineImage
from worker_controller.integration.services.ec2_spi import Ec2SpiClient
from worker_controller.integration.services.run_instances import run_instances_request

REGION = "us-east-1"


@pytest.fixture
def ec2(aws_calls: AwsCalls, aws_account: Any) -> Ec2SpiClient:
    return Ec2SpiClient(aws_calls, fleet=aws_account.fleet)


@pytest.fixture
def worker_id() -> str:
    return uuid4().hex[:12]


async def an_order(ec2: Ec2SpiClient, worker_id: str) -> LaunchOrder:
    return LaunchOrder(
        worker_id=worker_id,
        name=f"lcm-{worker_id}",
        template_name="enterprise-large",
        instance_type="m5zn.metal",
        image=await ec2.newest_image(REGION, AmiRequirement(min_version="2.9.0")),
        network=(await ec2.launch_networks(REGION, RegionNetwork()))[0],
        storage_gb=500,
        token=worker_id,
    )


async def test_an_image_of_a_sufficient_version_is_taken(ec2: Ec2SpiClient) -> None:
    found = await ec2.newest_image(REGION, AmiRequirement(name_pattern="CML-*", min_version="2.9.0"))
    assert found.name == "CML-2.9.1-build.7"


async def test_no_sufficient_image_is_said_with_what_was_wanted(ec2: Ec2SpiClient) -> None:
    with pytest.raises(FarEndError, match=r"no image CML-\* of version 9\.0 or later in us-east-1") as raised:
        await ec2.newest_image(REGION, AmiRequirement(name_pattern="CML-*", min_version="9.0"))
    assert not raised.value.retryable


async def test_subnet_and_security_group_are_found_by_the_tag_of_the_fleet(ec2: Ec2SpiClient, aws_account: Any) -> None:
    (network,) = await ec2.launch_networks(REGION, RegionNetwork())
    assert network.subnet_id == aws_account.subnet_id
    assert network.security_group_ids == (aws_account.security_group_id,)


async def test_another_fleet_has_no_network_here(aws_calls: AwsCalls) -> None:
    with pytest.raises(FarEndError, match="lcm:fleet=elsewhere") as raised:
        await Ec2SpiClient(aws_calls, fleet="elsewhere").launch_networks(REGION, RegionNetwork())
    assert not raised.value.retryable


async def test_a_launched_instance_carries_the_tags_of_its_worker(
    ec2: Ec2SpiClient, aws_account: Any, worker_id: str
) -> None:
    launched = await ec2.launch(REGION, await an_order(ec2, worker_id))
    row = aws_account.client("ec2").describe_instances(InstanceIds=[launched.id])["Reservations"][0]["Instances"][0]
    assert {tag["Key"]: tag["Value"] for tag in row["Tags"]} == {
        "Name": f"lcm-{worker_id}",
        "lcm:managed-by": "worker-controller",
        "lcm:fleet": aws_account.fleet,
        "lcm:worker-id": worker_id,
        "lcm:template": "enterprise-large",
    }
    assert launched.private_ip is not None
    assert launched.private_ip.startswith("127.")


async def test_launching_twice_for_one_worker_gives_one_instance(ec2: Ec2SpiClient, worker_id: str) -> None:
    order = await an_order(ec2, worker_id)
    first = await ec2.launch(REGION, order)
    second = await ec2.launch(REGION, order)
    assert first.id == second.id
    assert [each.id for each in await ec2.find_by_worker(REGION, worker_id)] == [first.id]


async def test_another_fleet_sees_none_of_our_instances(ec2: Ec2SpiClient, aws_calls: AwsCalls, worker_id: str) -> None:
    launched = await ec2.launch(REGION, await an_order(ec2, worker_id))
    assert launched.id in {each.id for each in await ec2.managed(REGION)}
    assert await Ec2SpiClient(aws_calls, fleet="elsewhere").managed(REGION) == []


async def test_many_instances_are_described_together_and_an_unknown_one_is_absent(
    ec2: Ec2SpiClient, worker_id: str
) -> None:
    ids = [(await ec2.launch(REGION, await an_order(ec2, f"{worker_id}-{n}"))).id for n in range(3)]
    found = await ec2.describe(REGION, [*ids, "i-0123456789abcdef0"])
    assert sorted(found) == sorted(ids)


async def until(ec2: Ec2SpiClient, instance_id: str, state: Ec2State) -> None:
    async with asyncio.timeout(10):
        while (await ec2.describe(REGION, [instance_id]))[instance_id].state is not state:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_stop_start_and_terminate_reach_the_instance(ec2: Ec2SpiClient, worker_id: str) -> None:
    launched = await ec2.launch(REGION, await an_order(ec2, worker_id))
    await until(ec2, launched.id, Ec2State.RUNNING)
    await ec2.stop(REGION, launched.id)
    await until(ec2, launched.id, Ec2State.STOPPED)
    await ec2.start(REGION, launched.id)
    await until(ec2, launched.id, Ec2State.RUNNING)
    await ec2.terminate(REGION, launched.id)
    await until(ec2, launched.id, Ec2State.TERMINATED)
    assert await ec2.find_by_worker(REGION, worker_id) == []


async def test_terminating_an_instance_that_is_gone_is_no_error(ec2: Ec2SpiClient) -> None:
    await ec2.terminate(REGION, "i-0123456789abcdef0")


async def test_an_account_that_does_not_answer_is_a_retryable_failure(unused_tcp_port: int, aws_account: Any) -> None:
    timing = AwsTiming(connect_seconds=0.5, read_seconds=0.5, total_seconds=5, attempts=1)
    async with AwsCalls(endpoint_url=f"http://127.0.0.1:{unused_tcp_port}", timing=timing) as calls:
        with pytest.raises(AwsCallFailed) as raised:
            await Ec2SpiClient(calls, fleet="any").managed(REGION)
    assert raised.value.retryable


async def test_a_refused_request_is_not_worth_repeating(ec2: Ec2SpiClient) -> None:
    with pytest.raises(AwsCallFailed) as raised:
        await ec2.start(REGION, "i-0123456789abcdef0")
    assert (raised.value.retryable, raised.value.aws_code) == (False, "InvalidInstanceID.NotFound")


async def test_a_lack_of_capacity_does_not_keep_other_calls_from_being_made(
    ec2: Ec2SpiClient, aws_account: Any, worker_id: str
) -> None:
    order = await an_order(ec2, worker_id)
    fault = {"kind": "ec2_error", "code": "InsufficientInstanceCapacity", "match": {"action": "RunInstances"}}
    faults = f"{aws_account.endpoint_url}/_sim/faults"
    async with httpx2.AsyncClient() as http:
        await http.post(faults, json=fault)
        for _ in range(12):
            with pytest.raises(AwsCallFailed) as raised:
                await ec2.launch(REGION, order)
            assert raised.value.aws_code == "InsufficientInstanceCapacity"
        await http.delete(faults)
    assert await ec2.find_by_worker(REGION, worker_id) == []


async def test_named_subnets_and_security_groups_are_taken_as_they_are_named(
    ec2: Ec2SpiClient, aws_account: Any
) -> None:
    named = RegionNetwork(subnet_ids=(aws_account.subnet_id,), security_group_ids=(aws_account.security_group_id,))
    (network,) = await ec2.launch_networks(REGION, named)
    assert (network.subnet_id, network.security_group_ids) == (
        aws_account.subnet_id,
        (aws_account.security_group_id,),
    )
    assert network.zone == "us-east-1a"
    assert network.free_addresses > 0


async def test_a_named_subnet_that_does_not_exist_is_refused_for_good(ec2: Ec2SpiClient) -> None:
    with pytest.raises(AwsCallFailed) as raised:
        await ec2.launch_networks(REGION, RegionNetwork(subnet_ids=("subnet-0123456789",)))
    assert (raised.value.retryable, raised.value.aws_code) == (False, "InvalidSubnetID.NotFound")


async def test_what_an_instance_wrote_on_its_console_can_be_read(ec2: Ec2SpiClient, worker_id: str) -> None:
    launched = await ec2.launch(REGION, await an_order(ec2, worker_id))
    assert "Linux" in await ec2.console_output(REGION, launched.id)


def test_a_spot_request_is_of_one_time_within_its_price(worker_id: str) -> None:
    order = LaunchOrder(
        worker_id=worker_id,
        name="lcm-1",
        template_name="metal",
        instance_type="m5zn.metal",
        image=MachineImage("ami-1", "CML-2.9.1", "/dev/sda1"),
        network=LaunchNetwork("subnet-1", ("sg-1",)),
        storage_gb=500,
        token=f"{worker_id}-1",
        purchase=PurchaseOption.SPOT,
        max_price_usd_per_hour=1.25,
        volume=RootVolume(size_gb=800, iops=6000, throughput_mbps=500, encrypted=False),
        tags={"team": "labs", "Name": "not this one"},
    )
    request = run_instances_request(order, {"Name": "lcm-1"}, None)
    assert request["InstanceMarketOptions"]["SpotOptions"] == {
        "SpotInstanceType": "one-time",
        "InstanceInterruptionBehavior": "terminate",
        "MaxPrice": "1.25000",
    }
    assert request["BlockDeviceMappings"][0]["Ebs"] == {
        "VolumeSize": 800,
        "VolumeType": "gp3",
        "DeleteOnTermination": True,
        "Encrypted": False,
        "Iops": 6000,
        "Throughput": 500,
    }
    assert request["TagSpecifications"][0]["Tags"] == [
        {"Key": "team", "Value": "labs"},
        {"Key": "Name", "Value": "lcm-1"},
    ]
