"""Aggregates with plausible contents, and a way to commit them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from control_plane_api.domain.entities import (
    CMLWorker,
    DefinitionContent,
    LabletDefinition,
    LabletSession,
    PinnedDefinition,
    WorkerOrder,
)
from control_plane_api.domain.events.registry import EVENTS, Stamp
from lcm_core.application.context import CommandContext
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import LicenseStatus, LicenseType, PortProtocol
from lcm_core.domain.values import (
    AmiRequirement,
    Candidate,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
    WorkerLicense,
)
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory

AggregateT = TypeVar("AggregateT", bound=AnyAggregate)

LARGE = ResourceVector(cpu_cores=16, memory_gb=64, storage_gb=400, nodes=40, ports=200)
SMALL = ResourceVector(cpu_cores=2, memory_gb=4, storage_gb=10, nodes=4, ports=1)


def now_stamp(by: str = "builder") -> Stamp:
    return Stamp(at=datetime.now(UTC), by=by)


def a_session(
    *, id: str | None = None, owner_id: str = "lms-1", stamp: Stamp | None = None, definition_id: str = "def-1"
) -> LabletSession:
    """PENDING, not stored yet."""
    at = stamp or now_stamp()
    start = at.at + timedelta(minutes=5)
    return LabletSession.book(
        id or uuid4().hex,
        pinned=PinnedDefinition(
            definition_id=definition_id,
            definition_name="first-hop-redundancy",
            definition_version="1.0.0",
            form_qualified_name="Exam CCNP v1 LAB 1.1",
            content_hash="0" * 64,
            lead_seconds=300,
            teardown_seconds=300,
            requirements=SMALL,
            license_affinity=(LicenseType.PERSONAL,),
            ami_requirement=AmiRequirement(),
            port_requests=(PortRequest(node_label="r1", protocol="serial"),),  # pyright: ignore[reportArgumentType]
            grading_enabled=True,
        ),
        reservation_id=uuid4().hex,
        owner_id=owner_id,
        candidate=Candidate(username="ada"),
        timeslot=Timeslot(start=start, end=start + timedelta(minutes=45)),
        stamp=at,
    )


def a_definition(*, id: str = "def-1") -> LabletDefinition:
    """ACTIVE, not stored yet; what ``a_session`` has pinned of it."""
    content = DefinitionContent(
        name="first-hop-redundancy",
        semantic_version="1.0.0",
        form_qualified_name="Exam CCNP v1 LAB 1.1",
        content_hash="0" * 64,
        title="First hop redundancy",
        requirements=SMALL,
        license_affinity=(LicenseType.PERSONAL,),
        ami_requirement=AmiRequirement(),
        node_count=4,
        link_count=3,
        port_requests=(PortRequest(node_label="r1", protocol=PortProtocol.SERIAL),),
        visible_devices=(),
        max_duration_minutes=120,
        lead_seconds=300,
        teardown_seconds=300,
        grading_enabled=True,
    )
    definition = LabletDefinition.create(id, content, now_stamp())
    definition.activate(now_stamp())
    return definition


def a_worker(
    *,
    id: str | None = None,
    name: str = "worker-1",
    declared: ResourceVector = LARGE,
    port_range: PortRange = PortRange(),
) -> CMLWorker:
    """PENDING, not stored yet."""
    order = WorkerOrder(
        name=name,
        region="us-east-1",
        template_name="metal",
        instance_type="m5zn.metal",
        ami=AmiRequirement(),
        declared=declared,
        port_range=port_range,
        license=WorkerLicense(type=LicenseType.PERSONAL),
        cost_per_hour_usd=3.9,
        startup_seconds=60,
    )
    return CMLWorker.request(id or uuid4().hex, order, None, now_stamp())


def made_ready(worker: CMLWorker) -> CMLWorker:
    """PROVISIONING, then RUNNING and placeable."""
    worker.launched("i-1", "ami-1", "CML-2.9", "127.10.0.4", now_stamp())
    worker.ready(
        private_ip="127.10.0.4",
        public_ip=None,
        cml_version="2.9.0",
        license=WorkerLicense(type=LicenseType.PERSONAL, status=LicenseStatus.REGISTERED, node_limit=40),
        measured=worker.state.declared,
        stamp=now_stamp(),
    )
    return worker


@dataclass(frozen=True, slots=True)
class Recorder:
    """Commits aggregates as the kernel does, without a command."""

    db: Database

    async def commit(self, *aggregates: AnyAggregate) -> tuple[Commit, ...]:
        context = CommandContext(actor="builder", correlation_id=uuid4().hex, at=datetime.now(UTC))
        unit = MongoUnitOfWorkFactory(self.db, EVENTS)(context)
        for aggregate in aggregates:
            unit.add(aggregate)
        return await unit.commit()
