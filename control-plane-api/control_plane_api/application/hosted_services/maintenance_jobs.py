"""The kinds of long work: etcd written anew from the documents, documents made anew from the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from control_plane_api.application.hosted_services.etcd_state_publisher import StatePublisher
from control_plane_api.application.hosted_services.maintenance_runner import HowFar
from control_plane_api.domain.entities import AGGREGATES
from lcm_core.clock import Clock
from lcm_core.domain.read_models.operations import MaintenanceRun, MaintenanceStage


class EtcdRebuild:
    """A stage for each kind of aggregate that has keys."""

    def __init__(self, publishers: Sequence[StatePublisher], clock: Clock) -> None:
        self._publishers = {publisher.kind: publisher for publisher in publishers}
        self._clock = clock

    def stages(self, run: MaintenanceRun) -> Sequence[str]:
        del run
        return tuple(self._publishers)

    async def do(self, stage: str, run: MaintenanceRun, how_far: HowFar) -> MaintenanceStage:
        del run
        rebuilt = await self._publishers[stage].rebuild(how_far)
        handled = rebuilt.written + rebuilt.removed
        return MaintenanceStage(
            name=stage, handled=handled, changed=rebuilt.written, removed=rebuilt.removed, at=self._clock.now()
        )


class ProjectionRebuilder(Protocol):
    """Makes the documents of one collection anew."""

    async def rebuild(self, collection: str, how_far: HowFar, *, run: str, fresh: bool) -> MaintenanceStage:
        """Goes on at the last checkpoint; *fresh*, only at one of the same *run*. Raises ``StoreUnavailable``."""
        ...


class ProjectionsRebuild:
    """A stage for each collection. Whoever keeps documents in memory *forgets* them after each."""

    def __init__(self, rebuilder: ProjectionRebuilder, forget: Callable[[], None]) -> None:
        self._rebuilder = rebuilder
        self._forget = forget

    def stages(self, run: MaintenanceRun) -> Sequence[str]:
        known = [aggregate.collection for aggregate in AGGREGATES]
        return tuple(name for name in known if not run.collections or name in run.collections)

    async def do(self, stage: str, run: MaintenanceRun, how_far: HowFar) -> MaintenanceStage:
        """A run that was interrupted goes on where it stopped, a fresh one too, whoever goes on with it."""
        done = await self._rebuilder.rebuild(stage, how_far, run=run.id, fresh=run.fresh)
        self._forget()
        return done
