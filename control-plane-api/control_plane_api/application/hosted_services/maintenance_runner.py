"""Does long work on what is derived from the log, one run at a time, stage by stage.

The run is on record: whoever leads goes on with the first stage that is not done, so that a crash costs at most the
stage under way, and of a collection only what was done since its last checkpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import structlog

from control_plane_api.application.commands.operations.finish_maintenance_command import FinishMaintenanceCommand
from control_plane_api.application.commands.operations.record_maintenance_progress_command import (
    RecordMaintenanceProgressCommand,
)
from control_plane_api.application.commands.operations.record_maintenance_stage_command import (
    RecordMaintenanceStageCommand,
)
from control_plane_api.application.rows import Rows
from control_plane_api.domain.identities import MAINTENANCE_ID
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command, Mediator
from lcm_core.clock import Clock
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import Conflict, FarEndError, LcmError
from lcm_core.domain.read_models.operations import (
    MaintenanceKind,
    MaintenanceProgress,
    MaintenanceReadModel,
    MaintenanceRun,
    MaintenanceStage,
    MaintenanceStatus,
)
from lcm_core.observability.correlation import new_correlation_id

log = structlog.stdlib.get_logger(__name__)

ACTOR = "control-plane-api"
_LOOK_SECONDS = 30.0
_RETRY_SECONDS = 2.0
_MOST_FAILURES = 150
_TOLD_EVERY_SECONDS = 1.0


class HowFar:
    """How far the stage under way is; written by the job, read by whoever tells people."""

    def __init__(self) -> None:
        self.done = self.total = 0

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total


class MaintenanceJob(Protocol):
    """One kind of long work."""

    def stages(self, run: MaintenanceRun) -> Sequence[str]:
        """In order; the same at every look."""
        ...

    async def do(self, stage: str, run: MaintenanceRun, how_far: HowFar) -> MaintenanceStage:
        """Idempotent. Raises ``FarEndError`` or ``Conflict`` when it is to be tried again, any other ``LcmError`` when
        it cannot be.
        """
        ...


class MaintenanceRunner:
    """Work of the leading instance. Paused, it finishes its stage and begins no other."""

    name = "maintenance"

    def __init__(
        self,
        mediator: Mediator,
        rows: Rows[MaintenanceReadModel],
        jobs: Mapping[MaintenanceKind, MaintenanceJob],
        clock: Clock,
    ) -> None:
        self._mediator = mediator
        self._rows = rows
        self._jobs = jobs
        self._clock = clock
        self._wanted = asyncio.Event()
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._failures = 0

    @property
    def waiting(self) -> int:
        return int(self._wanted.is_set())

    def pause(self, paused: bool) -> None:
        if paused:
            self._allowed.clear()
        else:
            self._allowed.set()

    def want(self) -> None:
        self._wanted.set()

    def notice(self, commits: Sequence[Commit]) -> None:
        if any(commit.kind == "maintenance" for commit in commits):
            self.want()

    async def run(self) -> None:
        while True:
            await self._allowed.wait()
            self._wanted.clear()
            pause = await self._go_on()
            try:
                async with asyncio.timeout(pause):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def _go_on(self) -> float:
        """One stage of the run under way, if there is one; seconds until the next look unless somebody wants one."""
        try:
            row = await self._rows.find(MAINTENANCE_ID)
            run = next((each for each in row.runs if each.status is MaintenanceStatus.RUNNING), None) if row else None
            if run is None:
                return _LOOK_SECONDS
            await self._next_stage(run)
            self._failures = 0
        except (FarEndError, Conflict) as error:
            self._failures += 1
            log.warning("maintenance_interrupted", reason=str(error), failures=self._failures)
            return _RETRY_SECONDS
        return 0

    async def _next_stage(self, run: MaintenanceRun) -> None:
        job = self._jobs[run.kind]
        done = {stage.name for stage in run.stages}
        left = [stage for stage in job.stages(run) if stage not in done]
        if not left:
            failed = sum(stage.failed for stage in run.stages)
            told = f"{failed} streams could not be replayed and were left alone; lcm audit verify names them"
            await self._do(FinishMaintenanceCommand(run.id, told if failed else ""))
            return
        if self._failures >= _MOST_FAILURES:
            self._failures = 0
            await self._do(FinishMaintenanceCommand(run.id, f"given up at {left[0]}: what it needs stayed away"))
            return
        try:
            async with self._telling(run.id, left[0]) as how_far:
                stage = await job.do(left[0], run, how_far)
        except (FarEndError, Conflict):
            raise
        except LcmError as error:
            await self._do(FinishMaintenanceCommand(run.id, f"{left[0]}: {error}"[:2000]))
            return
        await self._do(RecordMaintenanceStageCommand(run.id, stage))

    @asynccontextmanager
    async def _telling(self, run_id: str, stage: str) -> AsyncGenerator[HowFar]:
        """Tells how far it is while the stage is under way."""
        how_far = HowFar()
        telling = asyncio.create_task(self._tell(run_id, stage, how_far))
        try:
            yield how_far
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, run_id: str, stage: str, how_far: HowFar) -> None:
        while True:
            progress = MaintenanceProgress(stage=stage, done=how_far.done, total=how_far.total, at=self._clock.now())
            try:
                await self._do(RecordMaintenanceProgressCommand(run_id, progress))
            except (FarEndError, Conflict) as error:
                log.warning("maintenance_progress_not_told", reason=str(error))
            await asyncio.sleep(_TOLD_EVERY_SECONDS)

    async def _do(self, command: Command[Any]) -> None:
        await self._mediator.execute(command, CommandContext(actor=ACTOR, correlation_id=new_correlation_id()))
