from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from lcm_core.domain.json_form import canonical_bytes, instant_text, to_json_form

_instants = st.datetimes(
    min_value=datetime(1000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))]),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(_instants, _instants)
def test_text_of_instants_is_ordered_like_time(one: datetime, other: datetime):
    assert (instant_text(one) < instant_text(other)) == (one < other)


@given(_instants)
def test_instant_is_read_back_to_the_microsecond(at: datetime):
    assert datetime.fromisoformat(instant_text(at)) == at


def test_naive_datetime_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        instant_text(datetime(2026, 1, 1))  # noqa: DTZ001


@given(_json)
def test_canonical_bytes_survive_bson(value: object):
    """What makes a stored hash verifiable."""
    document = {"value": value}
    assert canonical_bytes(bson.decode(bson.encode(document))) == canonical_bytes(document)  # type: ignore[arg-type]


def test_canonical_bytes_do_not_depend_on_the_order_of_keys():
    assert canonical_bytes({"a": 1, "b": 2}) == canonical_bytes({"b": 2, "a": 1})


class Colour(StrEnum):
    RED = "red"


class Everything(BaseModel):
    at: datetime
    colour: Colour
    id: UUID
    price: Decimal
    lasts: timedelta
    tags: set[str]
    by_colour: dict[Colour, list[datetime]]
    by_number: dict[int, tuple[int, ...]]


def test_model_is_read_back_equal():
    everything = Everything(
        at=datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        colour=Colour.RED,
        id=UUID(int=7),
        price=Decimal("1.10"),
        lasts=timedelta(minutes=90),
        tags={"b", "a"},
        by_colour={Colour.RED: [datetime(2026, 1, 2, tzinfo=UTC)]},
        by_number={3: (1, 2)},
    )
    stored = bson.decode(bson.encode(to_json_form(everything)))
    assert Everything.model_validate(stored) == everything


def test_set_has_one_form():
    class Tagged(BaseModel):
        tags: frozenset[str]

    assert to_json_form(Tagged(tags=frozenset("cab"))) == {"tags": ["a", "b", "c"]}


def test_secret_is_refused():
    class Login(BaseModel):
        password: SecretStr

    with pytest.raises(TypeError, match="secret"):
        to_json_form(Login(password=SecretStr("x")))
