"""What the steps of a pipeline work on: one session, and the host its lab belongs on."""

from __future__ import annotations

from dataclasses import dataclass

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.domain.lab_title import lab_title
from lcm_core.domain.delivery_terms import WaitingLimits
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class SessionWork:
    """*worker* is None when the session has none, or its worker is not known any more."""

    session: LabletSessionReadModel
    worker: CMLWorkerReadModel | None

    @property
    def limits(self) -> WaitingLimits:
        """Empty where neither its definition nor the system settings had any when it was booked."""
        return self.session.limits or WaitingLimits()

    @property
    def host(self) -> CmlHost | None:
        """None while there is no address to reach the worker's CML at."""
        worker = self.worker
        if worker is None or not worker.private_ip:
            return None
        return CmlHost(worker.id, worker.private_ip)

    def require_host(self) -> CmlHost:
        """Raises a retryable ``FarEndError`` while the worker cannot be reached."""
        host = self.host
        if host is None:
            raise FarEndError(
                "cml",
                f"Worker {self.session.worker_id} has no address (yet), so its CML cannot be asked.",
                retryable=True,
                code="worker-unreachable",
            )
        return host

    @property
    def host_is_gone(self) -> bool:
        """Whether nothing can be left on a host: none was assigned, or it was terminated with all that was on it.

        A worker that is merely unknown proves nothing.
        """
        if self.session.worker_id is None:
            return True
        return self.worker is not None and self.worker.status is CMLWorkerStatus.TERMINATED

    @property
    def prepared_lab(self) -> str | None:
        """The lab on its host that the session begins on, instead of importing one."""
        start = self.session.warm_start
        return start.cml_lab_id if start is not None and start.cml_lab_id == self.session.cml_lab_id else None

    @property
    def title(self) -> str:
        return lab_title(self.session.definition_name, self.session.id)
