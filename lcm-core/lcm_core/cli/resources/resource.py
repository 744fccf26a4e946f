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
    holds its session too). *always* goes with every request for the list. *sparse* lists let one choose the fields of
    their rows.
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
    always: tuple[tuple[str, str], ...] = ()
    id_path: str = "id"
    only_one: bool = False
    sparse: bool = False

    @property
    def shown(self) -> frozenset[str]:
        """The fields of a row that its line in a table is made of."""
        return frozenset(path.partition(".")[0] for path in (self.id_path, *(each.path for each in self.columns)))

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.singular, *self.aliases)
