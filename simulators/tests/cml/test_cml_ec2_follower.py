"""Hosts appear, rest and disappear with the instances of the account."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer

from lcm_simulators.cml.runtime.fleet import Power
from lcm_simulators.cml.runtime.process import Simulator, running_simulator
from lcm_simulators.cml.settings import CmlSettings
from lcm_simulators.cml.testing import free_port


@dataclass(frozen=True, slots=True)
class Account:
    url: str
    ec2: Any
    subnet_id: str
    cml_image: str
    other_image: str

    def launch(self, image: str) -> Any:
        answer = self.ec2.run_instances(
            ImageId=image, InstanceType="m5zn.metal", MinCount=1, MaxCount=1, SubnetId=self.subnet_id
        )
        return answer["Instances"][0]

    def wait_until_stopped(self, instance_id: str) -> None:
        """Only an instance at rest can be started; stopping may take its time."""
        waiter = self.ec2.get_waiter("instance_stopped")
        waiter.wait(InstanceIds=[instance_id], WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    httpx2.post(f"{url}/moto-api/reset")  # the accounts of one process share their state
    ec2 = boto3.client("ec2", endpoint_url=url, region_name="us-east-1")
    network = f"127.{random.randint(20, 60)}.{random.randint(0, 255)}.0/24"
    vpc = ec2.create_vpc(CidrBlock=network)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=network)["Subnet"]["SubnetId"]
    cml, other = (ec2.register_image(Name=name)["ImageId"] for name in ("CML-2.9.1", "web-server"))
    yield Account(url, ec2, subnet, cml, other)
    ec2.close()
    server.stop()


@contextlib.asynccontextmanager
async def following(account: Account, state_dir: Path) -> AsyncIterator[Simulator]:
    settings = CmlSettings(
        ec2_endpoint_url=account.url,
        ec2_poll_seconds=0.05,
        boot_seconds=0,
        https_port=free_port("127.0.0.1"),
        ssh_port=free_port("127.0.0.1"),
        control_port=0,
        state_dir=state_dir,
        time_scale=0,
        pre_licensed=True,
    )
    async with running_simulator(settings) as simulator:
        yield simulator


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  (the fleet has no event for every change)
            await asyncio.sleep(0.01)


def is_up(simulator: Simulator, address: str) -> bool:
    managed = simulator.fleet.at(address)
    return managed is not None and managed.up.is_set()


async def test_running_instance_becomes_a_host_of_its_size(account: Account, tmp_path: Path) -> None:
    instance = await asyncio.to_thread(account.launch, account.cml_image)
    async with following(account, tmp_path) as simulator:
        await until(lambda: is_up(simulator, instance["PrivateIpAddress"]))
        managed = simulator.fleet.at(instance["PrivateIpAddress"])
        assert managed is not None
        assert (managed.spec.machine.cpus, managed.spec.machine.memory_bytes) == (48, 192 * 1024**3)


async def test_instances_of_other_images_are_left_alone(account: Account, tmp_path: Path) -> None:
    await asyncio.to_thread(account.launch, account.other_image)
    instance = await asyncio.to_thread(account.launch, account.cml_image)
    async with following(account, tmp_path) as simulator:
        await until(lambda: is_up(simulator, instance["PrivateIpAddress"]))
        assert len(simulator.fleet.hosts) == 1


async def test_stopped_and_started_instance_keeps_its_labs_stopped(
    account: Account, tmp_path: Path, two_routers: dict[str, Any]
) -> None:
    from lcm_simulators.cml.model import lifecycle
    from lcm_simulators.cml.model.topology_reader import build_lab, parse_topology

    instance = await asyncio.to_thread(account.launch, account.cml_image)
    address, key = instance["PrivateIpAddress"], instance["InstanceId"]
    async with following(account, tmp_path) as simulator:
        await until(lambda: is_up(simulator, address))
        runtime = simulator.fleet.hosts[key].runtime
        assert runtime is not None
        topology = parse_topology(json.dumps(two_routers).encode())
        lab = runtime.host.add_lab(build_lab(topology, None, "x", 1.0, runtime.host.policy)[0], 1.0)
        lifecycle.start_lab(runtime.host, lab, 2.0)
        await asyncio.to_thread(account.ec2.stop_instances, InstanceIds=[key])
        await until(lambda: key not in simulator.fleet.hosts)
        await asyncio.to_thread(account.wait_until_stopped, key)
        await asyncio.to_thread(account.ec2.start_instances, InstanceIds=[key])
        await until(lambda: is_up(simulator, address))
        again = simulator.fleet.hosts[key].runtime
        assert again is not None
        assert [lab.state for lab in again.host.labs.values()] == ["STOPPED"]


async def test_terminated_instance_leaves_nothing_behind(account: Account, tmp_path: Path) -> None:
    instance = await asyncio.to_thread(account.launch, account.cml_image)
    key = instance["InstanceId"]
    async with following(account, tmp_path) as simulator:
        await until(lambda: is_up(simulator, instance["PrivateIpAddress"]))
        await asyncio.to_thread(account.ec2.terminate_instances, InstanceIds=[key])
        await until(lambda: key not in simulator.fleet.hosts)
        assert not (tmp_path / "hosts" / key).exists()


async def test_host_whose_simulator_restarts_comes_back_without_booting(account: Account, tmp_path: Path) -> None:
    instance = await asyncio.to_thread(account.launch, account.cml_image)
    address = instance["PrivateIpAddress"]
    async with following(account, tmp_path) as simulator:
        await until(lambda: is_up(simulator, address))
        booted_at = simulator.fleet.hosts[instance["InstanceId"]].runtime.host.booted_at  # type: ignore[union-attr]
    async with following(account, tmp_path) as simulator:
        await until(lambda: is_up(simulator, address))
        managed = simulator.fleet.hosts[instance["InstanceId"]]
        assert managed.power is Power.UP
        assert managed.runtime is not None
        assert managed.runtime.host.booted_at == booted_at
