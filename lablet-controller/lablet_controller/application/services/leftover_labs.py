"""Removes from a worker that is back what its sessions left behind when they went on elsewhere."""

from __future__ import annotations

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs
from lablet_controller.application.services.lab_removal import LabRemoval
from lablet_controller.domain.lab_title import lab_title
from lcm_core.contracts.workers import LeftoverRemoved
from lcm_core.domain.enums import WORKER_STATUSES_IN_SERVICE, WorkerServiceStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import LeftoverLab
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_removed = meter("lablet_controller").create_counter(
    "lcm_leftover_labs_removed_total", description="Labs removed from hosts that came back after their session moved."
)


def to_be_cleared(worker: CMLWorkerReadModel) -> bool:
    """Whether something is left on it and can be removed now."""
    answers = worker.service_status is WorkerServiceStatus.AVAILABLE and worker.host_loss is None
    return bool(worker.leftover_labs) and answers and worker.status in WORKER_STATUSES_IN_SERVICE


class LeftoverLabs:
    """Only labs of sessions that the worker's record names: found by their title, which holds the session's id."""

    def __init__(self, control_plane: ControlPlaneApiClient, labs: CmlLabs) -> None:
        self._control_plane = control_plane
        self._removal = LabRemoval(labs)

    async def clear(self, worker: CMLWorkerReadModel) -> bool:
        """One step for each of them; whether nothing is left."""
        gone = True
        for lab in worker.leftover_labs:
            gone = await self._clear_one(worker, lab) and gone
        return gone

    async def _clear_one(self, worker: CMLWorkerReadModel, lab: LeftoverLab) -> bool:
        session = await self._control_plane.sessions.get(lab.session_id)
        if session.worker_id == worker.id:
            # cannot be: such a worker takes no session. Whatever happened, its lab is not ours to remove here.
            log.error("leftover_is_in_use", worker_id=worker.id, session_id=lab.session_id)
            return False
        host = CmlHost(worker.id, worker.private_ip or "")
        title = lab_title(lab.definition_name, lab.session_id)
        try:
            for lab_id in await self._removal.labs_of(host, title, lab.cml_lab_id):
                if not await self._removal.remove(host, lab_id):
                    return False
        except CmlError as error:
            log.warning("leftover_not_removed", worker_id=worker.id, session_id=lab.session_id, reason=error.message)
            return False
        proof = f"CML at {host.address} knows no lab titled {title!r}"
        answer = await self._control_plane.workers.leftover_removed(
            worker.id, LeftoverRemoved(session_id=lab.session_id, proof=proof)
        )
        if answer.applied:
            _removed.add(1)
            log.info("leftover_removed", worker_id=worker.id, session_id=lab.session_id)
        return True
