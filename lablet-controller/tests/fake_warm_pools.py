"""Warm pools in the control plane in memory: what its aggregates say to the keeper, by the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lcm_core.domain.enums import LabletDefinitionStatus, LabletSessionStatus, LicenseType, PortProtocol
from lcm_core.domain.errors import CapacityRefused, RuleViolation
from lcm_core.domain.read_models import (
    ExpectedStarts,
    LabletDefinitionReadModel,
    WarmPoolDemand,
    WarmPoolReadModel,
    WarmPoolsOverview,
)
from lcm_core.domain.values import AmiRequirement, PortBinding, PortRequest, ResourceVector
from lcm_core.domain.warm_pool import (
    PoolFailure,
    PreparedLab,
    PreparedLabStatus,
    WarmPoolPolicy,
    WarmPoolStatus,
    WarmStart,
    idle_holding,
)

if TYPE_CHECKING:
    from .fake_control_plane import FakeControlPlane

NEEDS = ResourceVector(cpu_cores=4, memory_gb=8, storage_gb=20, nodes=2, ports=2)
REQUESTS = tuple(PortRequest(node_label=label, protocol=PortProtocol.SERIAL) for label in ("R1", "PC"))
_BEGINNING = frozenset({LabletSessionStatus.SCHEDULED, LabletSessionStatus.INSTANTIATING})


class FakeWarmPools:
    """One pool, of the definition of every session there."""

    def __init__(self, plane: FakeControlPlane) -> None:
        self._plane = plane
        self.policy: WarmPoolPolicy | None = None
        self.status = WarmPoolStatus.ACTIVE
        self.failures: list[PoolFailure] = []
        self.expected: dict[str, int] = {}
        self.waiting = 0
        self.version = "1.0.0"

    def labs(self, worker_id: str = "worker-1") -> tuple[PreparedLab, ...]:
        return self._plane.worker(worker_id).prepared_labs

    def answer(self, action: str, body: Mapping[str, Any] | None) -> Any:
        match action, body:
            case "", None:
                return self._overview().model_dump(mode="json")
            case "prepare", dict():
                return {"begun": True, "lab": self._prepare(body).model_dump(mode="json")}
            case "discard", dict():
                for lab_id in body["prepared_lab_ids"]:
                    self._change(body["worker_id"], lab_id, status=PreparedLabStatus.REMOVING, reason=body["reason"])
            case "prepared", dict():
                self._prepared(body)
            case "failed", dict():
                self._failed(body)
            case "removed", dict():
                self._forget(body["worker_id"], body["prepared_lab_id"])
            case _:
                raise AssertionError(f"no such action: {action}")
        return {"applied": True}

    def give_to_session(self, session_id: str, worker_id: str = "worker-1") -> PreparedLab:
        """As placement and start do: its ports, its lab, and gone from the pool."""
        lab = next(each for each in self.labs(worker_id) if each.status is PreparedLabStatus.READY)
        self._forget(worker_id, lab.id)
        start = WarmStart(hit=True, prepared_lab_id=lab.id, cml_lab_id=lab.cml_lab_id, saved_seconds=1)
        self._plane.change(session_id, allocated_ports=lab.ports, cml_lab_id=lab.cml_lab_id, warm_start=start)
        return lab

    def age(self, hours: float) -> None:
        for worker_id in self._plane.workers:
            for lab in self.labs(worker_id):
                self._change(worker_id, lab.id, reserved_at=lab.reserved_at - timedelta(hours=hours))

    def _overview(self) -> WarmPoolsOverview:
        if self.policy is None:
            return WarmPoolsOverview()
        now = self._plane.clock.now()
        pool = WarmPoolReadModel(
            id="pool",
            version=1,
            created_at=now,
            updated_at=now,
            definition_name="Chain",
            policy=self.policy,
            status=self.status,
            status_changed_at=now,
            failures=tuple(self.failures),
        )
        expected = tuple(ExpectedStarts(worker_id=id, sessions=count) for id, count in self.expected.items())
        beginning = [each for each in self._plane.sessions.values() if each.status in _BEGINNING]
        return WarmPoolsOverview(
            pools=(WarmPoolDemand(pool=pool, wanted=self._definition(), expected=expected),),
            busy_worker_ids=frozenset(each.worker_id for each in beginning if each.worker_id is not None),
            waiting_sessions=self.waiting,
        )

    def _definition(self) -> LabletDefinitionReadModel:
        now = self._plane.clock.now()
        return LabletDefinitionReadModel(
            id=f"d-{self.version}",
            version=1,
            created_at=now,
            updated_at=now,
            name="Chain",
            semantic_version=self.version,
            status=LabletDefinitionStatus.ACTIVE,
            form_qualified_name="Exam NET 1.0 Form1",
            content_hash=self._plane.package.hash,
            title="Chain",
            requirements=NEEDS,
            license_affinity=(LicenseType.PERSONAL,),
            ami_requirement=AmiRequirement(),
            node_count=2,
            link_count=2,
            port_requests=REQUESTS,
            visible_devices=(),
            max_duration_minutes=60,
            lead_seconds=600,
            teardown_seconds=600,
            grading_enabled=True,
            created_by="somebody",
        )

    def _prepare(self, body: Mapping[str, Any]) -> PreparedLab:
        worker = self._plane.worker(body["worker_id"])
        if not worker.placeable:
            raise CapacityRefused("it takes nothing")
        first = 3000 + 2 * sum(len(each.prepared_labs) for each in self._plane.workers.values())
        lab = PreparedLab(
            id=body["prepared_lab_id"],
            definition_name="Chain",
            definition_id=body["definition_id"],
            definition_version=self.version,
            content_hash=self._plane.package.hash,
            held=idle_holding(NEEDS, 2),
            ports=tuple(PortBinding(**each.model_dump(), outer=first + n) for n, each in enumerate(REQUESTS)),
            reserved_at=self._plane.clock.now(),
        )
        self._plane.change_worker(worker.id, prepared_labs=(*worker.prepared_labs, lab))
        return lab

    def _prepared(self, body: Mapping[str, Any]) -> None:
        lab = next(each for each in self.labs(body["worker_id"]) if each.id == body["prepared_lab_id"])
        if lab.status is not PreparedLabStatus.PREPARING:
            raise RuleViolation("it was given up", code="not-being-prepared")
        self._change(
            body["worker_id"],
            lab.id,
            status=PreparedLabStatus.READY,
            cml_lab_id=body["cml_lab_id"],
            prepare_seconds=body["prepare_seconds"],
        )

    def _failed(self, body: Mapping[str, Any]) -> None:
        worker_id, lab_id = body["worker_id"], body["prepared_lab_id"]
        self._change(worker_id, lab_id, status=PreparedLabStatus.REMOVING, reason=body["reason"])
        failure = PoolFailure(
            at=self._plane.clock.now(),
            worker_id=worker_id,
            prepared_lab_id=lab_id,
            definition_version=self.version,
            reason=body["reason"],
        )
        self.failures.append(failure)
        if self.policy is not None and len(self.failures) >= self.policy.failure_budget:
            self.status = WarmPoolStatus.SUSPENDED

    def _change(self, worker_id: str, lab_id: str, **changes: Any) -> None:
        labs = tuple(each.model_copy(update=changes) if each.id == lab_id else each for each in self.labs(worker_id))
        self._plane.change_worker(worker_id, prepared_labs=labs)

    def _forget(self, worker_id: str, lab_id: str) -> None:
        labs = tuple(each for each in self.labs(worker_id) if each.id != lab_id)
        self._plane.change_worker(worker_id, prepared_labs=labs)
