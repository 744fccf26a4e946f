"""Sessions that are ready to begin, control-plane-api with its database and etcd, far ends, and learners who come."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from local_stack.plan import free_port
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from bench.pipeline.content import CHAIN, CONTENT_XML, RULES
from bench.pipeline.requests_seen import OnlyWatching, WatchedControlPlane, Watcher, far_ends_watched
from control_plane_api.application.commands.worker.worker_ready_command import WorkerReadyCommand
from control_plane_api.main import build_app
from control_plane_api.testing.command_world import CommandWorld
from control_plane_api.testing.running_control_plane import settings_for
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command, Mediator
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import WorkerReady
from lcm_core.coordination import EtcdClient
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import LabletSessionStatus, LicenseStatus, LicenseType
from lcm_core.domain.errors import Conflict, FarEndError
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.domain.values import ResourceVector, WorkerLicense
from lcm_core.eventstore.collections import Document
from lcm_core.testing.etcd_server import etcd_server
from lcm_core.testing.http_server import serving
from lcm_core.testing.mongo_server import mongo_server
from lcm_core.testing.oidc_issuer import OidcIssuer, oidc_issuer
from lcm_simulators.cml.testing import RunningHost, running_cml_host
from lcm_simulators.grading.testing import RunningGrading, running_grading
from lcm_simulators.lds.testing import RunningLds, running_lds

R = TypeVar("R")
ROOM = ResourceVector(cpu_cores=100_000, memory_gb=1_000_000, storage_gb=1_000_000, nodes=100_000, ports=8_000)
LICENCE = WorkerLicense(type=LicenseType.ENTERPRISE, status=LicenseStatus.REGISTERED, node_limit=100_000)
_TRIES = 50
EVENT_SOURCES = {"lds": ("secret", ["event_source"]), "grading": ("secret", ["event_source"])}


class PlaneCommands(CommandWorld):
    """The usual steps, run by the service itself, on a worker whose CML is at *address*."""

    def __init__(self, db: Any, mediator: Mediator, address: str) -> None:
        super().__init__(db)
        self._service, self._address = mediator, address

    async def do(self, command: Command[R], *, actor: str = "somebody") -> R:
        for _ in range(_TRIES):
            try:
                return await self._service.execute(command, CommandContext(actor=actor, correlation_id="bench"))
            except (Conflict, FarEndError):
                await asyncio.sleep(0.1)  # the controller writes to the same worker, on a machine that is busy
        return await self._service.execute(command, CommandContext(actor=actor, correlation_id="bench"))

    async def make_ready(self, worker_id: str) -> Applied:
        ready = WorkerReady(private_ip=self._address, cml_version="2.9.1", license=LICENCE, measured=ROOM)
        return await self.do(WorkerReadyCommand(worker_id, ready))


@dataclass(slots=True)
class PipelineWorld:
    """*controller* are the settings of a lablet-controller that works in it."""

    commands: PlaneCommands
    controller: dict[str, Any]
    cml: RunningHost
    lds: RunningLds
    grading: RunningGrading
    http: httpx2.AsyncClient
    etcd_prefix: str
    etcd_endpoint: str
    worker_id: str = ""
    definition_id: str = ""
    learners_come: bool = True
    placing: asyncio.Lock = field(default_factory=asyncio.Lock)
    moved: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    """By session; set with each commit."""
    _learners: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def prepare(self, **definition: Any) -> None:
        await self.commands.a_template(capacity=ROOM, license_type=LicenseType.ENTERPRISE)
        self.worker_id = await self.commands.a_ready_worker()
        files = {"topology_yaml": CHAIN, "content_xml": CONTENT_XML, "grading_yaml": RULES}
        small = ResourceVector(cpu_cores=1, memory_gb=1, storage_gb=1, nodes=2, ports=2)
        self.definition_id = await self.commands.a_definition("chain", **files, requirements=small, **definition)

    async def place(self) -> str:
        """Book a session and place it. One at a time: they all want the same worker."""
        async with self.placing:
            session_id = await self.commands.a_pending_session(self.definition_id, duration_minutes=60)
            await self.commands.schedule(session_id, self.worker_id)
            return session_id

    async def begin(self) -> str:
        """Book a session, place it and let it begin."""
        session_id = await self.place()
        await self.commands.instantiate(session_id)
        return session_id

    async def session(self, session_id: str) -> LabletSessionReadModel:
        return await self.commands.session(session_id)

    async def until(self, session_id: str, status: LabletSessionStatus, seconds: float) -> LabletSessionReadModel:
        """Raises TimeoutError with how far it came."""
        try:
            async with asyncio.timeout(seconds):
                moved = self.moved[session_id]
                while (row := await self.session(session_id)).status is not status:
                    await moved.wait()
                    moved.clear()
                return row
        except TimeoutError:
            row = await self.session(session_id)
            last = [(each.step, each.status.value, each.error, each.waiting_for) for each in row.steps[-2:]]
            told = f"{session_id} is {row.status.value} after {seconds:g} s; {last}; {await self._reconcilers()}"
            raise TimeoutError(told) from None

    async def _reconcilers(self) -> str:
        """The epoch of the leader and what it fails at: whether it stood still, or leadership went."""
        rows = await self.commands.db["reconcilers"].find().to_list()
        async with EtcdClient([self.etcd_endpoint]) as etcd:
            leader = await etcd.get(f"{self.etcd_prefix}/lablet-controller/leader")
        epoch = leader.create_revision if leader is not None else None
        return f"leader epoch {epoch}, reconcilers {rows}"

    def notice(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.moved[commit.aggregate_id].set()
            for event in commit.events:
                if self.learners_come and event.type.startswith("lablet_session.ready"):
                    task = asyncio.create_task(self._learner(str(event.data["login_url"])))
                    self._learners.add(task)
                    task.add_done_callback(self._learners.discard)

    async def _learner(self, login_url: str) -> None:
        for deed in ("login", "finish"):
            url = f"{self.lds.url}/api/learner/{login_url.rpartition('/')[2]}/{deed}"
            for _ in range(100):
                try:
                    if (await self.http.post(url)).status_code == 200:
                        break
                except httpx2.HTTPError:
                    pass
                await asyncio.sleep(0.1)

    async def free_leadership(self) -> None:
        """What etcd does when the lease of a dead leader is over; here at once."""
        async with EtcdClient([self.etcd_endpoint]) as etcd:
            await etcd.delete(f"{self.etcd_prefix}/lablet-controller/leader")

    async def fault(self, far_end: str, **spec: Any) -> None:
        where = {"cml": self.cml.control_url, "lds": self.lds.url, "grading": self.grading.url}[far_end]
        answer = await self.http.post(f"{where}/_sim/faults", json=spec)
        answer.raise_for_status()

    async def lift_faults(self) -> None:
        for where in (self.cml.control_url, self.lds.url, self.grading.url):
            (await self.http.delete(f"{where}/_sim/faults")).raise_for_status()

    async def lds_sessions(self) -> list[dict[str, Any]]:
        return (await self.http.get(f"{self.lds.url}/_sim/sessions")).json()

    def lab_titles(self) -> list[str]:
        return [lab.title for lab in self.cml.runtime.host.labs.values()]


@asynccontextmanager
async def pipeline_world(
    folder: Path, watcher: Watcher | None = None, *, on_disk: bool = False, **settings: Any
) -> AsyncGenerator[PipelineWorld]:
    """*watcher* is told of every request of the controller; *settings* are those of the controller."""
    watching = watcher or OnlyWatching()
    async with AsyncExitStack() as stack:
        stack.enter_context(far_ends_watched(watching))
        mongo, etcd = (
            stack.enter_context(mongo_server(on_disk=on_disk)),
            stack.enter_context(etcd_server(on_disk=on_disk)),
        )
        clients = {"lablet-controller": ("secret", ["service"]), **EVENT_SOURCES}
        issuer = await stack.enter_async_context(oidc_issuer(clients))
        port = free_port()
        sink = {
            "event_sink_url": f"http://127.0.0.1:{port}/api/events",
            "event_timeout_seconds": 5.0,
            "token_url": f"{issuer.url}/token",
            "client_secret": SecretStr("secret"),
        }
        cml = await stack.enter_async_context(running_cml_host(cpus=4_000, memory_gb=16_000))
        lds = await stack.enter_async_context(running_lds(folder / "lds", client_id="lds", **sink))
        grading = await stack.enter_async_context(
            running_grading(folder / "grading", client_id="grading", **{**sink, "issuer": issuer.url})
        )
        plane_settings = settings_for(mongo, etcd, issuer)
        app = build_app(plane_settings)
        client: AsyncMongoClient[Document] = await stack.enter_async_context(AsyncMongoClient(mongo.uri))
        url = await stack.enter_async_context(serving(WatchedControlPlane(app, watching)))
        mediator: Mediator = app.state.services.mediator
        world = PipelineWorld(
            commands=PlaneCommands(client[plane_settings.mongo_database], mediator, cml.address),
            controller=_controller(url, port, plane_settings, issuer, cml, lds, grading, folder) | settings,
            cml=cml,
            lds=lds,
            grading=grading,
            http=await stack.enter_async_context(httpx2.AsyncClient(timeout=10)),
            etcd_prefix=plane_settings.etcd_prefix,
            etcd_endpoint=etcd.endpoint,
        )
        mediator.after_commit(world.notice)
        yield world


def _controller(
    url: str,
    port: int,
    plane: Any,
    issuer: OidcIssuer,
    cml: RunningHost,
    lds: RunningLds,
    grading: RunningGrading,
    folder: Path,
) -> dict[str, Any]:
    deployments = folder / "lds.yaml"
    deployments.write_text(f"deployments: [{{id: local, base_url: '{lds.url}', username: {lds.username}}}]\n")
    return {
        "port": port,
        "etcd_endpoints": plane.etcd_endpoints,
        "etcd_prefix": plane.etcd_prefix,
        "control_plane_url": url,
        "oidc_issuer": issuer.url,
        "client_secret": SecretStr("secret"),
        "leader_lease_ttl_seconds": 2,
        "shutdown_grace_seconds": 1,
        "cml_password": SecretStr(cml.password),
        "cml_https_port": int(cml.base_url.rpartition(":")[2]),
        "cml_ssh_port": cml.ssh_port,
        "cml_ca_file": Path(cml.ca_file),
        "lds_deployments_config_path": deployments,
        "lds_password": SecretStr(lds.password),
        "grading_url": grading.url,
    }
