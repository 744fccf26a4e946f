"""The form of a state that is known in part is the form that it would have if nothing were known."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from lcm_core.domain.aggregate import AggregateRoot
from lcm_core.domain.json_form import JsonObject, to_json_form
from lcm_core.domain.kept_state import KeptState, form_of
from lcm_core.testing.examples import examples

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Stone(BaseModel):
    model_config = ConfigDict(frozen=True)

    colour: Colour
    found_at: datetime


class Gem(Stone):
    carats: int = 1


class Box(BaseModel):
    owner: str = "ada"
    stones: tuple[Stone, ...] = ()
    best: Stone | None = None
    labels: tuple[str, ...] = ()


class BoxKeeper(AggregateRoot[Box]):
    kind: ClassVar[str] = "box"
    collection: ClassVar[str] = "boxes"
    frozen_parts: ClassVar[bool] = True


class OpenBox(AggregateRoot[Box]):
    kind: ClassVar[str] = "open_box"
    collection: ClassVar[str] = "open_boxes"


stones = st.one_of(
    st.builds(Stone, colour=st.sampled_from(Colour), found_at=st.just(NOW)),
    st.builds(Gem, colour=st.sampled_from(Colour), found_at=st.just(NOW), carats=st.integers(1, 9)),
)
boxes = st.builds(
    Box,
    owner=st.text(max_size=3),
    stones=st.lists(stones, max_size=6).map(tuple),
    best=st.none() | stones,
    labels=st.lists(st.text(max_size=2), max_size=3).map(tuple),
)


def kept(state: BaseModel, form: JsonObject | None) -> KeptState:
    return KeptState(1, "0" * 64, NOW, state, form)


@settings(max_examples=examples(60), deadline=None)
@given(before=boxes, after=boxes, shared=st.sets(st.sampled_from(list(Box.model_fields))), order=st.randoms())
def test_the_form_is_the_same_whatever_was_kept(before: Box, after: Box, shared: set[str], order: Any) -> None:
    changed = after.model_copy(update={name: getattr(before, name) for name in shared})
    mixed = [*before.stones, *changed.stones]
    order.shuffle(mixed)
    changed.stones = tuple(mixed)
    form = form_of(changed, kept(before, to_json_form(before)))
    assert form == to_json_form(changed)
    assert list(form) == list(to_json_form(changed))


def test_what_did_not_change_is_not_made_again() -> None:
    before = Box(stones=(Stone(colour=Colour.RED, found_at=NOW), Stone(colour=Colour.BLUE, found_at=NOW)))
    form = to_json_form(before)
    after = before.model_copy(update={"stones": (*before.stones[1:], Stone(colour=Colour.RED, found_at=NOW))})
    made = form_of(after, kept(before, form))
    old, new = form["stones"], made["stones"]
    assert isinstance(old, list) and isinstance(new, list)
    assert new[0] is old[1]


def test_a_field_that_an_old_document_lacks_is_made() -> None:
    before = Box(owner="bob")
    form = {name: value for name, value in to_json_form(before).items() if name != "stones"}
    assert form_of(before.model_copy(), kept(before, form)) == to_json_form(before)


def test_a_state_that_is_changed_leaves_the_kept_one_as_it_was() -> None:
    box = BoxKeeper("b")
    box.state = Box()
    box.updated_at = NOW
    known = box.kept_state()
    assert known is not None
    again = BoxKeeper.from_kept("b", known)
    again.state.owner = "eve"
    assert BoxKeeper.from_kept("b", known).state.owner == "ada"


def test_a_state_whose_parts_may_be_changed_is_not_kept() -> None:
    box = OpenBox("b")
    box.state = Box()
    box.updated_at = NOW
    assert box.kept_state() is None
