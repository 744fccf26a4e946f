"""A session begins on the lab that was prepared for it, if that is still what it was."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, CmlNotFound, HostLab, LabState
from lablet_controller.application.services.lab_removal import LabRemoval
from lablet_controller.application.services.session_work import SessionWork

log = structlog.stdlib.get_logger(__name__)


class PreparedStart:
    """Its ports are the session's already: nothing is rewritten, the lab only gets the session's title."""

    def __init__(self, labs: CmlLabs) -> None:
        self._labs = labs
        self._removal = LabRemoval(labs)

    async def take(self, work: SessionWork, there: Iterable[HostLab]) -> str | None:
        """The lab, under the session's title; None when it is gone or was touched, so that one is imported instead.

        *there* is what the host was seen to hold.
        Repeatable: a lab that has the session's title is the session's, whatever has become of it since.
        """
        lab_id = work.prepared_lab
        if lab_id is None:
            return None
        host = work.require_host()
        if any(lab.lab_id == lab_id and lab.title == work.title for lab in there):
            return lab_id
        try:
            state = await self._labs.lab_state(host, lab_id)
        except CmlNotFound:
            log.warning("prepared_lab_is_gone", session_id=work.session.id, lab_id=lab_id)
            return None
        if state is not LabState.DEFINED_ON_CORE:
            await self._give_up(host, lab_id, work, state)
            return None
        await self._labs.rename_lab(host, lab_id, work.title)
        return lab_id

    async def _give_up(self, host: CmlHost, lab_id: str, work: SessionWork, state: LabState) -> None:
        """Somebody has started it: what is on it is nothing for a learner."""
        log.warning("prepared_lab_was_touched", session_id=work.session.id, lab_id=lab_id, state=state.value)
        if not await self._removal.remove(host, lab_id):
            raise CmlError(host, f"prepared lab {lab_id} was touched and is not gone yet", retryable=True)
