"""How long a worker may be drained."""

from __future__ import annotations

from datetime import timedelta

from control_plane_api.domain.entities import CMLWorker, WorkerTemplate
from control_plane_api.domain.identities import worker_template_id
from lcm_core.application.unit_of_work import UnitOfWork


async def drain_timeout(uow: UnitOfWork, worker: CMLWorker) -> timedelta | None:
    """As its template says now; None when there is no such template any more."""
    template = await uow.find(WorkerTemplate, worker_template_id(worker.state.template_name))
    return timedelta(seconds=template.state.drain_timeout_seconds) if template is not None else None
