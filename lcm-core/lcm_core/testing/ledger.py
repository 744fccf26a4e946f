"""A small domain for tests of the kernel: a purse that can be filled and emptied, never below nothing."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from pydantic import AwareDatetime, BaseModel

from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.events import DomainEvent, EventRegistry

LEDGER_EVENTS = EventRegistry()


@LEDGER_EVENTS.register
class PurseOpened(DomainEvent):
    """Somebody has a purse."""

    wire_name: ClassVar[str] = "purse.opened"
    emitted_by: ClassVar[str] = "OpenPurse"
    consumed_by: ClassVar[tuple[str, ...]] = ("tests",)
    owner: str
    opened_at: AwareDatetime


@LEDGER_EVENTS.register
class PurseFilled(DomainEvent):
    """Coins went in."""

    wire_name: ClassVar[str] = "purse.filled"
    coins: int
    note: str = ""


@LEDGER_EVENTS.register
class PurseEmptied(DomainEvent):
    """Coins went out."""

    wire_name: ClassVar[str] = "purse.emptied"
    coins: int


@LEDGER_EVENTS.register
class PurseNoted(DomainEvent):
    """Somebody wrote on it; nobody outside is told."""

    wire_name: ClassVar[str] = "purse.noted"
    published: ClassVar[bool] = False
    note: str


class PurseState(BaseModel):
    owner: str
    opened_at: AwareDatetime
    coins: int = 0
    notes: tuple[str, ...] = ()


class Purse(AggregateRoot[PurseState]):
    kind: ClassVar[str] = "purse"
    collection: ClassVar[str] = "purses"
    frozen_parts: ClassVar[bool] = True

    @classmethod
    def open(cls, id: str, owner: str, at: datetime) -> Self:
        purse = cls(id)
        purse.record(PurseOpened(owner=owner, opened_at=at))
        return purse

    def fill(self, coins: int, note: str = "") -> None:
        self.record(PurseFilled(coins=coins, note=note))

    def take(self, coins: int) -> None:
        if coins > self.state.coins:
            raise RuleViolation(
                f"Purse {self.id} holds {self.state.coins} coins, not {coins}.",
                code="purse-too-empty",
                facts={"held": self.state.coins, "asked": coins},
            )
        self.record(PurseEmptied(coins=coins))

    def note(self, text: str) -> None:
        self.record(PurseNoted(note=text))

    @when(PurseOpened)
    def _opened(self, event: PurseOpened) -> None:
        self.state = PurseState(owner=event.owner, opened_at=event.opened_at)

    @when(PurseFilled)
    def _filled(self, event: PurseFilled) -> None:
        self.state.coins += event.coins
        if event.note:
            self.state.notes = (*self.state.notes, event.note)

    @when(PurseEmptied)
    def _emptied(self, event: PurseEmptied) -> None:
        self.state.coins -= event.coins

    @when(PurseNoted)
    def _noted(self, event: PurseNoted) -> None:
        self.state.notes = (*self.state.notes, event.note)
