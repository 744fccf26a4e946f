"""Against the simulated AWS account over a real socket."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from lcm_core.integration.aws.calls import AwsCalls
from worker_controller.domain.cloud import CloudFigures
from worker_controller.integration.services.cloudwatch_spi import CloudWatchSpiClient
from worker_controller.integration.services.instance_status_spi import InstanceStatusSpiClient


def put(account: Any, instance_id: str, minutes_ago: float, **values: float) -> None:
    account.client("cloudwatch").put_metric_data(
        Namespace="AWS/EC2",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "InstanceId", "Value": instance_id}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes_ago),
                "Value": value,
            }
            for name, value in values.items()
        ],
    )


class CountedCalls(AwsCalls):
    """Counts each request that goes over the wire, by operation."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent: Counter[str] = Counter()

    def _client(self, service: str, region: str, attempts: int) -> Any:
        client = super()._client(service, region, attempts)
        client.meta.events.register(
            "before-send.*.*",
            lambda event_name, **_: self.sent.update([event_name.rsplit(".", 1)[1]]),
            unique_id="counted",
        )
        return client


async def test_the_latest_figures_of_many_instances_come_from_one_call(aws_calls: AwsCalls, aws_account: Any) -> None:
    put(aws_account, "i-busy", 11, CPUUtilization=10.0)
    put(aws_account, "i-busy", 1, CPUUtilization=81.25, NetworkIn=600.0, EBSWriteBytes=3000.0, StatusCheckFailed=1.0)
    put(aws_account, "i-calm", 1, CPUUtilization=3.0, CPUCreditBalance=144.0, StatusCheckFailed=0.0)
    client = CloudWatchSpiClient(aws_calls)
    found = await client.figures("us-east-1", ["i-busy", "i-calm", "i-silent"], ["i-calm"])
    assert found == {
        "i-busy": CloudFigures(
            cpu_percent=81.2,
            network_in_bytes_per_second=2.0,
            disk_write_bytes_per_second=10.0,
            status_check_failed=True,
        ),
        "i-calm": CloudFigures(cpu_percent=3.0, cpu_credits=144.0, status_check_failed=False),
    }


async def test_figures_that_are_old_are_not_shown_as_new(aws_calls: AwsCalls, aws_account: Any) -> None:
    put(aws_account, "i-1", 60, CPUUtilization=50.0)
    assert await CloudWatchSpiClient(aws_calls).figures("us-east-1", ["i-1"]) == {}


async def test_a_hundred_instances_cost_as_many_calls_as_their_figures_fill(aws_account: Any) -> None:
    put(aws_account, "i-099", 1, CPUUtilization=7.0)
    async with CountedCalls(endpoint_url=aws_account.endpoint_url) as calls:
        found = await CloudWatchSpiClient(calls).figures("us-east-1", [f"i-{number:03}" for number in range(100)])
        assert found["i-099"].cpu_percent == 7.0
        assert calls.sent == {"GetMetricData": 2}


@pytest.fixture
def launch(aws_account: Any) -> Callable[[int], list[str]]:
    def launched(count: int) -> list[str]:
        ec2 = aws_account.client("ec2")
        image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["CML-2.9*"]}])["Images"][0]["ImageId"]
        made = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count, SubnetId=aws_account.subnet_id)
        ids = [row["InstanceId"] for row in made["Instances"]]
        ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
        return ids

    return launched


async def test_status_checks_and_planned_events_are_read(
    aws_calls: AwsCalls, aws_account: Any, launch: Callable[[int], list[str]]
) -> None:
    impaired, retired, sound = launch(3)
    due = datetime(2030, 1, 1, 12, tzinfo=UTC)
    body = {"code": "instance-retirement", "not_before": due.isoformat(), "description": "degraded hardware"}
    async with httpx2.AsyncClient(base_url=aws_account.endpoint_url) as control:
        (await control.post(f"/_sim/instances/{impaired}/impaired")).raise_for_status()
        (await control.put(f"/_sim/instances/{retired}/event", json=body)).raise_for_status()
    found = await InstanceStatusSpiClient(aws_calls).statuses("us-east-1", [impaired, retired, sound])
    assert [found[each].impaired for each in (impaired, retired, sound)] == ["system", "", ""]
    event = found[retired].next_event
    assert event is not None
    assert (event.not_before, event.reason) == (due, "instance-retirement: degraded hardware")
    assert found[sound].next_event is None


async def test_an_instance_that_is_unknown_hides_no_other(
    aws_calls: AwsCalls, launch: Callable[[int], list[str]]
) -> None:
    (known,) = launch(1)
    asked = ["i-0123456789abcdef0", known, "i-0fedcba9876543210"]
    assert list(await InstanceStatusSpiClient(aws_calls).statuses("us-east-1", asked)) == [known]
    assert await InstanceStatusSpiClient(aws_calls).statuses("us-east-1", asked[:1]) == {}
