"""Two instances of a controller on a real etcd, asked and steered over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Collection, Generator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
from structlog.testing import capture_logs

from lcm_core.auth import BearerAuthenticator, InvalidToken, Principal, Role
from lcm_core.coordination import EtcdClient, LeaderElection
from lcm_core.hosting import create_service_app
from lcm_core.reconcile import (
    Done,
    ReconcileLoop,
    ReconcileOptions,
    ReconciliationHostedService,
    Result,
    WatchedPrefix,
    reconciliation_admin_router,
)
from lcm_core.reconcile.steering import Steering, orders_key
from lcm_core.settings import ServiceSettings
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.http_server import serving

OPERATOR = {"Authorization": "Bearer operator"}


class _NamedRole:
    async def verify(self, token: str) -> Principal:
        if token not in {role.value for role in Role}:
            raise InvalidToken("it is made up")
        return Principal(token, "test", frozenset({Role(token)}), token)


class Sessions:
    def __init__(self, keys: Collection[str]) -> None:
        self.keys = keys
        self.handled: list[str] = []
        self.broken = False
        self._changed = asyncio.Event()

    async def list_keys(self) -> Collection[str]:
        if self.broken:
            raise RuntimeError("the list is of another shape")
        return self.keys

    async def reconcile(self, key: str) -> Result:
        self.handled.append(key)
        self._changed.set()
        return Done()

    def count(self, key: str) -> int:
        return self.handled.count(key)

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class Instance:
    def __init__(self, etcd: EtcdClient, prefix: str, name: str, keys: Collection[str], ttl_seconds: int) -> None:
        self.sessions = Sessions(keys)
        self.election = LeaderElection(
            etcd, service="lablet-controller", instance=name, prefix=prefix, ttl_seconds=ttl_seconds
        )
        loop = ReconcileLoop(
            "sessions",
            self.sessions,
            source=etcd,
            watches=(WatchedPrefix.by_id(f"{prefix}/sessions", "status"),),
            options=ReconcileOptions(resync_interval=3600),
        )
        steering = Steering(etcd, service="lablet-controller", prefix=prefix)
        self.service = ReconciliationHostedService(
            "reconciliation", election=self.election, loops=[loop], steering=steering
        )
        self.http: httpx2.AsyncClient


@asynccontextmanager
async def instance(
    server: EtcdServer, prefix: str, name: str, *, keys: Collection[str] = (), ttl_seconds: int = 5
) -> AsyncGenerator[Instance]:
    settings = ServiceSettings(service_name="lablet-controller", instance_id=name, oidc_issuer="http://issuer.invalid")
    async with EtcdClient([server.endpoint]) as etcd, AsyncExitStack() as stack:
        made = Instance(etcd, prefix, name, keys, ttl_seconds)
        app = create_service_app(
            settings,
            hosted_services=[made.service],
            routers=[reconciliation_admin_router(made.service)],
            authenticators=[BearerAuthenticator(_NamedRole())],
            leader=lambda: made.service.is_leader,
            paused=lambda: made.service.paused,
        )
        url = await stack.enter_async_context(serving(app))
        made.http = await stack.enter_async_context(httpx2.AsyncClient(base_url=url, trust_env=False, headers=OPERATOR))
        yield made


@pytest.fixture(scope="module")
def server() -> Generator[EtcdServer]:
    with etcd_server() as running:
        yield running


@pytest.fixture
def prefix() -> str:
    return f"/test-{uuid.uuid4().hex}"


@asynccontextmanager
async def leader_and_standby(server: EtcdServer, prefix: str) -> AsyncGenerator[tuple[Instance, Instance]]:
    """Two instances, each with the key "a", of which the first leads."""
    async with instance(server, prefix, "one", keys=["a"], ttl_seconds=30) as one:
        await one.sessions.until(lambda: one.sessions.count("a") == 1)
        async with instance(server, prefix, "two", keys=["a"], ttl_seconds=30) as two:
            yield one, two


async def test_a_change_in_etcd_wakes_its_key_long_before_the_resync(server: EtcdServer, prefix: str) -> None:
    async with instance(server, prefix, "one", keys=["first"]) as one, EtcdClient([server.endpoint]) as etcd:
        await one.sessions.until(lambda: one.sessions.count("first") == 1)
        await etcd.put_if_newer(f"{prefix}/sessions/s1/status", {"version": 1, "status": "PENDING"})
        await one.sessions.until(lambda: one.sessions.count("s1") == 1)


async def test_keys_of_another_leaf_wake_nobody(server: EtcdServer, prefix: str) -> None:
    async with instance(server, prefix, "one", keys=["first"]) as one, EtcdClient([server.endpoint]) as etcd:
        await one.sessions.until(lambda: one.sessions.count("first") == 1)
        await etcd.put(f"{prefix}/sessions/s1/ports", "{}")
        await etcd.put(f"{prefix}/sessions/s2/status", "{}")
        await one.sessions.until(lambda: one.sessions.count("s2") == 1)
    assert one.sessions.count("s1") == 0


async def test_what_is_in_etcd_already_is_handled_by_a_new_leader(server: EtcdServer, prefix: str) -> None:
    async with EtcdClient([server.endpoint]) as etcd:
        await etcd.put(f"{prefix}/sessions/s1/status", "{}")
    async with instance(server, prefix, "one") as one:
        await one.sessions.until(lambda: one.sessions.count("s1") == 1)


async def test_one_of_two_instances_works_and_the_other_takes_over(server: EtcdServer, prefix: str) -> None:
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        one = await first.enter_async_context(instance(server, prefix, "one", keys=["a"], ttl_seconds=30))
        await one.sessions.until(lambda: one.sessions.count("a") == 1)
        two = await second.enter_async_context(instance(server, prefix, "two", keys=["a"], ttl_seconds=30))
        info = [(await each.http.get("/info")).json()["leader"] for each in (one, two)]
        await first.aclose()
        await two.sessions.until(lambda: two.sessions.count("a") == 1)
    assert info == [True, False]
    assert one.sessions.count("a") == 1


async def test_changes_are_handled_after_a_killed_etcd_is_back(prefix: str) -> None:
    with etcd_server() as own:
        async with instance(own, prefix, "one", keys=["a"], ttl_seconds=10) as one, EtcdClient([own.endpoint]) as etcd:
            await one.sessions.until(lambda: one.sessions.count("a") == 1)
            own.kill()
            await own.restart()
            await etcd.put(f"{prefix}/sessions/s1/status", "{}")
            await one.sessions.until(lambda: one.sessions.count("s1") == 1)


async def test_status_names_the_leader(server: EtcdServer, prefix: str) -> None:
    async with leader_and_standby(server, prefix) as (_, two):
        status = (await two.http.get("/api/admin/reconciliation")).json()
    assert status["instance_leads"] is False
    assert status["leader"]["instance"] == "one"
    assert [loop["name"] for loop in status["loops"]] == ["sessions"]


async def test_an_operator_can_trigger_a_key_and_all(server: EtcdServer, prefix: str) -> None:
    async with instance(server, prefix, "one", keys=["a", "b"]) as one:
        await one.sessions.until(lambda: len(one.sessions.handled) == 2)
        single = await one.http.post("/api/admin/reconciliation/trigger", json={"key": "a"})
        await one.sessions.until(lambda: one.sessions.count("a") == 2)
        every = await one.http.post("/api/admin/reconciliation/trigger", json={})
        await one.sessions.until(lambda: (one.sessions.count("a"), one.sessions.count("b")) == (3, 2))
    assert (single.status_code, single.json(), every.json()) == (202, {"keys": 1}, {"keys": 2})


async def test_an_unknown_loop_is_not_found(server: EtcdServer, prefix: str) -> None:
    async with instance(server, prefix, "one", keys=["a"]) as one:
        await one.sessions.until(lambda: one.sessions.count("a") == 1)
        response = await one.http.post("/api/admin/reconciliation/trigger", json={"key": "a", "loop": "nope"})
    assert (response.status_code, response.json()["code"]) == (404, "not-found")


async def test_who_does_not_lead_cannot_be_triggered(server: EtcdServer, prefix: str) -> None:
    async with leader_and_standby(server, prefix) as (_, two):
        response = await two.http.post("/api/admin/reconciliation/trigger", json={"key": "a"})
    assert (response.status_code, response.json()["code"]) == (409, "not-leader")


async def test_an_operator_can_pause_and_resume(server: EtcdServer, prefix: str) -> None:
    async with instance(server, prefix, "one", keys=["a"]) as one:
        await one.sessions.until(lambda: one.sessions.count("a") == 1)
        paused = await one.http.post("/api/admin/reconciliation/pause")
        await one.http.post("/api/admin/reconciliation/trigger", json={"key": "a"})
        before = one.sessions.count("a")
        await one.http.post("/api/admin/reconciliation/resume")
        await one.sessions.until(lambda: one.sessions.count("a") == 2)
    assert (paused.json()["paused"], before) == (True, 1)


async def test_an_operator_can_move_the_lead(server: EtcdServer, prefix: str) -> None:
    async with leader_and_standby(server, prefix) as (one, two):
        response = await one.http.post("/api/admin/reconciliation/resign")
        await two.sessions.until(lambda: two.sessions.count("a") == 1)
    assert response.status_code == 202


async def test_only_operators_may(server: EtcdServer, prefix: str) -> None:
    async with instance(server, prefix, "one") as one:
        viewer = await one.http.get("/api/admin/reconciliation", headers={"Authorization": "Bearer viewer"})
        nobody = await one.http.get("/api/admin/reconciliation", headers={"Authorization": ""})
    assert (viewer.status_code, nobody.status_code) == (403, 401)


async def order(server: EtcdServer, prefix: str, version: int, **wanted: object) -> None:
    async with EtcdClient([server.endpoint]) as etcd:
        await etcd.put_if_newer(orders_key(prefix, "lablet-controller"), {"version": version, **wanted})


async def test_a_pause_outlives_a_change_of_leader_and_what_waits_is_handled_when_it_ends(
    server: EtcdServer, prefix: str
) -> None:
    async with AsyncExitStack() as first:
        one = await first.enter_async_context(instance(server, prefix, "one", keys=["a"], ttl_seconds=30))
        await one.sessions.until(lambda: one.sessions.count("a") == 1)
        await order(server, prefix, 1, paused=True)
        async with instance(server, prefix, "two", keys=["a", "b"], ttl_seconds=30) as two:
            await until(lambda: one.service.paused and two.service.paused)
            await first.aclose()
            await until(lambda: two.service.is_leader)
            info = (await two.http.get("/info")).json()
            assert (info["leader"], info["paused"], two.sessions.handled) == (True, True, [])
            async with EtcdClient([server.endpoint]) as etcd:
                await etcd.delete(orders_key(prefix, "lablet-controller"))
            await order(server, prefix, 2, paused=False)
            await two.sessions.until(lambda: {"a", "b"} <= set(two.sessions.handled))
            assert two.service.is_leader


async def test_an_order_to_resign_means_one_term_and_no_other(server: EtcdServer, prefix: str) -> None:
    async with leader_and_standby(server, prefix) as (one, two):
        term = one.election.leadership
        assert term is not None
        await order(server, prefix, 1, resign_epoch=term.epoch)
        await two.sessions.until(lambda: two.sessions.count("a") == 1)
        await order(server, prefix, 2, resign_epoch=term.epoch, triggers=[trigger_of("a")])
        await two.sessions.until(lambda: two.sessions.count("a") == 2)
        assert two.service.is_leader


def trigger_of(key: str, at: str = "2099-01-01T00:00:00Z") -> dict[str, str]:
    return {"at": at, "key": key}


async def test_none_of_several_triggers_is_lost_and_none_of_before_the_start_is_repeated(
    server: EtcdServer, prefix: str
) -> None:
    """The key is missing when the instance begins: what is first read of it may be old, new, or both."""
    async with instance(server, prefix, "one", keys=["a"], ttl_seconds=30) as one:
        await one.sessions.until(lambda: one.sessions.count("a") == 1)
        both = [trigger_of("old", "2000-01-01T00:00:00Z"), trigger_of("b")]
        await order(server, prefix, 7, triggers=both)
        await one.sessions.until(lambda: one.sessions.count("b") == 1)
        await order(server, prefix, 9, triggers=[*both, trigger_of("c"), trigger_of("d")])
        await one.sessions.until(lambda: {"c", "d"} <= set(one.sessions.handled))
        assert (one.sessions.count("b"), one.sessions.count("old")) == (1, 0)


async def test_an_order_that_breaks_down_is_told_and_the_next_one_is_carried_out(
    server: EtcdServer, prefix: str
) -> None:
    async with instance(server, prefix, "one", keys=["a"], ttl_seconds=30) as one:
        await one.sessions.until(lambda: one.sessions.count("a") == 1)
        one.sessions.broken = True
        every = {"at": "2099-01-01T00:00:00Z"}
        with capture_logs() as logs:
            await order(server, prefix, 1, triggers=[every, trigger_of("b")])
            await one.sessions.until(lambda: one.sessions.count("b") == 1)
        assert one.service.is_leader
        assert [(each["order"], each["log_level"]) for each in logs if each["event"] == "order_failed"] == [
            ("trigger", "error")
        ]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)
