"""Hypothesis strategies for histories of purses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from lcm_core.domain.events import DomainEvent
from lcm_core.testing.ledger import PurseEmptied, PurseFilled, PurseNoted, PurseOpened

_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=30))])

moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=_ZONES,
)


@st.composite
def openings(draw: st.DrawFn) -> DomainEvent:
    return PurseOpened(owner=draw(_TEXT), opened_at=draw(moments))


@st.composite
def changes(draw: st.DrawFn) -> DomainEvent:
    coins = draw(st.integers(0, 2**40))
    note = draw(_TEXT)
    events = (PurseFilled(coins=coins, note=note), PurseEmptied(coins=coins), PurseNoted(note=note))
    return draw(st.sampled_from(events))


@st.composite
def histories(draw: st.DrawFn, max_commits: int = 6) -> list[list[DomainEvent]]:
    """Commits, each a list of events; the very first event opens the purse."""
    first = [draw(openings()), *draw(st.lists(changes(), max_size=3))]
    later = draw(st.lists(st.lists(changes(), min_size=1, max_size=4), max_size=max_commits - 1))
    return [first, *later]
