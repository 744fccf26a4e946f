"""Making a worker out of its template, and the licence that it runs under."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from control_plane_api.domain.entities.cml_worker_foreign_ports import CMLWorkerForeignPorts
from control_plane_api.domain.events import cml_worker_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.enums import CMLWorkerStatus, LicenseType, WorkerDesiredStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.provisioning import (
    LaunchAttempt,
    LaunchOutcome,
    LicenseAction,
    LicenseRequest,
    LicenseRequestOutcome,
    ProvisioningStep,
)
from lcm_core.domain.values import WorkerLicense

_W = CMLWorkerStatus
_ON_THE_WAY = frozenset({_W.PROVISIONING, _W.STARTING})
_SERVING = frozenset({_W.RUNNING, _W.DRAINING})
_LICENSABLE = _SERVING | _ON_THE_WAY | {_W.PENDING, _W.STOPPING, _W.STOPPED}


class CMLWorkerProvisioning(CMLWorkerForeignPorts):
    """The half of a worker's rules that ends when it serves, and its licence."""

    def record_launches(self, attempts: Iterable[LaunchAttempt], stamp: Stamp) -> bool:
        """Whether anything was new. A launch is only begun while the worker is PENDING and none is under way."""
        changed = False
        for attempt in attempts:
            known = {each.number: each for each in self.state.launch_attempts}
            before = known.get(attempt.number)
            if before == attempt or (before is not None and before.outcome is not LaunchOutcome.TRYING):
                continue
            if before is None:
                self._require_new_launch(attempt)
            self.record(events.CMLWorkerLaunchAttemptedDomainEvent(at=stamp.at, by=stamp.by, attempt=attempt))
            changed = True
        return changed

    def _require_new_launch(self, attempt: LaunchAttempt) -> None:
        last = self.state.launch_attempts[-1] if self.state.launch_attempts else None
        expected = last.number + 1 if last is not None else 1
        if self.state.status is not _W.PENDING:
            why = f"it is {self.state.status.value}"
        elif last is not None and last.outcome is LaunchOutcome.TRYING:
            why = f"the outcome of launch {last.number} is not known"
        elif attempt.number != expected:
            why = f"the next launch is number {expected}, not {attempt.number}"
        else:
            return
        raise RuleViolation(
            f"Worker {self.state.name!r} cannot be launched: {why}.",
            code="launch-out-of-turn",
            facts={"worker_id": self.id, "attempt": attempt.number, "expected": expected},
        )

    def progressed(self, step: ProvisioningStep, waiting_for: str, stamp: Stamp) -> bool:
        """What it waits for now; steps are only ever taken forwards."""
        order = list(ProvisioningStep)
        before = self.state.provisioning_step
        if self.state.status not in _ON_THE_WAY or (before is not None and order.index(step) <= order.index(before)):
            return False
        self.record(
            events.CMLWorkerProvisioningProgressedDomainEvent(
                at=stamp.at, by=stamp.by, step=step, waiting_for=waiting_for
            )
        )
        return True

    def request_license(
        self,
        action: LicenseAction,
        type: LicenseType | None,
        reason: str,
        look_ahead: timedelta,
        stamp: Stamp,
        *,
        force: bool,
    ) -> bool:
        """What the worker-controller is to bring about; one request at a time.

        Sessions that are live or begin within *look_ahead* keep a licence from being taken away or exchanged.
        """
        self._require_licensable(action)
        before = self.state.license_request
        wanted = LicenseRequest(
            action=action,
            type=type or self.state.license_wanted or self.state.license.type,
            reason=reason,
            requested_by=stamp.by,
            requested_at=stamp.at,
        )
        if before is not None and before.pending:
            if (before.action, before.type) == (wanted.action, wanted.type):
                return False
            raise RuleViolation(
                f"Worker {self.state.name!r} is still carrying out {before.action.value} {before.type.value}, which "
                f"{before.requested_by} asked for; wait for its outcome.",
                code="licence-request-pending",
                facts={"worker_id": self.id, "pending": before.action.value},
            )
        if not wanted.met_by(self.state.license):
            self._guard_licence(wanted, stamp.at + look_ahead, force=force)
        self.record(events.CMLWorkerLicenseRequestedDomainEvent(at=stamp.at, by=stamp.by, request=wanted, forced=force))
        return True

    def settle_license(
        self, requested_at: datetime, done: bool, detail: str, license: WorkerLicense | None, stamp: Stamp
    ) -> bool:
        """False when the request that was carried out is not the one that is pending."""
        request = self.state.license_request
        if request is None or not request.pending or request.requested_at != requested_at:
            return False
        outcome = LicenseRequestOutcome.DONE if done else LicenseRequestOutcome.FAILED
        settled = request.model_copy(update={"outcome": outcome, "detail": detail, "settled_at": stamp.at})
        self.record(
            events.CMLWorkerLicenseSettledDomainEvent(
                at=stamp.at, by=stamp.by, request=settled, license=license or self.state.license
            )
        )
        return True

    def _require_licensable(self, action: LicenseAction) -> None:
        allowed = _LICENSABLE if action is LicenseAction.REGISTER else _SERVING
        if self.state.status in allowed and self.state.desired_status is not WorkerDesiredStatus.TERMINATED:
            return
        raise RuleViolation(
            f"The licence of worker {self.state.name!r} cannot be changed ({action.value}): it is "
            f"{self.state.status.value}, wanted {self.state.desired_status.value}.",
            code="licence-out-of-reach",
            facts={"worker_id": self.id, "status": self.state.status.value, "action": action.value},
        )

    def _guard_licence(self, wanted: LicenseRequest, until: datetime, *, force: bool) -> None:
        takes_away = wanted.action is LicenseAction.DEREGISTER or self.state.license.holds
        kept = [each.session_id for each in self.state.allocations if each.interval.start < until]
        if not kept or not takes_away or force or self.state.status not in _SERVING:
            return
        raise RuleViolation(
            f"Worker {self.state.name!r} would be without licence for a while: {len(kept)} of its sessions are live or "
            f"begin before {until.isoformat()}. An operator can force it.",
            code="worker-has-sessions",
            facts={"worker_id": self.id, "session_ids": list(kept)},
        )
