"""One kind of thing to look at. A new one is one ``Resource`` in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.cli.resources.cells import Cell, text


@dataclass(frozen=True, slots=True)
class Column:
    """*path* leads to the value in a row (``timeslot.start``); *cell* makes text of it."""

    header: str
    path: str
    cell: Cell = text


@dataclass(frozen=True, slots=True)
class Section:
    """A table in ``describe``: the list at *path*, in *columns*. *route* when it is not part of the row itself."""

    title: str
    columns: tuple[Column, ...]
    path: str = ""
    route: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """*name* is plural. *item* is where one thing is, with ``{id}``; empty when things are found in lists only.

    *filters* are query parameters of the list. *kind* is the name in the live stream; without it, ``watch`` looks
    again every few seconds. *within* is where the thing itself lies in an answer of *item* (a reservation's answer
    holds its session too). *list_needs* names a filter that is part of the list's route; *always* goes with every
    request for the list.
    """

    name: str
    singular: str
    list: str
    columns: tuple[Column, ...]
    help: str
    item: str = ""
    aliases: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    facts: tuple[Column, ...] = ()
    sections: tuple[Section, ...] = ()
    kind: str = ""
    within: str = ""
    list_needs: str = ""
    always: tuple[tuple[str, str], ...] = ()
    id_path: str = "id"
    only_one: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.singular, *self.aliases)
