"""Prepared labs on a worker: imported, claimed by one session, taken, returned or given up.

Where there is room for one is decided in cml_worker_preparing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from control_plane_api.domain.entities.cml_worker_findings import CMLWorkerFindings
from control_plane_api.domain.events import cml_worker_pool_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import when
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import CapacityAllocation, PortRequest
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus, lab_to_claim, labs_that_give_way, spare_room

_L = PreparedLabStatus
PAST_LABS_KEPT = 50
"""Prepared labs whose late imports are still known to be ours; a request does not outlive hours."""


class CMLWorkerPool(CMLWorkerFindings):
    """Methods that answer bool say whether anything changed."""

    def prepared_lab(self, lab_id: str) -> PreparedLab | None:
        return next((each for each in self.state.prepared_labs if each.id == lab_id), None)

    def lab_prepared(self, lab_id: str, cml_lab_id: str, prepare_seconds: float, stamp: Stamp) -> bool:
        """PREPARING → READY. Raises RuleViolation for one that was given up meanwhile: it is to be removed."""
        lab = self.prepared_lab(lab_id)
        if lab is not None and lab.cml_lab_id == cml_lab_id and lab.status is not _L.REMOVING:
            return False
        if lab is None or lab.status is not _L.PREPARING:
            raise RuleViolation(
                f"Lab {lab_id} on worker {self.state.name!r} is not being prepared any more"
                f"{f': {lab.reason}' if lab is not None and lab.reason else ''}; it is to be removed.",
                code="not-being-prepared",
                facts={"worker_id": self.id, "prepared_lab_id": lab_id},
            )
        self.record(
            events.CMLWorkerLabPreparedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                prepared_lab_id=lab_id,
                cml_lab_id=cml_lab_id,
                prepare_seconds=prepare_seconds,
            )
        )
        return True

    def take_prepared(self, session_id: str, stamp: Stamp) -> PreparedLab | None:
        """The lab that was kept for *session_id* is the session's from now on; None when none is (any more)."""
        lab = self._claimed_by(session_id)
        if lab is not None:
            self.record(
                events.CMLWorkerPreparedLabTakenDomainEvent(
                    at=stamp.at, by=stamp.by, prepared_lab_id=lab.id, session_id=session_id
                )
            )
        return lab

    def discard_prepared(self, lab_ids: Collection[str], reason: str, stamp: Stamp) -> bool:
        """Idle ones among *lab_ids* hold nothing any more; those of a session, and those on their way out, stay."""
        idle = tuple(each.id for each in self.state.prepared_labs if each.id in lab_ids and each.idle)
        return self._discard(idle, reason, stamp)

    def prepared_removed(self, lab_id: str, proof: str, stamp: Stamp) -> bool:
        """Of one that is not being removed nothing is forgotten, whatever somebody saw."""
        lab = self.prepared_lab(lab_id)
        if lab is None or lab.status is not _L.REMOVING:
            return False
        self.record(
            events.CMLWorkerPreparedLabRemovedDomainEvent(at=stamp.at, by=stamp.by, prepared_lab_id=lab_id, proof=proof)
        )
        return True

    def _claim_prepared(
        self, session_id: str, content_hash: str, requests: Sequence[PortRequest], stamp: Stamp
    ) -> PreparedLab | None:
        """The one that *session_id* is given, if there is one; its ports are the session's from now on."""
        lab = lab_to_claim(self.state.prepared_labs, content_hash, requests) if content_hash else None
        if lab is not None:
            self.record(
                events.CMLWorkerPreparedLabClaimedDomainEvent(
                    at=stamp.at, by=stamp.by, prepared_lab_id=lab.id, session_id=session_id
                )
            )
        return lab

    def _return_prepared(self, session_id: str, reason: str, stamp: Stamp) -> None:
        """The session gives its room back without having begun on it.

        Its ports may have been lent to others meanwhile, for another time: then nobody begins on it any more.
        """
        lab = self._claimed_by(session_id)
        if lab is None:
            return
        lent = {binding.outer for held in self.held_by_others(session_id) for binding in held.ports}
        if any(binding.outer in lent | self.foreign_ports for binding in lab.ports):
            self._discard((lab.id,), f"its ports were lent while {session_id} had it: {reason}", stamp)
        else:
            self.record(
                events.CMLWorkerPreparedLabReturnedDomainEvent(
                    at=stamp.at, by=stamp.by, prepared_lab_id=lab.id, session_id=session_id, reason=reason
                )
            )

    def _have_prepared_give_way(self, coming: CapacityAllocation, stamp: Stamp) -> None:
        """What idle labs hold was only lent to them."""
        others = self.held_by_others(coming.session_id)
        room = spare_room(
            self.state.declared,
            self.state.port_range,
            (*others, coming),
            (),
            coming.interval,
            stamp.at,
            foreign=self.foreign_ports,
        )
        yielding = labs_that_give_way(room, self.state.prepared_labs, {each.outer for each in coming.ports})
        self.discard_prepared([lab.id for lab in yielding], f"gave way to session {coming.session_id}", stamp)

    def _ports_of_prepared(self) -> frozenset[int]:
        """Of all that stand on the host and belong to no session."""
        labs = (each for each in self.state.prepared_labs if each.status is not _L.CLAIMED)
        return frozenset(binding.outer for lab in labs for binding in lab.ports)

    def _withdraw_prepared(self, reason: str, stamp: Stamp) -> None:
        """All of them, claimed ones too: the host goes, and whoever was to begin on one begins without."""
        standing = tuple(each.id for each in self.state.prepared_labs if each.status is not _L.REMOVING)
        self._discard(standing, reason, stamp)

    def _discard(self, lab_ids: tuple[str, ...], reason: str, stamp: Stamp) -> bool:
        if not lab_ids:
            return False
        self.record(
            events.CMLWorkerPreparedLabsDiscardedDomainEvent(
                at=stamp.at, by=stamp.by, prepared_lab_ids=lab_ids, reason=reason
            )
        )
        return True

    def _claimed_by(self, session_id: str) -> PreparedLab | None:
        claimed = (each for each in self.state.prepared_labs if each.status is _L.CLAIMED)
        return next((each for each in claimed if each.session_id == session_id), None)

    def _change_lab(self, lab_id: str, **changes: Any) -> None:
        self.state.prepared_labs = tuple(
            each.model_copy(update=changes) if each.id == lab_id else each for each in self.state.prepared_labs
        )

    def _forget_lab(self, lab_id: str) -> None:
        """Remembered for a while: an import of it may take effect when everybody has looked."""
        self.state.past_prepared_labs = (*self.state.past_prepared_labs, lab_id)[-PAST_LABS_KEPT:]
        self.state.prepared_labs = tuple(each for each in self.state.prepared_labs if each.id != lab_id)

    @when(events.CMLWorkerLabPreparationBegunDomainEvent)
    def _lab_preparation_begun(self, event: events.CMLWorkerLabPreparationBegunDomainEvent) -> None:
        self.state.prepared_labs = (*self.state.prepared_labs, event.lab)

    @when(events.CMLWorkerLabPreparedDomainEvent)
    def _lab_prepared(self, event: events.CMLWorkerLabPreparedDomainEvent) -> None:
        self._change_lab(
            event.prepared_lab_id,
            status=_L.READY,
            cml_lab_id=event.cml_lab_id,
            ready_at=event.at,
            prepare_seconds=event.prepare_seconds,
        )

    @when(events.CMLWorkerPreparedLabClaimedDomainEvent)
    def _prepared_lab_claimed(self, event: events.CMLWorkerPreparedLabClaimedDomainEvent) -> None:
        self._change_lab(event.prepared_lab_id, status=_L.CLAIMED, session_id=event.session_id)

    @when(events.CMLWorkerPreparedLabReturnedDomainEvent)
    def _prepared_lab_returned(self, event: events.CMLWorkerPreparedLabReturnedDomainEvent) -> None:
        self._change_lab(event.prepared_lab_id, status=_L.READY, session_id=None)

    @when(events.CMLWorkerPreparedLabTakenDomainEvent)
    def _prepared_lab_taken(self, event: events.CMLWorkerPreparedLabTakenDomainEvent) -> None:
        self._forget_lab(event.prepared_lab_id)

    @when(events.CMLWorkerPreparedLabsDiscardedDomainEvent)
    def _prepared_labs_discarded(self, event: events.CMLWorkerPreparedLabsDiscardedDomainEvent) -> None:
        for lab_id in event.prepared_lab_ids:
            self._change_lab(lab_id, status=_L.REMOVING, session_id=None, reason=event.reason)

    @when(events.CMLWorkerPreparedLabRemovedDomainEvent)
    def _prepared_lab_removed(self, event: events.CMLWorkerPreparedLabRemovedDomainEvent) -> None:
        self._forget_lab(event.prepared_lab_id)
