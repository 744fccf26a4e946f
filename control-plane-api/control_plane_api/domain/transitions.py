"""The one check of every state machine, against the tables of lcm_core.domain.transitions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from lcm_core.domain.errors import IllegalTransition

StatusT = TypeVar("StatusT", bound=StrEnum)


def require_transition(
    kind: str, id: str, table: Mapping[StatusT, frozenset[StatusT]], source: StatusT, target: StatusT
) -> None:
    """Raises IllegalTransition, naming both states and what would be possible, unless *table* has the step."""
    if target in table[source]:
        return
    possible = ", ".join(sorted(table[source])) or "nothing"
    raise IllegalTransition(kind, id, source.value, target.value, f"from {source.value} it can go to {possible} only")
