"""Domain events, and the registry that reads and writes them.

An event is a fact in the past tense: a frozen model with a name and a version on the wire. Changes to it are additive
(a new field has a default); a breaking one raises ``schema_version`` and brings an upcaster that lifts stored data of
the version before. Only the newest class of each name exists in code.

    EVENTS = EventRegistry()

    @EVENTS.register
    class LabletSessionScheduled(DomainEvent):
        \"\"\"The session has a worker and a time.\"\"\"

        wire_name = "lablet_session.scheduled"
        emitted_by = "ScheduleLabletSessionCommand"
        consumed_by = ("lablet-controller", "web UI")
        worker_id: str

    @EVENTS.upcaster("lablet_session.scheduled", from_version=1)
    def _give_it_a_zone(data: JsonObject) -> JsonObject: ...
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from lcm_core.domain.errors import StoredDataError, UnknownEventType
from lcm_core.domain.json_form import JsonObject, to_json_form

_WIRE_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_WIRE_TYPE = re.compile(r"(?P<name>.+)\.v(?P<version>[1-9][0-9]*)")


class DomainEvent(BaseModel):
    """A fact about one aggregate. Holds no secret in clear, and no time but what the domain itself means by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wire_name: ClassVar[str]
    """``<aggregate kind>.<what happened>``, for example ``lablet_session.scheduled``."""
    schema_version: ClassVar[int] = 1
    emitted_by: ClassVar[str] = ""
    """The command or service whose doing it is."""
    consumed_by: ClassVar[tuple[str, ...]] = ()
    published: ClassVar[bool] = True
    """Whether it leaves: its commit is then named in the outbox, for delivery to the outside."""

    @classmethod
    def wire_type(cls) -> str:
        """Name and version as stored and sent: ``lablet_session.scheduled.v1``."""
        return f"{cls.wire_name}.v{cls.schema_version}"


EventT = TypeVar("EventT", bound=DomainEvent)
Upcaster = Callable[[JsonObject], JsonObject]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One event as documentation, SSE, CloudEvents and UI types are made from it."""

    name: str
    version: int
    type: str
    doc: str
    json_schema: dict[str, JsonValue]
    emitted_by: str
    consumed_by: tuple[str, ...]
    published: bool
    event_class: type[DomainEvent]


class EventRegistry:
    """Knows every event of a service by its wire name, and how to lift old data. Duplicates are refused."""

    def __init__(self) -> None:
        self._classes: dict[str, type[DomainEvent]] = {}
        self._upcasters: dict[tuple[str, int], Upcaster] = {}

    def register(self, event_class: type[EventT]) -> type[EventT]:
        """Class decorator. The name must be well-formed and free."""
        name = getattr(event_class, "wire_name", None)
        if not isinstance(name, str) or not _WIRE_NAME.fullmatch(name):
            raise TypeError(f"{event_class.__name__} needs a wire_name like 'lablet_session.scheduled', not {name!r}")
        if event_class.schema_version < 1:
            raise TypeError(f"{event_class.__name__}: schema_version starts at 1")
        other = self._classes.get(name)
        if other is not None:
            raise TypeError(f"{name} is registered twice: {other.__qualname__} and {event_class.__qualname__}")
        self._classes[name] = event_class
        return event_class

    def upcaster(self, name: str, *, from_version: int) -> Callable[[Upcaster], Upcaster]:
        """Decorates a pure function from data of *from_version* to data of the version after it."""

        def add(lift: Upcaster) -> Upcaster:
            if (name, from_version) in self._upcasters:
                raise TypeError(f"{name} has two upcasters from version {from_version}")
            self._upcasters[name, from_version] = lift
            return lift

        return add

    def check(self) -> None:
        """Refuse a chain of upcasters with a gap or a loose end. Call it once, when a process starts."""
        for name, event_class in self._classes.items():
            for version in range(1, event_class.schema_version):
                if (name, version) not in self._upcasters:
                    raise TypeError(f"{name} is at version {event_class.schema_version} but nothing lifts {version}")
        for name, version in self._upcasters:
            event_class = self._classes.get(name)
            if event_class is None or not 1 <= version < event_class.schema_version:
                raise TypeError(f"the upcaster of {name} from version {version} leads nowhere")

    def __contains__(self, event_class: type[DomainEvent]) -> bool:
        return self._classes.get(getattr(event_class, "wire_name", "")) is event_class

    def __iter__(self) -> Iterator[type[DomainEvent]]:
        return iter(self._classes.values())

    def __len__(self) -> int:
        return len(self._classes)

    def encode(self, event: DomainEvent) -> tuple[str, JsonObject]:
        """(wire type, data). An event that could not be read back is refused here, before it is written."""
        if type(event) not in self:
            raise TypeError(f"{type(event).__name__} is not registered; it could be written but never read")
        return event.wire_type(), to_json_form(event)

    def publishes(self, wire_type: str) -> bool:
        """Whether events of this type go to the outbox. Raises UnknownEventType."""
        parts = _WIRE_TYPE.fullmatch(wire_type)
        event_class = self._classes.get(parts["name"]) if parts else None
        if event_class is None:
            raise UnknownEventType(wire_type)
        return event_class.published

    def decode(self, wire_type: str, data: JsonObject) -> DomainEvent:
        """The event as its newest class. Raises UnknownEventType or StoredDataError."""
        event_class, lifted = self._lift(wire_type, data)
        try:
            return event_class.model_validate(lifted)
        except ValidationError as error:
            told = "; ".join(f"{'/'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise StoredDataError(
                f"The data of a stored {wire_type} is not a {event_class.__name__}: {told}", facts={"type": wire_type}
            ) from error

    def _lift(self, wire_type: str, data: JsonObject) -> tuple[type[DomainEvent], JsonObject]:
        parts = _WIRE_TYPE.fullmatch(wire_type)
        event_class = self._classes.get(parts["name"]) if parts else None
        if parts is None or event_class is None:
            raise UnknownEventType(wire_type)
        version = int(parts["version"])
        if version > event_class.schema_version:
            raise UnknownEventType(wire_type, f"version {event_class.schema_version} is the newest known here")
        for step in range(version, event_class.schema_version):
            lift = self._upcasters.get((parts["name"], step))
            if lift is None:
                raise UnknownEventType(wire_type, f"there is no upcaster from version {step}")
            data = lift(dict(data))
        return event_class, data

    def catalogue(self) -> Iterator[CatalogueEntry]:
        """All events by name."""
        for name in sorted(self._classes):
            event_class = self._classes[name]
            yield CatalogueEntry(
                name=name,
                version=event_class.schema_version,
                type=event_class.wire_type(),
                doc=inspect.cleandoc(event_class.__doc__ or ""),
                json_schema=event_class.model_json_schema(mode="serialization"),
                emitted_by=event_class.emitted_by,
                consumed_by=event_class.consumed_by,
                published=event_class.published,
                event_class=event_class,
            )
