"""A session whose host was lost while its learner worked: it waits, and goes on or is given up."""

from __future__ import annotations

from datetime import datetime

from control_plane_api.domain.entities.lablet_session_lab import LabletSessionLab
from control_plane_api.domain.events import lablet_session_recovery_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import RuleViolation

_S = LabletSessionStatus
NEEDS_ITS_LAB = frozenset({_S.RUNNING, _S.COLLECTING})
"""Statuses in which the learner's work is on the host and nowhere else."""


class LabletSessionRecovery(LabletSessionLab):
    """Methods that answer bool say whether anything changed."""

    def hold_for_recovery(self, worker_id: str, deadline: datetime, reason: str, stamp: Stamp) -> bool:
        """One hold at a time: its deadline does not move when the loss is told of again."""
        if self.state.recovery is not None:
            return False
        if self.state.status not in NEEDS_ITS_LAB:
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value}; nothing of it is only on its host.",
                code="nothing-to-recover",
                facts={"status": self.state.status.value},
            )
        self.record(
            events.LabletSessionHeldForRecoveryDomainEvent(
                at=stamp.at, by=stamp.by, worker_id=worker_id, since=stamp.at, deadline=deadline, reason=reason
            )
        )
        return True

    def recover(
        self, *, lost_seconds: float, given_back_seconds: float, lab_restarted: bool, reason: str, stamp: Stamp
    ) -> bool:
        if self.state.recovery is None:
            return False
        self.record(
            events.LabletSessionRecoveredDomainEvent(
                at=stamp.at,
                by=stamp.by,
                lost_seconds=lost_seconds,
                given_back_seconds=given_back_seconds,
                lab_restarted=lab_restarted,
                reason=reason,
            )
        )
        return True
