"""From STOPPING to nothing left anywhere. These steps never give up: the room is not given back before the proof."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lablet_controller.application.ports.cml_labs import CmlHost, CmlLabs
from lablet_controller.application.ports.lds import Lds
from lablet_controller.application.services.lab_removal import LabRemoval
from lablet_controller.application.services.pipeline import (
    NoResult,
    NotYet,
    Pipeline,
    Step,
    StepAnswer,
    StepPolicy,
    StepProgress,
    StepResult,
)
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.contracts.sessions import MarkSessionArchived, MarkSessionStopped
from lcm_core.domain.enums import PipelineName
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient

DELETE_LAB = "delete_lab"
_WITHOUT_END = StepPolicy(deadline_seconds=None, attempts=None, longest_pause_seconds=60, retries_refusals=True)


class LabGone(StepResult):
    proof: str


class LdsArchived(StepResult):
    note: str


class Teardown:
    """Two pipelines under one name, because the session's state changes in between."""

    def __init__(self, control_plane: ControlPlaneApiClient, labs: CmlLabs, lds: Lds) -> None:
        self._control_plane = control_plane
        self._removal = LabRemoval(labs)
        self._lds = lds

    @property
    def lab_pipeline(self) -> Pipeline[SessionWork]:
        """For STOPPING; ends in STOPPED."""
        return Pipeline(
            PipelineName.TEARDOWN,
            (
                Step("stop_lab", self._stop_lab, _WITHOUT_END),
                Step("wipe_lab", self._wipe_lab, _WITHOUT_END),
                Step(DELETE_LAB, self._delete_lab, _WITHOUT_END),
                Step("release", self._release, _WITHOUT_END),
            ),
            interruptible=False,
        )

    @property
    def lds_pipeline(self) -> Pipeline[SessionWork]:
        """For STOPPED; ends in ARCHIVED."""
        return Pipeline(
            PipelineName.TEARDOWN, (Step("archive_lds", self._archive_lds, _WITHOUT_END),), interruptible=False
        )

    async def _stop_lab(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        return await self._for_each_lab(work, self._removal.stop, "the lab stops")

    async def _wipe_lab(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        return await self._for_each_lab(work, self._removal.wipe, "the lab is wiped")

    async def _delete_lab(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        if work.host_is_gone:
            return LabGone(proof=_proof_of_gone_host(work))
        host = work.require_host()
        bound = work.session.cml_lab_id
        for lab_id in await self._removal.labs_of(host, work.title, bound):
            if not await self._removal.delete(host, lab_id):
                return NotYet(0.5, "the lab is deleted")
        if await self._removal.labs_of(host, work.title, bound):
            return NotYet(0.5, "the lab is deleted")
        what = f"lab {bound}" if bound else "the session's lab"
        return LabGone(proof=f"CML at {host.address} knows neither {what} nor any lab titled {work.title!r}")

    async def _release(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        proof = progress.result_of(DELETE_LAB, LabGone).proof
        await self._control_plane.sessions.mark_stopped(work.session.id, MarkSessionStopped(proof=proof))
        return NoResult()

    async def _archive_lds(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        """Looked up by our id, not by what we were told: a session whose creation was never reported is found, too."""
        found = await self._lds.find_session(work.session.id, region=work.worker.region if work.worker else "")
        if found is None:
            note = "there is no delivery session"
        else:
            if not found.archived:
                await self._lds.archive_session(found.ref)
            note = f"LDS session {found.ref.session_id} of {found.ref.deployment} is archived"
        await self._control_plane.sessions.mark_archived(work.session.id, MarkSessionArchived(note=note))
        return LdsArchived(note=note)

    async def _for_each_lab(
        self, work: SessionWork, act: Callable[[CmlHost, str], Awaitable[bool]], waiting_for: str
    ) -> StepAnswer:
        if work.host_is_gone:
            return NoResult()
        host = work.require_host()
        at_rest = True
        for lab_id in await self._removal.labs_of(host, work.title, work.session.cml_lab_id):
            at_rest = await act(host, lab_id) and at_rest
        return NoResult() if at_rest else NotYet(0.3, waiting_for)


def _proof_of_gone_host(work: SessionWork) -> str:
    worker = work.worker
    if worker is None:
        return (
            f"worker {work.session.worker_id} is not known any more" if work.session.worker_id else "it is on no worker"
        )
    instance = f" (EC2 instance {worker.ec2_instance_id})" if worker.ec2_instance_id else ""
    return f"worker {worker.name}{instance} is terminated and everything on it with it"
