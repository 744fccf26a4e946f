"""Finds and removes what no session will remove: labs on hosts, delivery sessions.

A request that was under way when its sender died may take effect after everybody has looked; what it made is found
here. Nothing is touched unless its session is on record and the record says that the session has no use for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, HostLab
from lablet_controller.application.ports.lds import Lds, LdsSessionInfo
from lablet_controller.application.services.lab_removal import LabRemoval
from lablet_controller.application.services.suspects import Suspects
from lablet_controller.domain.lab_title import session_id_of
from lablet_controller.domain.orphans import why_delivery_is_orphaned, why_lab_is_orphaned, why_prepared_is_orphaned
from lcm_core.clock import Clock
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_removed = meter("lablet_controller").create_counter(
    "lcm_orphans_removed_total", description="What no session would have removed, by kind: lab, delivery_session."
)


class Orphans:
    """*grace_seconds* is how long a thing must look orphaned before it is removed."""

    def __init__(
        self, control_plane: ControlPlaneApiClient, labs: CmlLabs, lds: Lds, clock: Clock, *, grace_seconds: float
    ) -> None:
        self._control_plane = control_plane
        self._removal = LabRemoval(labs)
        self._lds = lds
        self._suspects = Suspects(clock, grace_seconds)

    async def clear_host(self, worker: CMLWorkerReadModel, host: CmlHost, there: Iterable[HostLab]) -> bool:
        """One look at the labs that are *there*; whether nothing is left to be removed. Raises ``FarEndError``."""
        named = {lab.lab_id: id for lab in there if (id := session_id_of(lab.title)) is not None}
        prepared = {*worker.past_prepared_labs, *(each.id for each in worker.prepared_labs)}
        titled = {lab: id for lab, id in named.items() if id not in prepared}
        pooled = {lab: id for lab, id in named.items() if id in prepared}
        clear = await self._clear_prepared(host, pooled)
        recorded = {each.session_id for each in worker.leftover_labs}
        found = {
            lab_id: why
            for lab_id, session in (await self._sessions_of(titled, worker.id)).items()
            if session.id not in recorded and (why := why_lab_is_orphaned(session, worker.id, lab_id))
        }
        gone = [await self._remove_lab(host, lab, titled[lab]) for lab in self._suspects.ripe(worker.id, found)]
        return clear and len(gone) == len(found) and all(gone)

    async def _clear_prepared(self, host: CmlHost, named: Mapping[str, str]) -> bool:
        """*named* maps labs to prepared labs of this worker; whether none of them is left over."""
        place = f"prepared {host.worker_id}"
        found = await self._orphaned_prepared(host, named)
        ripe = self._suspects.ripe(place, found)
        # looked at once more: whoever takes one has it bound within the grace
        still = await self._orphaned_prepared(host, {lab: named[lab] for lab in ripe})
        gone = [await self._remove(host, lab, named[lab], why) for lab, why in still.items()]
        return len(gone) == len(found) and all(gone)

    async def _orphaned_prepared(self, host: CmlHost, named: Mapping[str, str]) -> dict[str, str]:
        if not named:
            return {}
        worker = await self._control_plane.workers.get(host.worker_id)
        used = {session.cml_lab_id or "" for session in await self._control_plane.sessions.list(worker_id=worker.id)}
        why = {lab: why_prepared_is_orphaned(worker, id, lab, used) for lab, id in named.items()}
        return {lab: told for lab, told in why.items() if told is not None}

    async def clear_deliveries(self, deployment: str) -> bool:
        """One look at a deployment of LDS; whether nothing is left to be archived. Raises ``FarEndError``."""
        opened = {each.ref.session_id: each for each in await self._lds.open_sessions(deployment)}
        by_session = {id: each.auth_id for id, each in opened.items()}
        found = {
            id for id, session in (await self._sessions_of(by_session)).items() if why_delivery_is_orphaned(session, id)
        }
        gone = [await self._archive(opened[id]) for id in self._suspects.ripe(f"lds {deployment}", found)]
        return len(gone) == len(found) and all(gone)

    async def _sessions_of(
        self, wanted: Mapping[str, str], worker_id: str | None = None
    ) -> dict[str, LabletSessionReadModel]:
        """The session of each thing in *wanted* (thing to session id); without those that nobody here knows."""
        if not wanted:
            return {}
        live = {each.id: each for each in await self._control_plane.sessions.list(worker_id=worker_id)}
        found: dict[str, LabletSessionReadModel] = {}
        for thing, session_id in wanted.items():
            session = live.get(session_id) or await self._session(session_id)
            if session is not None:
                found[thing] = session
        return found

    async def _session(self, session_id: str) -> LabletSessionReadModel | None:
        try:
            return await self._control_plane.sessions.get(session_id)
        except NotFound:
            return None

    async def _remove_lab(self, host: CmlHost, lab_id: str, session_id: str) -> bool:
        session = await self._session(session_id)
        why = why_lab_is_orphaned(session, host.worker_id, lab_id) if session is not None else None
        return why is None or await self._remove(host, lab_id, session_id, why)

    async def _remove(self, host: CmlHost, lab_id: str, made_for: str, why: str) -> bool:
        try:
            gone = await self._removal.remove(host, lab_id)
        except CmlError as error:
            # the others on this host do not wait for it
            log.warning("orphan_not_removed", worker_id=host.worker_id, lab_id=lab_id, reason=error.message)
            return False
        if not gone:
            return False
        _removed.add(1, {"kind": "lab"})
        log.warning("orphan_removed", worker_id=host.worker_id, lab_id=lab_id, made_for=made_for, reason=why)
        return True

    async def _archive(self, delivery: LdsSessionInfo) -> bool:
        session = await self._session(delivery.auth_id)
        why = why_delivery_is_orphaned(session, delivery.ref.session_id) if session is not None else None
        if why is None:
            return True
        await self._lds.archive_session(delivery.ref)
        _removed.add(1, {"kind": "delivery_session"})
        log.warning(
            "orphan_removed",
            deployment=delivery.ref.deployment,
            lds_session_id=delivery.ref.session_id,
            session_id=delivery.auth_id,
            reason=why,
        )
        return True
