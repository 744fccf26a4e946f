"""What was collected, as a list with hashes: enough to prove later that nothing of it was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from pydantic import AwareDatetime

from lcm_core.contracts.base import Contract
from lcm_core.contracts.sessions import DeviceCollection, EvidenceArtefact
from lcm_core.domain.enums import EvidenceSource
from lcm_core.domain.read_models import ScoreReportReadModel


class ArtefactRow(Contract):
    """One collected text. *sha256* is its name within the session: equal texts are one artefact."""

    sha256: str
    size_bytes: int
    content_type: str
    node_label: str
    node_definition: str
    command: str
    source: EvidenceSource
    collected_at: AwareDatetime
    error: str | None = None


class ScoreEntry(Contract):
    """One of the scores of a session; the one that is *present* is the session's score."""

    present: bool
    report: ScoreReportReadModel


def artefact_rows(devices: Sequence[DeviceCollection]) -> Iterator[ArtefactRow]:
    """Of every output that there is a text of, wherever that is kept."""
    for device in devices:
        for output in device.outputs:
            kept = output.artefact or (artefact_of(output.output) if output.output else None)
            if kept is None:
                continue
            yield ArtefactRow(
                sha256=kept.sha256,
                size_bytes=kept.size_bytes,
                content_type=kept.content_type,
                node_label=device.node_label,
                node_definition=device.node_definition,
                command=output.command,
                source=output.source,
                collected_at=output.collected_at,
                error=output.error,
            )


def artefact_of(text: str) -> EvidenceArtefact:
    """A text that is kept in the record itself, named as if it were an object."""
    body = text.encode()
    return EvidenceArtefact(key="inline", sha256=hashlib.sha256(body).hexdigest(), size_bytes=len(body))


def manifest_sha256(devices: Sequence[DeviceCollection]) -> str:
    """One hash over which node answered what to which command: the event log keeps it, chained to all that follows."""
    rows = [
        [row.node_label, row.command, row.source.value, row.sha256, row.size_bytes] for row in artefact_rows(devices)
    ]
    missing = [[device.node_label, device.error] for device in devices if device.error is not None]
    return hashlib.sha256(json.dumps([sorted(rows), sorted(missing)], ensure_ascii=True).encode()).hexdigest()
