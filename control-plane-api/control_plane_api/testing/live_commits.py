"""Commits made up for the live stream."""

from __future__ import annotations

from datetime import UTC, datetime

from lcm_core.domain.commit import Commit, CommitMetadata, RecordedEvent


def a_commit(number: int, kind: str = "lablet_session") -> Commit:
    """The first commit of the aggregate ``id-<number>``."""
    return Commit.chained(
        kind=kind,
        aggregate_id=f"id-{number}",
        version=1,
        events=(RecordedEvent(type=f"{kind}.created.v1", data={}),),
        metadata=CommitMetadata(actor="test", correlation_id="c", at=datetime(2030, 1, 1, tzinfo=UTC)),
        prev_hash="0" * 64,
    )
