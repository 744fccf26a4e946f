"""What on a host or in a delivery system belongs to a session that has no use for it any more.

Only what a session of this record left behind: a lab of somebody else, or of another installation on the same host, is
named differently or names a session that nobody here knows.
"""

from __future__ import annotations

from collections.abc import Collection

from lablet_controller.domain.foreign_labs import LAB_PROVEN_GONE
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.warm_pool import PreparedLabStatus

_S = LabletSessionStatus
_SETTLED = frozenset({PreparedLabStatus.READY, PreparedLabStatus.CLAIMED})
_DELIVERY_CLOSED = frozenset({_S.ARCHIVED, _S.TERMINATED})


def why_lab_is_orphaned(session: LabletSessionReadModel, worker_id: str, lab_id: str) -> str | None:
    """None for a lab that its session uses, or that its session's own way out will remove.

    A session that waits for a worker may come back to this one, and then uses what is there.
    """
    if session.status in LAB_PROVEN_GONE:
        return f"its session is {session.status.value}: it came up after it was looked for"
    if session.worker_id not in (None, worker_id):
        return f"its session is {session.status.value} on worker {session.worker_id}"
    if session.cml_lab_id not in (None, lab_id) and not _may_yet_change_labs(session):
        return f"its session uses lab {session.cml_lab_id}: an import was made twice"
    return None


def why_prepared_is_orphaned(
    worker: CMLWorkerReadModel, prepared_id: str, lab_id: str, used: Collection[str]
) -> str | None:
    """None for a lab that is (to be) prepared, that the pool's keeper removes, or that a session uses: *used*.

    Also for one of which this worker's record knows nothing: it is somebody else's.
    """
    if lab_id in used:
        return None
    lab = next((each for each in worker.prepared_labs if each.id == prepared_id), None)
    if lab is None:
        gone = prepared_id in worker.past_prepared_labs
        return "it was prepared, and came up after it was taken or removed" if gone else None
    if lab.status in _SETTLED and lab.cml_lab_id not in (None, lab_id):
        return f"lab {lab.cml_lab_id} is the prepared one: an import was made twice"
    return None


def _may_yet_change_labs(session: LabletSessionReadModel) -> bool:
    """The lab that was prepared for it may be of no use: then one is imported, and bound in its place after that."""
    start = session.warm_start
    prepared = start.cml_lab_id if start is not None else None
    return session.status is _S.INSTANTIATING and prepared is not None and prepared == session.cml_lab_id


def why_delivery_is_orphaned(session: LabletSessionReadModel, lds_session_id: str) -> str | None:
    """None for a delivery session that its session uses, or will archive."""
    if session.status in _DELIVERY_CLOSED:
        return f"its session is {session.status.value}: it was made after it was looked for"
    if session.lds_session_id not in (None, lds_session_id):
        return f"its session uses delivery session {session.lds_session_id}"
    return None
