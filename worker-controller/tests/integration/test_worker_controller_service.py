"""The service against control-plane-api, a simulated AWS account and simulated CML hosts."""

import asyncio
from typing import Any

import httpx2
import pytest

from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.read_models import CMLWorkerReadModel

pytestmark = pytest.mark.stack


async def want(around: Any, worker_id: str, desired: WorkerDesiredStatus) -> None:
    await around.client.workers.set_desired_status(worker_id, SetDesiredStatus(desired_status=desired, reason="test"))


async def test_a_worker_is_launched_serves_rests_returns_and_goes(surroundings: Any) -> None:
    async with surroundings.service():
        worker_id = await surroundings.ask_for_worker()

        up: CMLWorkerReadModel = await surroundings.until_status(worker_id, W.RUNNING)
        assert up.placeable
        assert (up.ami_name, up.license.node_limit) == ("CML-2.9.1-build.7", 320)
        assert surroundings.instances() == [(worker_id, "running")]

        measured = await surroundings.until(worker_id, lambda row: row.metrics is not None)
        assert measured.metrics.cpu_percent is not None
        assert measured.metrics.memory_percent is not None

        await want(surroundings, worker_id, WorkerDesiredStatus.STOPPED)
        await surroundings.until_status(worker_id, W.STOPPED)
        assert surroundings.instances() == [(worker_id, "stopped")]

        await want(surroundings, worker_id, WorkerDesiredStatus.RUNNING)
        await surroundings.until_status(worker_id, W.RUNNING)

        host = surroundings.cml.fleet.at(up.private_ip).runtime.host
        await want(surroundings, worker_id, WorkerDesiredStatus.TERMINATED)
        await surroundings.until_status(worker_id, W.TERMINATED)
        assert surroundings.instances() == []
        assert host.licence.status == "NOT_REGISTERED"


async def test_a_host_that_dies_is_unavailable_until_it_lives_again(surroundings: Any) -> None:
    async with surroundings.service(), httpx2.AsyncClient(base_url=surroundings.cml.control_url) as control:
        worker_id = await surroundings.ask_for_worker()
        up = await surroundings.until_status(worker_id, W.RUNNING)
        (await control.post(f"/_sim/hosts/{up.private_ip}/kill")).raise_for_status()
        dead = await surroundings.until(worker_id, lambda row: row.service_status is WorkerServiceStatus.UNAVAILABLE)
        assert (dead.status, dead.placeable) == (W.RUNNING, False)
        (await control.post(f"/_sim/hosts/{up.private_ip}/revive")).raise_for_status()
        await surroundings.until(worker_id, lambda row: row.placeable)


async def test_a_termination_behind_our_back_is_noticed(surroundings: Any) -> None:
    async with surroundings.service():
        worker_id = await surroundings.ask_for_worker()
        up = await surroundings.until_status(worker_id, W.RUNNING)
        ec2 = surroundings.account.client("ec2")
        await asyncio.to_thread(ec2.terminate_instances, InstanceIds=[up.ec2_instance_id])
        await surroundings.until_status(worker_id, W.TERMINATED)


async def test_of_two_instances_one_works_and_the_other_takes_over(surroundings: Any) -> None:
    async def leaders(*urls: str) -> list[bool]:
        async with httpx2.AsyncClient() as http:
            return [(await http.get(f"{url}/info")).json()["leader"] for url in urls]

    async with surroundings.service() as second:
        async with surroundings.service() as first:
            worker_id = await surroundings.ask_for_worker()
            await surroundings.until_status(worker_id, W.RUNNING)
            assert sorted(await leaders(first, second)) == [False, True]
        another = await surroundings.ask_for_worker()
        await surroundings.until_status(another, W.RUNNING)
        assert await leaders(second) == [True]
    assert sorted(surroundings.instances()) == sorted([(worker_id, "running"), (another, "running")])


async def test_a_service_that_is_stopped_in_mid_launch_goes_on_where_it_was(surroundings: Any) -> None:
    async with surroundings.service():
        worker_id = await surroundings.ask_for_worker()
        await surroundings.until(worker_id, lambda row: row.status is not W.PENDING)
    async with surroundings.service():
        await surroundings.until_status(worker_id, W.RUNNING)
    assert surroundings.instances() == [(worker_id, "running")]


async def test_operators_see_strays_and_others_are_refused(surroundings: Any) -> None:
    plane = surroundings.control_plane
    async with surroundings.service(stray_young_seconds=0, discovery_seconds=0.2) as url:
        ec2 = surroundings.account.client("ec2")
        tags = {"lcm:fleet": surroundings.account.fleet, "lcm:managed-by": "worker-controller", "lcm:worker-id": "x"}
        await asyncio.to_thread(
            ec2.run_instances,
            ImageId=ec2.describe_images(Filters=[{"Name": "name", "Values": ["CML-2.9*"]}])["Images"][0]["ImageId"],
            MinCount=1,
            MaxCount=1,
            SubnetId=surroundings.account.subnet_id,
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            ],
        )
        async with httpx2.AsyncClient(base_url=url) as http:
            assert (await http.get("/api/fleet/discovery")).status_code == 401
            http.headers["Authorization"] = f"Bearer {plane.token('viewer')}"
            assert (await http.get("/api/fleet/discovery")).status_code == 403
            http.headers["Authorization"] = f"Bearer {plane.token('operator')}"
            async with asyncio.timeout(20):
                while not (strays := (await http.get("/api/fleet/discovery")).json()["strays"]):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert [(stray["kind"], stray["worker_id"]) for stray in strays] == [("unknown", "x")]
            assert (await http.get("/api/fleet/scale-down")).json()["enabled"] is False
            assert (await http.get("/health/ready")).json()["ready"] is True
