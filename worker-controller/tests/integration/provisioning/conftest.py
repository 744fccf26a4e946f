"""The real phases of provisioning against control-plane-api, an AWS account and CML hosts, all over sockets.

Every call on the way can be made to fail: before it takes effect, after it took effect with its answer lost, or in such
a way that it takes effect after we have stopped waiting.
"""

from __future__ import annotations

import asyncio
import base64
import random
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr

from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.auth import StaticTokenSource
from lcm_core.clock import SystemClock
from lcm_core.contracts.workers import RequestScaleUp, SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus, LicenseType, WorkerDesiredStatus
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.read_models import CMLWorkerReadModel, ScaleUpDemand
from lcm_core.integration.aws.calls import USER_AGENT, AwsCalls, AwsTiming
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.integration.http import BreakerPolicy, Deadlines, JsonHttpClient
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import oidc_issuer
from lcm_simulators.cml.runtime.process import Simulator, running_simulator
from lcm_simulators.cml.settings import CmlSettings
from worker_controller.application.hosted_services.worker_reconciler import WorkerReconciler
from worker_controller.application.phases.table import FarEnds, PhasePolicy, worker_phases
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.host_follower import HostFollower
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.domain.host_change import NoEventStream
from worker_controller.domain.observing import ObservingPolicy
from worker_controller.domain.pace import TransitionPace
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry
from worker_controller.integration.services.ec2_spi import Ec2SpiClient
from worker_controller.integration.services.licence_token_store import LicenceTokenStore

WANTED_PASSWORD = "wanted-password"
_ID = re.compile(r"(?<=/)[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)")
_PATIENCE_SECONDS = 0.4


class Fault(StrEnum):
    BEFORE = "before it takes effect"
    AFTER = "after it took effect, its answer lost"
    TIMEOUT = "answered after we stopped waiting"


_SIMULATED: dict[Fault, dict[str, Any]] = {
    Fault.BEFORE: {"kind": "drop", "times": 3},
    Fault.AFTER: {"kind": "lost_answer", "times": 3},
    Fault.TIMEOUT: {"kind": "latency", "latency_seconds": 2 * _PATIENCE_SECONDS, "times": 2},
}


Call = tuple[str, str]
"""One kind of call of the path, for example ("ec2", "RunInstances")."""


@dataclass
class FaultyTransport:
    """The internal API of control-plane-api, behind a wire that can be cut."""

    http: JsonHttpClient
    calls: Counter[str] = field(default_factory=Counter[str])
    fault: tuple[str, Fault] | None = None
    left: int = 0
    late: list[asyncio.Task[Any]] = field(default_factory=list[asyncio.Task[Any]])

    async def request(self, method: str, path: str, **more: Any) -> Any:
        operation = f"{method} {generic(path)}"
        self.calls[operation] += 1
        strikes = self.fault is not None and self.fault[0] == operation and self.left > 0
        if not strikes or self.fault is None:
            return await self.http.request(method, path, **more)
        self.left -= 1
        if self.fault[1] is Fault.TIMEOUT:
            self.late.append(asyncio.create_task(self._later(method, path, **more)))
        elif self.fault[1] is Fault.AFTER:
            await self.http.request(method, path, **more)
        raise FarEndError("control-plane-api", f"cut off: {self.fault[1]}", retryable=True)

    async def _later(self, method: str, path: str, **more: Any) -> None:
        await asyncio.sleep(_PATIENCE_SECONDS)
        await self.http.request(method, path, **more)


def generic(path: str) -> str:
    """*path* without the names and ids of things."""
    return re.sub(r"(?<=worker-templates/)[^/]+", "{name}", _ID.sub("{id}", path))


class NoStreams:
    """Hosts that tell nothing by themselves: each call on the way is one that was asked for."""

    def open(self, address: str) -> Any:
        raise NoEventStream(address, "not followed in these tests")


@dataclass
class ProvisioningWorld:
    plane: RunningControlPlane
    transport: FaultyTransport
    account: Any
    cml: Simulator
    aws: AwsCalls
    control: httpx2.AsyncClient
    stack: AsyncExitStack
    template: str = "metal"

    @property
    def client(self) -> ControlPlaneApiClient:
        return ControlPlaneApiClient(self.transport)

    # -- what is wanted

    async def a_template(self, **changes: Any) -> str:
        name = f"metal-{uuid4().hex[:8]}"
        terms = {
            "name": name,
            "region": "us-east-1",
            "instance_type": "m5zn.metal",
            "capacity": {"cpu_cores": 48, "memory_gb": 192, "storage_gb": 50, "nodes": 320, "ports": 8000},
            "license_type": "PERSONAL",
            "startup_seconds": 20,
            "cost_per_hour_usd": 5,
        }
        async with self.plane.client("admin") as admin:
            (await admin.post("/api/v1/worker-templates", json=terms | changes)).raise_for_status()
        return name

    async def ask_for_worker(self, template: str | None = None) -> str:
        demand = ScaleUpDemand(key=uuid4().hex, reason="test")
        body = RequestScaleUp(template_name=template or self.template, demand=demand)
        return (await self.client.workers.request_scale_up(body)).worker_id

    async def worker(self, worker_id: str) -> CMLWorkerReadModel:
        async with self.plane.client("viewer") as viewer:
            row = (await viewer.get(f"/api/v1/workers/{worker_id}")).raise_for_status().json()
        return CMLWorkerReadModel.model_validate(row)

    # -- what the service does

    def reconciler(self, **policy: Any) -> WorkerReconciler:
        """As after a start of the service: nothing is remembered, not even a log-in."""
        hosts = CmlHostRegistry(
            username="admin",
            password=SecretStr(WANTED_PASSWORD),
            https_port=self.cml.settings.https_port,
            ca_file=self.cml.settings.ca_path,
            deadlines=Deadlines(1, _PATIENCE_SECONDS, 2 * _PATIENCE_SECONDS),
            breaker=BreakerPolicy(failures=100, pause_seconds=0.1),
            bootstrap_password=SecretStr("{instance_id}"),
        )
        self.stack.push_async_exit(hosts)
        clock = SystemClock()
        ec2, follower = Ec2SpiClient(self.aws, fleet=self.account.fleet), HostFollower(NoStreams(), clock=clock)
        far = FarEnds(ec2, hosts, CloudBook(clock), follower)
        tokens = LicenceTokenStore(
            {kind: SecretStr("good-token") for kind in LicenseType}, self.aws, region="us-east-1", clock=clock
        )
        licences = LicenceKeeper(tokens, clock=clock, retry_seconds=0.3)
        values: dict[str, Any] = {
            "pace": TransitionPace(0.02, 0.1),
            "observing": ObservingPolicy(),
            "launch_give_up": 30,
            "readiness_factor": 2,
            "readiness_least": 30,
            "drain_warn": 60,
            "stop_force": 60,
            "resting_look": 1,
            "failed_keep": 0,
            "licence_release": 0.2,
            "launch_round": 0.3,
            "ec2_visible": 2,
            "fleet": self.account.fleet,
        }
        phases = worker_phases(self.client, far, licences, PhasePolicy(**(values | policy)), clock)
        return WorkerReconciler(self.client.workers, phases)

    async def run_until(
        self, worker_id: str, *wanted: CMLWorkerStatus, seconds: float = 30, restart: bool = True, **policy: Any
    ) -> CMLWorkerReadModel:
        """Reconcile as the loop would, every failure a restart of the service unless *restart* is off."""
        reconciler = self.reconciler(**policy)
        async with asyncio.timeout(seconds):
            while (row := await self.worker(worker_id)).status not in wanted:
                try:
                    await reconciler.reconcile(worker_id)
                except FarEndError as error:
                    assert error.retryable, error
                    reconciler = self.reconciler(**policy) if restart else reconciler
                await asyncio.sleep(0.03)
        return row

    @staticmethod
    def terminated() -> SetDesiredStatus:
        return SetDesiredStatus(desired_status=WorkerDesiredStatus.TERMINATED, reason="not wanted any more")

    @staticmethod
    def stopped() -> SetDesiredStatus:
        return SetDesiredStatus(desired_status=WorkerDesiredStatus.STOPPED, reason="not needed for now")

    async def license(self, worker_id: str, **body: Any) -> CMLWorkerReadModel:
        """Ask as an operator does, and reconcile until it is settled."""
        async with self.plane.client("operator") as operator:
            asked = await operator.post(f"/api/v1/workers/{worker_id}/license", json={"reason": "test", **body})
        asked.raise_for_status()
        reconciler = self.reconciler()
        async with asyncio.timeout(20):
            while (row := await self.worker(worker_id)).license_request is None or row.license_request.pending:
                await reconciler.reconcile(worker_id)
                await asyncio.sleep(0.03)
        return row

    async def everything_stored(self) -> str:
        """Every document of every collection, as text."""
        names = await self.plane.db.list_collection_names()
        return "\n".join([str(row) for name in names async for row in self.plane.db[name].find({})])

    async def remove(self, worker_id: str) -> CMLWorkerReadModel:
        await self.client.workers.set_desired_status(worker_id, self.terminated())
        return await self.run_until(worker_id, CMLWorkerStatus.TERMINATED, seconds=90)

    # -- what goes wrong

    async def strike(self, call: Call, name: str) -> None:
        (system, operation), fault = call, Fault[name]
        if system == "control-plane":
            self.transport.fault, self.transport.left = (operation, fault), 3
        elif system == "ec2":
            match = {"action": operation, "client": USER_AGENT}
            await self._add(self._aws_faults, {**_SIMULATED[fault], "match": match})
        else:
            method, path = operation.split(" ", 1)
            pattern = "^" + path.replace("{id}", "[0-9a-f-]{36}") + "$"
            await self._add(self._cml_faults, {**_SIMULATED[fault], "match": {"method": method, "path_regex": pattern}})

    async def strike_for_good(self, path: str, status: int) -> None:
        await self._add(self._cml_faults, {"kind": "error", "status": status, "match": {"path_regex": path}})

    async def refuse(self, action: str, code: str, *, times: int | None = None) -> None:
        spec = {"kind": "ec2_error", "code": code, "times": times, "match": {"action": action, "client": USER_AGENT}}
        await self._add(self._aws_faults, spec)

    async def calm(self) -> None:
        """No fault in force, nothing late under way, nothing remembered of what was called."""
        self.transport.fault = None
        if self.transport.late:
            await asyncio.gather(*self.transport.late, return_exceptions=True)
        self.transport.late.clear()
        self.transport.calls.clear()
        for url in (self._aws_faults, self._cml_faults):
            (await self.control.delete(url)).raise_for_status()
            (await self.control.delete(f"{url}/seen")).raise_for_status()

    async def _add(self, url: str, spec: dict[str, Any]) -> None:
        (await self.control.post(url, json=spec)).raise_for_status()

    @property
    def _aws_faults(self) -> str:
        return f"{self.account.endpoint_url}/_sim/faults"

    @property
    def _cml_faults(self) -> str:
        return f"{self.cml.control_url}/_sim/faults"

    # -- what there is to see

    async def calls(self) -> set[Call]:
        """Every kind of call that was made since all was calm."""
        aws = (await self.control.get(f"{self._aws_faults}/seen")).json()
        cml = (await self.control.get(f"{self._cml_faults}/seen")).json()
        return {
            *(("ec2", each["action"]) for each in aws if each["action"] and USER_AGENT in each["client"]),
            *(("cml", f"{each['method']} {generic(each['path'])}") for each in cml),
            *(("control-plane", operation) for operation in self.transport.calls),
        }

    @property
    def wanted_password(self) -> str:
        return WANTED_PASSWORD

    @staticmethod
    def decoded(text: str) -> str:
        return base64.b64decode(text).decode()

    def another_zone(self) -> str:
        """A subnet of the fleet in a second zone, with a network and a security group of its own."""
        ec2 = self.account.client("ec2")
        cidr = f"127.{random.randint(200, 250)}.{random.randint(0, 255)}.0/24"
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName=vpc, Description="workers", VpcId=vpc)["GroupId"]
        ec2.create_tags(Resources=[group], Tags=[{"Key": "lcm:fleet", "Value": self.account.fleet}])
        return subnet

    def instances(self, worker_id: str) -> list[dict[str, Any]]:
        """Those of *worker_id* that are not terminated."""
        return [row for row in self.all_instances() if _tags(row).get("lcm:worker-id") == worker_id]

    def all_instances(self) -> list[dict[str, Any]]:
        found = self.account.client("ec2").describe_instances()["Reservations"]
        rows = [row for reservation in found for row in reservation["Instances"]]
        return [row for row in rows if row["State"]["Name"] not in ("terminated", "shutting-down")]


def _tags(row: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provisioning(
    mongo: MongoServer, etcd: EtcdServer, served_account: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ProvisioningWorld]:
    """One for all tests of a module; each has workers of its own and leaves no fault behind."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        async with _world(mongo, etcd, served_account, tmp_path_factory.mktemp("cml")) as world:
            yield world
    served_account.terminate_all()


@pytest_asyncio.fixture(loop_scope="module")
async def world(provisioning: ProvisioningWorld) -> AsyncIterator[ProvisioningWorld]:
    await provisioning.calm()
    yield provisioning
    await provisioning.calm()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def _world(mongo: MongoServer, etcd: EtcdServer, account: Any, folder: Path) -> AsyncIterator[ProvisioningWorld]:
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(oidc_issuer({"worker-controller": ("secret", ["service"])}))
        plane = await stack.enter_async_context(running_control_plane(mongo, etcd, issuer))
        cml = await stack.enter_async_context(
            running_simulator(
                CmlSettings(
                    ec2_endpoint_url=account.endpoint_url,
                    ec2_poll_seconds=0.1,
                    https_port=_free_port(),
                    ssh_port=_free_port(),
                    control_port=0,
                    boot_seconds=0,
                    time_scale=0,
                    admin_password="{instance_id}",
                    state_dir=folder,
                )
            )
        )
        token = StaticTokenSource(SecretStr(plane.token("service", client_id="resource-scheduler")))
        http = await stack.enter_async_context(JsonHttpClient("control-plane-api", plane.url, token_source=token))
        timing = AwsTiming(connect_seconds=1, read_seconds=_PATIENCE_SECONDS, total_seconds=5, attempts=1)
        aws = await stack.enter_async_context(AwsCalls(endpoint_url=account.endpoint_url, threads=4, timing=timing))
        control = await stack.enter_async_context(httpx2.AsyncClient(timeout=10))
        world = ProvisioningWorld(plane, FaultyTransport(http), account, cml, aws, control, stack)
        async with plane.client("admin") as admin:
            policy = {"policy": {"max_workers_per_region": 1000}, "reason": "room for every test"}
            (await admin.put("/api/v1/system/settings", json=policy)).raise_for_status()
        world.template = await world.a_template()
        yield world
