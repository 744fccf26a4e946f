"""A month with the scheduler's own loops, watches and timers: ``SchedulerHostedService`` as it is, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bench.month.hosts import HostHours, most_at_once
from bench.month.live_api import client_of
from bench.month.live_hosts import LiveHosts
from bench.month.live_learners import LiveLearners, LiveTally
from bench.month.live_plane import ROOT, LivePlane, MonthClock
from bench.month.rivals import Fleet, MonthResult
from bench.month.trace import SHAPES, MonthBooking
from bench.month.trouble import Trouble
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.enums import LicenseType
from lcm_core.placement.consolidation import Move, plan_consolidation
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.packing import EFFORT_OF_100_MS, within
from lcm_core.testing.virtual_time import run_in_virtual_time
from resource_scheduler.application.hosted_services.scheduler_hosted_service import SchedulerHostedService
from resource_scheduler.application.services.scheduler_policy import SchedulerPolicy
from resource_scheduler.integration.capacity_watch import CapacityWatch
from resource_scheduler.main import scheduler_policy
from resource_scheduler.settings import SchedulerSettings

_RESYNC_SECONDS = 900.0
"""Nothing is lost on the watches here: the resync, which would only look in vain, is rarer than it is by default."""


@dataclass(frozen=True, slots=True)
class LiveMonth:
    trouble: Trouble
    tally: LiveTally
    result: MonthResult
    starts: int
    failed_starts: int
    at_risk: int
    findings: list[str]


class _AlwaysLeads:
    """The term of a leader whom nobody replaces."""

    service, instance, is_leader, is_valid, leadership = "scheduler", "month", True, True, None

    async def run(self, lead: Any) -> None:
        await lead(self)


def policy() -> SchedulerPolicy:
    """The defaults, with rarer resyncs."""
    settings = SchedulerSettings(oidc_issuer="https://issuer.example")
    return replace(
        scheduler_policy(settings), resync=_RESYNC_SECONDS, warm_check=_RESYNC_SECONDS, consolidation_interval=6 * 3600
    )


def play(
    bookings: Sequence[MonthBooking],
    fleet: Fleet,
    trouble: Trouble,
    *,
    max_workers: int,
    scheduler_policy: SchedulerPolicy | None = None,
) -> LiveMonth:
    month, plane = run_in_virtual_time(_play(bookings, fleet, trouble, max_workers, scheduler_policy or policy()))
    return replace(month, findings=_findings(plane))


async def _play(
    bookings: Sequence[MonthBooking], fleet: Fleet, trouble: Trouble, max_workers: int, by: SchedulerPolicy
) -> tuple[LiveMonth, LivePlane]:
    with structlog.testing.capture_logs():
        plane, hours = LivePlane(MonthClock()), HostHours()
        limits = FleetPolicy(max_workers_per_region=max_workers, drain_look_ahead_seconds=1800)
        await plane.set_up(_template(fleet), limits, SHAPES, fleet.lead * 60)
        learners = LiveLearners(plane, hours, fleet, trouble)
        async with asyncio.TaskGroup() as background:
            hosts = learners.hosts = LiveHosts(plane, hours, fleet, trouble, background, learners.died)
            loops = [
                background.create_task(_scheduler(plane, by)),
                background.create_task(hosts.run()),
                background.create_task(_deaths(plane, hosts, trouble)),
            ]
            async with asyncio.TaskGroup() as everybody:
                for booking in bookings:
                    everybody.create_task(learners.book(booking))
            await asyncio.sleep(6 * 3600)
            _stop_all(loops)
        hours.close(int(plane.clock.minute))
    result = _result(trouble, learners.tally, hours, fleet)
    return LiveMonth(trouble, learners.tally, result, hosts.starts, hosts.failed_starts, plane.at_risk, []), plane


def _stop_all(loops: Sequence[asyncio.Task[None]]) -> None:
    """Whatever still runs belongs to the month that is over."""
    me = asyncio.current_task()
    for task in (*loops, *asyncio.all_tasks()):
        if task is not me:
            task.cancel()


async def _scheduler(plane: LivePlane, by: SchedulerPolicy) -> None:
    election: Any = _AlwaysLeads()
    scheduler = SchedulerHostedService(
        client_of(plane),
        plane,
        lambda view, on_change: CapacityWatch(plane, view, root=ROOT, on_change=on_change),
        election,
        by,
        root=ROOT,
        clock=plane.clock,
        plan_consolidation=_planned_at_once,
    )
    await scheduler.service.run()


async def _planned_at_once(
    fleet: FleetSnapshot, movable: Sequence[PlacementRequest], *, max_moves: int
) -> Sequence[Move]:
    """In the loop itself: beside it, real time would pass, which does not exist here."""
    return plan_consolidation(fleet, movable, max_moves=max_moves, may_go_on=within(EFFORT_OF_100_MS)).moves


async def _deaths(plane: LivePlane, hosts: LiveHosts, trouble: Trouble) -> None:
    for minute in trouble.deaths:
        await asyncio.sleep(minute * 60 - plane.clock.monotonic())
        with suppress(LookupError):
            await hosts.kill_the_busiest()


def _findings(plane: LivePlane) -> list[str]:
    """What an audit of the whole month finds, and whether the log gives the same state again."""
    found = [str(each) for each in plane.store.audit(audit_invariants())]
    return found if plane.store.replayed() == plane.store.documents else [*found, "replay differs"]


def _result(trouble: Trouble, tally: LiveTally, hours: HostHours, fleet: Fleet) -> MonthResult:
    return MonthResult(
        name=f"ours, {trouble.name}",
        promised=tally.promised,
        refused=tally.refused,
        kept=tally.kept,
        broken=len(tally.late) + len(tally.lost),
        worker_hours=hours.worker_hours,
        idle_hours=hours.worker_hours - hours.used_hours,
        cost_usd=hours.worker_hours * fleet.cost_per_hour_usd,
        workers=most_at_once(hours.up),
    )


def _template(fleet: Fleet) -> CreateWorkerTemplate:
    return CreateWorkerTemplate(
        name="metal",
        region="us-east-1",
        instance_type="m5zn.metal",
        capacity=fleet.capacity,
        license_type=LicenseType.ENTERPRISE,
        cost_per_hour_usd=fleet.cost_per_hour_usd,
        startup_seconds=fleet.startup * 60,
    )
