"""Every decision about the size of the fleet is kept: what was done in its commit, what was not done once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from control_plane_api.application.commands.fleet.record_scaling_findings_command import RecordScalingFindingsCommand
from control_plane_api.application.commands.fleet.report_strays_command import ReportStraysCommand
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.report_host_leaving_command import ReportHostLeavingCommand
from control_plane_api.application.commands.worker.request_scale_up_command import RequestScaleUpCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.paging import Between, PageRequest
from control_plane_api.application.queries.get_standing_answer_query import (
    GetStandingAnswerQuery,
    GetStandingAnswerQueryHandler,
)
from control_plane_api.application.queries.list_scaling_decisions_query import (
    ListScalingDecisionsQuery,
    ListScalingDecisionsQueryHandler,
)
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.integration.repositories.indexes import INDEXES
from control_plane_api.testing.command_world import START, CommandWorld
from lcm_core.contracts.fleet import RecordScalingFindings, ReportStrays
from lcm_core.contracts.workers import DrainWorker, ReportHostLeaving, RequestScaleUp, SetDesiredStatus
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.errors import InvalidInput, NotFound, RuleViolation
from lcm_core.domain.read_models import (
    GuardAnswer,
    ScaleUpDemand,
    ScalingDecision,
    ScalingFinding,
    ScalingKind,
    StrayFinding,
    StrayKind,
)

K = ScalingKind


@pytest.fixture(autouse=True)
async def indexes(world: CommandWorld) -> None:
    await world.db["scaling_decisions"].create_indexes(list(INDEXES["scaling_decisions"]))


def kept(world: CommandWorld, worker_id: str = "w-1", guard: str = "idle", **changes: Any) -> ScalingFinding:
    facts: dict[str, Any] = {
        "kind": K.SCALE_DOWN,
        "subject": worker_id,
        "at": world.clock.now(),
        "taken": False,
        "decided_by": guard,
        "summary": f"kept by {guard}",
        "answers": (GuardAnswer(name=guard, passes=False, why="not yet"),),
        "inputs": {"idle_seconds": 12.0, "sessions": 0},
        "worker_id": worker_id,
        "region": "us-east-1",
    }
    return ScalingFinding.model_validate(facts | changes)


async def tell(world: CommandWorld, *findings: ScalingFinding) -> int:
    command = RecordScalingFindingsCommand(RecordScalingFindings(findings=findings))
    return (await world.do(command, actor="worker-controller")).added


async def listed(world: CommandWorld, **filters: Any) -> Sequence[ScalingDecision]:
    handler = ListScalingDecisionsQueryHandler(world.read.scaling)
    return (await handler.handle(ListScalingDecisionsQuery(PageRequest(limit=200), **filters))).rows


async def test_the_same_answer_again_is_counted_and_the_figures_are_the_last(world: CommandWorld) -> None:
    for seconds in (0, 60, 120):
        world.clock.advance(60 if seconds else 0)
        await tell(world, kept(world, inputs={"idle_seconds": float(seconds)}))
    (decision,) = await listed(world)
    assert (decision.count, decision.at, decision.last_seen_at) == (3, START, START + timedelta(minutes=2))
    assert decision.inputs == {"idle_seconds": 120.0}
    assert decision.actor == "worker-controller"


async def test_a_pass_that_is_told_twice_counts_once(world: CommandWorld) -> None:
    assert [await tell(world, kept(world)) for _ in range(3)] == [1, 0, 0]
    assert [decision.count for decision in await listed(world)] == [1]


async def test_another_answer_is_another_decision_and_so_is_the_old_one_after_it(world: CommandWorld) -> None:
    for guard in ("idle", "no_sessions", "no_sessions", "idle"):
        world.later(minutes=1)
        await tell(world, kept(world, guard=guard))
    found = [(decision.decided_by, decision.count) for decision in await listed(world)]
    assert found == [("idle", 1), ("no_sessions", 2), ("idle", 1)]


async def test_what_stands_is_the_last_answer_of_that_worker(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    handler = GetStandingAnswerQueryHandler(world.read.workers, world.read.scaling)
    assert (await handler.handle(GetStandingAnswerQuery(worker_id))).scale_down is None
    await tell(world, kept(world, worker_id, "idle"), kept(world, "w-other", "cooldown"))
    world.later(minutes=1)
    await tell(world, kept(world, worker_id, "budget"))
    standing = await handler.handle(GetStandingAnswerQuery(worker_id))
    assert standing.scale_down is not None
    assert standing.scale_down.decided_by == "budget"
    assert standing.retention is None
    with pytest.raises(NotFound):
        await handler.handle(GetStandingAnswerQuery("nobody"))


async def test_a_pass_over_two_hundred_workers_is_three_round_trips(
    world: CommandWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = [kept(world, f"w-{number}") for number in range(200)]
    assert await tell(world, *findings) == 200
    world.later(minutes=1)
    calls: list[str] = []
    original = AsyncMongoClient._conn_for_writes  # pyright: ignore[reportPrivateUsage]

    def counted(self: Any, *args: Any, **named: Any) -> Any:
        calls.append("write")
        return original(self, *args, **named)

    monkeypatch.setattr(AsyncMongoClient, "_conn_for_writes", counted)
    await world.read.scaling.record([kept(world, f"w-{number}") for number in range(200)], "worker-controller")
    assert {decision.count for decision in await listed(world)} == {2}
    assert len(calls) <= 2


async def test_lists_are_filtered_by_worker_region_kind_taken_and_time(world: CommandWorld) -> None:
    await tell(world, kept(world, "w-1"), kept(world, "w-2", region="eu-west-1"))
    world.later(hours=2)
    await tell(world, kept(world, "w-1", taken=True, decided_by="", answers=(), kind=K.RETENTION))
    assert {each.worker_id for each in await listed(world, region="eu-west-1")} == {"w-2"}
    assert len(await listed(world, worker_id="w-1")) == 2
    assert [each.kind for each in await listed(world, taken=True)] == [K.RETENTION]
    assert len(await listed(world, kind=K.SCALE_DOWN, taken=False)) == 2
    first_hour = Between(START, START + timedelta(hours=1))
    assert len(await listed(world, made=first_hour)) == 2


async def test_pages_go_on_where_the_one_before_ended(world: CommandWorld) -> None:
    await tell(world, *(kept(world, f"w-{number}") for number in range(7)))
    handler = ListScalingDecisionsQueryHandler(world.read.scaling)
    seen: list[str] = []
    page = PageRequest(limit=3)
    for _ in range(3):
        found = await handler.handle(ListScalingDecisionsQuery(page))
        seen += [each.subject for each in found.rows]
        page = PageRequest(limit=3, after=found.next)
    assert sorted(seen) == [f"w-{number}" for number in range(7)]


async def test_a_scale_up_is_kept_with_its_demand_and_so_is_one_that_the_limit_refuses(world: CommandWorld) -> None:
    await world.a_template()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=1), "small"))

    async def ask(key: str) -> None:
        demand = ScaleUpDemand(key=key, reason="no room for 2 sessions", session_ids=(f"{key}-1", f"{key}-2"))
        await world.do(RequestScaleUpCommand(RequestScaleUp(template_name="metal", demand=demand)))

    await ask("a")
    for _ in range(2):
        world.later(minutes=1)
        with pytest.raises(RuleViolation):
            await ask("b")
    refused, taken = await listed(world, kind=K.SCALE_UP)
    assert (taken.taken, taken.summary, taken.inputs["sessions"]) == (True, "no room for 2 sessions", 2)
    assert taken.worker_id is not None
    assert (refused.taken, refused.decided_by, refused.count) == (False, "fleet-limit", 2)
    assert refused.inputs["workers_in_region"] == 1


async def test_what_people_and_aws_do_to_workers_is_kept_too(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    stop = SetDesiredStatus(desired_status=WorkerDesiredStatus.STOPPED, reason="night")
    for command in (
        DrainWorkerCommand(worker_id, DrainWorker(reason="upgrade")),
        CancelDrainCommand(worker_id, "not today"),
        ReportHostLeavingCommand(worker_id, ReportHostLeaving(reason="instance-retirement")),
        CancelDrainCommand(worker_id, "moved already"),
        SetWorkerDesiredStatusCommand(worker_id, stop),
        SetWorkerDesiredStatusCommand(worker_id, stop),
    ):
        world.later(seconds=1)
        await world.do(command, actor="ada")
    found = [(each.kind, each.summary, each.actor) for each in await listed(world, worker_id=worker_id)]
    assert found[:5] == [
        (K.STOP, "night", "ada"),
        (K.CANCEL_DRAIN, "moved already", "ada"),
        (K.DRAIN, "instance-retirement", "ada"),
        (K.CANCEL_DRAIN, "not today", "ada"),
        (K.DRAIN, "upgrade", "ada"),
    ]
    assert [each[0] for each in found[5:]] == [K.SCALE_UP]


async def test_what_is_refused_leaves_no_decision_of_its_own(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    definition_id = await world.a_definition()
    await world.a_ready_session(worker_id, definition_id)
    with pytest.raises(RuleViolation):
        await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="upgrade")))
    assert await listed(world, kind=K.DRAIN) == []


def a_stray(instance_id: str = "i-1", region: str = "us-east-1") -> StrayFinding:
    return StrayFinding(
        ec2_instance_id=instance_id, region=region, kind=StrayKind.UNKNOWN, state="running", what_to_do="import it"
    )


async def flag(world: CommandWorld, *strays: StrayFinding, regions: tuple[str, ...] = ("us-east-1",)) -> None:
    report = ReportStrays(regions=regions, looked_at=world.clock.now(), strays=strays)
    await world.do(ReportStraysCommand(report))


async def test_a_flag_keeps_its_first_time_and_goes_when_it_is_resolved(world: CommandWorld) -> None:
    await flag(world, a_stray("i-1"), a_stray("i-2"))
    world.later(minutes=5)
    await flag(world, a_stray("i-1"))
    (left,) = await world.read.scaling.strays()
    assert (left.ec2_instance_id, left.flagged_at) == ("i-1", START)
    assert left.seen_at == START + timedelta(minutes=5)
    await flag(world)
    assert await world.read.scaling.strays() == []


async def test_flags_of_a_region_that_was_not_looked_at_stay(world: CommandWorld) -> None:
    both = ("us-east-1", "eu-west-1")
    await flag(world, a_stray("i-1"), a_stray("i-2", "eu-west-1"), regions=both)
    await flag(world, regions=("us-east-1",))
    assert [each.ec2_instance_id for each in await world.read.scaling.strays()] == ["i-2"]


async def test_a_stray_outside_the_regions_of_its_report_is_refused(world: CommandWorld) -> None:
    with pytest.raises(InvalidInput):
        await flag(world, a_stray("i-2", "eu-west-1"))
