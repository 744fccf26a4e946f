import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from botocore.exceptions import ClientError

from lcm_simulators.cloud.testing import RunningCloud, running_cloud


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[RunningCloud]:
    async with running_cloud(tmp_path) as running:
        yield running


@pytest.fixture
def ec2(cloud: RunningCloud) -> Any:
    return cloud.client("ec2")


def launch(cloud: RunningCloud, ec2: Any, **changes: Any) -> dict[str, Any]:
    """The one new instance."""
    request = {
        "ImageId": cloud.bootstrap.ami_ids["CML-2.9.1-build.7"],
        "InstanceType": "m5zn.metal",
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": cloud.bootstrap.subnet_id,
        "SecurityGroupIds": [cloud.bootstrap.security_group_id],
        **changes,
    }
    return ec2.run_instances(**request)["Instances"][0]


def state(ec2: Any, instance_id: str) -> str:
    described = ec2.describe_instances(InstanceIds=[instance_id])
    return described["Reservations"][0]["Instances"][0]["State"]["Name"]


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]  # type: ignore[typeddict-item]


async def test_instances_get_loopback_addresses_of_their_own(cloud: RunningCloud, ec2: Any) -> None:
    addresses = {launch(cloud, ec2)["PrivateIpAddress"] for _ in range(3)}
    assert len(addresses) == 3
    assert all(address.startswith("127.10.") for address in addresses)


async def test_network_is_found_by_its_fleet_tag(cloud: RunningCloud, ec2: Any) -> None:
    tagged = [{"Name": "tag:lcm:fleet", "Values": ["lcm"]}]
    assert [s["SubnetId"] for s in ec2.describe_subnets(Filters=tagged)["Subnets"]] == [cloud.bootstrap.subnet_id]
    groups = ec2.describe_security_groups(Filters=tagged)["SecurityGroups"]
    assert [group["GroupId"] for group in groups] == [cloud.bootstrap.security_group_id]


async def test_images_are_found_by_name(cloud: RunningCloud, ec2: Any) -> None:
    found = ec2.describe_images(Filters=[{"Name": "name", "Values": ["CML-2.9*"]}])["Images"]
    assert [image["ImageId"] for image in found] == [cloud.bootstrap.ami_ids["CML-2.9.1-build.7"]]
    assert len(ec2.describe_images()["Images"]) == 2


async def test_unknown_image_is_refused(cloud: RunningCloud, ec2: Any) -> None:
    with pytest.raises(ClientError) as error:
        launch(cloud, ec2, ImageId="ami-00000000000000000")
    assert code(error) == "InvalidAMIID.NotFound"


async def test_unknown_instance_type_is_refused(cloud: RunningCloud, ec2: Any) -> None:
    with pytest.raises(ClientError):
        launch(cloud, ec2, InstanceType="m99.huge")


async def test_client_token_launches_once(cloud: RunningCloud, ec2: Any) -> None:
    ids = {launch(cloud, ec2, ClientToken="worker-1")["InstanceId"] for _ in range(3)}
    assert len(ids) == 1
    assert launch(cloud, ec2, ClientToken="worker-2")["InstanceId"] not in ids


async def test_concurrent_launches_of_one_client_token_make_one_instance(cloud: RunningCloud, ec2: Any) -> None:
    launches = [asyncio.to_thread(launch, cloud, ec2, ClientToken="worker-1") for _ in range(8)]
    assert len({instance["InstanceId"] for instance in await asyncio.gather(*launches)}) == 1


async def test_client_token_with_other_parameters_is_refused(cloud: RunningCloud, ec2: Any) -> None:
    launch(cloud, ec2, ClientToken="worker-1")
    with pytest.raises(ClientError) as error:
        launch(cloud, ec2, ClientToken="worker-1", InstanceType="m5.large")
    assert code(error) == "IdempotentParameterMismatch"


async def test_launches_without_a_client_token_are_separate(cloud: RunningCloud, ec2: Any) -> None:
    assert launch(cloud, ec2)["InstanceId"] != launch(cloud, ec2)["InstanceId"]


async def test_injected_lack_of_capacity_fails_as_often_as_asked(cloud: RunningCloud) -> None:
    ec2 = cloud.client("ec2")
    fault = {"kind": "ec2_error", "code": "InsufficientInstanceCapacity", "match": {"action": "RunInstances"}}
    async with httpx2.AsyncClient(base_url=cloud.url) as http:
        await http.post("/_sim/faults", json={**fault, "times": 1, "status": 400})
    with pytest.raises(ClientError) as error:
        launch(cloud, ec2)
    assert code(error) == "InsufficientInstanceCapacity"
    assert ec2.describe_instances()["Reservations"] == []
    launch(cloud, ec2)


async def test_fault_on_one_action_spares_the_others(cloud: RunningCloud, ec2: Any) -> None:
    fault = {"kind": "ec2_error", "code": "UnauthorizedOperation", "match": {"action": "StopInstances"}}
    async with httpx2.AsyncClient(base_url=cloud.url) as http:
        await http.post("/_sim/faults", json=fault)
    instance_id = launch(cloud, ec2)["InstanceId"]
    with pytest.raises(ClientError) as error:
        ec2.stop_instances(InstanceIds=[instance_id])
    assert code(error) == "UnauthorizedOperation"


@pytest.mark.parametrize(("action", "after"), [("terminate", "terminated"), ("stop", "stopped")])
async def test_reclaimed_instance_goes_away_without_its_owner(
    cloud: RunningCloud, ec2: Any, action: str, after: str
) -> None:
    instance_id = launch(cloud, ec2)["InstanceId"]
    async with httpx2.AsyncClient(base_url=cloud.url) as http:
        answer = await http.post(f"/_sim/instances/{instance_id}/reclaim", json={"action": action})
    assert answer.status_code == 200
    assert state(ec2, instance_id) == after
    described = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    assert described["StateReason"]["Code"].startswith("Server.Spot")


async def test_unknown_instance_cannot_be_reclaimed(cloud: RunningCloud) -> None:
    async with httpx2.AsyncClient(base_url=cloud.url) as http:
        assert (await http.post("/_sim/instances/i-none/reclaim")).status_code == 404


async def test_terminated_instance_cannot_be_started(cloud: RunningCloud, ec2: Any) -> None:
    instance_id = launch(cloud, ec2)["InstanceId"]
    ec2.terminate_instances(InstanceIds=[instance_id])
    with pytest.raises(ClientError) as error:
        ec2.start_instances(InstanceIds=[instance_id])
    assert code(error) == "IncorrectInstanceState"


async def test_terminating_twice_is_allowed(cloud: RunningCloud, ec2: Any) -> None:
    instance_id = launch(cloud, ec2)["InstanceId"]
    for _ in range(2):
        ec2.terminate_instances(InstanceIds=[instance_id])
    assert state(ec2, instance_id) == "terminated"


async def test_stopped_instance_keeps_its_address_when_started(cloud: RunningCloud, ec2: Any) -> None:
    instance = launch(cloud, ec2)
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    ec2.start_instances(InstanceIds=[instance["InstanceId"]])
    described = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    assert (described["State"]["Name"], described["PrivateIpAddress"]) == ("running", instance["PrivateIpAddress"])


async def test_transitions_take_their_time(tmp_path: Path) -> None:
    async with running_cloud(tmp_path, transition_seconds=0.6) as cloud:
        ec2 = cloud.client("ec2")
        instance_id = launch(cloud, ec2)["InstanceId"]
        assert state(ec2, instance_id) == "pending"
        await _until(ec2, instance_id, "running")
        changed = ec2.stop_instances(InstanceIds=[instance_id])["StoppingInstances"][0]
        assert (changed["PreviousState"]["Name"], changed["CurrentState"]["Name"]) == ("running", "stopping")
        with pytest.raises(ClientError) as error:
            ec2.start_instances(InstanceIds=[instance_id])
        assert code(error) == "IncorrectInstanceState"
        await _until(ec2, instance_id, "stopped")


async def test_terminated_instance_is_forgotten_after_its_time(tmp_path: Path) -> None:
    async with running_cloud(tmp_path, terminated_kept_seconds=0.0, metrics_interval_seconds=0.1) as cloud:
        ec2 = cloud.client("ec2")
        instance_id = launch(cloud, ec2)["InstanceId"]
        ec2.terminate_instances(InstanceIds=[instance_id])
        async with asyncio.timeout(10):
            while (await asyncio.to_thread(ec2.describe_instances))["Reservations"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def _until(ec2: Any, instance_id: str, wanted: str) -> None:
    async with asyncio.timeout(10):
        while await asyncio.to_thread(state, ec2, instance_id) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.fixture
def instance_id(cloud: RunningCloud, ec2: Any) -> str:
    image = cloud.bootstrap.ami_ids["CML-2.9.1-build.7"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=cloud.bootstrap.subnet_id)
    return launched["Instances"][0]["InstanceId"]


def status_of(ec2: Any, instance_id: str) -> dict[str, Any]:
    return ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"][0]


async def test_a_failing_status_check_shows_until_it_is_repaired(
    cloud: RunningCloud, ec2: Any, instance_id: str
) -> None:
    async with httpx2.AsyncClient(base_url=cloud.url) as control:
        (await control.post(f"/_sim/instances/{instance_id}/impaired")).raise_for_status()
        assert status_of(ec2, instance_id)["SystemStatus"]["Status"] == "impaired"
        (await control.delete(f"/_sim/instances/{instance_id}/impaired")).raise_for_status()
        assert status_of(ec2, instance_id)["SystemStatus"]["Status"] == "ok"
        assert (await control.post("/_sim/instances/i-nobody/impaired")).status_code == 404


async def test_an_announced_event_shows_until_it_is_called_off(cloud: RunningCloud, ec2: Any, instance_id: str) -> None:
    due = datetime(2030, 1, 1, 12, tzinfo=UTC)
    body = {"code": "instance-retirement", "not_before": due.isoformat()}
    async with httpx2.AsyncClient(base_url=cloud.url) as control:
        (await control.put(f"/_sim/instances/{instance_id}/event", json=body)).raise_for_status()
        (event,) = status_of(ec2, instance_id)["Events"]
        assert (event["Code"], event["NotBefore"]) == ("instance-retirement", due)
        (await control.delete(f"/_sim/instances/{instance_id}/event")).raise_for_status()
        assert not status_of(ec2, instance_id).get("Events")


async def test_an_answer_that_is_lost_is_found_again_by_its_client_token(cloud: RunningCloud, ec2: Any) -> None:
    fault = {"kind": "lost_answer", "times": 1, "match": {"action": "RunInstances", "client": "Boto3"}}
    async with httpx2.AsyncClient(base_url=cloud.url) as http:
        (await http.post("/_sim/faults", json=fault)).raise_for_status()
    launched = await asyncio.to_thread(launch, cloud, ec2, ClientToken="t-1")
    described = ec2.describe_instances()["Reservations"]
    assert [row["InstanceId"] for found in described for row in found["Instances"]] == [launched["InstanceId"]]


async def test_a_fault_of_one_client_spares_the_others(cloud: RunningCloud, ec2: Any) -> None:
    fault = {"kind": "drop", "match": {"action": "DescribeInstances", "client": "somebody-else"}}
    async with httpx2.AsyncClient(base_url=cloud.url) as http:
        (await http.post("/_sim/faults", json=fault)).raise_for_status()
    assert ec2.describe_instances()["Reservations"] == []
