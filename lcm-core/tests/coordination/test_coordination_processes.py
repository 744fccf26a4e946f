"""Leaders in processes of their own: one that is killed, one that is frozen and wakes up."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from lcm_core.testing.etcd_server import EtcdServer

CANDIDATE = """
import asyncio, sys
from lcm_core.coordination import EtcdClient, LeaderElection, NotLeader, leadership_headers
from lcm_core.observability.logs import configure_logs

configure_logs(service="scheduler", instance=sys.argv[3], stream=sys.stderr)

def may_write():
    try:
        leadership_headers()
    except NotLeader:
        return False
    return True

async def lead(leadership):
    print("elected", leadership.epoch, flush=True)
    try:
        while may_write():
            await asyncio.sleep(0.05)
    finally:
        # its own look at the clock, or the election that ends its work: whoever is first
        print("writes" if may_write() else "refused", flush=True)

async def main():
    async with EtcdClient([sys.argv[1]]) as etcd:
        election = LeaderElection(etcd, service="scheduler", instance=sys.argv[3], prefix=sys.argv[2], ttl_seconds=2)
        await election.run(lead)

asyncio.run(main())
"""


@asynccontextmanager
async def candidate(endpoint: str, prefix: str, name: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CANDIDATE, endpoint, prefix, name, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_of(process: asyncio.subprocess.Process, seconds: float = 15) -> list[str]:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), seconds)).decode().split()


async def test_a_killed_leader_is_replaced_after_its_lease(shared_etcd: EtcdServer, prefix: str) -> None:
    async with candidate(shared_etcd.endpoint, prefix, "one") as one:
        _, first_epoch = await line_of(one)
        async with candidate(shared_etcd.endpoint, prefix, "two") as two:
            one.kill()
            killed = time.monotonic()
            _, second_epoch = await line_of(two)
    assert time.monotonic() - killed < 8
    assert int(second_epoch) > int(first_epoch)


async def test_a_leader_that_was_frozen_past_its_lease_writes_nothing_more(
    shared_etcd: EtcdServer, prefix: str
) -> None:
    async with candidate(shared_etcd.endpoint, prefix, "one") as one:
        assert (await line_of(one))[0] == "elected"
        one.send_signal(signal.SIGSTOP)
        async with candidate(shared_etcd.endpoint, prefix, "two") as two:
            assert (await line_of(two))[0] == "elected"
            one.send_signal(signal.SIGCONT)
            assert await line_of(one) == ["refused"]
