"""One collected text of a session, proven to be what was collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from control_plane_api.application.read_side import SessionRecords
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.evidence import artefact_of
from lcm_core.contracts.sessions import CommandOutput, EvidenceArtefact
from lcm_core.domain.errors import FarEndError, NotFound
from lcm_core.domain.read_models import LabletSessionReadModel


class EvidenceTexts(Protocol):
    async def read(self, artefact: EvidenceArtefact) -> str:
        """Raises ``NotFound`` when it is not kept any more, ``FarEndError`` when it is not what was collected."""
        ...


@dataclass(frozen=True, slots=True)
class Artefact:
    facts: EvidenceArtefact
    text: str


@dataclass(frozen=True, slots=True)
class GetArtefactQuery(Query[Artefact]):
    session_id: str
    sha256: str


class GetArtefactQueryHandler:
    """*texts* is None where no object store is configured."""

    def __init__(
        self, sessions: Rows[LabletSessionReadModel], records: SessionRecords, texts: EvidenceTexts | None
    ) -> None:
        self._sessions = sessions
        self._records = records
        self._texts = texts

    async def handle(self, query: GetArtefactQuery) -> Artefact:
        """Raises ``NotFound``, and ``FarEndError`` when the store does not answer or gives something else."""
        session = await self._sessions.get(query.session_id)
        for number in range(session.collection, 0, -1):
            for device in await self._records.evidence(query.session_id, number):
                for output in device.outputs:
                    found = output.artefact or artefact_of(output.output)
                    if found.sha256 == query.sha256:
                        return Artefact(found, await self._text(output))
        raise NotFound("artefact", query.sha256)

    async def _text(self, output: CommandOutput) -> str:
        if output.artefact is None:
            return output.output
        if self._texts is None:
            raise FarEndError(
                "s3",
                "This evidence is in an object store, and none is configured; set CONTROL_PLANE_EVIDENCE_BUCKET.",
                retryable=False,
                code="evidence-store-not-configured",
            )
        return await self._texts.read(output.artefact)
