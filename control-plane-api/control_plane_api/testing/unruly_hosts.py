"""An unruly fleet whose hosts are lost and come back, told of early, late, twice, or of the wrong worker."""

from __future__ import annotations

from datetime import timedelta

from control_plane_api.application.commands.lablet_session.assign_session_command import AssignSessionCommand
from control_plane_api.application.commands.lablet_session.detach_session_command import DetachSessionCommand
from control_plane_api.application.commands.lablet_session.give_up_recovery_command import GiveUpRecoveryCommand
from control_plane_api.application.commands.lablet_session.handle_host_lost_command import HandleHostLostCommand
from control_plane_api.application.commands.lablet_session.re_place_session_command import RePlaceSessionCommand
from control_plane_api.application.commands.lablet_session.recover_session_command import RecoverSessionCommand
from control_plane_api.application.commands.lablet_session.skip_grading_command import SkipGradingCommand
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.worker.remove_leftover_command import RemoveLeftoverCommand
from control_plane_api.application.commands.worker.report_host_leaving_command import ReportHostLeavingCommand
from control_plane_api.application.commands.worker.report_host_lost_command import ReportHostLostCommand
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.entities.lablet_session_recovery import NEEDS_ITS_LAB
from control_plane_api.testing.unruly_fleet import UnrulyFleet
from control_plane_api.testing.unruly_record import BrokenRule
from lcm_core.contracts.recovery import AssignSession, DetachSession, RePlaceSession, SkipGrading
from lcm_core.contracts.sessions import GiveUpRecovery, SessionHostLost, SessionRecovered, UnscheduleSession
from lcm_core.contracts.workers import LeftoverRemoved, ReportHostLeaving, ReportHostLost
from lcm_core.domain.enums import HostLossCause, LabFinding, LabletSessionStatus, WorkerServiceStatus


class UnrulyHosts(UnrulyFleet):
    def lose(self, worker: str, cause: HostLossCause) -> None:
        body = ReportHostLost(cause=cause, reason="silent", silent_since=self.now - timedelta(minutes=1))
        self._do(ReportHostLostCommand(worker, body))

    def leaving(self, worker: str) -> None:
        self._do(ReportHostLeavingCommand(worker, ReportHostLeaving(reason="maintenance")))

    def tell(self, session: str, worker: str, lab: LabFinding | None) -> None:
        self._do(HandleHostLostCommand(session, SessionHostLost(worker_id=worker, lab=lab)))

    def recovered(self, session: str, worker: str) -> None:
        self._do(RecoverSessionCommand(session, SessionRecovered(worker_id=worker)))

    def give_up(self, session: str) -> None:
        if f"lablet_session-{session}" not in self.store.documents:
            return
        hold = self.store.get(LabletSession, session).state.recovery
        deadline = hold.deadline if hold is not None else self.now
        self._do(GiveUpRecoveryCommand(session, GiveUpRecovery(deadline=deadline)))

    def unschedule_from(self, session: str, worker: str) -> None:
        self._do(UnscheduleLabletSessionCommand(session, UnscheduleSession(reason="late word", worker_id=worker)))

    def re_place(self, session: str) -> None:
        self._do(RePlaceSessionCommand(session, RePlaceSession(reason="by hand")))

    def assign(self, session: str, worker: str) -> None:
        self._do(AssignSessionCommand(session, AssignSession(worker_id=worker, reason="by hand", override=True)))

    def detach(self, session: str, declare_dead: bool) -> None:
        self._do(DetachSessionCommand(session, DetachSession(reason="by hand", declare_dead=declare_dead)))

    def skip_grading(self, session: str) -> None:
        self._do(SkipGradingCommand(session, SkipGrading(reason="by hand")))

    def leftover_removed(self, worker: str, session: str) -> None:
        self._do(RemoveLeftoverCommand(worker, LeftoverRemoved(session_id=session, proof="gone")))

    def goes_and_comes(self, worker: str, steps: int) -> None:
        """As it usually happens, up to some step: lost, told to its sessions, back, wanted again for who was on it."""
        there = [each for each in self.statuses() if self.store.get(LabletSession, each).state.worker_id == worker]
        self.lose(worker, HostLossCause.CML_SILENT)
        if steps > 0:
            for session in there:
                self.tell(session, worker, None)
        if steps > 1:
            self.health(worker, WorkerServiceStatus.AVAILABLE)
        if steps > 2:
            for session in there:
                self.recovered(session, worker)
                self.schedule(session, worker)

    def no_lab_is_there_twice(self) -> None:
        """A session is on no host on which its own first lab may still stand, and waits only for what it needs."""
        workers = {worker.id: worker for worker in self.store.all(CMLWorker)}
        for session in self.store.all(LabletSession):
            worker = workers.get(session.state.worker_id or "")
            left = {each.session_id for each in worker.state.leftover_labs} if worker is not None else set[str]()
            if session.id in left:
                raise BrokenRule(f"{session.id} is on {session.state.worker_id}, where its first lab is left")
            if session.state.recovery is not None and session.state.status not in NEEDS_ITS_LAB:
                raise BrokenRule(f"{session.id} is {session.state.status} and held for recovery")
        for worker in workers.values():
            if worker.placeable and (worker.host_is_lost or worker.state.leftover_labs):
                raise BrokenRule(f"{worker.id} takes sessions although its host is lost, or not cleared")

    def nobody_who_works_is_moved(self, before: dict[str, LabletSessionStatus]) -> None:
        for session in self.store.all(LabletSession):
            was = before.get(session.id)
            if was in NEEDS_ITS_LAB and session.state.status is LabletSessionStatus.PENDING:
                raise BrokenRule(f"{session.id} was {was} and begins again elsewhere")

    def statuses(self) -> dict[str, LabletSessionStatus]:
        return {session.id: session.state.status for session in self.store.all(LabletSession)}
