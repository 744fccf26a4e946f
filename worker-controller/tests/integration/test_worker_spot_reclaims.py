"""Which spot instances EC2 takes back: as documented, and as an account over HTTP answers."""

from __future__ import annotations

from lcm_core.integration.aws.calls import AwsCalls
from worker_controller.integration.services.ec2_spi import Ec2SpiClient
from worker_controller.integration.services.spot_reclaims import reclaims_of

from ..conftest import AwsAccount


def test_only_spot_instances_that_are_being_taken_back_are_named() -> None:
    answer = {
        "SpotInstanceRequests": [
            {"InstanceId": "i-1", "Status": {"Code": "fulfilled", "Message": "all well"}},
            {"InstanceId": "i-2", "Status": {"Code": "marked-for-termination", "Message": "within two minutes"}},
            {"Status": {"Code": "marked-for-stop"}},
        ]
    }
    assert reclaims_of(answer) == {"i-2": "spot reclaim, marked-for-termination: within two minutes"}


async def test_however_many_are_asked_about_an_account_answers(aws_account: AwsAccount, aws_calls: AwsCalls) -> None:
    ec2 = Ec2SpiClient(aws_calls, fleet=aws_account.fleet)
    assert await ec2.reclaims(aws_account.region, [f"i-{number:017x}" for number in range(450)]) == {}
