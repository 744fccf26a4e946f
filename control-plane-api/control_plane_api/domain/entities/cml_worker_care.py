"""Workers that were not launched by us, and what is asked before one is taken out of service unasked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.domain.entities.cml_worker_provisioning import CMLWorkerProvisioning
from control_plane_api.domain.events import cml_worker_care_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import when
from lcm_core.domain.enums import CMLWorkerStatus, WorkerOrigin
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.fleet_care import DrainDeadlineAction, WorkerCareTerms
from lcm_core.domain.transitions import CML_WORKER_VALID_TRANSITIONS

_W = CMLWorkerStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInstance:
    """An instance as EC2 shows it."""

    ec2_instance_id: str
    instance_type: str
    ami_id: str
    ami_name: str
    private_ip: str | None
    stopped: bool


class CMLWorkerCare(CMLWorkerProvisioning):
    """Methods that answer bool say whether anything changed."""

    def wish_import(self, ec2_instance_id: str, reason: str, stamp: Stamp) -> None:
        """Of a worker that was just requested."""
        self.record(
            events.CMLWorkerImportRequestedDomainEvent(
                at=stamp.at, by=stamp.by, ec2_instance_id=ec2_instance_id, reason=reason
            )
        )

    def adopt(self, found: FoundInstance, reason: str, stamp: Stamp) -> bool:
        """Raises RuleViolation when the worker has, or was asked to import, another instance."""
        if self.state.ec2_instance_id == found.ec2_instance_id:
            return False
        wished = self.state.import_of
        if self.state.ec2_instance_id is not None or (wished is not None and wished != found.ec2_instance_id):
            other = self.state.ec2_instance_id or wished
            raise RuleViolation(
                f"Worker {self.state.name!r} stands for instance {other}, not for {found.ec2_instance_id}.",
                code="worker-has-instance",
                facts={"worker_id": self.id, "ec2_instance_id": other},
            )
        target = _W.STOPPED if found.stopped else _W.PROVISIONING
        require_transition(self.kind, self.id, CML_WORKER_VALID_TRANSITIONS, self.state.status, target)
        self.record(
            events.CMLWorkerAdoptedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                origin=WorkerOrigin.ADOPTED if wished is None else WorkerOrigin.IMPORTED,
                ec2_instance_id=found.ec2_instance_id,
                instance_type=found.instance_type,
                ami_id=found.ami_id,
                ami_name=found.ami_name,
                private_ip=found.private_ip,
                stopped=found.stopped,
                reason=reason,
            )
        )
        return True

    def pass_drain_deadline(self, action: DrainDeadlineAction, stamp: Stamp) -> bool:
        """False before the deadline, when nobody is on the worker, and when that action is on record already."""
        deadline, now = self.state.drain_deadline_at, stamp.at
        if self.state.status is not _W.DRAINING or deadline is None or now < deadline:
            return False
        held = tuple(each.session_id for each in self.state.allocations if each.granted or each.interval.start <= now)
        if not held or self.state.drain_overrun is action:
            return False
        self.record(
            events.CMLWorkerDrainDeadlinePassedDomainEvent(
                at=now, by=stamp.by, action=action, deadline_at=deadline, session_ids=held
            )
        )
        return True

    def require_retirable(self, terms: WorkerCareTerms, stamp: Stamp) -> None:
        """Raises RuleViolation when it may not go unasked: the last look, in the transaction that takes it away.

        Its bookings are guarded by what is done with it then.
        """
        state = self.state
        if not state.idle_detection_enabled:
            raise self._kept("idle-detection-off", "an operator has turned idle detection off for it")
        if state.status is _W.RUNNING:
            return
        if state.status is not _W.STOPPED:
            raise self._kept("not-retirable", f"it is {state.status.value}, neither RUNNING nor STOPPED")
        if terms.retention_seconds is None:
            raise self._kept("retention-not-over", "stopped workers are kept for good")
        stopped_for = stamp.at - state.status_changed_at
        if stopped_for < timedelta(seconds=terms.retention_seconds):
            told = f"it has been stopped for {stopped_for.total_seconds():.0f} s of {terms.retention_seconds} s"
            raise self._kept("retention-not-over", told)

    @when(events.CMLWorkerDrainDeadlinePassedDomainEvent)
    def _drain_deadline_passed(self, event: events.CMLWorkerDrainDeadlinePassedDomainEvent) -> None:
        self.state.drain_overrun = event.action

    @when(events.CMLWorkerImportRequestedDomainEvent)
    def _import_requested(self, event: events.CMLWorkerImportRequestedDomainEvent) -> None:
        self.state.import_of = event.ec2_instance_id
        self.state.origin = WorkerOrigin.IMPORTED

    @when(events.CMLWorkerAdoptedDomainEvent)
    def _adopted(self, event: events.CMLWorkerAdoptedDomainEvent) -> None:
        self.state.origin = event.origin
        self.state.ec2_instance_id = event.ec2_instance_id
        self.state.instance_type = event.instance_type
        self.state.ami_id = event.ami_id
        self.state.ami_name = event.ami_name
        self.state.private_ip = event.private_ip
        if event.stopped:
            self._leave_service(CMLWorkerStatus.STOPPED, event)
        else:
            self._enter(CMLWorkerStatus.PROVISIONING, event)

    def _kept(self, code: str, why: str) -> RuleViolation:
        return RuleViolation(
            f"Worker {self.state.name!r} is kept: {why}.", code=code, facts={"worker_id": self.id, "why": why}
        )
