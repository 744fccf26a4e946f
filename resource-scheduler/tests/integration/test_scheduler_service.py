"""The service against control-plane-api, etcd and a MongoDB-wire server; every wait here is for an event."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from lcm_core.contracts.workers import WorkerStatusReport
from lcm_core.domain.enums import LabletSessionStatus as S
from lcm_core.domain.enums import SessionOutcome, WorkerDesiredStatus

pytestmark = pytest.mark.stack


AHEAD: dict[str, Any] = {"placement_slack_seconds": 1200, "wake_slack_seconds": 1200}
"""Placed at once although it begins in a quarter of an hour: so it stays SCHEDULED for as long as a test takes."""


def in_a_quarter_of_an_hour() -> str:
    return (datetime.now(UTC) + timedelta(minutes=15)).isoformat()


async def test_a_booking_on_a_worker_with_room_is_placed_and_begins_at_once(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    async with surroundings.service():
        session_id = await surroundings.book(await surroundings.define())
        begun = await surroundings.until_status(session_id, S.INSTANTIATING)
    assert begun.worker_id == worker_id
    assert len(begun.allocated_ports) == 2


async def test_an_empty_fleet_gets_the_workers_that_the_bookings_need_and_no_more(surroundings: Any) -> None:
    async with surroundings.service():
        definition_id = await surroundings.define()
        sessions = [await surroundings.book(definition_id) for _ in range(6)]
        workers = await surroundings.until_workers(2)
        for worker in workers:
            await surroundings.until_worker(worker.id, lambda row: row.desired_status is WorkerDesiredStatus.RUNNING)
        for session_id in sessions:
            await surroundings.until(session_id, lambda row: "on the way" in row.pending_reason)
        assert {each.template_name for each in workers} == {"room-for-four"}

        for worker in workers:
            await surroundings.bring_up(worker.id)
        placed = [await surroundings.until_placed(session_id) for session_id in sessions]
        assert len(await surroundings.client.workers.list()) == 2
    held = [sum(session.worker_id == worker.id for session in placed) for worker in workers]
    assert sorted(held) == [2, 4]


async def test_room_that_is_given_back_is_used_at_once(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    definition_id = await surroundings.define()
    async with surroundings.service():
        first = [await surroundings.book(definition_id) for _ in range(4)]
        for session_id in first:
            await surroundings.until_placed(session_id)
        waiting = await surroundings.book(definition_id)
        told = await surroundings.until(waiting, lambda row: "on the way" in row.pending_reason)
        assert told.promised_worker_id != worker_id
        await surroundings.end(first[0])
        await surroundings.until_placed(waiting, worker_id)


async def test_sessions_on_a_drained_worker_are_placed_elsewhere(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    async with surroundings.service(**AHEAD):
        session_id = await surroundings.book(await surroundings.define(), start=in_a_quarter_of_an_hour())
        await surroundings.until_status(session_id, S.SCHEDULED)
        other = await surroundings.worker_on_the_way()
        await surroundings.bring_up(other)
        await surroundings.post(f"/api/v1/workers/{worker_id}/drain", {"reason": "maintenance", "force": True})
        await surroundings.until_placed(session_id, other)


async def test_sessions_on_a_worker_that_is_gone_are_placed_elsewhere(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    async with surroundings.service(**AHEAD):
        session_id = await surroundings.book(await surroundings.define(), start=in_a_quarter_of_an_hour())
        await surroundings.until_status(session_id, S.SCHEDULED)
        await surroundings.take_down(worker_id)
        (replacement,) = await surroundings.until_workers(1)
        await surroundings.until_worker(replacement.id, lambda row: row.desired_status is WorkerDesiredStatus.RUNNING)
        await surroundings.bring_up(replacement.id)
        await surroundings.until_placed(session_id, replacement.id)


async def test_a_booking_for_next_week_is_held_by_a_worker_that_is_not_woken_before(
    surroundings: Any, now: datetime
) -> None:
    async with surroundings.service() as url:
        definition_id = await surroundings.define()
        later = await surroundings.book(definition_id, start=(now + timedelta(days=7)).isoformat())
        (planned,) = await surroundings.until_workers(1)
        sooner = await surroundings.book(definition_id)
        await surroundings.until(sooner, lambda row: "on the way" in row.pending_reason)
        woken = await surroundings.until_worker(planned.id, lambda row: not row.planned)
        assert woken.expected_ready_at > now
        held = await surroundings.session(later)
        assert (held.status, held.promised_worker_id) == (S.PENDING, planned.id)
        async with httpx2.AsyncClient() as http:
            metrics = (await http.get(f"{url}/metrics")).text
    assert "lcm_scheduler_decisions_total" in metrics
    assert "lcm_scheduler_decision_duration_seconds_bucket" in metrics
    assert 'lcm_scheduler_worker_wakes_total{was="planned",what_for="booking"}' in metrics
    assert "lcm_scheduler_clock_skew_seconds" in metrics


async def test_the_promise_of_a_worker_that_fails_is_given_by_another_one_long_before_it_is_needed(
    surroundings: Any, now: datetime
) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    async with surroundings.service():
        start = (now + timedelta(days=7)).isoformat()
        session_id = await surroundings.book(await surroundings.define(), start=start)
        assert (await surroundings.session(session_id)).promised_worker_id == worker_id
        await surroundings.client.workers.terminated(worker_id, WorkerStatusReport(reason="gone"))
        await surroundings.until(session_id, lambda row: row.promised_worker_id not in (None, worker_id))


async def test_a_planned_worker_whose_bookings_are_cancelled_is_given_up(surroundings: Any, now: datetime) -> None:
    async with surroundings.service():
        start = (now + timedelta(days=7)).isoformat()
        session_id = await surroundings.book(await surroundings.define(), start=start)
        (planned,) = await surroundings.until_workers(1)
        reservation_id = (await surroundings.session(session_id)).reservation_id
        await surroundings.admin.delete(f"/api/v1/reservations/{reservation_id}", headers={"Idempotency-Key": "x"})
        await surroundings.until_worker(planned.id, lambda row: row.desired_status is WorkerDesiredStatus.TERMINATED)


async def test_operators_see_who_waits_what_was_decided_and_what_lies_ahead(surroundings: Any, now: datetime) -> None:
    headers = {"Authorization": f"Bearer {surroundings.plane.token('operator')}"}
    async with (
        surroundings.service() as url,
        httpx2.AsyncClient(base_url=f"{url}/api/admin/scheduler", headers=headers) as http,
    ):
        definition_id = await surroundings.define()
        start = (now + timedelta(hours=5)).isoformat()
        later = await surroundings.book(definition_id, start=start)
        sooner = await surroundings.book(definition_id)
        await surroundings.until(sooner, lambda row: "on the way" in row.pending_reason)
        queue = (await http.get("/queue")).json()
        assert [row["session_id"] for row in queue["sessions"]] == [sooner, later]
        assert "on the way" in queue["sessions"][0]["reason"]
        assert (await http.get("/decisions")).json()[0]["session_id"] == sooner
        hours = (await http.get("/landscape", params={"hours": 8})).json()["hours"]
        assert sum(hour["booked"]["cpu_cores"] > 0 for hour in hours) >= 2
        policy = (await http.get("/policy")).json()
        assert policy["policy"]["slots"]["warn_seconds"] == 300
        assert abs(policy["clock_skew_seconds"]) < 1
        assert (await http.get("/queue", headers={"Authorization": ""})).status_code == 401


async def test_whoever_looks_at_the_api_sees_by_which_rules_the_leader_decides(surroundings: Any) -> None:
    async with surroundings.service(scoring_fullness=3, warm_workers=2):
        async with asyncio.timeout(20):
            while (policy := await the_policy(surroundings))["rules"] is None:  # noqa: ASYNC110 - told behind
                await asyncio.sleep(0.05)
    rules = {each["name"]: each for each in policy["rules"]["rules"]}
    assert policy["rules"]["weights"]["fullness"] == 3
    assert (rules["warm_workers"]["value"], rules["warm_workers"]["default"]) == (2, 0)
    assert rules["warm_workers"]["variable"] == "RESOURCE_SCHEDULER_WARM_WORKERS"
    assert "client_secret" not in rules


async def the_policy(surroundings: Any) -> dict[str, Any]:
    return (await surroundings.admin.get("/api/v1/scheduler/policy")).json()


async def test_what_found_no_room_in_time_ends_as_expired(surroundings: Any) -> None:
    async with surroundings.service(placement_grace_seconds=0.5):
        session_id = await surroundings.book(await surroundings.define())
        ended = await surroundings.until_status(session_id, S.TERMINATED)
    assert ended.outcome is SessionOutcome.EXPIRED


async def test_many_bookings_at_once_never_exceed_a_worker(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    definition_id = await surroundings.define()
    async with surroundings.service():
        sessions = await asyncio.gather(*(surroundings.book(definition_id) for _ in range(12)))
        for session_id in sessions:
            await surroundings.until(session_id, lambda row: row.worker_id is not None or bool(row.pending_reason))
        rows = [await surroundings.session(session_id) for session_id in sessions]
    assert sum(row.worker_id == worker_id for row in rows) == 4


async def test_of_two_instances_one_schedules_and_the_other_takes_over(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    definition_id = await surroundings.define()
    async with surroundings.service() as second, httpx2.AsyncClient() as http:
        async with surroundings.service() as first:
            await surroundings.until_placed(await surroundings.book(definition_id))
            leads = [(await http.get(f"{url}/info")).json()["leader"] for url in (first, second)]
            assert sorted(leads) == [False, True]
        await surroundings.until_placed(await surroundings.book(definition_id))
        assert (await http.get(f"{second}/info")).json()["leader"] is True
        assert (await http.get(f"{second}/health/ready")).json()["ready"] is True
