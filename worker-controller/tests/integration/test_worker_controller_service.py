"""The service against control-plane-api, a simulated AWS account and simulated CML hosts."""

import asyncio
from typing import Any

import httpx2
import pytest

from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry

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


SELDOM = dict.fromkeys(
    [
        *("liveness_seconds", "liveness_close_seconds", "liveness_idle_seconds"),
        *("metrics_seconds", "metrics_close_seconds", "metrics_idle_seconds"),
    ],
    600,
)
ROUTER = """
lab: {title: One router, version: 0.2.2}
nodes: [{id: n0, label: r1, node_definition: iosv, x: 0, y: 0, interfaces: []}]
links: []
"""


async def test_a_change_on_a_host_is_seen_at_once_by_its_own_word(surroundings: Any) -> None:
    async with surroundings.service(**SELDOM, host_events_distance_seconds=0.1):
        worker_id = await surroundings.ask_for_worker()
        up = await surroundings.until_status(worker_id, W.RUNNING)
        host = surroundings.cml.fleet.at(up.private_ip).runtime
        async with asyncio.timeout(20):
            while not host.hub.busy:  # noqa: ASYNC110 - the hub has no event for arrivals
                await asyncio.sleep(0.02)
        registry = CmlHostRegistry(
            username="admin",
            password=surroundings.settings["cml_password"],
            https_port=surroundings.settings["cml_https_port"],
            ca_file=surroundings.settings["cml_ca_file"],
        )
        async with registry:
            access = registry.event_access(up.private_ip)
            headers = {"Authorization": f"Bearer {await access.tokens.token()}"}
            async with httpx2.AsyncClient(verify=access.tls, headers=headers) as http:
                (await http.post(f"{access.url}/api/v0/import", content=ROUTER)).raise_for_status()
        seen = await surroundings.until(worker_id, lambda row: row.metrics is not None and row.metrics.labs == 1, 20)
        assert seen.metrics.nodes_running == 0


async def test_what_aws_says_of_an_instance_reaches_its_worker(surroundings: Any) -> None:
    quick = dict.fromkeys(["cloud_seconds", "cloud_close_seconds", "cloud_idle_seconds"], 0.3)
    account = surroundings.account
    async with surroundings.service(**quick), httpx2.AsyncClient(base_url=account.endpoint_url) as control:
        worker_id = await surroundings.ask_for_worker()
        up = await surroundings.until_status(worker_id, W.RUNNING)
        where = f"/_sim/instances/{up.ec2_instance_id}"
        event = {"code": "instance-retirement", "not_before": "2030-01-01T12:00:00Z", "description": "hardware"}
        (await control.put(f"{where}/event", json=event)).raise_for_status()
        told = await surroundings.until(worker_id, lambda row: row.maintenance_at is not None)
        assert told.maintenance_reason == "instance-retirement: hardware"

        (await control.post(f"{where}/impaired")).raise_for_status()
        impaired = await surroundings.until(worker_id, lambda row: not row.placeable)
        assert (impaired.status, impaired.service_status) == (W.RUNNING, WorkerServiceStatus.UNKNOWN)
        assert impaired.health_reason == "EC2 status checks fail: system"

        (await control.delete(f"{where}/impaired")).raise_for_status()
        await surroundings.until(worker_id, lambda row: row.placeable)
