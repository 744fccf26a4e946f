"""Whose rows a list shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnerFilter:
    """*wanted* is the owner that was asked for, None for all; *seen_by* the only one whose rows the caller may see,
    None for who may see everybody's."""

    wanted: str | None
    seen_by: str | None

    @property
    def shows_nothing(self) -> bool:
        """Another's were asked for: there are none, as if the other did not exist."""
        return self.seen_by is not None and self.wanted not in (None, self.seen_by)

    @property
    def owner_id(self) -> str | None:
        """None for everybody's."""
        return self.seen_by or self.wanted
