from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from lcm_core.domain.aggregate import AggregateRoot, check_coverage, when
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.events import DomainEvent, EventRegistry
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse, PurseFilled, PurseOpened, PurseState

NOW = datetime(2026, 1, 1, 9, 0, 0, 123456, tzinfo=UTC)


class Rusted(DomainEvent):
    wire_name: ClassVar[str] = "purse.rusted"


def filled_purse() -> Purse:
    purse = Purse.open("p1", "ada", NOW)
    purse.fill(5, "pay")
    return purse


def test_public_method_records_and_applies():
    purse = filled_purse()
    assert (purse.state.coins, [type(event) for event in purse.pending_events]) == (5, [PurseOpened, PurseFilled])


def test_stream_is_kind_and_id():
    assert filled_purse().stream == "purse-p1"


def test_new_aggregate_has_version_zero():
    assert filled_purse().version == 0


def test_refused_method_records_nothing():
    purse = filled_purse()
    with pytest.raises(RuleViolation) as caught:
        purse.take(6)
    assert (len(purse.pending_events), caught.value.code, caught.value.facts) == (
        2,
        "purse-too-empty",
        {"held": 5, "asked": 6},
    )


def test_replay_gives_the_same_state():
    purse = filled_purse()
    assert Purse.from_events("p1", purse.pending_events).state == purse.state


def test_replayed_events_are_not_pending():
    assert Purse.from_events("p1", filled_purse().pending_events).pending_events == ()


def test_commit_counts_once_however_many_events():
    purse = filled_purse()
    purse.mark_committed(head_hash="h1", at=NOW)
    assert (purse.version, purse.pending_events, purse.head_hash) == (1, (), "h1")


def test_next_document_is_what_the_commit_makes_of_it():
    purse = filled_purse()
    foreseen = purse.next_document(head_hash="h1", at=NOW)
    purse.mark_committed(head_hash="h1", at=NOW)
    assert purse.to_document() == foreseen


@given(st.lists(st.tuples(st.integers(1, 9), st.text(max_size=5))))
def test_document_gives_the_aggregate_back(fillings: list[tuple[int, str]]):
    purse = Purse.open("p1", "ada", NOW)
    for coins, note in fillings:
        purse.fill(coins, note)
    purse.mark_committed(head_hash="h1", at=NOW)
    again = Purse.from_document(purse.to_document())
    assert (again.state, again.to_document()) == (purse.state, purse.to_document())


def test_never_committed_aggregate_has_no_document():
    with pytest.raises(LookupError, match="never committed"):
        filled_purse().to_document()


def test_state_before_the_first_event_is_refused():
    with pytest.raises(LookupError, match="no state"):
        _ = Purse("p1").state


def test_event_without_applier_is_refused():
    with pytest.raises(TypeError, match="no @when"):
        filled_purse().record(Rusted())


def test_two_appliers_of_an_event_are_refused():
    with pytest.raises(TypeError, match=r"two @when\(PurseFilled\)"):

        class Doubtful(AggregateRoot[PurseState]):  # pyright: ignore[reportUnusedClass]
            kind: ClassVar[str] = "doubtful"
            collection: ClassVar[str] = "doubtfuls"

            @when(PurseFilled)
            def _one(self, event: PurseFilled) -> None: ...

            @when(PurseFilled)
            def _other(self, event: PurseFilled) -> None: ...


def test_aggregate_without_kind_is_refused():
    with pytest.raises(TypeError, match="class variable kind"):

        class Nameless(AggregateRoot[PurseState]):  # pyright: ignore[reportUnusedClass]
            collection: ClassVar[str] = "nameless"


def test_state_with_a_name_of_the_document_is_refused():
    class Greedy(BaseModel):
        version: int

    with pytest.raises(TypeError, match="belong to the document"):

        class Clash(AggregateRoot[Greedy]):  # pyright: ignore[reportUnusedClass]
            kind: ClassVar[str] = "clash"
            collection: ClassVar[str] = "clashes"


def test_coverage_of_registry_and_aggregates_agree():
    check_coverage(LEDGER_EVENTS, [Purse])


def test_event_that_nobody_applies_is_named():
    with pytest.raises(TypeError, match="no aggregate applies PurseEmptied"):
        check_coverage(LEDGER_EVENTS, [])


def test_applied_event_that_is_not_registered_is_named():
    with pytest.raises(TypeError, match="not registered"):
        check_coverage(EventRegistry(), [Purse])
