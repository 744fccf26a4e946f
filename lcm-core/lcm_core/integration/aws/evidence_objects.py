"""Evidence in the object store: written by who collects it, read by who grades it and by who shows it.

A text's key ends with its hash: writing it twice makes the same object, and nobody overwrites what was collected.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass, field

import structlog

from lcm_core.contracts.sessions import EvidenceArtefact
from lcm_core.domain.errors import FarEndError, LcmError
from lcm_core.integration.aws.object_store import Encryption, ObjectStore

log = structlog.stdlib.get_logger(__name__)

PREFIX = "evidence/"
_RULE = "lcm-evidence"
_LARGEST_BYTES = 16_777_216
_CONTENT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class EvidenceBucket:
    """*retention_days* 0 keeps evidence for ever, as far as we are concerned."""

    name: str
    retention_days: int = 0
    encryption: Encryption = field(default_factory=Encryption)


class EvidenceTampered(FarEndError):
    """The object is not what was collected."""

    def __init__(self, artefact: EvidenceArtefact, found: str) -> None:
        super().__init__(
            "s3",
            f"Object {artefact.key} has the hash {found}; {artefact.sha256} was collected. It was changed or damaged.",
            retryable=False,
            code="evidence-tampered",
            facts={"key": artefact.key, "sha256": artefact.sha256, "found": found},
        )


class EvidenceObjects:
    """Texts of evidence; every call raises ``FarEndError`` when the store does not answer."""

    def __init__(self, store: ObjectStore, bucket: EvidenceBucket) -> None:
        self._store = store
        self._bucket = bucket
        self._prepared = asyncio.Lock()
        self._is_prepared = False

    async def keep(self, session_id: str, node_label: str, text: str) -> EvidenceArtefact:
        body = text.encode()
        sha256 = hashlib.sha256(body).hexdigest()
        node = re.sub(r"[^A-Za-z0-9._-]+", "-", node_label).strip("-")[:60] or "node"
        key = f"{PREFIX}{session_id}/{node}/{sha256}.txt"
        await self._prepare()
        await self._store.put(
            self._bucket.name,
            key,
            body,
            content_type=_CONTENT_TYPE,
            metadata={"sha256": sha256},
            encryption=self._bucket.encryption,
        )
        return EvidenceArtefact(key=key, sha256=sha256, size_bytes=len(body), content_type=_CONTENT_TYPE)

    async def read(self, artefact: EvidenceArtefact) -> str:
        """Raises ``NotFound`` when it is not kept any more, ``EvidenceTampered`` when it is not what was collected."""
        found = await self._store.get(self._bucket.name, artefact.key, max_bytes=_LARGEST_BYTES)
        sha256 = hashlib.sha256(found.body).hexdigest()
        if sha256 != artefact.sha256:
            raise EvidenceTampered(artefact, sha256)
        return found.body.decode()

    async def _prepare(self) -> None:
        """Once per process, before the first write: the bucket is there and forgets in time."""
        async with self._prepared:
            if self._is_prepared:
                return
            await self._store.ensure_bucket(self._bucket.name)
            if self._bucket.retention_days:
                await self._limit_retention()
            self._is_prepared = True

    async def _limit_retention(self) -> None:
        """A bucket whose rules are not ours to set keeps its own: evidence is collected all the same."""
        days = self._bucket.retention_days
        try:
            await self._store.expire(self._bucket.name, PREFIX, days=days, rule_id=_RULE)
        except LcmError as error:
            log.error(
                "evidence_retention_not_set",
                bucket=self._bucket.name,
                days=days,
                reason=error.message,
                hint=f"let the service set the bucket's lifecycle, or set the rule {_RULE} by hand",
            )
