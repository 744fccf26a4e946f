"""Long work on a real store: one stage after the other, whichever instance does it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from control_plane_api.application.commands.operations.start_maintenance_command import StartMaintenanceCommand
from control_plane_api.application.hosted_services.maintenance_runner import HowFar, MaintenanceRunner
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import RuleViolation, StoreUnavailable, VersionConflict
from lcm_core.domain.read_models.operations import (
    MaintenanceKind,
    MaintenanceRun,
    MaintenanceStage,
    MaintenanceStatus,
)

KIND = MaintenanceKind.PROJECTIONS


class Job:
    def __init__(self, world: CommandWorld, error: Exception | None = None) -> None:
        self._world = world
        self._error = error
        self.did: list[str] = []
        self.failed = asyncio.Event()

    def stages(self, run: MaintenanceRun) -> Sequence[str]:
        del run
        return ("one", "two")

    async def do(self, stage: str, run: MaintenanceRun, how_far: HowFar) -> MaintenanceStage:
        del run
        how_far(1, 1)
        if stage == "two" and self._error is not None:
            self.failed.set()
            raise self._error
        self.did.append(stage)
        return MaintenanceStage(name=stage, handled=1, changed=0, at=self._world.clock.now())


async def finished(world: CommandWorld, job: Job) -> MaintenanceRun:
    """The run after an instance with *job* has brought it to its end."""
    over = asyncio.Event()

    def notice(commits: Sequence[Commit]) -> None:
        if any(event.type.startswith("maintenance.finished") for commit in commits for event in commit.events):
            over.set()

    world.mediator.after_commit(notice)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(runner(world, job).run())
        await over.wait()
        running.cancel()
    return (await world.read.maintenance.get("maintenance")).runs[0]


def runner(world: CommandWorld, job: Job) -> MaintenanceRunner:
    return MaintenanceRunner(world.mediator, world.read.maintenance, {KIND: job}, world.clock)


async def test_another_instance_goes_on_with_the_first_stage_that_is_not_done(world: CommandWorld) -> None:
    await world.do(StartMaintenanceCommand("run", KIND, "restored from backup"))
    first, second = Job(world, StoreUnavailable("rebuilding", "it is away")), Job(world)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(runner(world, first).run())
        await first.failed.wait()
        running.cancel()

    run = await finished(world, second)

    assert (first.did, second.did) == (["one"], ["two"])
    assert (run.status, run.error, [stage.name for stage in run.stages]) == (MaintenanceStatus.DONE, "", ["one", "two"])


async def test_a_conflict_is_tried_again_and_ends_nothing(world: CommandWorld) -> None:
    await world.do(StartMaintenanceCommand("run", KIND, "restored from backup"))
    job = Job(world, VersionConflict("maintenance-maintenance", 2))
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(runner(world, job).run())
        await job.failed.wait()
        running.cancel()

    run = (await world.read.maintenance.get("maintenance")).runs[0]
    assert (run.status, run.error) == (MaintenanceStatus.RUNNING, "")
    assert (await finished(world, Job(world))).status is MaintenanceStatus.DONE


async def test_what_cannot_be_done_is_told_and_makes_way_for_the_next(world: CommandWorld) -> None:
    await world.do(StartMaintenanceCommand("run", KIND, "restored from backup"))

    run = await finished(world, Job(world, RuleViolation("no such thing", code="no")))

    assert (run.status, run.error) == (MaintenanceStatus.FAILED, "two: no such thing")
    assert (await world.do(StartMaintenanceCommand("next", KIND, "once more"))).applied
