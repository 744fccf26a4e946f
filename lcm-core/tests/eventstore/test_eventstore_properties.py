"""What holds for every history, tried with random ones on the real server."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lcm_core.domain.errors import VersionConflict
from lcm_core.domain.events import DomainEvent
from lcm_core.eventstore.audit_report import FindingKind
from lcm_core.eventstore.collections import Document
from lcm_core.eventstore.stream_proof import StreamProof, compare_state, prove_log
from lcm_core.eventstore.stream_reader import StreamHead, read_documents
from lcm_core.testing.examples import examples
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.ledger_strategies import histories

on_a_server = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def written(store: LedgerStore, history: list[list[DomainEvent]]) -> tuple[StreamHead, Purse]:
    purse = Purse(uuid4().hex)
    for events in history:
        unit = store.unit()
        unit.add(purse)
        for event in events:
            purse.record(event)
        await unit.commit()
    return StreamHead(purse.stream, "purse", purse.id, purse.version, purse.version), purse


async def proven(store: LedgerStore, head: StreamHead, tampered: dict[int, Document] | None = None) -> StreamProof:
    documents = (await read_documents(store.db, [head]))[head.stream] if tampered is None else tampered
    proof = prove_log(LEDGER_EVENTS, Purse, head, documents)
    compare_state(proof, await store.db.purses.find_one({"_id": head.aggregate_id}))
    return proof


@on_a_server
@given(history=histories())
async def test_replay_of_any_history_equals_what_is_stored(store: LedgerStore, history: list[list[DomainEvent]]):
    head, purse = await written(store, history)
    loaded = await store.unit().load(Purse, head.aggregate_id)
    assert (await proven(store, head)).findings == []
    assert (loaded.state, loaded.version, loaded.head_hash) == (purse.state, len(history), purse.head_hash)


@on_a_server
@given(history=histories(), data=st.data())
async def test_any_change_to_any_commit_is_found(
    store: LedgerStore, history: list[list[DomainEvent]], data: st.DataObject
):
    head, _ = await written(store, history)
    documents = (await read_documents(store.db, [head]))[head.stream]
    version = data.draw(st.integers(1, head.version))
    path = data.draw(st.sampled_from(_leaves(documents[version])))
    _alter(documents[version], path)
    assert (await proven(store, head, documents)).findings != []


@on_a_server
@given(history=histories(), data=st.data())
async def test_any_commit_taken_out_is_found(store: LedgerStore, history: list[list[DomainEvent]], data: st.DataObject):
    head, _ = await written(store, history)
    documents = (await read_documents(store.db, [head]))[head.stream]
    del documents[data.draw(st.integers(1, head.version))]
    kinds = {finding.kind for finding in (await proven(store, head, documents)).findings}
    assert FindingKind.MISSING_COMMIT in kinds


@on_a_server
@given(rivals=st.integers(2, 8), rounds=st.integers(1, 3))
async def test_of_any_number_of_rivals_one_wins_each_round(store: LedgerStore, rivals: int, rounds: int):
    id = uuid4().hex
    await store.open(id)
    for _ in range(rounds):
        units = [store.unit() for _ in range(rivals)]
        for unit in units:
            (await unit.load(Purse, id)).fill(1)
        outcomes = await asyncio.gather(*(unit.commit() for unit in units), return_exceptions=True)
        assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == rivals - 1
    purse = await store.unit().load(Purse, id)
    assert (purse.version, purse.state.coins) == (rounds + 1, rounds)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in _leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in _leaves(item, (*path, index))]
    return [path]


def _alter(document: Document, path: tuple[Any, ...]) -> None:
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = f"{old}!" if isinstance(old, str) else "!" if old is None else old + 1
