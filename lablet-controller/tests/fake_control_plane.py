"""Control-plane-api in memory: the moves of a session as the contracts describe them, and nothing else.

For tests of what this service does in which order. On demand the caller dies once at every distinct write, before it is
applied or after.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import unquote

from lcm_core.clock import Clock
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.contracts.inbound_events import InboundEventStatus
from lcm_core.contracts.sessions import CollectionCompleted
from lcm_core.contracts.workers import ReportForeignLabs
from lcm_core.domain.enums import (
    CMLWorkerStatus,
    GradingSessionStatus,
    LabletSessionStatus,
    LicenseStatus,
    LicenseType,
    PipelineName,
    PortProtocol,
    StepStatus,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.errors import FarEndError, IllegalTransition, NotFound
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    GradingSessionReadModel,
    LabletSessionReadModel,
    StepRecord,
)
from lcm_core.domain.read_models.lablet_session_read_model import NO_SHOW_STEP
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS
from lcm_core.domain.values import (
    AmiRequirement,
    Candidate,
    PortBinding,
    PortRange,
    PortRequest,
    Regrading,
    ResourceVector,
    Timeslot,
    WorkerLicense,
)
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient

from .fake_inbox import FakeInbox
from .fake_session_moves import ACTIONS, ORDER
from .fake_warm_pools import FakeWarmPools

_S = LabletSessionStatus
_PATH = re.compile(r"^/api/internal/(?P<group>[\w-]+)/(?P<first>[^/]+)(?:/(?P<second>.+))?$")


class FakeControlPlane:
    """Implements ``JsonTransport``. ``writes`` lists what was asked, in order."""

    def __init__(self, clock: Clock, package: ContentPackage) -> None:
        self.clock = clock
        self.package = package
        self.sessions: dict[str, LabletSessionReadModel] = {}
        self.workers: dict[str, CMLWorkerReadModel] = {}
        self.evidence: dict[str, CollectionCompleted] = {}
        self.writes: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.inbox = FakeInbox(clock)
        self.epochs: list[str | None] = []
        self.seen_events: set[tuple[str, str]] = set()
        self.begun: set[str] = set()
        self.reviewed: set[str] = set()
        self.paused: set[str] = set()
        self.away = False
        self.port_range = range(2000, 2020)
        self.refused = 0
        """Requests that came while it was away."""
        self.pools = FakeWarmPools(self)
        self.sessions_fail: Exception | None = None
        self.dies: Literal["never", "before each write", "after each write"] = "never"
        self._died_at: set[str] = set()

    @property
    def dead_letters(self) -> list[dict[str, Any]]:
        dead = self.inbox.having(InboundEventStatus.DEAD_LETTERED)
        return [{"id": each.event_id, "type": each.type, "data": each.data, "reason": each.reason} for each in dead]

    @property
    def client(self) -> ControlPlaneApiClient:
        return ControlPlaneApiClient(self)

    async def request(
        self, method: str, path: str, *, params: Any = None, json: Any = None, idempotent: bool = False
    ) -> Any:
        await asyncio.sleep(0)
        if self.away:
            self.refused += 1
            raise FarEndError("control-plane-api", "away", retryable=True)
        match = _PATH.match(path)
        if path.startswith("/api/internal/warm-pools"):
            return self.pools.answer(path.removeprefix("/api/internal/warm-pools").strip("/"), json)
        if path == "/api/internal/workers":
            return [self._dump(each) for each in self.workers.values()]
        if path == "/api/internal/sessions":
            wanted = (params or {}).get("worker_id")
            live = [each for each in self.sessions.values() if each.status is not _S.TERMINATED]
            return [self._dump(each) for each in live if wanted is None or each.worker_id == wanted]
        if path == "/api/internal/workers":
            return [self._dump(each) for each in self.workers.values() if each.status in (params or {})["status"]]
        assert match is not None, path
        group, first, second = match["group"], unquote(match["first"]), match["second"]
        if group == "inbound-events":
            return self.inbox.request(method, first, second, json)
        if self.sessions_fail is not None:
            raise self.sessions_fail
        if method == "GET":
            return self._read(group, first, second)
        return self._write(group, first, second or "", json)

    def _read(self, group: str, first: str, second: str | None) -> Any:
        if group == "definitions" and first in ("with-work", "followed"):
            return []
        if group == "definitions":
            return self.package.model_dump(mode="json")
        if group == "workers":
            return self._dump(self.worker(first))
        if first == "by-lds":
            found = next((each for each in self.sessions.values() if each.lds_session_id == second), None)
            if found is None:
                raise NotFound("session", second or "")
            return self._dump(found)
        if second == "grading-session":
            return self._grading_session(self.session(first))
        if second == "evidence":
            return [device.model_dump(mode="json") for device in self.evidence[first].devices]
        return self._dump(self.session(first))

    def _write(self, group: str, first: str, action: str, body: Mapping[str, Any]) -> Any:
        write = f"{first}/{action}/{body.get('step')}/{body.get('status')}" if body else f"{first}/{action}"
        dies_here = write not in self._died_at
        if self.dies == "before each write" and dies_here:
            self._died_at.add(write)
            raise asyncio.CancelledError
        self.writes.append((first, action))
        self.bodies.append(body)
        if group == "workers":
            if action == "desired-status":
                self.change_worker(first, desired_status=WorkerDesiredStatus(body["desired_status"]))
            if action == "leftover-removed":
                left = [each for each in self.worker(first).leftover_labs if each.session_id != body["session_id"]]
                self.change_worker(first, leftover_labs=tuple(left))
            if action == "foreign-labs":
                self.change_worker(first, foreign_labs=ReportForeignLabs.model_validate(body).labs)
            return {"applied": True}
        event = body.get("event") if body else None
        if event and (event["source"], event["id"]) in self.seen_events:
            return {"applied": False, "why": "duplicate"}
        applied = ACTIONS[action](self, self.session(first), body)
        if event:
            self.seen_events.add((event["source"], event["id"]))
            self.inbox.applied(event, first)
        if self.dies == "after each write" and dies_here:
            self._died_at.add(write)
            raise asyncio.CancelledError
        return {"applied": applied, "why": "" if applied else "late", "version": self.session(first).version}

    def _grading_session(self, session: LabletSessionReadModel) -> dict[str, Any]:
        """Only whether it is reviewed is true of it."""
        return GradingSessionReadModel(
            id="g",
            version=1,
            created_at=session.created_at,
            updated_at=session.updated_at,
            lablet_session_id=session.id,
            form_qualified_name=session.form_qualified_name,
            status=GradingSessionStatus.REVIEWING if session.id in self.reviewed else GradingSessionStatus.GRADING,
        ).model_dump(mode="json")

    # -- what tests look at and change

    def session(self, session_id: str) -> LabletSessionReadModel:
        if session_id not in self.sessions:
            raise NotFound("session", session_id)
        return self.sessions[session_id]

    def worker(self, worker_id: str) -> CMLWorkerReadModel:
        if worker_id not in self.workers:
            raise NotFound("worker", worker_id)
        return self.workers[worker_id]

    def change(self, session_id: str, **changes: Any) -> None:
        session = self.session(session_id)
        self.sessions[session_id] = session.model_copy(update={"version": session.version + 1, **changes})

    def change_worker(self, worker_id: str, **changes: Any) -> None:
        self.workers[worker_id] = self.worker(worker_id).model_copy(update=changes)

    def move(self, session_id: str, target: LabletSessionStatus, **changes: Any) -> bool:
        """False when that lies behind the session already."""
        source = self.session(session_id).status
        if source is target or (target is not _S.PENDING and ORDER.index(source) > ORDER.index(target)):
            return False
        if target not in LABLET_SESSION_VALID_TRANSITIONS[source]:
            raise IllegalTransition("session", session_id, source.value, target.value)
        self.change(session_id, status=target, status_changed_at=self.clock.now(), **changes)
        return True

    def ask_whether_learner_came(self, session_id: str) -> None:
        """What the slot clock does when the time for it is over."""
        session = self.session(session_id)
        step = StepRecord(
            pipeline=PipelineName.COLLECT,
            step=NO_SHOW_STEP,
            status=StepStatus.COMPLETED,
            result={"due_at": session.no_show_at().isoformat()},
        )
        self.change(session_id, steps=(*session.steps, step))

    def regrade(self, session_id: str, reason: str = "the rules were wrong") -> None:
        """What an operator asks for after the session was graded."""
        attempt = self.session(session_id).grading_attempt + 1
        asked = Regrading(attempt=attempt, reason=reason, requested_by="olga", requested_at=self.clock.now())
        self.change(session_id, grading_attempt=attempt, regrading=asked)

    def recollect(self, session_id: str) -> None:
        """What an operator asks for while the session is GRADING."""
        session, now = self.session(session_id), self.clock.now()
        assert session.status is _S.GRADING
        again = {"grading_attempt": session.grading_attempt + 1, "collection": session.collection + 1}
        self.change(session_id, status=_S.COLLECTING, status_changed_at=now, **again)

    def add_worker(self, worker_id: str, address: str) -> None:
        now = self.clock.now()
        self.workers[worker_id] = CMLWorkerReadModel(
            id=worker_id,
            version=1,
            created_at=now,
            updated_at=now,
            name=worker_id,
            region="us-east-1",
            template_name="t",
            status=CMLWorkerStatus.RUNNING,
            desired_status=WorkerDesiredStatus.RUNNING,
            service_status=WorkerServiceStatus.AVAILABLE,
            declared=ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=500, nodes=20, ports=100),
            port_range=PortRange(),
            license=WorkerLicense(type=LicenseType.PERSONAL, status=LicenseStatus.REGISTERED),
            instance_type="m5zn.metal",
            private_ip=address,
            status_changed_at=now,
        )

    def add_session(
        self, worker_id: str, *, minutes: float = 60, grading: bool = True, status: _S = _S.INSTANTIATING
    ) -> str:
        """Its lead time reached, and told so by the slot clock."""
        session_id, now = str(uuid.uuid4()), self.clock.now()
        requests = (
            PortRequest(node_label="R1", protocol=PortProtocol.SERIAL),
            PortRequest(node_label="PC", protocol=PortProtocol.SERIAL),
        )
        first = 2000 + 10 * len(self.sessions)
        if status is _S.INSTANTIATING:
            self.begun.add(session_id)
        self.sessions[session_id] = LabletSessionReadModel(
            id=session_id,
            version=1,
            created_at=now,
            updated_at=now,
            status=status,
            definition_id="d",
            definition_name="Chain",
            definition_version="1.0.0",
            form_qualified_name="Exam NET 1.0 Form1",
            content_hash=self.package.hash,
            reservation_id="r",
            owner_id="o",
            candidate=Candidate(username="ada"),
            timeslot=Timeslot(start=now, end=now + timedelta(minutes=minutes)),
            lead_seconds=600,
            teardown_seconds=600,
            requirements=ResourceVector(),
            license_affinity=(),
            ami_requirement=AmiRequirement(),
            port_requests=requests,
            allocated_ports=tuple(
                PortBinding(**each.model_dump(), outer=first + number) for number, each in enumerate(requests)
            ),
            grading_enabled=grading,
            worker_id=worker_id,
            status_changed_at=now,
        )
        return session_id

    def _dump(self, model: LabletSessionReadModel | CMLWorkerReadModel) -> dict[str, Any]:
        return model.model_dump(mode="json")
