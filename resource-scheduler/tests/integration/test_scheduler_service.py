"""The service against control-plane-api, etcd and a MongoDB-wire server; every wait here is for an event."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from lcm_core.domain.enums import LabletSessionStatus as S
from lcm_core.domain.enums import SessionOutcome

pytestmark = pytest.mark.stack


async def test_a_booking_on_a_worker_with_room_is_scheduled(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    async with surroundings.service():
        session_id = await surroundings.book(await surroundings.define())
        scheduled = await surroundings.until_status(session_id, S.SCHEDULED)
    assert scheduled.worker_id == worker_id
    assert len(scheduled.allocated_ports) == 2


async def test_an_empty_fleet_gets_the_workers_that_the_queue_needs_and_no_more(surroundings: Any) -> None:
    async with surroundings.service():
        definition_id = await surroundings.define()
        sessions = [await surroundings.book(definition_id) for _ in range(6)]
        workers = await surroundings.until_workers(2)
        for session_id in sessions:
            await surroundings.until(session_id, lambda row: "on the way" in row.pending_reason)
        assert {each.template_name for each in workers} == {"room-for-four"}
        assert len(await surroundings.client.workers.list()) == 2

        for worker in workers:
            await surroundings.bring_up(worker.id)
        placed = [await surroundings.until_status(session_id, S.SCHEDULED) for session_id in sessions]
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
            await surroundings.until_status(session_id, S.SCHEDULED)
        waiting = await surroundings.book(definition_id)
        told = await surroundings.until(waiting, lambda row: bool(row.pending_reason))
        assert told.pending_reason.startswith("0/1 workers: 1 capacity")
        await surroundings.admin.delete(
            f"/api/v1/reservations/{(await surroundings.session(first[0])).reservation_id}",
            headers={"Idempotency-Key": "x"},
        )
        placed = await surroundings.until_status(waiting, S.SCHEDULED)
    assert placed.worker_id == worker_id


async def test_sessions_on_a_drained_worker_are_placed_elsewhere(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    async with surroundings.service():
        session_id = await surroundings.book(await surroundings.define())
        await surroundings.until_status(session_id, S.SCHEDULED)
        other = await surroundings.worker_on_the_way()
        await surroundings.bring_up(other)
        await surroundings.post(f"/api/v1/workers/{worker_id}/drain", {"reason": "maintenance", "force": True})
        await surroundings.until(session_id, lambda row: row.worker_id == other)


async def test_sessions_on_a_worker_that_is_gone_are_placed_elsewhere(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    async with surroundings.service():
        session_id = await surroundings.book(await surroundings.define())
        await surroundings.until_status(session_id, S.SCHEDULED)
        await surroundings.take_down(worker_id)
        (replacement,) = await surroundings.until_workers(1)
        await surroundings.bring_up(replacement.id)
        await surroundings.until(session_id, lambda row: row.worker_id == replacement.id)


async def test_a_booking_for_next_week_holds_no_room_and_asks_for_no_worker(surroundings: Any, now: datetime) -> None:
    async with surroundings.service() as url:
        later = await surroundings.book(await surroundings.define(), start=(now + timedelta(days=7)).isoformat())
        sooner = await surroundings.book(await surroundings.define())
        await surroundings.until_workers(1)
        await surroundings.until(sooner, lambda row: "on the way" in row.pending_reason)
        assert (await surroundings.session(later)).status is S.PENDING
        async with httpx2.AsyncClient() as http:
            metrics = (await http.get(f"{url}/metrics")).text
    assert "lcm_scheduler_decisions_total" in metrics
    assert "lcm_scheduler_decision_duration_seconds_bucket" in metrics
    assert 'lcm_scheduler_scale_up_requests_total{answer="created"' in metrics


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
            await surroundings.until(session_id, lambda row: row.status is S.SCHEDULED or bool(row.pending_reason))
        rows = [await surroundings.session(session_id) for session_id in sessions]
    assert sum(row.worker_id == worker_id for row in rows) == 4


async def test_of_two_instances_one_schedules_and_the_other_takes_over(surroundings: Any) -> None:
    worker_id = await surroundings.worker_on_the_way()
    await surroundings.bring_up(worker_id)
    definition_id = await surroundings.define()
    async with surroundings.service() as second, httpx2.AsyncClient() as http:
        async with surroundings.service() as first:
            await surroundings.until_status(await surroundings.book(definition_id), S.SCHEDULED)
            leads = [(await http.get(f"{url}/info")).json()["leader"] for url in (first, second)]
            assert sorted(leads) == [False, True]
        await surroundings.until_status(await surroundings.book(definition_id), S.SCHEDULED)
        assert (await http.get(f"{second}/info")).json()["leader"] is True
        assert (await http.get(f"{second}/health/ready")).json()["ready"] is True
