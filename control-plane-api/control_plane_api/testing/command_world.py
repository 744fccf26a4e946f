"""The commands on a real store, with a clock that a test turns: everything of the service but HTTP and etcd."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import SecretStr
from pymongo import AsyncMongoClient

from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import (
    CreateLabletDefinitionCommand,
)
from control_plane_api.application.commands.lablet_session import (
    collection_completed_command,
    mark_session_ready_command,
    schedule_lablet_session_command,
    start_instantiation_command,
)
from control_plane_api.application.commands.registration import register_commands
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.worker.request_scale_up_command import RequestScaleUpCommand
from control_plane_api.application.commands.worker.worker_launched_command import WorkerLaunchedCommand
from control_plane_api.application.commands.worker.worker_ready_command import WorkerReadyCommand
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
)
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.application.services.fleet_book import FleetBook
from control_plane_api.application.written_collections import WRITTEN_COLLECTIONS
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.read_side import mongo_read_side
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command, Mediator
from lcm_core.contracts.base import Applied, InboundEventKey
from lcm_core.contracts.definitions import CreateLabletDefinition, CreateWorkerTemplate
from lcm_core.contracts.reservations import CreateReservation
from lcm_core.contracts.sessions import (
    CollectionCompleted,
    CommandOutput,
    DeviceCollection,
    MarkSessionReady,
    ScheduleSession,
)
from lcm_core.contracts.workers import AdoptWorker, RequestScaleUp, WorkerLaunched, WorkerReady
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import LicenseStatus, LicenseType
from lcm_core.domain.events import DomainEvent
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.provisioning import LaunchAttempt, PurchaseOption
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletSessionReadModel,
    PlacementDecision,
    PlacementOutcome,
    ScaleUpDemand,
)
from lcm_core.domain.values import Candidate, ResourceVector, WorkerLicense
from lcm_core.eventstore.audit import verify_streams
from lcm_core.eventstore.audit_report import Finding
from lcm_core.eventstore.collections import Database, Document, ensure_indexes
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.sealing import Vault, key_entries, new_local_entry
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.mongo_server import MongoServer

R = TypeVar("R")

START = datetime(2030, 1, 1, 9, tzinfo=UTC)
ROOM_FOR_SEVEN = ResourceVector(cpu_cores=14, memory_gb=64, storage_gb=400, nodes=40, ports=200)

TWO_ROUTERS = """
lab: {title: Two routers, version: 0.2.2}
nodes:
  - {id: n0, label: r1, node_definition: iosv, tags: ["serial:5001"], interfaces: [{id: i0, type: physical}]}
  - {id: n1, label: r2, node_definition: iosv, tags: ["serial:5002"], interfaces: [{id: i0, type: physical}]}
links:
  - {id: l0, n1: n0, i1: i0, n2: n1, i2: i0}
"""
CONTENT = '<lab_content><device device_label="r1" user_access_mode="web" category="router"/></lab_content>'


class CommandWorld:
    """``do`` runs one command; the rest are the usual steps. ``emitted`` remembers which command emitted what."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.vault = Vault(key_entries(SecretStr(new_local_entry("k1"))))
        self.clock = ManualClock(START)
        self.read = mongo_read_side(db, self.clock)
        self.fleet = FleetBook(self.read.workers, self.read.templates)
        units_of_work = MongoUnitOfWorkFactory(db, EVENTS, written=lambda _, __, made: self.fleet.keep(made))
        self.mediator = Mediator(units_of_work, clock=self.clock.now)
        self.mediator.after_commit(self.fleet.notice)
        register_commands(self.mediator, self.read, self.fleet, vault=self.vault)
        self.mediator.after_commit(self._notice)
        self.emitted: dict[str, set[type[DomainEvent]]] = defaultdict(set)
        self._running = ""

    async def do(self, command: Command[R], *, actor: str = "somebody") -> R:
        self._running = type(command).__name__
        return await self.mediator.execute(command, CommandContext(actor=actor, correlation_id=uuid4().hex))

    def _notice(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            for event in commit.events:
                self.emitted[self._running].add(type(EVENTS.decode(event.type, event.data)))

    async def commits(self) -> int:
        return await self.db["events"].count_documents({})

    async def audit(self) -> list[Finding]:
        return (await verify_streams(self.db, EVENTS, AGGREGATES, audit_invariants())).findings

    async def session(self, session_id: str) -> LabletSessionReadModel:
        return await self.read.sessions.get(session_id)

    async def worker(self, worker_id: str) -> CMLWorkerReadModel:
        return await self.read.workers.get(worker_id)

    async def documents(self, collection: str) -> list[dict[str, Any]]:
        return await self.db[collection].find({}).to_list()

    async def a_definition(self, name: str = "two-routers", **changes: Any) -> str:
        request = CreateLabletDefinition.model_validate(
            {
                "name": name,
                "form_qualified_name": "Exam CCNP v1 LAB 1.1",
                "topology_yaml": TWO_ROUTERS,
                "content_xml": CONTENT,
                "lead_seconds": 300,
                "teardown_seconds": 300,
                **changes,
            }
        )
        return (await self.do(CreateLabletDefinitionCommand(request))).id

    async def a_template(self, name: str = "metal", **changes: Any) -> str:
        request = CreateWorkerTemplate.model_validate(
            {
                "name": name,
                "region": "us-east-1",
                "instance_type": "m5zn.metal",
                "capacity": ROOM_FOR_SEVEN,
                "license_type": LicenseType.PERSONAL,
                "cost_per_hour_usd": 4.0,
                **changes,
            }
        )
        return (await self.do(CreateWorkerTemplateCommand(request))).id

    async def a_pending_session(self, definition_id: str, **changes: Any) -> str:
        request = CreateReservation.model_validate(
            {
                "definition_id": definition_id,
                "candidate": Candidate(username="ada"),
                "duration_minutes": 60,
                **changes,
            }
        )
        answer = await self.do(CreateReservationCommand("lms", request), actor="lms")
        return answer.session.id

    async def a_requested_worker(self, key: str = "demand", template_name: str = "metal") -> str:
        demand = ScaleUpDemand(key=key, reason="no room")
        request = RequestScaleUp(template_name=template_name, demand=demand)
        return (await self.do(RequestScaleUpCommand(request))).worker_id

    async def a_ready_worker(self, key: str = "demand", template_name: str = "metal") -> str:
        worker_id = await self.a_requested_worker(key, template_name)
        await self.launch(worker_id)
        await self.make_ready(worker_id)
        return worker_id

    async def launch(self, worker_id: str) -> Applied:
        launched = WorkerLaunched(ec2_instance_id=f"i-{worker_id[:6]}", ami_id="ami-1", ami_name="CML-2.9.1")
        return await self.do(WorkerLaunchedCommand(worker_id, launched))

    async def make_ready(self, worker_id: str) -> Applied:
        ready = WorkerReady(
            private_ip="127.10.0.4",
            cml_version="2.9.1",
            license=WorkerLicense(type=LicenseType.PERSONAL, status=LicenseStatus.REGISTERED, node_limit=40),
            measured=ROOM_FOR_SEVEN,
        )
        return await self.do(WorkerReadyCommand(worker_id, ready))

    async def schedule(self, session_id: str, worker_id: str) -> Applied:
        decision = self.a_decision(session_id, worker_id)
        request = ScheduleSession(worker_id=worker_id, decision=decision)
        return await self.do(schedule_lablet_session_command.ScheduleLabletSessionCommand(session_id, request))

    def a_decision(self, session_id: str, worker_id: str | None, summary: str = "1/1 workers") -> PlacementDecision:
        return PlacementDecision(
            id=uuid4().hex,
            session_id=session_id,
            at=self.clock.now(),
            outcome=PlacementOutcome.WAIT if worker_id is None else PlacementOutcome.ASSIGN,
            worker_id=worker_id,
            summary=summary,
            engine_version="test",
        )

    async def instantiate(self, session_id: str) -> Applied:
        return await self.do(start_instantiation_command.StartInstantiationCommand(session_id))

    async def mark_ready(self, session_id: str, lds_session_id: str = "lds-1") -> Applied:
        ready = MarkSessionReady(
            cml_lab_id=f"lab-{session_id[:8]}",
            lds_session_id=lds_session_id,
            login_url="https://lds.example/launch",
            devices=(),
        )
        return await self.do(mark_session_ready_command.MarkSessionReadyCommand(session_id, ready))

    async def a_ready_session(self, worker_id: str, definition_id: str, lds_session_id: str = "lds-1") -> str:
        session_id = await self.a_pending_session(definition_id)
        await self.schedule(session_id, worker_id)
        await self.instantiate(session_id)
        await self.mark_ready(session_id, lds_session_id)
        return session_id

    async def collected(
        self, session_id: str, *labels: str, failed: Sequence[str] = (), observed: ObservedResources | None = None
    ) -> Applied:
        at = self.clock.now()
        read = [
            DeviceCollection(
                node_label=label,
                node_definition="iosv",
                outputs=(CommandOutput(command="show running-config", output="hostname x", collected_at=at),),
            )
            for label in labels
        ]
        unread = [DeviceCollection(node_label=label, node_definition="iosv", error="no prompt") for label in failed]
        evidence = CollectionCompleted(devices=(*read, *unread), collected_at=at, observed=observed)
        return await self.do(collection_completed_command.CollectionCompletedCommand(session_id, evidence))

    def later(self, **duration: float) -> None:
        self.clock.advance(timedelta(**duration).total_seconds())


def a_launch_attempt(number: int, **changes: Any) -> LaunchAttempt:
    facts: dict[str, Any] = {
        "number": number,
        "at": START,
        "template_name": "metal",
        "instance_type": "m5zn.metal",
        "purchase": PurchaseOption.ON_DEMAND,
        "image_id": "ami-1",
        "image_name": "CML-2.9.1",
        "subnet_id": "subnet-1",
    }
    return LaunchAttempt(**(facts | changes))


def an_event(id: str = "e-1", type: str = "lds.session.started", source: str = "lds") -> InboundEventKey:
    return InboundEventKey(source=source, id=id, type=type)


@asynccontextmanager
async def command_world(server: MongoServer) -> AsyncGenerator[CommandWorld]:
    """A world of its own in a database that goes away."""
    async with AsyncMongoClient[Document](server.uri) as client:
        db = client[f"test_{uuid4().hex}"]
        await ensure_indexes(db, WRITTEN_COLLECTIONS)
        yield CommandWorld(db)
        await client.drop_database(db.name)


def an_instance(ec2_instance_id: str = "i-1", **changes: Any) -> AdoptWorker:
    facts: dict[str, Any] = {
        "template_name": "metal",
        "region": "us-east-1",
        "ec2_instance_id": ec2_instance_id,
        "instance_type": "m5zn.metal",
        "ami_id": "ami-1",
        "ami_name": "CML-2.9.1",
        "reason": "found with our tags",
    }
    return AdoptWorker.model_validate(facts | changes)
