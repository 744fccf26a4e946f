"""A CML worker: one EC2 instance that runs CML and holds sessions.

Its life-cycle rules; room is granted in cml_worker_capacity, events are applied in cml_worker_history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from control_plane_api.domain.entities.cml_worker_care import CMLWorkerCare
from control_plane_api.domain.events import cml_worker_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.enums import CMLWorkerStatus, HostLossCause, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.fleet_care import DisruptionReason
from lcm_core.domain.provisioning import FailureEvidence
from lcm_core.domain.read_models import ScaleUpDemand
from lcm_core.domain.transitions import CML_WORKER_VALID_TRANSITIONS
from lcm_core.domain.values import AmiRequirement, PortRange, ResourceVector, WorkerLicense

_W = CMLWorkerStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOrder:
    """What a worker is made from: its template's terms at the time."""

    name: str
    region: str
    template_name: str
    instance_type: str
    ami: AmiRequirement
    declared: ResourceVector
    port_range: PortRange
    license: WorkerLicense
    cost_per_hour_usd: float
    startup_seconds: int
    template_version: int = 0


class CMLWorker(CMLWorkerCare):
    """Methods that answer bool say whether anything changed; False means that it was so already.

    What the cloud is observed to do is recorded without asking (``stopping``, ``terminated``, …); what somebody wants
    done is subject to the rules (``drain``, ``set_desired_status``).
    """

    @classmethod
    def request(
        cls, id: str, order: WorkerOrder, demand: ScaleUpDemand | None, stamp: Stamp, *, planned: bool = False
    ) -> Self:
        """A *planned* worker takes promises and is launched when it is wanted RUNNING; till then it costs nothing."""
        worker = cls(id)
        worker.record(
            events.CMLWorkerRequestedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                name=order.name,
                region=order.region,
                template_name=order.template_name,
                instance_type=order.instance_type,
                ami=order.ami,
                declared=order.declared,
                port_range=order.port_range,
                license=order.license,
                cost_per_hour_usd=order.cost_per_hour_usd,
                startup_seconds=order.startup_seconds,
                expected_ready_at=stamp.at + timedelta(seconds=order.startup_seconds),
                demand=demand,
                desired_status=WorkerDesiredStatus.STOPPED if planned else WorkerDesiredStatus.RUNNING,
                template_version=order.template_version,
            )
        )
        return worker

    def launched(
        self,
        ec2_instance_id: str,
        ami_id: str,
        ami_name: str,
        private_ip: str | None,
        stamp: Stamp,
        *,
        attempt: int | None = None,
    ) -> bool:
        if self.state.ec2_instance_id == ec2_instance_id:
            return False
        self._require(_W.PROVISIONING)
        self.record(
            events.CMLWorkerLaunchedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                ec2_instance_id=ec2_instance_id,
                ami_id=ami_id,
                ami_name=ami_name,
                private_ip=private_ip,
                attempt=attempt,
            )
        )
        return True

    def ready(
        self,
        *,
        private_ip: str,
        public_ip: str | None,
        cml_version: str,
        license: WorkerLicense,
        measured: ResourceVector,
        stamp: Stamp,
    ) -> bool:
        """PROVISIONING or STARTING → RUNNING; refused while the licence does not hold."""
        if self.state.status is _W.RUNNING:
            return False
        self._require(_W.RUNNING)
        if not license.holds:
            raise RuleViolation(
                f"Worker {self.state.name!r} cannot serve: its licence is {license.status.value}.",
                code="licence-does-not-hold",
                facts={"license_status": license.status.value},
            )
        self.record(
            events.CMLWorkerReadyDomainEvent(
                at=stamp.at,
                by=stamp.by,
                private_ip=private_ip,
                public_ip=public_ip,
                cml_version=cml_version,
                license=license,
                measured=measured,
            )
        )
        self._host_is_back("the worker is up again", stamp)
        return True

    def report_health(
        self, service_status: WorkerServiceStatus, license: WorkerLicense | None, reason: str, stamp: Stamp
    ) -> bool:
        """Recorded only when something changed. A lost host that answers is back, unless EC2 is taking it away."""
        answers = service_status is not WorkerServiceStatus.UNAVAILABLE
        loss = self.state.host_loss
        if loss is not None and answers and loss.cause is HostLossCause.SPOT_RECLAIM:
            return False
        licence_now = license or self.state.license
        if (service_status, licence_now) == (self.state.service_status, self.state.license):
            return False
        self.record(
            events.CMLWorkerHealthChangedDomainEvent(
                at=stamp.at, by=stamp.by, service_status=service_status, license=licence_now, reason=reason
            )
        )
        if answers:
            self._host_is_back(reason, stamp)
        return True

    def drain(
        self,
        reason: str,
        look_ahead: timedelta,
        stamp: Stamp,
        *,
        force: bool,
        timeout: timedelta | None = None,
        disruption: DisruptionReason = DisruptionReason.OPERATOR,
    ) -> bool:
        """RUNNING → DRAINING and wanted STOPPED; guarded like every stop. *timeout* makes the deadline of the drain."""
        if self.state.status is _W.DRAINING:
            return False
        self._require(_W.DRAINING)
        self._guard_sessions("drained", stamp.at + look_ahead, force=force)
        self._withdraw_prepared("its worker is drained", stamp)
        self.record(
            events.CMLWorkerDrainingDomainEvent(
                at=stamp.at,
                by=stamp.by,
                reason=reason,
                forced=force,
                deadline_at=stamp.at + timeout if timeout is not None else None,
                disruption=disruption,
            )
        )
        if self.state.desired_status is WorkerDesiredStatus.RUNNING:
            self._want(WorkerDesiredStatus.STOPPED, reason, stamp, forced=force)
        return True

    def host_leaves(
        self, reason: str, stamp: Stamp, *, disruption: DisruptionReason = DisruptionReason.MAINTENANCE
    ) -> bool:
        """EC2 takes the host away, or stops it: who is on it stays as long as that lasts, nobody new comes.

        A fact and not a wish: no session stands in its way. Once for each announcement: whoever lets the worker go
        on after all knows of it.
        """
        if self.state.status is not _W.RUNNING or self.state.left_for == reason:
            return False
        self._withdraw_prepared("its host leaves", stamp)
        self.record(
            events.CMLWorkerDrainingDomainEvent(
                at=stamp.at, by=stamp.by, reason=reason, forced=True, disruption=disruption
            )
        )
        self._want(WorkerDesiredStatus.STOPPED, reason, stamp, forced=True)
        return True

    def cancel_drain(self, stamp: Stamp, reason: str = "drain cancelled") -> bool:
        if self.state.status is not _W.DRAINING:
            return False
        self._refuse_when_doomed()
        self.record(events.CMLWorkerDrainCancelledDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        self._want(WorkerDesiredStatus.RUNNING, reason, stamp, forced=False)
        return True

    def set_desired_status(
        self, desired: WorkerDesiredStatus, reason: str, look_ahead: timedelta, stamp: Stamp, *, force: bool
    ) -> bool:
        """What the worker-controller is to bring about.

        Stopping spares live and imminent sessions, terminating every booking that the worker is to serve.
        """
        if desired is not WorkerDesiredStatus.TERMINATED:
            self._refuse_when_gone(desired)
        if desired is self.state.desired_status:
            return False
        self._refuse_when_doomed()
        if desired is WorkerDesiredStatus.RUNNING and self.state.status is _W.DRAINING:
            return self.cancel_drain(stamp, reason)
        if desired is WorkerDesiredStatus.STOPPED:
            self._guard_sessions("stopped", stamp.at + look_ahead, force=force)
        elif desired is WorkerDesiredStatus.TERMINATED:
            self._guard_sessions("terminated", None, force=force)
        self._want(desired, reason, stamp, forced=force)
        return True

    def stopping(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status in (_W.STOPPING, _W.STOPPED):
            return False
        self._require(_W.STOPPING)
        self._lose_what_runs(HostLossCause.INSTANCE_STOPPED, reason, stamp)
        self._withdraw_prepared("its worker is stopped", stamp)
        self.record(events.CMLWorkerStoppingDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def stopped(self, reason: str, stamp: Stamp) -> bool:
        """A stop whose beginning nobody saw is recorded as both steps."""
        if self.state.status is _W.STOPPED:
            return False
        self.stopping(reason, stamp)
        self._require(_W.STOPPED)
        self.record(events.CMLWorkerStoppedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def starting(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status is _W.STARTING:
            return False
        self._require(_W.STARTING)
        ready_at = stamp.at + timedelta(seconds=self.state.startup_seconds)
        self.record(
            events.CMLWorkerStartingDomainEvent(at=stamp.at, by=stamp.by, reason=reason, expected_ready_at=ready_at)
        )
        return True

    def terminating(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status in (_W.TERMINATING, _W.TERMINATED):
            return False
        self._require(_W.TERMINATING)
        self._lose_what_runs(HostLossCause.INSTANCE_GONE, reason, stamp)
        self._withdraw_prepared("its worker is gone", stamp)
        self.record(events.CMLWorkerTerminatingDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def terminated(self, reason: str, stamp: Stamp) -> bool:
        """A worker that was never launched ends by decision and not by observation: its bookings keep it."""
        if self.state.status is _W.TERMINATED:
            return False
        self._require(_W.TERMINATED)
        if self.state.status is _W.PENDING and self.state.desired_status is not WorkerDesiredStatus.TERMINATED:
            self._guard_sessions("cancelled", None, force=False)
        self._lose_what_runs(HostLossCause.INSTANCE_GONE, reason, stamp)
        self._withdraw_prepared("its worker is gone", stamp)
        self.record(events.CMLWorkerTerminatedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def failed(self, reason: str, stamp: Stamp, evidence: FailureEvidence | None = None) -> bool:
        if self.state.status is _W.FAILED:
            return False
        self._require(_W.FAILED)
        self._refuse_while_awaited(stamp)
        self._lose_what_runs(HostLossCause.INSTANCE_GONE, reason, stamp)
        self._withdraw_prepared("its worker is gone", stamp)
        self.record(events.CMLWorkerFailedDomainEvent(at=stamp.at, by=stamp.by, reason=reason, evidence=evidence))
        return True

    def _want(self, desired: WorkerDesiredStatus, reason: str, stamp: Stamp, *, forced: bool) -> None:
        if desired is self.state.desired_status:
            return
        if desired is not WorkerDesiredStatus.RUNNING:
            self._withdraw_prepared(f"its worker is to be {desired.value}", stamp)
        self.record(
            events.CMLWorkerDesiredStatusChangedDomainEvent(
                at=stamp.at, by=stamp.by, desired_status=desired, reason=reason, forced=forced
            )
        )

    def _refuse_when_gone(self, desired: WorkerDesiredStatus) -> None:
        """A yes that nothing can follow from would be a lie."""
        if self.is_gone:
            raise RuleViolation(
                f"Worker {self.state.name!r} is {self.state.status.value} and does not come back; it cannot be "
                f"{desired.value}. Create another one from its template, {self.state.template_name}.",
                code="worker-gone",
                facts={
                    "worker_id": self.id,
                    "status": self.state.status.value,
                    "template_name": self.state.template_name,
                    "failure": self.state.failure,
                },
            )

    def _refuse_when_doomed(self) -> None:
        if self.state.status is _W.TERMINATED or self.state.desired_status is WorkerDesiredStatus.TERMINATED:
            raise RuleViolation(
                f"Worker {self.state.name!r} is terminated, or to be terminated; that is not taken back.",
                code="worker-terminating",
                facts={"worker_id": self.id, "status": self.state.status.value},
            )

    def _guard_sessions(self, doing: str, until: datetime | None, *, force: bool) -> None:
        """Refuse for the sake of sessions that begin before *until*; of all of them without it."""
        kept = [each.session_id for each in self.state.allocations if until is None or each.interval.start < until]
        if kept and not force:
            what = "booked on it" if until is None else f"live or begin before {until.isoformat()}"
            raise RuleViolation(
                f"Worker {self.state.name!r} cannot be {doing}: {len(kept)} of its sessions are {what}. "
                "An operator can force it.",
                code="worker-has-sessions",
                facts={"worker_id": self.id, "session_ids": list(kept)},
            )

    def _require(self, target: CMLWorkerStatus) -> None:
        require_transition(self.kind, self.id, CML_WORKER_VALID_TRANSITIONS, self.state.status, target)
