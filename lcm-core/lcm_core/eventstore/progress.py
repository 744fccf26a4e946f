"""How long-running work on the log tells how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Step:
    """*done* of *total* units of *stage*; *total* is 0 while it is not known yet."""

    stage: str
    done: int
    total: int


class Progress(Protocol):
    def __call__(self, step: Step) -> None: ...


def silent(step: Step) -> None:
    """Nobody is watching."""
