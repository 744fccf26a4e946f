"""Long work on what is derived from the log: one run at a time, of whichever kind. One aggregate, MAINTENANCE_ID."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import maintenance_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models.operations import MaintenanceKind, MaintenanceRun, MaintenanceStage, MaintenanceStatus

_MS = MaintenanceStatus


class MaintenanceState(BaseModel):
    """Fields of MaintenanceReadModel: the last run of each kind."""

    runs: tuple[MaintenanceRun, ...] = ()
    created_at: AwareDatetime


class Maintenance(AggregateRoot[MaintenanceState]):
    """Methods that answer bool say whether anything changed."""

    kind = "maintenance"
    collection = "maintenance"

    @property
    def running(self) -> MaintenanceRun | None:
        runs = self._state.runs if self._state is not None else ()
        return next((run for run in runs if run.status is _MS.RUNNING), None)

    def start(
        self,
        run_id: str,
        kind: MaintenanceKind,
        reason: str,
        stamp: Stamp,
        *,
        collections: tuple[str, ...] = (),
        fresh: bool = False,
    ) -> None:
        """Raises RuleViolation while another run is under way: keys must not be made from documents in the making."""
        other = self.running
        if other is not None:
            raise RuleViolation(
                f"{other.kind.value} runs since {other.started_at:%Y-%m-%d %H:%M:%S} UTC, started by {other.by}. "
                "One at a time: wait until it is done.",
                code="maintenance-running",
                facts={"kind": other.kind.value, "run_id": other.id, "by": other.by},
            )
        self.record(
            events.MaintenanceStartedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                run_id=run_id,
                kind=kind,
                collections=collections,
                fresh=fresh,
                reason=reason,
            )
        )

    def stage_done(self, run_id: str, stage: MaintenanceStage, stamp: Stamp) -> bool:
        """False for a stage that is on record, and for a run that is over."""
        run = self.running
        if run is None or run.id != run_id or any(each.name == stage.name for each in run.stages):
            return False
        self.record(events.MaintenanceStageDoneDomainEvent(at=stamp.at, by=stamp.by, run_id=run_id, stage=stage))
        return True

    def finish(self, run_id: str, error: str, stamp: Stamp) -> bool:
        run = self.running
        if run is None or run.id != run_id:
            return False
        self.record(events.MaintenanceFinishedDomainEvent(at=stamp.at, by=stamp.by, run_id=run_id, error=error))
        return True

    @when(events.MaintenanceStartedDomainEvent)
    def _started(self, event: events.MaintenanceStartedDomainEvent) -> None:
        run = MaintenanceRun(
            id=event.run_id,
            kind=event.kind,
            status=_MS.RUNNING,
            by=event.by,
            reason=event.reason,
            collections=event.collections,
            fresh=event.fresh,
            started_at=event.at,
        )
        if self._state is None:
            self.state = MaintenanceState(created_at=event.at)
        self.state.runs = (*(each for each in self.state.runs if each.kind is not event.kind), run)

    @when(events.MaintenanceStageDoneDomainEvent)
    def _stage_done(self, event: events.MaintenanceStageDoneDomainEvent) -> None:
        self._change(event.run_id, lambda run: {"stages": (*run.stages, event.stage)})

    @when(events.MaintenanceFinishedDomainEvent)
    def _finished(self, event: events.MaintenanceFinishedDomainEvent) -> None:
        status = _MS.FAILED if event.error else _MS.DONE
        self._change(event.run_id, lambda _: {"status": status, "error": event.error, "finished_at": event.at})

    def _change(self, run_id: str, change: Callable[[MaintenanceRun], dict[str, object]]) -> None:
        self.state.runs = tuple(
            run.model_copy(update=change(run)) if run.id == run_id else run for run in self.state.runs
        )
