"""How a session begins: on the prepared lab that was kept for it, or without; and what is kept of that."""

from __future__ import annotations

from datetime import timedelta

from control_plane_api.domain.entities import CMLWorker, LabletSession, WarmPool
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import warm_pool_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus, WarmPoolStatus, WarmStart

WARM_STARTS = "warm_starts"
"""One document for each session of a definition with a pool that began: measured, not decided (ADR 0009, 0026)."""
WARM_STARTS_EXPIRE = "expires_at"
_KEPT = timedelta(days=90)


async def begin_instantiation(uow: UnitOfWork, session: LabletSession, stamp: Stamp) -> bool:
    """SCHEDULED → INSTANTIATING, with the prepared lab if one was kept for it, in the same commit."""
    if session.state.status is LabletSessionStatus.INSTANTIATING:
        return False
    pool = await uow.find(WarmPool, warm_pool_id(session.state.definition_name))
    if pool is None:
        return session.start_instantiation(stamp)
    worker = await uow.find(CMLWorker, session.state.worker_id) if session.state.worker_id is not None else None
    taken = worker.take_prepared(session.id, stamp) if worker is not None else None
    start = _hit(taken) if taken is not None else WarmStart(hit=False, why=_why_not(pool, worker, session))
    changed = session.start_instantiation(stamp, start)
    if changed:
        keep_warm_start(uow, session, start, stamp)
    return changed


def keep_warm_start(uow: UnitOfWork, session: LabletSession, start: WarmStart, stamp: Stamp) -> None:
    """What *session* is counted as, in place of what was kept of it before."""
    uow.attach(WARM_STARTS, _document(session, start, stamp), upsert=True)


def _hit(lab: PreparedLab) -> WarmStart:
    return WarmStart(
        hit=True, prepared_lab_id=lab.id, cml_lab_id=lab.cml_lab_id, saved_seconds=lab.prepare_seconds or 0.0
    )


def _why_not(pool: WarmPool, worker: CMLWorker | None, session: LabletSession) -> str:
    """A few fixed phrases: they are counted."""
    if pool.state.status is not WarmPoolStatus.ACTIVE:
        return f"the pool is {pool.state.status.value}"
    labs = worker.state.prepared_labs if worker is not None else ()
    same = [lab.status for lab in labs if lab.content_hash == session.state.content_hash]
    if PreparedLabStatus.PREPARING in same:
        return "being prepared on its worker"
    if same:
        return "claimed or given up on its worker"
    return "none on its worker"


def _document(session: LabletSession, start: WarmStart, stamp: Stamp) -> dict[str, object]:
    return {
        "_id": session.id,
        "definition_name": session.state.definition_name,
        "at": instant_text(stamp.at),
        "hit": start.hit,
        "saved_seconds": start.saved_seconds,
        "why": start.why,
        WARM_STARTS_EXPIRE: stamp.at + _KEPT,
    }
