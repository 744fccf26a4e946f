"""Swaps the ports of a session on its worker: the grant, the session and what was kept of its start in one commit."""

from __future__ import annotations

from control_plane_api.application.services.warm_start import keep_warm_start
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork

_WHY = "a foreign lab on the host forwards its ports"


def give_other_ports(uow: UnitOfWork, session: LabletSession, worker: CMLWorker, stamp: Stamp) -> bool:
    """Whether any port was swapped. Raises CapacityRefused when there are too few, RuleViolation when in use."""
    ports = worker.grant_other_ports(session.id, stamp)
    if ports is None:
        return False
    began = session.state.warm_start
    session.ports_changed(ports, _WHY, stamp)
    if began is not None and began.hit and session.state.warm_start is not None:
        keep_warm_start(uow, session, session.state.warm_start, stamp)
    return True
