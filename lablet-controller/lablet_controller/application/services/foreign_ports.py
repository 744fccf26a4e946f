"""Ports that labs of other people on a host forward: CML lets the first one have them and tells nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, CmlNotFound, HostLab, LabState
from lablet_controller.domain.foreign_labs import records_on, stands_for_itself
from lablet_controller.domain.lab_title import session_id_of
from lcm_core.contracts.workers import MOST_FOREIGN_LABS, ReportForeignLabs
from lcm_core.domain.enums import WORKER_STATUSES_IN_SERVICE
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.port_tags import parse
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.values import ForeignLab, PortBinding
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient

log = structlog.stdlib.get_logger(__name__)


class PortsTaken(CmlError):
    """Tried again, since the lab may go; what to do is said for whoever reads it meanwhile."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What all foreign labs forward on a host, and what the worker's record says of it."""

    worker: CMLWorkerReadModel
    labs: tuple[ForeignLab, ...]


class _Forwards:
    """What labs of one host forward, each of them read once."""

    def __init__(self, labs: CmlLabs, host: CmlHost) -> None:
        self._labs = labs
        self._host = host
        self._read: dict[str, tuple[int, ...]] = {}

    async def of(self, lab_id: str) -> tuple[int, ...]:
        if lab_id not in self._read:
            self._read[lab_id] = await self._look(lab_id)
        return self._read[lab_id]

    async def _look(self, lab_id: str) -> tuple[int, ...]:
        try:
            nodes = await self._labs.nodes(self._host, lab_id)
        except CmlNotFound:
            return ()
        tags = (parse(tag) for node in nodes for tag in node.tags)
        return tuple(sorted({tag.outer for tag in tags if tag is not None and tag.outer is not None}))


class ForeignPorts:
    """Observes, tells the worker's record, and has a session given other ports."""

    def __init__(self, control_plane: ControlPlaneApiClient, labs: CmlLabs) -> None:
        self._control_plane = control_plane
        self._labs = labs

    async def observe(self, host: CmlHost, there: Collection[HostLab], wanted: Iterable[int] = ()) -> Inventory:
        """Look at the labs that are *there*, and report what differs from the worker's record.

        The record holds so many labs: those that forward a *wanted* port are told before any other.
        """
        return await self._observed(host, there, _Forwards(self._labs, host), wanted)

    async def _observed(
        self, host: CmlHost, there: Collection[HostLab], forwards: _Forwards, wanted: Iterable[int]
    ) -> Inventory:
        seen = await self._look(host, there, forwards)
        ports = set(wanted)
        first = sorted(seen.labs, key=lambda lab: (ports.isdisjoint(lab.ports), lab.lab_id))[:MOST_FOREIGN_LABS]
        told = tuple(sorted(first, key=lambda lab: lab.lab_id))
        if len(seen.labs) > len(told):
            log.error("too_many_foreign_labs", worker_id=host.worker_id, found=len(seen.labs), told=len(told))
        if told != seen.worker.foreign_labs:
            await self._control_plane.workers.report_foreign_labs(host.worker_id, ReportForeignLabs(labs=told))
            log.info(
                "foreign_ports_observed",
                worker_id=host.worker_id,
                labs=[f"{lab.lab_id}: {len(lab.ports)} ports" for lab in told][:20],
            )
        return seen

    async def swapped(
        self,
        host: CmlHost,
        there: Collection[HostLab],
        session: LabletSessionReadModel,
        ports: Iterable[PortBinding],
        recorded: Iterable[ForeignLab],
    ) -> str | None:
        """Why *session*, which has no lab of its own among those that are *there*, is to be read again; None when its
        ports are free. *recorded* are the foreign labs that the worker's record knows: their nodes are not read.

        Raises ``PortsTaken`` when there are no other ports.
        """
        wanted = {each.outer: each for each in ports}
        forwards = _Forwards(self._labs, host)
        if not wanted or not await self._meets(forwards, there, wanted, recorded):
            return None
        seen = await self._observed(host, there, forwards, wanted)
        lab, taken = _first_taken(seen.labs, wanted)
        if lab is None:
            return None
        told = ", ".join(f"{port} ({wanted[port].name})" for port in taken)
        try:
            changed = (await self._control_plane.sessions.grant_other_ports(session.id)).applied
        except CapacityRefused as refused:
            raise self._taken(host, lab, told, refused.message) from refused
        if not changed:
            if seen.worker.status not in WORKER_STATUSES_IN_SERVICE:
                raise self._taken(host, lab, told, f"worker {seen.worker.name} is {seen.worker.status.value}")
            # Somebody looked at the same time: the record says what they saw, or the session has others by now.
            return "the host was looked at by two at once"
        log.warning("other_ports_granted", session_id=session.id, worker_id=host.worker_id, taken=told)
        return "it was given other ports"

    async def require_free(
        self,
        host: CmlHost,
        lab_id: str,
        ports: Iterable[PortBinding],
        recorded: Iterable[ForeignLab],
    ) -> None:
        """Before a session's lab *lab_id* is started: nobody came since its import who forwards its *ports*.

        A lab that anybody may have changed is read anew, whatever the record says of it. Raises ``PortsTaken``.
        """
        wanted = {each.outer: each for each in ports}
        if not wanted:
            return
        forwards = _Forwards(self._labs, host)
        there = await self._labs.host_labs(host)
        others = [lab for lab in there if lab.lab_id != lab_id]
        only_on_record = [lab for lab in recorded if session_id_of(lab.title) is not None]
        if not await self._meets(forwards, others, wanted, only_on_record):
            return
        lab, taken = _first_taken((await self._observed(host, there, forwards, wanted)).labs, wanted)
        # A lab that runs has its ports: who comes later gets none.
        if lab is None or await self._labs.lab_state(host, lab_id) is LabState.STARTED:
            return
        told = ", ".join(f"{port} ({wanted[port].name})" for port in taken)
        raise self._taken(host, lab, told, f"Lab {lab_id} has them too: an operator may place the session anew")

    async def forwards_all(self, host: CmlHost, lab_id: str, ports: Iterable[PortBinding]) -> bool:
        """Whether a lab was made with these ports, and not before its session was given others."""
        wanted = {each.outer for each in ports}
        return not wanted or wanted <= set(await _Forwards(self._labs, host).of(lab_id))

    @staticmethod
    def _taken(host: CmlHost, lab: ForeignLab, told: str, why: str) -> PortsTaken:
        whose = f"lab {lab.lab_id}, which is no session's, forwards {told}"
        what_to_do = "remove it, or give the worker another range"
        return PortsTaken(host, f"{whose}; {what_to_do}. {why}", retryable=True, code="ports-taken")

    async def _meets(
        self, forwards: _Forwards, there: Iterable[HostLab], wanted: Iterable[int], recorded: Iterable[ForeignLab]
    ) -> bool:
        """Of labs that are named like a session's only the record can tell: these are looked at now and then."""
        ports, known = set(wanted), {lab.lab_id: lab.ports for lab in recorded}
        for lab in sorted(there, key=lambda each: (each.lab_id not in known, each.lab_id)):
            forwarded = known.get(lab.lab_id)
            if forwarded is None and session_id_of(lab.title) is None:
                forwarded = await forwards.of(lab.lab_id)
            if not ports.isdisjoint(forwarded or ()):
                return True
        return False

    async def _look(self, host: CmlHost, there: Collection[HostLab], forwards: _Forwards) -> Inventory:
        # Read after the labs: a session is on record before its lab is there.
        worker = await self._control_plane.workers.get(host.worker_id)
        named = [lab for lab in there if session_id_of(lab.title) is not None]
        sessions = await self._control_plane.sessions.list(worker_id=host.worker_id) if named else []
        known = records_on(worker, sessions)
        foreign: list[ForeignLab] = []
        for lab in sorted(there, key=lambda each: each.lab_id):
            if not stands_for_itself(lab.lab_id, lab.title, known):
                continue
            ports = await forwards.of(lab.lab_id)
            if ports:
                foreign.append(ForeignLab(lab_id=lab.lab_id, title=lab.title, owner=lab.owner, ports=ports))
        return Inventory(worker, tuple(foreign))


def _first_taken(labs: Iterable[ForeignLab], wanted: Iterable[int]) -> tuple[ForeignLab | None, list[int]]:
    ports = set(wanted)
    for lab in labs:
        taken = sorted(ports & set(lab.ports))
        if taken:
            return lab, taken
    return None, []
