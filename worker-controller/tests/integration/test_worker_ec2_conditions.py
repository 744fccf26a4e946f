"""What EC2 tells of the condition of instances: as documented, and as an account over HTTP answers."""

from __future__ import annotations

from datetime import UTC, datetime

from lcm_core.domain.provisioning import RegionNetwork
from lcm_core.domain.values import AmiRequirement
from worker_controller.domain.ec2 import LaunchOrder
from worker_controller.domain.host_condition import WELL
from worker_controller.integration.services.aws_calls import AwsCalls
from worker_controller.integration.services.ec2_conditions import conditions_of, reclaims_of
from worker_controller.integration.services.ec2_spi import Ec2SpiClient

from ..conftest import AwsAccount

AT = datetime(2030, 1, 1, 9, tzinfo=UTC)


def test_failed_status_checks_and_events_to_come_are_read() -> None:
    answer = {
        "InstanceStatuses": [
            {
                "InstanceId": "i-1",
                "SystemStatus": {"Status": "impaired"},
                "InstanceStatus": {"Status": "ok"},
                "Events": [
                    {"Code": "system-reboot", "Description": "scheduled reboot", "NotBefore": AT},
                    {"Code": "instance-stop", "Description": "[Completed] degraded hardware", "NotBefore": AT},
                ],
            },
            {"InstanceId": "i-2", "SystemStatus": {"Status": "ok"}, "InstanceStatus": {"Status": "initializing"}},
        ]
    }
    found = conditions_of(answer)
    assert found["i-1"].impaired == "system status check failed"
    assert [(event.code, event.not_before) for event in found["i-1"].events] == [("system-reboot", AT)]
    assert found["i-2"] == WELL


def test_an_event_counts_from_its_lead_time_on() -> None:
    answer = {
        "InstanceStatuses": [
            {"InstanceId": "i-1", "Events": [{"Code": "system-reboot", "Description": "x", "NotBefore": AT}]}
        ]
    }
    condition = conditions_of(answer)["i-1"]
    early = AT.replace(hour=4)
    assert condition.event_within(early, 4 * 3600) is None
    assert condition.event_within(AT.replace(hour=5), 4 * 3600) is not None


def test_only_spot_instances_that_are_being_taken_back_are_named() -> None:
    answer = {
        "SpotInstanceRequests": [
            {"InstanceId": "i-1", "Status": {"Code": "fulfilled", "Message": "all well"}},
            {"InstanceId": "i-2", "Status": {"Code": "marked-for-termination", "Message": "within two minutes"}},
            {"Status": {"Code": "marked-for-stop"}},
        ]
    }
    assert reclaims_of(answer) == {"i-2": "spot reclaim, marked-for-termination: within two minutes"}


async def test_an_account_is_asked_for_many_and_an_unknown_one_spoils_nothing(
    aws_account: AwsAccount, aws_calls: AwsCalls
) -> None:
    ec2 = Ec2SpiClient(aws_calls, fleet=aws_account.fleet)
    image = await ec2.newest_image(aws_account.region, AmiRequirement())
    networks = await ec2.launch_networks(aws_account.region, RegionNetwork())
    order = LaunchOrder(
        worker_id="w-conditions",
        name="w",
        template_name="t",
        instance_type="m5zn.metal",
        image=image,
        network=networks[0],
        storage_gb=100,
        token="w-conditions-1",
    )
    instance = await ec2.launch(aws_account.region, order)
    aws_account.client("ec2").get_waiter("instance_running").wait(
        InstanceIds=[instance.id], WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )

    found = await ec2.conditions(aws_account.region, [instance.id, "i-0123456789abcdef0"])

    assert found == {instance.id: WELL}
