"""Makes anchors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import GENESIS_HASH
from lcm_core.domain.errors import Conflict
from lcm_core.eventstore.anchor import (
    HEADS_PER_PART,
    Anchor,
    AnchorPart,
    AnchorStore,
    MerkleTree,
    current_heads,
)
from lcm_core.eventstore.collections import Database

_ATTEMPTS = 5


def day_of(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


async def newest_anchor(store: AnchorStore) -> Anchor | None:
    numbers = await store.numbers()
    return await store.anchor(numbers[-1]) if numbers else None


class Anchorer:
    """Writes down all heads as they are now. Several may do so at once: numbers are given once, a loser begins anew."""

    def __init__(
        self,
        db: Database,
        aggregates: Sequence[type[AnyAggregate]],
        store: AnchorStore,
        *,
        heads_per_part: int = HEADS_PER_PART,
    ) -> None:
        self._db = db
        self._aggregates = aggregates
        self._store = store
        self._heads_per_part = heads_per_part

    async def anchor_day(self, at: datetime, actor: str) -> Anchor | None:
        """An anchor for the day of *at*, unless it has one; None when it had."""
        newest = await newest_anchor(self._store)
        if newest is not None and newest.day >= day_of(at):
            return None
        return await self.anchor_now(at, actor)

    async def anchor_now(self, at: datetime, actor: str) -> Anchor:
        """Raises ``Conflict`` when others kept being faster, ``FarEndError`` when database or store do not answer."""
        for _ in range(_ATTEMPTS):
            newest = await newest_anchor(self._store)
            anchor = await self._write(newest, at, actor)
            try:
                await self._store.append(anchor)
            except Conflict:
                # Ours, written by an attempt whose answer was lost, or somebody else's.
                if (await self._store.anchor(anchor.number)).hash == anchor.hash:
                    return anchor
                continue
            return anchor
        raise Conflict("Others write anchors at this moment; try again.", code="anchors-busy")

    async def _write(self, newest: Anchor | None, at: datetime, actor: str) -> Anchor:
        tree, parts, lines, streams = MerkleTree(), list[AnchorPart](), list[bytes](), 0
        async with aclosing(current_heads(self._db, self._aggregates)) as heads:
            async for head in heads:
                line = head.line()
                tree.add(line)
                lines.append(line)
                streams += 1
                if len(lines) >= self._heads_per_part:
                    parts.append(await self._keep(lines))
                    lines = []
        if lines:
            parts.append(await self._keep(lines))
        return Anchor(
            number=newest.number + 1 if newest is not None else 1,
            at=at,
            day=day_of(at),
            actor=actor,
            streams=streams,
            merkle_root=tree.root(),
            parts=tuple(parts),
            previous_hash=newest.hash if newest is not None else GENESIS_HASH,
        ).sealed()

    async def _keep(self, lines: Sequence[bytes]) -> AnchorPart:
        body = b"\n".join(lines)
        sha256 = hashlib.sha256(body).hexdigest()
        await self._store.keep_part(sha256, body)
        return AnchorPart(sha256=sha256, heads=len(lines))
