"""Ports that labs of other people on the host forward: granted to nobody, swapped where they were granted before."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.domain.entities.cml_worker_preparing import CMLWorkerPreparing
from control_plane_api.domain.events import cml_worker_foreign_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.capacity import choose_ports
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.values import ForeignLab, PortBinding, PortRequest

_SERVING = frozenset({CMLWorkerStatus.RUNNING, CMLWorkerStatus.DRAINING})
_WHY = "a foreign lab on the host forwards its ports"


class CMLWorkerForeignPorts(CMLWorkerPreparing):
    """The part of a worker's rules that is about labs which are not ours."""

    def report_foreign_labs(self, labs: Sequence[ForeignLab], stamp: Stamp) -> bool:
        """All that are there now and forward ports. Idle prepared labs with such a port are given up.

        False when nothing changed, and for a worker that does not serve: what is told of it is late.
        """
        found = tuple(sorted(labs, key=lambda lab: lab.lab_id))
        if self.state.status not in _SERVING or found == self.state.foreign_labs:
            return False
        self.record(events.CMLWorkerForeignPortsObservedDomainEvent(at=stamp.at, by=stamp.by, labs=found))
        self.discard_prepared([lab.id for lab in self.state.prepared_labs if self._foreign(lab.ports)], _WHY, stamp)
        return True

    def sessions_on_foreign_ports(self) -> tuple[str, ...]:
        granted = (each for each in self.state.allocations if each.granted)
        return tuple(each.session_id for each in granted if self._foreign(each.ports))

    def other_ports_for(self, session_id: str, stamp: Stamp) -> tuple[PortBinding, ...] | None:
        """Its ports with others in place of those that a foreign lab forwards; None when there are too few."""
        held = self._required_allocation(session_id)
        lost = self._foreign(held.ports)
        kept = {each.outer for each in held.ports} - {each.outer for each in lost}
        chosen = choose_ports(
            [PortRequest.model_validate(each.model_dump(exclude={"outer"})) for each in lost],
            self.held_by_others(session_id),
            self.state.port_range,
            held.interval,
            stamp.at,
            spared=self._ports_of_prepared(),
            foreign=self.foreign_ports | kept,
        )
        if chosen is None:
            return None
        instead = dict(zip((each.outer for each in lost), chosen, strict=True))
        return tuple(instead.get(each.outer, each) for each in held.ports)

    def grant_other_ports(self, session_id: str, stamp: Stamp) -> tuple[PortBinding, ...] | None:
        """What it holds from now on; None when none of its ports is a foreign lab's.

        The caller has made sure that no lab uses the ports yet. A prepared lab that was kept for it is given up.
        Raises CapacityRefused with the facts when there are too few other ports.
        """
        held = self._required_allocation(session_id)
        lost = self._foreign(held.ports)
        if not lost:
            return None
        ports = self.other_ports_for(session_id, stamp)
        if ports is None:
            taken = ", ".join(str(each.outer) for each in lost)
            raise self._refused(
                f"foreign labs forward its ports {taken}, and there are no others",
                {"reason_code": "ports", "ports": [each.outer for each in lost]},
            )
        self._have_prepared_give_way(held.model_copy(update={"ports": ports}), stamp)
        self.record(
            events.WorkerCapacityPortsChangedDomainEvent(
                at=stamp.at, by=stamp.by, session_id=session_id, ports=ports, previous=held.ports, reason=_WHY
            )
        )
        claimed = self._claimed_by(session_id)
        if claimed is not None:
            self._discard((claimed.id,), _WHY, stamp)
        return ports

    def _foreign(self, ports: Sequence[PortBinding]) -> tuple[PortBinding, ...]:
        return tuple(each for each in ports if each.outer in self.foreign_ports)
