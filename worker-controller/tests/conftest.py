"""The simulated AWS account of a test run, on a real socket, in a thread of its own."""

import os
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network
from typing import Any

# moto reads this when it is imported: without it the first look at images loads 1,300 of them
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

import httpx2
import pytest
from boto3.session import Session

from lcm_core.integration.aws.calls import AwsCalls
from lcm_simulators.cloud.app import build
from lcm_simulators.cloud.settings import CloudSettings
from lcm_simulators.serving import serve_in_thread


@dataclass(frozen=True)
class AwsAccount:
    """With the network of a fleet, and the images CML-2.9.1-build.7 and CML-2.8.1-build.14."""

    endpoint_url: str
    fleet: str
    subnet_id: str
    security_group_id: str
    region: str = "us-east-1"

    @cache  # noqa: B019 - one account for a test run; making a client takes longer than most tests
    def client(self, service: str) -> Any:
        session = Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=self.region)
        return session.client(service, endpoint_url=self.endpoint_url)  # pyright: ignore

    def terminate_all(self) -> None:
        ec2 = self.client("ec2")
        alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
        rows = [row for found in ec2.describe_instances(Filters=alive)["Reservations"] for row in found["Instances"]]
        if rows:
            ec2.terminate_instances(InstanceIds=[row["InstanceId"] for row in rows])


@pytest.fixture(scope="session")
def served_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccount]:
    fleet = "test-fleet"
    settings = CloudSettings(
        state_dir=tmp_path_factory.mktemp("cloud"),
        fleet=fleet,
        # a corner of loopback of our own: simulated hosts of other runs listen elsewhere
        subnet=IPv4Network(f"127.{random.randint(100, 199)}.{random.randint(0, 255)}.0/24"),
        transition_seconds=0.1,
    )
    with serve_in_thread(build(settings)) as url:
        prepared = httpx2.get(f"{url}/_sim/bootstrap").raise_for_status().json()
        yield AwsAccount(url, fleet, prepared["subnet_id"], prepared["security_group_id"])


@pytest.fixture
def aws_account(served_account: AwsAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsAccount]:
    """No instance in it outlives the test."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield served_account
    served_account.terminate_all()


@pytest.fixture
async def aws_calls(aws_account: AwsAccount) -> AsyncIterator[AwsCalls]:
    async with AwsCalls(endpoint_url=aws_account.endpoint_url, threads=4) as calls:
        yield calls
