"""Promising, granting and giving back room on a worker: the only place where room is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from control_plane_api.domain.entities.cml_worker_host import CMLWorkerHost
from control_plane_api.domain.events import cml_worker_capacity_events as capacity_events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.capacity import (
    choose_ports,
    licensed_nodes,
    peak_allocated,
    ports_of_ours,
    shortfalls,
    usable,
)
from lcm_core.domain.enums import WORKER_STATUSES_ON_THE_WAY, CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import CapacityRefused, Facts, RuleViolation
from lcm_core.domain.read_models import is_placeable
from lcm_core.domain.values import CapacityAllocation, PortBinding, PortRequest, ResourceVector, Timeslot

_W = CMLWorkerStatus
_D = WorkerDesiredStatus


class CMLWorkerCapacity(CMLWorkerHost):
    """The capacity half of a worker's rules."""

    @property
    def placeable(self) -> bool:
        state = self.state
        if self.host_is_lost or state.leftover_labs:
            return False
        return is_placeable(state.status, state.desired_status, state.service_status, state.license)

    @property
    def promisable(self) -> bool:
        """Whether it can be counted on: it serves, is on its way, or can be launched or started when it is needed."""
        status, desired = self.state.status, self.state.desired_status
        if status in (_W.PENDING, _W.STOPPED):
            return desired is not _D.TERMINATED
        return desired is _D.RUNNING and (
            (status is _W.RUNNING and not self.host_is_lost) or status in WORKER_STATUSES_ON_THE_WAY
        )

    def promise(self, session_id: str, vector: ResourceVector, interval: Timeslot, stamp: Stamp) -> CapacityAllocation:
        """Hold *vector* over *interval* for a booking; its ports are chosen when it is scheduled.

        A session that holds room here already keeps what it has. Raises CapacityRefused with the facts.
        """
        held = self.allocation_of(session_id)
        if held is not None:
            return held
        if not self.promisable:
            raise self._refused(
                f"it is {self.state.status.value} (wanted {self.state.desired_status.value})", self._status_facts()
            )
        self._require_room(session_id, vector, interval, stamp)
        promised = CapacityAllocation(
            session_id=session_id, vector=vector, interval=interval, allocated_at=stamp.at, granted=False
        )
        self.record(capacity_events.WorkerCapacityPromisedDomainEvent(at=stamp.at, by=stamp.by, allocation=promised))
        return promised

    def allocate(
        self,
        session_id: str,
        vector: ResourceVector,
        requests: Sequence[PortRequest],
        interval: Timeslot,
        stamp: Stamp,
        *,
        content_hash: str = "",
    ) -> CapacityAllocation:
        """Grant *vector* over *interval* and a port for each request, in place of a promise if there is one.

        The ports are those of a prepared lab of that content, which is kept for the session then, if there is one.
        Other prepared labs give way. A session that has its grant already gets the same one. Raises CapacityRefused
        with the facts.
        """
        held = self.allocation_of(session_id)
        if held is not None and held.granted:
            return held
        if not self.placeable:
            raise self._not_placeable()
        self._require_room(session_id, vector, interval, stamp)
        others = self.held_by_others(session_id)
        prepared = self._claim_prepared(session_id, content_hash, requests, stamp)
        if prepared is not None:
            return self._grant(session_id, vector, prepared.ports, interval, stamp)
        ports = choose_ports(
            requests,
            others,
            self.state.port_range,
            interval,
            stamp.at,
            spared=self._ports_of_prepared(),
            foreign=self.foreign_ports,
        )
        if ports is None:
            meeting = [each for each in others if each.meets(interval.start, interval.end, stamp.at)]
            taken = {binding.outer for each in meeting for binding in each.ports} - self.foreign_ports
            free = ports_of_ours(self.state.port_range, self.foreign_ports) - len(taken)
            raise self._refused(
                f"ports: needs {len(requests)}, {free} free",
                {
                    "reason_code": "ports",
                    "shortfalls": [{"dimension": "ports", "needed": len(requests), "free": free}],
                },
            )
        return self._grant(session_id, vector, ports, interval, stamp)

    def move_interval(self, session_id: str, interval: Timeslot, reason: str, stamp: Stamp) -> bool:
        """Hold the room of *session_id* over another interval; it does not stand in its own way.

        Raises CapacityRefused with the facts when others hold that room, or its ports, in the new interval.
        """
        held = self._required_allocation(session_id)
        if held.interval == interval:
            return False
        self._require_room(session_id, held.vector, interval, stamp)
        meets = (interval.start, interval.end, stamp.at)
        meeting = [each for each in self.held_by_others(session_id) if each.meets(*meets)]
        self._refuse_ports_of(held.ports, meeting)
        self._move(held, interval, reason, stamp, overrun=False)
        return True

    def overrun(self, session_id: str, interval: Timeslot, reason: str, stamp: Stamp) -> bool:
        """The lab is there over *interval*, whoever was promised the room: noted without asking, so that nobody else
        is let in and who is due next is looked after in time."""
        held = self._required_allocation(session_id)
        if held.interval == interval:
            return False
        self._move(held, interval, reason, stamp, overrun=interval.end > held.interval.end)
        return True

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
        self._require_room(session_id, vector, interval, stamp)
        self._refuse_ports_of(
            ports, [each for each in self.state.allocations if each.meets(interval.start, interval.end, stamp.at)]
        )
        self._grant(session_id, vector, ports, interval, stamp)

    def release(self, session_id: str, reason: str, stamp: Stamp) -> bool:
        """Give back exactly what is held; False when nothing is. In any status: a dead host holds nothing."""
        held = self.allocation_of(session_id)
        if held is None:
            return False
        self.record(
            capacity_events.WorkerCapacityReleasedDomainEvent(
                at=stamp.at, by=stamp.by, session_id=session_id, released=held, reason=reason
            )
        )
        self._return_prepared(session_id, reason, stamp)
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
            capacity_events.WorkerCapacityDeclaredDomainEvent(
                at=stamp.at, by=stamp.by, declared=declared, reason=reason
            )
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
        self._have_prepared_give_way(allocation, stamp)
        self.record(capacity_events.WorkerCapacityAllocatedDomainEvent(at=stamp.at, by=stamp.by, allocation=allocation))
        return allocation

    def _move(self, held: CapacityAllocation, interval: Timeslot, reason: str, stamp: Stamp, *, overrun: bool) -> None:
        self.record(
            capacity_events.WorkerCapacityIntervalMovedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                session_id=held.session_id,
                interval=interval,
                previous=held.interval,
                overrun=overrun,
                reason=reason,
            )
        )

    def _required_allocation(self, session_id: str) -> CapacityAllocation:
        held = self.allocation_of(session_id)
        if held is None:
            raise RuleViolation(
                f"Session {session_id!r} holds no room on worker {self.state.name!r}.",
                code="holds-no-room",
                facts={"worker_id": self.id, "session_id": session_id},
            )
        return held

    def _require_room(self, session_id: str, vector: ResourceVector, interval: Timeslot, stamp: Stamp) -> None:
        """Room for *session_id*, not counting what it holds here itself."""
        others = self.held_by_others(session_id)
        most = usable(self.state.declared, self.state.port_range, self.foreign_ports)
        short = shortfalls(most, others, vector, interval, stamp.at)
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
        self._require_licensed_nodes(others, vector, interval, stamp)

    def _require_licensed_nodes(
        self, others: Iterable[CapacityAllocation], vector: ResourceVector, interval: Timeslot, stamp: Stamp
    ) -> None:
        licence = self.state.license
        limit = licensed_nodes(licence.type, licence.node_limit)
        if limit is None:
            return
        free = max(0, limit - peak_allocated(others, interval, stamp.at).nodes)
        if vector.nodes > free:
            raise self._refused(
                f"its {licence.type.value} licence covers {limit} nodes: needs {vector.nodes}, {free} free",
                {
                    "reason_code": "license",
                    "shortfalls": [{"dimension": "nodes", "needed": vector.nodes, "free": free}],
                },
            )

    def _refuse_ports_of(self, ports: Iterable[PortBinding], others: Iterable[CapacityAllocation]) -> None:
        taken = {binding.outer for each in others for binding in each.ports}
        lost = sorted(binding.outer for binding in ports if binding.outer in taken)
        if lost:
            raise self._refused(f"ports {lost} are granted to others", {"reason_code": "ports", "ports": list(lost)})

    def _not_placeable(self) -> CapacityRefused:
        state = self.state
        why = (
            f"it is {state.status.value} (wanted {state.desired_status.value}), "
            f"CML is {state.service_status.value}, its licence {state.license.status.value}"
        )
        if state.leftover_labs:
            why = f"{why}, and {len(state.leftover_labs)} labs of sessions that went elsewhere are still on it"
        return self._refused(
            why, {**self._status_facts(), "reason_code": "status" if state.license.holds else "license"}
        )

    def _status_facts(self) -> Facts:
        state = self.state
        return {
            "reason_code": "status",
            "status": state.status.value,
            "desired_status": state.desired_status.value,
            "service_status": state.service_status.value,
            "license_status": state.license.status.value,
        }

    def _refused(self, why: str, facts: Facts) -> CapacityRefused:
        return CapacityRefused(
            f"Worker {self.state.name!r} cannot take the session: {why}.", facts={"worker_id": self.id, **facts}
        )
