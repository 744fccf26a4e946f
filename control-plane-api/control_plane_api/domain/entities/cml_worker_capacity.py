"""Granting and giving back room on a worker: the only place where room is promised."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.domain.entities.cml_worker_history import CMLWorkerHistory
from control_plane_api.domain.events import cml_worker_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.capacity import choose_ports, peak_allocated, shortfalls
from lcm_core.domain.errors import CapacityRefused, Facts, RuleViolation
from lcm_core.domain.read_models import is_placeable
from lcm_core.domain.values import CapacityAllocation, PortBinding, PortRequest, ResourceVector, Timeslot


class CMLWorkerCapacity(CMLWorkerHistory):
    """The capacity half of a worker's rules."""

    @property
    def placeable(self) -> bool:
        state = self.state
        return is_placeable(state.status, state.desired_status, state.service_status, state.license)

    def allocation_of(self, session_id: str) -> CapacityAllocation | None:
        return next((each for each in self.state.allocations if each.session_id == session_id), None)

    def allocate(
        self,
        session_id: str,
        vector: ResourceVector,
        requests: Sequence[PortRequest],
        interval: Timeslot,
        stamp: Stamp,
    ) -> CapacityAllocation:
        """Grant *vector* over *interval* and a port for each request, and record the grant.

        A session that has its grant already gets the same one. Raises CapacityRefused with the facts.
        """
        held = self.allocation_of(session_id)
        if held is not None:
            return held
        if not self.placeable:
            raise self._not_placeable()
        self._require_room(vector, interval, stamp)
        ports = choose_ports(requests, self.state.allocations, self.state.port_range)
        if ports is None:
            taken = sum(len(each.ports) for each in self.state.allocations)
            free = self.state.port_range.size - taken
            raise self._refused(
                f"ports: needs {len(requests)}, {free} free",
                {
                    "reason_code": "ports",
                    "shortfalls": [{"dimension": "ports", "needed": len(requests), "free": free}],
                },
            )
        return self._grant(session_id, vector, ports, interval, stamp)

    def restore(
        self,
        session_id: str,
        vector: ResourceVector,
        ports: tuple[PortBinding, ...],
        interval: Timeslot,
        stamp: Stamp,
    ) -> None:
        """Put back a grant that was lost, with the very ports that the session uses; one that stands is left alone.

        The session is there, whatever the worker's status. Raises CapacityRefused when others hold that room or a port.
        """
        if self.allocation_of(session_id) is not None:
            return
        self._require_room(vector, interval, stamp)
        taken = {binding.outer for each in self.state.allocations for binding in each.ports}
        lost = sorted(binding.outer for binding in ports if binding.outer in taken)
        if lost:
            raise self._refused(f"ports {lost} are granted to others", {"reason_code": "ports", "ports": list(lost)})
        self._grant(session_id, vector, ports, interval, stamp)

    def release(self, session_id: str, reason: str, stamp: Stamp) -> bool:
        """Give back exactly what was granted; False when nothing is held. In any status: a dead host holds nothing."""
        held = self.allocation_of(session_id)
        if held is None:
            return False
        self.record(
            events.WorkerCapacityReleasedDomainEvent(
                at=stamp.at, by=stamp.by, session_id=session_id, released=held, reason=reason
            )
        )
        return True

    def declare_capacity(self, declared: ResourceVector, reason: str, stamp: Stamp) -> bool:
        """Change what the worker may hold. Refused below what is promised already."""
        if declared == self.state.declared:
            return False
        if self.state.allocations:
            first = min(each.interval.start for each in self.state.allocations)
            last = max(each.interval.end for each in self.state.allocations)
            promised = peak_allocated(self.state.allocations, Timeslot(start=first, end=last), stamp.at)
            if not declared.covers(promised):
                raise RuleViolation(
                    f"Worker {self.state.name!r} has promised {promised.model_dump()} already; "
                    f"{declared.model_dump()} would not hold it.",
                    code="below-promised-capacity",
                    facts={"promised": promised.model_dump(), "declared": declared.model_dump()},
                )
        self.record(
            events.WorkerCapacityDeclaredDomainEvent(at=stamp.at, by=stamp.by, declared=declared, reason=reason)
        )
        return True

    def _grant(
        self,
        session_id: str,
        vector: ResourceVector,
        ports: tuple[PortBinding, ...],
        interval: Timeslot,
        stamp: Stamp,
    ) -> CapacityAllocation:
        allocation = CapacityAllocation(
            session_id=session_id, vector=vector, interval=interval, ports=ports, allocated_at=stamp.at
        )
        self.record(events.WorkerCapacityAllocatedDomainEvent(at=stamp.at, by=stamp.by, allocation=allocation))
        return allocation

    def _require_room(self, vector: ResourceVector, interval: Timeslot, stamp: Stamp) -> None:
        short = shortfalls(self.state.declared, self.state.allocations, vector, interval, stamp.at)
        if short:
            told = "; ".join(str(each) for each in short)
            raise self._refused(
                told,
                {
                    "reason_code": "ports" if all(each.dimension == "ports" for each in short) else "capacity",
                    "shortfalls": [
                        {"dimension": each.dimension, "needed": each.needed, "free": each.free} for each in short
                    ],
                },
            )

    def _not_placeable(self) -> CapacityRefused:
        state = self.state
        why = (
            f"it is {state.status.value} (wanted {state.desired_status.value}), "
            f"CML is {state.service_status.value}, its licence {state.license.status.value}"
        )
        return self._refused(
            why,
            {
                "reason_code": "status" if state.license.holds else "license",
                "status": state.status.value,
                "desired_status": state.desired_status.value,
                "service_status": state.service_status.value,
                "license_status": state.license.status.value,
            },
        )

    def _refused(self, why: str, facts: Facts) -> CapacityRefused:
        return CapacityRefused(
            f"Worker {self.state.name!r} cannot take the session: {why}.", facts={"worker_id": self.id, **facts}
        )
