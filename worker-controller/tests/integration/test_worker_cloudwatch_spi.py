"""Against the simulated AWS account over a real socket."""

from datetime import UTC, datetime, timedelta
from typing import Any

from worker_controller.integration.services.aws_calls import AwsCalls
from worker_controller.integration.services.cloudwatch_spi import CloudWatchSpiClient


def put_cpu(account: Any, instance_id: str, percent: float, minutes_ago: float) -> None:
    account.client("cloudwatch").put_metric_data(
        Namespace="AWS/EC2",
        MetricData=[
            {
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "InstanceId", "Value": instance_id}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes_ago),
                "Value": percent,
                "Unit": "Percent",
            }
        ],
    )


async def test_the_latest_figure_of_each_instance_comes_from_one_call(aws_calls: AwsCalls, aws_account: Any) -> None:
    put_cpu(aws_account, "i-busy", 10.0, minutes_ago=11)
    put_cpu(aws_account, "i-busy", 81.25, minutes_ago=1)
    put_cpu(aws_account, "i-calm", 3.0, minutes_ago=1)
    found = await CloudWatchSpiClient(aws_calls).cpu_percent("us-east-1", ["i-busy", "i-calm", "i-silent"])
    assert found == {"i-busy": 81.2, "i-calm": 3.0}


async def test_figures_that_are_old_are_not_shown_as_new(aws_calls: AwsCalls, aws_account: Any) -> None:
    put_cpu(aws_account, "i-1", 50.0, minutes_ago=60)
    assert await CloudWatchSpiClient(aws_calls).cpu_percent("us-east-1", ["i-1"]) == {}
