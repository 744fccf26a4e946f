"""Where the texts of evidence are kept."""

from __future__ import annotations

from typing import Protocol

from lcm_core.contracts.sessions import EvidenceArtefact


class EvidenceStore(Protocol):
    """Every call has a deadline, may be repeated, and raises ``FarEndError`` when the store does not answer."""

    async def keep(self, session_id: str, node_label: str, text: str) -> EvidenceArtefact: ...

    async def read(self, artefact: EvidenceArtefact) -> str:
        """Raises ``NotFound`` when it is not kept any more, ``FarEndError`` when it is not what was collected."""
        ...
