"""A rule: of which kind it is, what it needs to know, and how it finds what holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from control_plane_api.application.notifications.facts import Facts
from control_plane_api.domain.entities import Condition
from lcm_core.domain.notifications import NotificationKind

Open = Callable[[NotificationKind, str], bool]
"""Whether something is told of a thing, by its id, under a kind."""


@dataclass(frozen=True, slots=True)
class Rule:
    """*needs* is the field of ``Facts`` without which nothing is judged."""

    kind: NotificationKind
    needs: str
    find: Callable[[Facts, Open], Iterator[Condition]]
