"""Rebuilds collections from the log, as ``lcm projections rebuild`` does."""

from __future__ import annotations

from control_plane_api.application.hosted_services.maintenance_runner import HowFar
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from lcm_core.clock import Clock
from lcm_core.domain.read_models.operations import MaintenanceStage
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.progress import Step
from lcm_core.eventstore.rebuild import rebuild_projections


class LogProjectionRebuilder:
    """``ProjectionRebuilder``."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._aggregates = {aggregate.collection: aggregate for aggregate in AGGREGATES}

    async def rebuild(self, collection: str, how_far: HowFar, *, run: str, fresh: bool) -> MaintenanceStage:
        def progress(step: Step) -> None:
            how_far(step.done, step.total)

        (report,) = await rebuild_projections(
            self._db, EVENTS, [self._aggregates[collection]], progress, fresh=fresh, run=run
        )
        return MaintenanceStage(
            name=collection,
            handled=report.streams,
            changed=report.rewritten,
            removed=report.removed,
            failed=len({finding.stream for finding in report.failures}),
            at=self._clock.now(),
        )
