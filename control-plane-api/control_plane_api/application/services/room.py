"""Taking and giving back room on a worker, as every command that books or moves a session does it."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.domain.entities import CMLWorker
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.hardware import offers_nested_virtualization


def require_licence(wanted: Sequence[LicenseType], worker: CMLWorker, session_id: str) -> None:
    """Raises CapacityRefused when the worker has another licence than the session may run under."""
    held = worker.state.license.type
    if held not in wanted:
        raise CapacityRefused(
            f"Worker {worker.state.name!r} has a {held.value} licence; session {session_id!r} wants "
            f"{', '.join(kind.value for kind in wanted)}.",
            facts={"worker_id": worker.id, "reason_code": "license", "license_type": held.value},
        )


def require_virtualization(needed: bool, worker: CMLWorker, session_id: str) -> None:
    """Raises CapacityRefused when the session has virtual machines and the worker's instance type cannot run them."""
    if needed and not offers_nested_virtualization(worker.state.instance_type):
        raise CapacityRefused(
            f"Worker {worker.state.name!r} is a {worker.state.instance_type}, which cannot run virtual machines; "
            f"session {session_id!r} has some.",
            facts={
                "worker_id": worker.id,
                "reason_code": "virtualization",
                "instance_type": worker.state.instance_type,
            },
        )


async def give_back(uow: UnitOfWork, worker_id: str | None, session_id: str, reason: str, stamp: Stamp) -> None:
    """Release what *worker_id* holds for the session; nothing when it holds nothing, or is forgotten."""
    worker = await uow.find(CMLWorker, worker_id) if worker_id is not None else None
    if worker is not None:
        worker.release(session_id, reason, stamp)
