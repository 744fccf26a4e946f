import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest
from botocore.exceptions import ClientError

from lcm_simulators.cloud.account_state import AccountState, ForeignStateError
from lcm_simulators.cloud.testing import RunningCloud, running_cloud


async def _start(tmp_path: Path, port: int) -> asyncio.subprocess.Process:
    env = {**os.environ, "SIM_CLOUD_PORT": str(port), "SIM_CLOUD_STATE_DIR": str(tmp_path)}
    env |= {"SIM_CLOUD_TRANSITION_SECONDS": "0.2"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "lcm_simulators.cloud", env=env)
    async with asyncio.timeout(60), httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        while True:
            try:
                if (await http.get("/health/ready")).status_code == 200:
                    return process
            except httpx2.TransportError:
                await asyncio.sleep(0.1)


async def _kill(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.wait()


def _client(service: str, port: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _facts(ec2: Any) -> dict[str, tuple[object, ...]]:
    instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    return {
        i["InstanceId"]: (
            i["PrivateIpAddress"],
            i["State"]["Name"],
            i["InstanceType"],
            i["ImageId"],
            sorted((tag["Key"], tag["Value"]) for tag in i["Tags"]),
        )
        for i in instances
    }


async def _settled(ec2: Any) -> dict[str, tuple[object, ...]]:
    async with asyncio.timeout(10):
        while True:
            facts = await asyncio.to_thread(_facts, ec2)
            if {fact[1] for fact in facts.values()} <= {"running", "stopped", "terminated"}:
                return facts
            await asyncio.sleep(0.05)


async def test_account_survives_kill(tmp_path: Path, unused_tcp_port: int) -> None:
    base = f"http://127.0.0.1:{unused_tcp_port}"
    process = await _start(tmp_path, unused_tcp_port)
    ec2, s3 = _client("ec2", unused_tcp_port), _client("s3", unused_tcp_port)
    prepared = httpx2.get(f"{base}/_sim/bootstrap").json()
    launch = {
        "ImageId": prepared["ami_ids"]["CML-2.9.1-build.7"],
        "InstanceType": "m5zn.metal",
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": prepared["subnet_id"],
    }
    ids = []
    for number in range(3):
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "worker", "Value": str(number)}]}]
        token = f"token-{number}"
        ids.append(ec2.run_instances(**launch, TagSpecifications=tags, ClientToken=token)["Instances"][0]["InstanceId"])
    await _settled(ec2)
    ec2.stop_instances(InstanceIds=[ids[0]])
    ec2.terminate_instances(InstanceIds=[ids[1]])
    before = await _settled(ec2)
    s3.create_bucket(Bucket="evidence")
    s3.put_object(
        Bucket="evidence", Key="a/b c+d.zip", Body=b"work", ContentType="application/zip", Metadata={"k": "v"}
    )
    s3.put_object(Bucket="evidence", Key="gone", Body=b"x")
    s3.delete_object(Bucket="evidence", Key="gone")
    await _kill(process)

    process = await _start(tmp_path, unused_tcp_port)
    ec2, s3 = _client("ec2", unused_tcp_port), _client("s3", unused_tcp_port)
    assert _facts(ec2) == before
    assert httpx2.get(f"{base}/_sim/bootstrap").json() == prepared
    found = s3.get_object(Bucket="evidence", Key="a/b c+d.zip")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (b"work", "application/zip", {"k": "v"})
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="evidence")["Contents"]] == ["a/b c+d.zip"]
    again = ec2.run_instances(**launch, TagSpecifications=tags, ClientToken="token-2")["Instances"][0]
    assert again["InstanceId"] == ids[2]
    new = ec2.run_instances(**launch)["Instances"][0]
    assert new["PrivateIpAddress"] not in {fact[0] for fact in before.values()}
    await _kill(process)


async def test_transition_goes_on_while_the_process_is_down(tmp_path: Path) -> None:
    async with running_cloud(tmp_path, transition_seconds=1.0) as cloud:
        ec2 = cloud.client("ec2")
        _launch(cloud, ec2)
        assert {fact[1] for fact in _described(ec2)} == {"pending"}
    async with running_cloud(tmp_path, transition_seconds=1.0) as cloud:
        ec2 = cloud.client("ec2")
        async with asyncio.timeout(5):
            while {fact[1] for fact in await asyncio.to_thread(_described, ec2)} != {"running"}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def _launch(cloud: RunningCloud, ec2: Any) -> None:
    image = cloud.bootstrap.ami_ids["CML-2.9.1-build.7"]
    ec2.run_instances(
        ImageId=image, InstanceType="m5zn.metal", MinCount=1, MaxCount=1, SubnetId=cloud.bootstrap.subnet_id
    )


def _described(ec2: Any) -> list[tuple[str, str]]:
    instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    return [(i["InstanceId"], i["State"]["Name"]) for i in instances]


async def test_bucket_taken_away_stays_away(tmp_path: Path) -> None:
    async with running_cloud(tmp_path) as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="first")
        s3.create_bucket(Bucket="second")
        s3.delete_bucket(Bucket="first")
    async with running_cloud(tmp_path) as cloud:
        assert [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]] == ["second"]


async def test_bulk_delete_and_versions_are_kept(tmp_path: Path) -> None:
    async with running_cloud(tmp_path) as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="content")
        s3.put_bucket_versioning(Bucket="content", VersioningConfiguration={"Status": "Enabled"})
        for text in (b"1", b"2"):
            s3.put_object(Bucket="content", Key="kept", Body=text)
        s3.create_bucket(Bucket="plain")
        for key in ("a", "b"):
            s3.put_object(Bucket="plain", Key=key, Body=b"x")
        s3.delete_objects(Bucket="plain", Delete={"Objects": [{"Key": "a"}]})
    async with running_cloud(tmp_path) as cloud:
        s3 = cloud.client("s3")
        assert len(s3.list_object_versions(Bucket="content", Prefix="kept")["Versions"]) == 2
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="plain")["Contents"]] == ["b"]
        with pytest.raises(ClientError):
            s3.head_object(Bucket="plain", Key="a")


async def test_large_upload_in_parts_is_kept(tmp_path: Path) -> None:
    body = os.urandom(9 * 1024 * 1024)
    source = tmp_path / "package.zip"
    source.write_bytes(body)
    async with running_cloud(tmp_path / "state") as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="content")
        await asyncio.to_thread(s3.upload_file, str(source), "content", "package.zip")
    async with running_cloud(tmp_path / "state") as cloud:
        found = cloud.client("s3").get_object(Bucket="content", Key="package.zip")
        assert found["Body"].read() == body


async def test_two_clouds_in_one_process_are_refused(tmp_path: Path) -> None:
    async with running_cloud(tmp_path / "a"):
        with pytest.raises(RuntimeError, match="already"):
            async with running_cloud(tmp_path / "b"):
                pass


def test_state_of_another_moto_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite3"
    AccountState(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE made_by SET moto_version = '1.0'")
    connection.close()
    with pytest.raises(ForeignStateError, match=r"1\.0"):
        AccountState(path)
