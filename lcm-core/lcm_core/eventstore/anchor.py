"""Anchors: what every chain's head was at one moment, written down outside of the database.

The hash chain finds a commit that was changed, taken out or slipped in. It cannot find a stream that somebody with
write access made up anew with right hashes, or removed altogether. An anchor does: it names each stream's version and
hash.
Anchors are numbered without a hole and chained by hash, so that none of them can be changed or left out either.

Heads stand in parts of bounded size, each named by its own hash; the anchor lists them, with the root of a Merkle tree
(RFC 6962) over all heads. Reading, writing and checking take the memory of two parts, however many streams there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import commit_id, stream_id
from lcm_core.domain.errors import StoredDataError
from lcm_core.domain.json_form import canonical_bytes, to_json_form
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors

HEADS_PER_PART = 20_000


class AnchoredHead(NamedTuple):
    kind: str
    aggregate_id: str
    version: int
    hash: str

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.aggregate_id

    @property
    def stream(self) -> str:
        return stream_id(self.kind, self.aggregate_id)

    @property
    def commit_id(self) -> str:
        return commit_id(self.stream, self.version)

    def line(self) -> bytes:
        return orjson.dumps([self.kind, self.aggregate_id, self.version, self.hash])

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Raises ValueError for anything that ``line`` did not make."""
        kind, aggregate_id, version, digest = orjson.loads(line)
        return cls(str(kind), str(aggregate_id), int(version), str(digest))


class AnchorPart(BaseModel):
    model_config = ConfigDict(frozen=True)

    sha256: str
    heads: int


class Anchor(BaseModel):
    """``hash`` covers everything else, ``previous_hash`` included."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: AwareDatetime
    day: str
    actor: str
    streams: int
    merkle_root: str
    parts: tuple[AnchorPart, ...]
    previous_hash: str
    hash: str = ""

    def computed_hash(self) -> str:
        said = {name: value for name, value in to_json_form(self).items() if name != "hash"}
        return hashlib.sha256(canonical_bytes(said)).hexdigest()

    def sealed(self) -> Self:
        return self.model_copy(update={"hash": self.computed_hash()})


class AnchorStore(Protocol):
    """Where anchors are kept. Raises ``FarEndError`` when it does not answer."""

    async def numbers(self) -> Sequence[int]:
        """Of all anchors, in order."""
        ...

    async def anchor(self, number: int) -> Anchor:
        """Raises ``NotFound``, or ``StoredDataError`` for what is no anchor."""
        ...

    async def append(self, anchor: Anchor) -> None:
        """Raises ``Conflict`` when there is one of that number already."""
        ...

    async def keep_part(self, sha256: str, lines: bytes) -> None: ...

    async def part(self, part: AnchorPart) -> bytes:
        """Raises ``NotFound``, or ``StoredDataError`` for what cannot be unpacked."""
        ...


class MerkleTree:
    """Root over leaves as they come, in memory of the logarithm of their number."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        size, digest = 1, hashlib.sha256(b"\0" + leaf).digest()
        while self._peaks and self._peaks[-1][0] == size:
            _, left = self._peaks.pop()
            size, digest = 2 * size, hashlib.sha256(b"\1" + left + digest).digest()
        self._peaks.append((size, digest))

    def root(self) -> str:
        if not self._peaks:
            return hashlib.sha256(b"").hexdigest()
        _, digest = self._peaks[-1]
        for _, left in reversed(self._peaks[:-1]):
            digest = hashlib.sha256(b"\1" + left + digest).digest()
        return digest.hex()


async def current_heads(db: Database, aggregates: Iterable[type[AnyAggregate]]) -> AsyncGenerator[AnchoredHead]:
    """Every stream's head in order of kind and id, from the current-state documents: one cursor per collection.

    Raises ``StoredDataError`` for a document that names none.
    """
    for aggregate in sorted(aggregates, key=lambda each: each.kind):
        fields = {"version": 1, "head_hash": 1}
        with store_errors(f"reading the heads of {aggregate.collection}"):
            cursor = db[aggregate.collection].find({}, fields, batch_size=1000).sort("_id", 1)
            async for row in cursor:
                yield _head_of(aggregate.kind, row)


def _head_of(kind: str, row: Mapping[str, Any]) -> AnchoredHead:
    try:
        return AnchoredHead(kind, str(row["_id"]), int(row["version"]), str(row["head_hash"]))
    except (KeyError, TypeError, ValueError) as error:
        stream = stream_id(kind, str(row["_id"]))
        raise StoredDataError(
            f"The stored state of {stream} names no head of its stream; rebuild the projections.",
            facts={"stream": stream},
        ) from error


async def heads_of(store: AnchorStore, anchor: Anchor) -> AsyncIterator[AnchoredHead]:
    """As written down, part by part. Raises what ``AnchorStore.part`` raises, ValueError for a line that is no head."""
    for part in anchor.parts:
        for line in (await store.part(part)).splitlines():
            yield AnchoredHead.from_line(line)
