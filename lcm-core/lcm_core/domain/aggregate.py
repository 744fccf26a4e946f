"""Aggregates: the only things that change, and only by recording events.

    class LabletSession(AggregateRoot[LabletSessionState]):
        kind = "lablet_session"
        collection = "lablet_sessions"

        @classmethod
        def book(cls, id: str, slot: Timeslot) -> Self:
            session = cls(id)
            session.record(LabletSessionBooked(slot=slot))
            return session

        def schedule(self, worker_id: str) -> None:
            ...                                     # check the rules, raise a DomainError, or
            self.record(LabletSessionScheduled(worker_id=worker_id))

        @when(LabletSessionBooked)
        def _booked(self, event: LabletSessionBooked) -> None:
            self.state = LabletSessionState(status=PENDING, slot=event.slot)

        @when(LabletSessionScheduled)
        def _scheduled(self, event: LabletSessionScheduled) -> None:
            self.state.worker_id = event.worker_id

Public methods decide, ``@when`` methods only assign: they run again at every replay and must not decide, look at a
clock or draw a random number. Times and ids come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel

from lcm_core.domain.commit import GENESIS_HASH, stream_id
from lcm_core.domain.events import DomainEvent, EventRegistry
from lcm_core.domain.json_form import JsonObject, instant_text
from lcm_core.domain.kept_state import KeptState, form_of

StateT = TypeVar("StateT", bound=BaseModel)
EventT = TypeVar("EventT", bound=DomainEvent)
SelfT = TypeVar("SelfT")

DOCUMENT_FIELDS = ("_id", "version", "head_hash", "updated_at")
"""What the kernel adds to a state to make the current-state document; no state may use these names."""

_HANDLES = "_handles_event"


def when(event_class: type[EventT]) -> Callable[[Callable[[SelfT, EventT], None]], Callable[[SelfT, EventT], None]]:
    """Marks the method of an aggregate that applies events of *event_class* to its state."""

    def mark(apply: Callable[[SelfT, EventT], None]) -> Callable[[SelfT, EventT], None]:
        setattr(apply, _HANDLES, event_class)
        return apply

    return mark


class AggregateRoot(Generic[StateT]):
    """State, its version in the log, and the events recorded since."""

    kind: ClassVar[str]
    """Prefix of the stream, for example ``lablet_session``."""
    collection: ClassVar[str]
    """Collection of the current-state documents."""
    frozen_parts: ClassVar[bool] = False
    """Nothing in the state can be changed but by giving a field another value: its values may be shared (KeptState)."""
    state_type: ClassVar[type[BaseModel]]
    _appliers: ClassVar[dict[type[DomainEvent], str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._appliers = {**cls._appliers, **_appliers_of(cls)}
        state_type = _state_type_of(cls)
        if state_type is None:
            return
        for name in ("kind", "collection"):
            if not isinstance(getattr(cls, name, None), str):
                raise TypeError(f"{cls.__name__} needs the class variable {name}")
        taken = set(DOCUMENT_FIELDS) & set(state_type.model_fields)
        if taken:
            raise TypeError(f"{state_type.__name__} uses names that belong to the document: {sorted(taken)}")
        cls.state_type = state_type

    def __init__(self, id: str) -> None:
        if not id:
            raise ValueError(f"a {type(self).__name__} needs an id")
        self.id = id
        self.version = 0
        """Commits in the stream as of loading; 0 for an aggregate that was never stored."""
        self.head_hash = GENESIS_HASH
        self.updated_at: datetime | None = None
        self._state: StateT | None = None
        self._pending: list[DomainEvent] = []
        self._taken_from: KeptState | None = None

    def __repr__(self) -> str:
        return f"<{self.stream}@{self.version} +{len(self._pending)}>"

    @property
    def stream(self) -> str:
        return stream_id(self.kind, self.id)

    @property
    def state(self) -> StateT:
        """Raises LookupError before the first event."""
        if self._state is None:
            raise LookupError(f"{self.stream} has no state before its first event")
        return self._state

    @state.setter
    def state(self, state: StateT) -> None:
        self._state = state

    @property
    def pending_events(self) -> tuple[DomainEvent, ...]:
        """Recorded, not yet committed."""
        return tuple(self._pending)

    def record(self, event: DomainEvent) -> None:
        """Apply *event* and keep it for the commit."""
        self._apply(event)
        self._pending.append(event)

    def _apply(self, event: DomainEvent) -> None:
        applier = self._appliers.get(type(event))
        if applier is None:
            raise TypeError(f"{type(self).__name__} has no @when({type(event).__name__})")
        getattr(self, applier)(event)

    @classmethod
    def handled_events(cls) -> frozenset[type[DomainEvent]]:
        return frozenset(cls._appliers)

    @classmethod
    def from_events(cls, id: str, events: Iterable[DomainEvent]) -> Self:
        """Replay *events* as one history. Version and hash stay empty: they belong to commits (replay_commit)."""
        aggregate = cls(id)
        for event in events:
            aggregate._apply(event)
        return aggregate

    @classmethod
    def from_document(cls, document: JsonObject) -> Self:
        """The aggregate that ``to_document`` described."""
        aggregate = cls(cast(str, document["_id"]))
        state = {name: value for name, value in document.items() if name not in DOCUMENT_FIELDS}
        aggregate._state = cast(StateT, cls.state_type.model_validate(state))
        aggregate.version = cast(int, document["version"])
        aggregate.head_hash = cast(str, document["head_hash"])
        aggregate.updated_at = datetime.fromisoformat(cast(str, document["updated_at"]))
        return aggregate

    @classmethod
    def from_kept(cls, id: str, kept: KeptState) -> Self:
        """The aggregate that ``kept_state`` described."""
        aggregate = cls(id)
        aggregate._state = cast(StateT, kept.state.model_copy())
        aggregate.version, aggregate.head_hash, aggregate.updated_at = kept.version, kept.head_hash, kept.updated_at
        aggregate._taken_from = kept
        return aggregate

    def kept_state(self, document: JsonObject | None = None) -> KeptState | None:
        """To be kept for the next load, with *document* when it is known; None when this state cannot be shared."""
        if not self.frozen_parts or self.updated_at is None:
            return None
        return KeptState(self.version, self.head_hash, self.updated_at, self.state.model_copy(), document)

    def to_document(self) -> JsonObject:
        """The current-state document: the state in JSON form and DOCUMENT_FIELDS. Only for what is committed."""
        if self.updated_at is None:
            raise LookupError(f"{self.stream} was never committed")
        return self._document(self.version, self.head_hash, self.updated_at)

    def next_document(self, *, head_hash: str, at: datetime) -> JsonObject:
        """What ``to_document`` will say once the pending events are committed."""
        return self._document(self.version + 1, head_hash, at)

    def _document(self, version: int, head_hash: str, at: datetime) -> JsonObject:
        fields: JsonObject = {
            "_id": self.id,
            "version": version,
            "head_hash": head_hash,
            "updated_at": instant_text(at),
        }
        return {**fields, **form_of(self.state, self._taken_from)}

    def replay_commit(self, events: Iterable[DomainEvent], *, head_hash: str, at: datetime) -> None:
        """Apply the events of the next commit of this stream and move on to its version."""
        for event in events:
            self._apply(event)
        self._move_to(head_hash, at)

    def mark_committed(self, *, head_hash: str, at: datetime) -> None:
        """The pending events are stored as the next commit of this stream."""
        self._pending.clear()
        self._move_to(head_hash, at)

    def _move_to(self, head_hash: str, at: datetime) -> None:
        self.version += 1
        self.head_hash = head_hash
        self.updated_at = at


AnyAggregate = AggregateRoot[Any]


def check_coverage(registry: EventRegistry, aggregates: Iterable[type[AnyAggregate]]) -> None:
    """Refuse an event that no aggregate applies, or two do, and an applied event that is not registered."""
    owners: dict[type[DomainEvent], str] = {}
    for aggregate in aggregates:
        for event in aggregate.handled_events():
            if event not in registry:
                raise TypeError(f"{aggregate.__name__} applies {event.__name__}, which is not registered")
            if event in owners:
                raise TypeError(f"{event.__name__} is applied by both {owners[event]} and {aggregate.__name__}")
            owners[event] = aggregate.__name__
    orphans = sorted(event.__name__ for event in registry if event not in owners)
    if orphans:
        raise TypeError(f"no aggregate applies {', '.join(orphans)}")


def _appliers_of(cls: type[AnyAggregate]) -> dict[type[DomainEvent], str]:
    found: dict[type[DomainEvent], str] = {}
    for name, member in vars(cls).items():
        event_class = cast("type[DomainEvent] | None", getattr(member, _HANDLES, None))
        if event_class is None:
            continue
        if event_class in found:
            raise TypeError(f"{cls.__name__} has two @when({event_class.__name__}): {found[event_class]} and {name}")
        found[event_class] = name
    return found


def _state_type_of(cls: type[AnyAggregate]) -> type[BaseModel] | None:
    """The model given as ``AggregateRoot[Model]``; None for a generic intermediate class."""
    for base in getattr(cls, "__orig_bases__", ()):
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, AggregateRoot):
            (argument,) = get_args(base)
            return cast("type[BaseModel]", argument) if isinstance(argument, type) else None
    return None
