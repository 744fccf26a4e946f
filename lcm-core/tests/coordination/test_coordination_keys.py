"""Keys, transactions, leases and versioned writes on a real etcd."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from lcm_core.coordination import Compare, Delete, EtcdClient, EtcdUnavailable, Get, Put
from lcm_core.testing.etcd_server import EtcdServer


async def test_what_was_put_is_found(etcd: EtcdClient, prefix: str) -> None:
    revision = await etcd.put(f"{prefix}/a", "one")
    found = await etcd.get(f"{prefix}/a")
    assert found is not None
    assert (found.text, found.create_revision, found.mod_revision, found.version) == ("one", revision, revision, 1)


async def test_a_missing_key_is_none(etcd: EtcdClient, prefix: str) -> None:
    assert await etcd.get(f"{prefix}/nothing") is None


async def test_a_long_prefix_is_read_in_pages_of_one_moment(etcd: EtcdClient, prefix: str) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(1203):
            group.create_task(etcd.put(f"{prefix}/{number:05}", str(number)))
    found = await etcd.get_prefix(f"{prefix}/")
    assert [kv.text for kv in found.items] == [str(number) for number in range(1203)]


async def test_a_prefix_does_not_reach_its_neighbours(etcd: EtcdClient, prefix: str) -> None:
    await etcd.put(f"{prefix}/a/x", "in")
    await etcd.put(f"{prefix}/b/x", "out")
    assert [kv.text for kv in (await etcd.get_prefix(f"{prefix}/a/")).items] == ["in"]


async def test_deleting_tells_whether_there_was_something(etcd: EtcdClient, prefix: str) -> None:
    await etcd.put(f"{prefix}/a", "one")
    assert (await etcd.delete(f"{prefix}/a"), await etcd.delete(f"{prefix}/a")) == (True, False)


async def test_a_prefix_is_deleted_as_a_whole(etcd: EtcdClient, prefix: str) -> None:
    for name in "abc":
        await etcd.put(f"{prefix}/{name}", "x")
    assert await etcd.delete_prefix(f"{prefix}/") == 3
    assert (await etcd.get_prefix(f"{prefix}/")).items == ()


async def test_everything_is_never_deleted_at_once(etcd: EtcdClient) -> None:
    with pytest.raises(ValueError, match="every key"):
        await etcd.delete_prefix("/")


async def test_a_transaction_does_one_branch(etcd: EtcdClient, prefix: str) -> None:
    key = f"{prefix}/a"
    absent = Compare(key, "create_revision", 0)
    first = await etcd.txn([absent], [Put(key, b"first")], [Get(key)])
    second = await etcd.txn([absent], [Put(key, b"second")], [Get(key), Delete(key)])
    assert (first.succeeded, second.succeeded) == (True, False)
    assert second.found[0] is not None
    assert second.found[0].text == "first"
    assert await etcd.get(key) is None


async def test_one_of_many_wins_the_race_to_create(etcd: EtcdClient, prefix: str) -> None:
    key = f"{prefix}/lock"
    results = await asyncio.gather(
        *(etcd.txn([Compare(key, "create_revision", 0)], [Put(key, str(n).encode())]) for n in range(50))
    )
    assert sum(result.succeeded for result in results) == 1


async def test_a_lease_takes_its_keys_with_it(etcd: EtcdClient, prefix: str) -> None:
    lease = await etcd.lease_grant(5)
    await etcd.put(f"{prefix}/a", "x", lease_id=lease.id)
    await etcd.lease_revoke(lease.id)
    assert await etcd.get(f"{prefix}/a") is None


async def test_renewing_an_ended_lease_tells_zero(etcd: EtcdClient) -> None:
    lease = await etcd.lease_grant(5)
    assert await etcd.lease_keepalive(lease.id, deadline_seconds=2) == 5
    await etcd.lease_revoke(lease.id)
    await etcd.lease_revoke(lease.id)
    assert await etcd.lease_keepalive(lease.id, deadline_seconds=2) == 0


async def test_a_newer_version_replaces_an_older_one(etcd: EtcdClient, prefix: str) -> None:
    key = f"{prefix}/capacity"
    assert await etcd.put_if_newer(key, {"version": 1, "free": 8})
    assert await etcd.put_if_newer(key, {"version": 2, "free": 4})
    stored = await etcd.get(key)
    assert stored is not None
    assert stored.json() == {"version": 2, "free": 4}


@pytest.mark.parametrize("version", [4, 5])
async def test_an_older_or_equal_version_replaces_nothing(
    etcd: EtcdClient, shared_etcd: EtcdServer, prefix: str, version: int
) -> None:
    key = f"{prefix}/capacity"
    async with EtcdClient([shared_etcd.endpoint]) as another:
        await another.put_if_newer(key, {"version": 5, "by": "another"})
    assert not await etcd.put_if_newer(key, {"version": version, "by": "me"})


async def test_a_deleted_value_can_be_written_again_with_the_same_version(etcd: EtcdClient, prefix: str) -> None:
    key = f"{prefix}/capacity"
    await etcd.put_if_newer(key, {"version": 3})
    await etcd.delete(key)
    assert await etcd.put_if_newer(key, {"version": 3})


async def test_a_value_that_is_not_ours_is_replaced(etcd: EtcdClient, prefix: str) -> None:
    await etcd.put(f"{prefix}/capacity", "garbage")
    assert await etcd.put_if_newer(f"{prefix}/capacity", {"version": 0})


async def test_of_racing_writers_the_highest_version_stays(
    etcd: EtcdClient, shared_etcd: EtcdServer, prefix: str
) -> None:
    key = f"{prefix}/capacity"
    async with EtcdClient([shared_etcd.endpoint]) as another:
        await asyncio.gather(
            *((etcd if version % 2 else another).put_if_newer(key, {"version": version}) for version in range(40))
        )
    stored = await etcd.get(key)
    assert stored is not None
    assert json.loads(stored.value)["version"] == 39


async def test_many_are_written_and_deleted_together(etcd: EtcdClient, prefix: str) -> None:
    await etcd.put(f"{prefix}/gone", "x")
    values: dict[str, dict[str, object] | None] = {f"{prefix}/{number}": {"version": number} for number in range(250)}

    written = await etcd.write_if_newer({**values, f"{prefix}/gone": None})

    assert written == {*values, f"{prefix}/gone"}
    stored = await etcd.get_prefix(f"{prefix}/")
    assert {kv.key: kv.json() for kv in stored.items} == values


async def test_together_with_one_that_is_newer_elsewhere_the_others_are_written(
    etcd: EtcdClient, shared_etcd: EtcdServer, prefix: str
) -> None:
    async with EtcdClient([shared_etcd.endpoint]) as another:
        await another.put_if_newer(f"{prefix}/b", {"version": 5})

    written = await etcd.write_if_newer({f"{prefix}/{name}": {"version": 4} for name in "abc"})

    assert written == {f"{prefix}/a", f"{prefix}/c"}
    stored = await etcd.get_prefix(f"{prefix}/")
    assert [kv.json()["version"] for kv in stored.items] == [4, 5, 4]


async def test_what_was_written_together_can_be_written_again_in_one_step(etcd: EtcdClient, prefix: str) -> None:
    for version in (1, 2, 3):
        assert len(await etcd.write_if_newer({f"{prefix}/{name}": {"version": version} for name in "ab"})) == 2
    stored = await etcd.get_prefix(f"{prefix}/")
    assert [kv.version for kv in stored.items] == [3, 3]


async def test_a_value_without_a_version_is_refused(etcd: EtcdClient, prefix: str) -> None:
    with pytest.raises(TypeError, match="integer version"):
        await etcd.put_if_newer(f"{prefix}/x", {"free": 4})


async def test_an_etcd_that_is_not_there_is_reported_in_time() -> None:
    started = time.monotonic()
    async with EtcdClient(["127.0.0.1:1"], attempt_seconds=0.2, total_seconds=0.5) as client:
        with pytest.raises(EtcdUnavailable, match=r"etcd at 127\.0\.0\.1:1 did not answer while reading /x"):
            await client.get("/x")
    assert time.monotonic() - started < 3


async def test_an_idempotent_call_survives_a_restart(own_etcd: EtcdServer) -> None:
    async with EtcdClient([own_etcd.endpoint]) as client:
        await client.put("/a", "1")
        own_etcd.kill()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(client.get("/a"))
            group.create_task(own_etcd.restart())
        found = reading.result()
    assert found is not None
    assert found.text == "1"
