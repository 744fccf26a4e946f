from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lcm_core.domain.commit import GENESIS_HASH, Commit, CommitMetadata, RecordedEvent, document_hash

AT = datetime(2026, 1, 1, 9, tzinfo=UTC)


def a_commit(prev_hash: str = GENESIS_HASH) -> Commit:
    return Commit.chained(
        kind="purse",
        aggregate_id="p1",
        version=1,
        events=(RecordedEvent(type="purse.filled.v1", data={"coins": 3}),),
        metadata=CommitMetadata(actor="ada", correlation_id="c1", at=AT),
        prev_hash=prev_hash,
    )


def test_id_is_stream_and_version():
    assert a_commit().to_document()["_id"] == "purse-p1@1"


def test_document_is_read_back_equal():
    assert Commit.from_document(a_commit().to_document()) == a_commit()


def test_hash_is_that_of_the_document():
    document = a_commit().to_document()
    assert document_hash(document) == document["hash"]


def test_hash_depends_on_the_one_before():
    assert a_commit().hash != a_commit(prev_hash="1" * 64).hash


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("_id", "purse-p1@2"),
        ("stream", "purse-p2"),
        ("version", 2),
        ("events", []),
        ("prev_hash", "f" * 64),
        ("aggregate_id", "p2"),
        ("kind", "pocket"),
        ("metadata", {"actor": "mallory"}),
        ("extra", None),
    ],
)
def test_hash_covers_every_field(field: str, value: Any):
    document = a_commit().to_document()
    assert document_hash({**document, field: value}) != document["hash"]


def test_what_was_stored_by_the_first_release_still_has_its_hash():
    assert a_commit().hash == "8b365d91508bb534d398cbd5f3f6dbd74bfc89a30df8b1850b473b6c7d689965"
