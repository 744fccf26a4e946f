"""What a booking is promised, in the words of the interface."""

from __future__ import annotations

from datetime import datetime, timedelta

from lcm_core.contracts.reservations import Guarantee, GuaranteeKind
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.placement.snapshots import worker_snapshot


def guarantee_of(session: LabletSessionReadModel, worker: CMLWorkerReadModel | None, at: datetime) -> Guarantee | None:
    """None when no worker holds room for *session*.

    A lab with a start can be entered then; one for as soon as possible when its worker is up and its lead is over.
    """
    if worker is None or all(each.session_id != session.id for each in worker.allocations):
        return None
    ready_by = session.timeslot.start
    if session.asap and (available_from := worker_snapshot(worker, None, at=at).available_from) is not None:
        ready_by = max(ready_by, available_from + timedelta(seconds=session.lead_seconds))
    return Guarantee(
        kind=GuaranteeKind.PLACED if worker.placeable else GuaranteeKind.PLANNED,
        worker_id=worker.id,
        worker_status=worker.status.value,
        ready_by=ready_by,
    )
