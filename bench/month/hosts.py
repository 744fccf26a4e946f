"""The far end of the month: hosts that take their time to come up, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class HostHours:
    """Minutes at which a worker went up and down, and the spans in which a session was on it."""

    up_from: dict[str, int] = field(default_factory=dict[str, int])
    up: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    used: dict[str, list[tuple[int, int]]] = field(default_factory=dict[str, list[tuple[int, int]]])

    def goes_up(self, worker_id: str, at: int) -> None:
        self.up_from.setdefault(worker_id, at)

    def goes_down(self, worker_id: str, at: int) -> None:
        since = self.up_from.pop(worker_id, None)
        if since is not None:
            self.up.append((since, at))

    def serves(self, worker_id: str, since: int, until: int) -> None:
        self.used.setdefault(worker_id, []).append((since, until))

    def close(self, at: int) -> None:
        for worker_id in list(self.up_from):
            self.goes_down(worker_id, at)

    @property
    def worker_hours(self) -> float:
        return sum(end - start for start, end in self.up) / 60

    @property
    def used_hours(self) -> float:
        return sum(union_minutes(spans) for spans in self.used.values()) / 60


def union_minutes(spans: Iterable[tuple[int, int]]) -> int:
    """How long at least one of *spans* lasts."""
    total, reach = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reach))
        reach = max(reach, end)
    return total


def most_at_once(spans: Iterable[tuple[int, int]]) -> int:
    edges = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    now = most = 0
    for _, change in edges:
        now += change
        most = max(most, now)
    return most
