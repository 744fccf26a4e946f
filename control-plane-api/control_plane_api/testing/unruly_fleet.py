"""A small fleet to which anything may happen in any order, on the real command handlers; it looks for a broken rule."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
)
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.unruly_bookings import UnrulyBookings
from control_plane_api.testing.unruly_record import ROOM_FOR_ONE, WORKERS, require
from control_plane_api.testing.unruly_sessions import UnrulySessions
from control_plane_api.testing.unruly_workers import UnrulyWorkers
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, LicenseType
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS

_S = LabletSessionStatus
_LIMIT = 4
_TEMPLATE = CreateWorkerTemplate(
    name="metal",
    region="us-east-1",
    instance_type="m5zn.metal",
    capacity=ROOM_FOR_ONE,
    license_type=LicenseType.PERSONAL,
    cost_per_hour_usd=4.0,
    startup_seconds=600,
)


class UnrulyFleet(UnrulyWorkers, UnrulyBookings, UnrulySessions):
    """It looks for a broken rule."""

    def __init__(self) -> None:
        super().__init__()
        for worker in WORKERS:
            self.worker_up(worker)
        self._run(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=_LIMIT), "a small fleet"))
        self._run(CreateWorkerTemplateCommand(_TEMPLATE))

    def next_step(self, session: str, worker: str) -> None:
        """What the services usually do next."""
        if f"lablet_session-{session}" not in self.store.documents:
            return
        status = self.store.get(LabletSession, session).state.status
        steps: dict[LabletSessionStatus, Callable[[], None]] = {
            _S.PENDING: lambda: self.schedule(session, worker),
            _S.SCHEDULED: lambda: self.instantiate(session),
            _S.INSTANTIATING: lambda: self.mark_ready(session),
            _S.READY: lambda: self.log_in(session, "e1"),
            _S.RUNNING: lambda: self.finish(session, "e2"),
            _S.COLLECTING: lambda: self.collect(session, 1),
            _S.GRADING: lambda: self.score(session),
            _S.STOPPING: lambda: self.lab_gone(session),
            _S.STOPPED: lambda: self.archived(session),
            _S.ARCHIVED: lambda: self.complete(session),
            _S.TERMINATED: lambda: None,
        }
        steps[status]()

    def every_step_was_in_the_table(self) -> None:
        for session in self.store.all(LabletSession):
            path = [change.target for change in session.state.state_history]
            require(path[0] is _S.PENDING and path[-1] is session.state.status, "the history lies")
            for source, target in itertools.pairwise(path):
                require(target in LABLET_SESSION_VALID_TRANSITIONS[source], f"{source} to {target}")

    def the_log_keeps_the_promises(self) -> None:
        findings = self.store.audit(audit_invariants())
        require(not findings, str(findings))

    def everything_ends_clean(self) -> None:
        require(self.store.replayed() == self.store.documents, "replay and stored state differ")
        alive = sum(worker.state.status is not CMLWorkerStatus.TERMINATED for worker in self.store.all(CMLWorker))
        require(alive <= _LIMIT, f"{alive} workers in a region that may have {_LIMIT}")
        for session in [each.id for each in self.store.all(LabletSession)]:
            self.terminate(session)
            self.lab_gone(session)
            self.archived(session)
            self.complete(session)
            ended = self.store.get(LabletSession, session).state.status is _S.TERMINATED
            require(ended, f"{session} does not end")
        empty = all(not worker.state.allocations for worker in self.store.all(CMLWorker))
        require(empty, "room is held by nobody")
        self.the_log_keeps_the_promises()
