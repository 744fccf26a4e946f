from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import ValidationError

from lcm_core.domain.errors import StoredDataError, UnknownEventType
from lcm_core.domain.events import DomainEvent, EventRegistry
from lcm_core.domain.json_form import JsonObject
from lcm_core.testing.ledger import LEDGER_EVENTS, PurseFilled


class LampLit(DomainEvent):
    """The lamp burns."""

    wire_name: ClassVar[str] = "lamp.lit"
    schema_version: ClassVar[int] = 3
    emitted_by: ClassVar[str] = "LightLampCommand"
    consumed_by: ClassVar[tuple[str, ...]] = ("moths",)
    lumens: int
    colour: str


@pytest.fixture
def registry() -> EventRegistry:
    registry = EventRegistry()
    registry.register(LampLit)

    @registry.upcaster("lamp.lit", from_version=1)
    def watts_to_lumens(data: JsonObject) -> JsonObject:
        watts = data.pop("watts")
        assert isinstance(watts, int)
        return {**data, "lumens": watts * 10}

    @registry.upcaster("lamp.lit", from_version=2)
    def colour_was_white(data: JsonObject) -> JsonObject:
        return {**data, "colour": "white"}

    return registry


def test_event_survives_encode_and_decode():
    event = PurseFilled(coins=3, note="pay")
    assert LEDGER_EVENTS.decode(*LEDGER_EVENTS.encode(event)) == event


def test_wire_type_carries_name_and_version():
    assert LampLit.wire_type() == "lamp.lit.v3"


def test_event_cannot_be_changed():
    event = PurseFilled(coins=3)
    with pytest.raises(ValidationError, match="frozen"):
        event.coins = 4  # type: ignore[misc]


def test_event_refuses_unknown_fields():
    with pytest.raises(ValidationError, match="Extra inputs"):
        PurseFilled.model_validate({"coins": 3, "sparkle": True})


def test_old_data_is_lifted_through_every_version(registry: EventRegistry):
    assert registry.decode("lamp.lit.v1", {"watts": 6}) == LampLit(lumens=60, colour="white")


def test_lifting_leaves_the_stored_data_alone(registry: EventRegistry):
    stored: JsonObject = {"watts": 6}
    registry.decode("lamp.lit.v1", stored)
    assert stored == {"watts": 6}


def test_complete_chain_passes_the_check(registry: EventRegistry):
    registry.check()


def test_gap_in_the_chain_is_refused():
    registry = EventRegistry()
    registry.register(LampLit)
    with pytest.raises(TypeError, match="nothing lifts 1"):
        registry.check()


def test_upcaster_that_leads_nowhere_is_refused():
    registry = EventRegistry()
    registry.upcaster("lamp.broken", from_version=1)(lambda data: data)
    with pytest.raises(TypeError, match="leads nowhere"):
        registry.check()


def test_second_event_of_a_name_is_refused(registry: EventRegistry):
    with pytest.raises(TypeError, match="registered twice"):
        registry.register(LampLit)


def test_second_upcaster_of_a_version_is_refused(registry: EventRegistry):
    with pytest.raises(TypeError, match="two upcasters"):
        registry.upcaster("lamp.lit", from_version=1)(lambda data: data)


@pytest.mark.parametrize("name", ["lit", "Lamp.Lit", "lamp..lit", "lamp.lit.", ""])
def test_malformed_name_is_refused(name: str):
    malformed = type("Malformed", (DomainEvent,), {"wire_name": name, "__annotations__": {"wire_name": ClassVar[str]}})
    with pytest.raises(TypeError, match="wire_name"):
        EventRegistry().register(malformed)


def test_unknown_type_is_told_apart(registry: EventRegistry):
    with pytest.raises(UnknownEventType) as caught:
        registry.decode("lamp.smashed.v1", {})
    assert caught.value.facts["type"] == "lamp.smashed.v1"


def test_version_from_the_future_is_refused(registry: EventRegistry):
    with pytest.raises(UnknownEventType, match="version 3 is the newest"):
        registry.decode("lamp.lit.v4", {})


def test_data_that_does_not_fit_is_told_by_field(registry: EventRegistry):
    with pytest.raises(StoredDataError, match="lumens"):
        registry.decode("lamp.lit.v3", {"lumens": "many", "colour": "red"})


def test_unregistered_event_is_refused_before_it_is_written():
    with pytest.raises(TypeError, match="not registered"):
        EventRegistry().encode(PurseFilled(coins=1))


def test_catalogue_tells_all_about_an_event(registry: EventRegistry):
    (entry,) = registry.catalogue()
    assert (entry.name, entry.version, entry.type) == ("lamp.lit", 3, "lamp.lit.v3")
    assert (entry.doc, entry.emitted_by, entry.consumed_by) == ("The lamp burns.", "LightLampCommand", ("moths",))
    assert entry.json_schema["required"] == ["lumens", "colour"]
