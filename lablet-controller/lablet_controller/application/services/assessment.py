"""From the end of the learner's time to a score: collect, then grade."""

from __future__ import annotations

from dataclasses import dataclass

from lablet_controller.application.ports.cml_labs import CmlError
from lablet_controller.application.ports.grading import Grading, GradingRef
from lablet_controller.application.services.collection_service import CollectionService
from lablet_controller.application.services.content_store import ContentStore
from lablet_controller.application.services.evidence_keeping import STORE_SECONDS, EvidenceKeeper
from lablet_controller.application.services.grading_rules import command_sets, engine_rules, ruleset_name, ruleset_of
from lablet_controller.application.services.lab_observation import LabObservation
from lablet_controller.application.services.pipeline import (
    NoResult,
    Pipeline,
    Step,
    StepAnswer,
    StepPolicy,
    StepProgress,
    StepResult,
)
from lablet_controller.application.services.session_work import SessionWork
from lablet_controller.domain.command_sets import CommandSets
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import CollectionCompleted, DeviceCollection, GradingSubmitted
from lcm_core.domain.enums import PipelineName
from lcm_core.domain.errors import FarEndError, InputProblem, InvalidInput
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient

COLLECT, OPEN_GRADING = "collect_evidence", "open_grading_session"

_LAST_LOOK_SECONDS = 5.0


class EvidenceCollected(StepResult):
    """*missing* names the devices that gave nothing."""

    devices: int
    missing: tuple[str, ...] = ()


class GradingOpened(StepResult):
    engine_session_id: str
    engine_part_id: str

    @property
    def ref(self) -> GradingRef:
        return GradingRef(self.engine_session_id, self.engine_part_id)


@dataclass(frozen=True, slots=True)
class AssessmentPolicy:
    """Deadlines in seconds. Collecting ends in time whatever the devices do: what was read by then counts."""

    collect_seconds: float = 300
    submit_seconds: float = 180
    attempts: int = 6


class Assessment:
    """The steps of both pipelines. Without a grading engine, *grading* is None and every submission fails clearly."""

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        contents: ContentStore,
        collection: CollectionService,
        keeper: EvidenceKeeper,
        grading: Grading | None,
        observation: LabObservation,
        clock: Clock,
        policy: AssessmentPolicy | None = None,
    ) -> None:
        self._control_plane = control_plane
        self._contents = contents
        self._collection = collection
        self._keeper = keeper
        self._grading = grading
        self._observation = observation
        self._clock = clock
        self._policy = policy or AssessmentPolicy()

    @property
    def collect_pipeline(self) -> Pipeline[SessionWork]:
        # longer than collecting itself, so that handing over what was collected is not cut off
        policy = StepPolicy(deadline_seconds=self._policy.collect_seconds + 60, attempts=None)
        return Pipeline(PipelineName.COLLECT, (Step(COLLECT, self._collect, policy),))

    def grade_pipeline(self, session: LabletSessionReadModel) -> Pipeline[SessionWork]:
        """Each attempt at grading has steps of its own, so that none finds the results of another.

        What is graded again is on its way out already: that its end is asked for is no reason to stop.
        """
        attempt = session.grading_attempt
        policy = StepPolicy(deadline_seconds=self._policy.submit_seconds, attempts=self._policy.attempts)
        return Pipeline(
            PipelineName.GRADE,
            (
                Step(step_of_attempt("synchronize_ruleset", attempt), self._synchronize_ruleset, policy),
                Step(step_of_attempt(OPEN_GRADING, attempt), self._open_session, policy),
                Step(step_of_attempt("submit_evidence", attempt), self._submit_evidence, policy),
                Step(step_of_attempt("start_grading", attempt), self._start_grading, policy),
            ),
            interruptible=session.regrading is None,
        )

    @property
    def collect_seconds(self) -> float:
        return self._policy.collect_seconds

    async def _collect(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        within = work.limits.collection_seconds or self._policy.collect_seconds
        left = max(_LAST_LOOK_SECONDS, within - progress.elapsed_seconds)
        last_look = left <= _LAST_LOOK_SECONDS
        devices = await self._evidence(work, left, last_look=last_look)
        observed = None if last_look else await self._observed(work)
        return await self.hand_over(work, devices, _LAST_LOOK_SECONDS if last_look else STORE_SECONDS, observed)

    async def _observed(self, work: SessionWork) -> ObservedResources | None:
        host, lab_id = work.host, work.session.cml_lab_id
        if host is None or lab_id is None or work.host_is_gone:
            return None
        return await self._observation.observe(host, lab_id)

    async def hand_over(
        self,
        work: SessionWork,
        devices: tuple[DeviceCollection, ...],
        seconds: float = STORE_SECONDS,
        observed: ObservedResources | None = None,
    ) -> EvidenceCollected:
        """COLLECTING → GRADING, or STOPPING when there is nothing to grade. The store has *seconds* for the texts."""
        devices = await self._keeper.keep(work.session.id, devices, seconds)
        body = CollectionCompleted(
            devices=devices,
            collected_at=self._clock.now(),
            collection=work.session.collection,
            observed=observed,
        )
        await self._control_plane.sessions.collection_completed(work.session.id, body)
        missing = tuple(device.node_label for device in devices if not device.was_read)
        return EvidenceCollected(devices=len(devices), missing=missing)

    async def _evidence(self, work: SessionWork, seconds: float, *, last_look: bool) -> tuple[DeviceCollection, ...]:
        host, lab_id = work.host, work.session.cml_lab_id
        if host is None or lab_id is None or work.host_is_gone:
            return ()
        package = await self._contents.get(work.session.content_hash)
        try:
            commands = command_sets(ruleset_of(package.grading_yaml))
        except InvalidInput:
            # the rules cannot be read, which grading will report; the configurations are evidence all the same
            commands = CommandSets()
        try:
            found = await self._collection.collect_configs(host, lab_id, commands, seconds)
            if not last_look and any(device.error is not None for device in found):
                # devices that cannot be read because their host has just died are read when it is back
                await self._collection.require_lab(host, lab_id)
            return found
        except CmlError:
            if last_look:
                return ()
            raise

    async def _synchronize_ruleset(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        package = await self._contents.get(work.session.content_hash)
        rules = ruleset_of(package.grading_yaml)
        if rules is None:
            raise InvalidInput([InputProblem("", "the content has none")], what="grading rules")
        await self._engine().synchronize_ruleset(self._ruleset_name(work), engine_rules(rules))
        return NoResult()

    async def _open_session(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        form = work.session.form_qualified_name
        session = work.session
        ref = await self._engine().open_session(session.id, form, self._ruleset_name(work), session.grading_attempt)
        return GradingOpened(engine_session_id=ref.session_id, engine_part_id=ref.part_id)

    async def _submit_evidence(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        evidence = await self._control_plane.sessions.evidence(work.session.id)
        texts = await self._keeper.texts_of(evidence)
        await self._engine().submit_pod(_opened(work, progress).ref, texts)
        return NoResult()

    async def _start_grading(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        """Told to control-plane-api first: the engine's event may come before the answer to our call."""
        opened = _opened(work, progress)
        body = GradingSubmitted(
            engine_session_id=opened.engine_session_id,
            engine_part_id=opened.engine_part_id,
            attempt=work.session.grading_attempt,
        )
        await self._control_plane.sessions.grading_submitted(work.session.id, body)
        await self._engine().grade(opened.ref)
        return NoResult()

    def _ruleset_name(self, work: SessionWork) -> str:
        return ruleset_name(work.session.form_qualified_name, work.session.content_hash)

    def _engine(self) -> Grading:
        if self._grading is None:
            raise FarEndError(
                "grading-engine",
                "No grading engine is configured; set LABLET_CONTROLLER_GRADING_URL.",
                retryable=False,
                code="grading-not-configured",
            )
        return self._grading


def step_of_attempt(name: str, attempt: int) -> str:
    return name if attempt == 1 else f"{name}_{attempt}"


def _opened(work: SessionWork, progress: StepProgress) -> GradingOpened:
    return progress.result_of(step_of_attempt(OPEN_GRADING, work.session.grading_attempt), GradingOpened)
