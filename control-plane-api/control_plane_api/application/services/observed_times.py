"""How long a lab really takes to be there and to be gone, learned from the sessions that had it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel

KEPT_SAMPLES = 64
"""The latest of them: what a lab took last year says little about today's hosts."""
LEAST_SAMPLES = 5
"""With fewer, what the author of the definition declared counts."""
QUANTILE = 0.95

_S = LabletSessionStatus


class ObservedTimes(BaseModel):
    """Seconds by session, oldest first, of one definition."""

    model_config = ConfigDict(frozen=True)

    definition_id: str
    instantiation: dict[str, float] = Field(default_factory=dict)
    teardown: dict[str, float] = Field(default_factory=dict)

    def after(self, session: LabletSessionReadModel) -> Self:
        """With what this session took; the same object when it adds nothing new."""
        changes = {
            name: _kept({**samples, session.id: seconds})
            for name, samples, seconds in (
                ("instantiation", self.instantiation, seconds_between(session, _S.INSTANTIATING, _S.READY)),
                ("teardown", self.teardown, seconds_between(session, _S.STOPPING, _S.STOPPED)),
            )
            if seconds is not None and samples.get(session.id) != seconds
        }
        return self.model_copy(update=changes) if changes else self

    def lead_seconds(self, declared: int, floor: int) -> int:
        """How long before its slot a session needs its host."""
        return _learned(self.instantiation.values(), declared, floor)

    def teardown_seconds(self, declared: int, floor: int) -> int:
        """How long after its slot a session still holds its host."""
        return _learned(self.teardown.values(), declared, floor)


class ObservedTimesStore(Protocol):
    async def find(self, definition_id: str) -> ObservedTimes:
        """Without a single sample when nothing was observed yet."""
        ...

    async def save(self, times: ObservedTimes) -> None: ...


def seconds_between(
    session: LabletSessionReadModel, source: LabletSessionStatus, target: LabletSessionStatus
) -> float | None:
    """From the last entry into *source* to the entry into *target* right after it; None when that did not happen."""
    entered = None
    for change in session.state_history:
        if change.target is source:
            entered = change.at
        elif change.target is target and change.source is source and entered is not None:
            return (change.at - entered).total_seconds()
    return None


def _learned(samples: Collection[float], declared: int, floor: int) -> int:
    """The 95th percentile (nearest rank) once enough is known, else *declared*; never less than *floor*."""
    if len(samples) < LEAST_SAMPLES:
        return max(declared, floor)
    rank = math.ceil(QUANTILE * len(samples)) - 1
    return max(math.ceil(sorted(samples)[rank]), floor)


def _kept(samples: dict[str, float]) -> dict[str, float]:
    return dict(list(samples.items())[-KEPT_SAMPLES:])
