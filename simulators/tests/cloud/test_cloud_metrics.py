import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from lcm_simulators.cloud.testing import RunningCloud, running_cloud
from lcm_simulators.serving import serve_in_thread


async def _latest(cloud: RunningCloud, namespace: str, name: str, instance_id: str, *, above: float) -> float:
    """The newest data point, once there is one above that value."""
    cloudwatch = cloud.client("cloudwatch")

    def newest() -> float:
        now = datetime.now(UTC)
        points: list[dict[str, Any]] = cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": "InstanceId", "Value": instance_id}],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return max((point["Maximum"] for point in points), default=0.0)

    async with asyncio.timeout(15):
        while (value := await asyncio.to_thread(newest)) <= above:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return value


def _launch(cloud: RunningCloud) -> dict[str, Any]:
    ec2 = cloud.client("ec2")
    image = cloud.bootstrap.ami_ids["CML-2.9.1-build.7"]
    return ec2.run_instances(
        ImageId=image, InstanceType="m5zn.metal", MinCount=1, MaxCount=1, SubnetId=cloud.bootstrap.subnet_id
    )["Instances"][0]


async def test_numbers_follow_the_load_of_the_host(tmp_path: Path) -> None:
    load: dict[str, object] = {"cpu_percent": 61.5, "memory_percent": 42.0, "running_nodes": 10, "state": "up"}
    app = FastAPI()

    @app.get("/_sim/hosts")
    async def hosts() -> list[dict[str, object]]:
        return [load]

    with serve_in_thread(app) as cml:
        async with running_cloud(tmp_path, cml_control_url=cml, metrics_interval_seconds=0.1) as cloud:
            instance = _launch(cloud)
            load["address"] = instance["PrivateIpAddress"]
            instance_id = instance["InstanceId"]
            assert await _latest(cloud, "AWS/EC2", "CPUUtilization", instance_id, above=60) == 61.5
            assert await _latest(cloud, "CWAgent", "mem_used_percent", instance_id, above=40) == 42.0
            assert await _latest(cloud, "CWAgent", "disk_used_percent", instance_id, above=15) == 16.0


async def test_instance_shows_idle_numbers_while_the_cml_simulator_is_away(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    away = f"http://127.0.0.1:{unused_tcp_port}"
    async with running_cloud(tmp_path, cml_control_url=away, metrics_interval_seconds=0.1) as cloud:
        instance = _launch(cloud)
        assert await _latest(cloud, "AWS/EC2", "CPUUtilization", instance["InstanceId"], above=0) == 1.5
