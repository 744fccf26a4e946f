"""The typed client of the reconcilers, driven against the real service: every method meets a route."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import uuid4

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.auth import StaticTokenSource
from lcm_core.contracts.sessions import (
    BindLab,
    CollectionCompleted,
    CommandOutput,
    DeviceCollection,
    GradingCompleted,
    GradingReviewRequested,
    GradingSubmitted,
    MarkSessionArchived,
    MarkSessionReady,
    MarkSessionStopped,
    RecordPlacementDecision,
    RecordStep,
    ScheduleSession,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
)
from lcm_core.coordination import LEADER_EPOCH_HEADER, EtcdClient
from lcm_core.domain.enums import (
    GradingSessionStatus,
    LabletSessionStatus,
    PipelineName,
    StepStatus,
    UserSessionStatus,
)
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import PlacementDecision, PlacementOutcome
from lcm_core.domain.values import DeviceAccess
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.integration.http import JsonHttpClient

NOW = datetime.now(UTC)


class RecordingTransport:
    """Remembers method and path of each call of the client, and answers nothing."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    async def request(self, method: str, path: str, **_: Any) -> Any:
        self.calls.append((method, path))
        raise StopAsyncIteration


def _argument(hint: Any) -> Any:
    """Something that a client method can be called with; only the path matters."""
    if hint is str:
        return "an-id"
    if get_origin(hint) in (UnionType, tuple) or get_args(hint):
        return None if type(None) in get_args(hint) else ()
    return hint.model_construct()


async def _calls_of(client: ControlPlaneApiClient, transport: RecordingTransport) -> list[tuple[str, str]]:
    for group in vars(client).values():
        for name, method in inspect.getmembers(group, inspect.iscoroutinefunction):
            if name.startswith("_"):
                continue
            hints = get_type_hints(method)
            needed = [
                _argument(hints[parameter.name])
                for parameter in inspect.signature(method).parameters.values()
                if parameter.default is inspect.Parameter.empty
            ]
            with pytest.raises((StopAsyncIteration, RuntimeError)):
                await method(*needed)
    return transport.calls


async def test_every_call_of_the_client_meets_a_route_and_every_internal_route_has_a_call(
    control_plane: RunningControlPlane,
) -> None:
    transport = RecordingTransport()
    client = ControlPlaneApiClient(transport)
    called = {(method, path.replace("an-id", "{}")) for method, path in await _calls_of(client, transport)}
    offered = {
        (method, _without_names(context.path))
        for context in iter_route_contexts(control_plane.app.routes)
        if context.path is not None and context.path.startswith("/api/internal/")
        for method in context.methods or ()
    }
    assert called == offered


def _without_names(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


@asynccontextmanager
async def client_of(control_plane: RunningControlPlane, service: str) -> AsyncIterator[ControlPlaneApiClient]:
    token = control_plane.token("service", subject=service, client_id=service)
    transport = JsonHttpClient("control-plane-api", control_plane.url, token_source=StaticTokenSource(SecretStr(token)))
    async with transport:
        yield ControlPlaneApiClient(transport)


def decision(session_id: str, worker_id: str | None) -> PlacementDecision:
    return PlacementDecision(
        id=uuid4().hex,
        session_id=session_id,
        at=NOW,
        outcome=PlacementOutcome.ASSIGN if worker_id else PlacementOutcome.WAIT,
        worker_id=worker_id,
        summary="1/1 workers" if worker_id else "0/0 workers",
        engine_version="test",
    )


async def test_a_session_goes_from_booking_to_terminated_through_the_client(
    control_plane: RunningControlPlane,
) -> None:
    session, worker = a_session(), made_ready(a_worker())
    await Recorder(control_plane.db).commit(session, worker)
    id = session.id
    async with client_of(control_plane, "lablet-controller") as client:
        api = client.sessions
        await api.record_placement_decision(id, RecordPlacementDecision(decision=decision(id, None)))
        assert (await api.get(id)).pending_reason == "0/0 workers"
        await api.schedule(id, ScheduleSession(worker_id=worker.id, decision=decision(id, worker.id)))
        await api.start_instantiation(id)
        await api.record_step(
            id,
            RecordStep(pipeline=PipelineName.INSTANTIATE, step="import", status=StepStatus.COMPLETED, attempts=1),
        )
        await api.bind_lab(id, BindLab(cml_lab_id="lab-1"))
        await api.mark_session_ready(id, a_delivery())
        assert (await api.get_by_lds_session("lds-1")).id == id
        assert (await api.user_session(id)).login_url == "http://lds/login"
        await api.notify_session_started(id, SessionStarted(lds_session_id="lds-1", started_at=NOW))
        paused_at, resumed_at = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
        await api.notify_session_paused(id, SessionPaused(lds_session_id="lds-1", paused_at=paused_at))
        assert (await api.user_session(id)).status is UserSessionStatus.PAUSED
        await api.notify_session_resumed(id, SessionResumed(lds_session_id="lds-1", resumed_at=resumed_at))
        await api.notify_session_ended(id, SessionEnded(lds_session_id="lds-1", ended_at=NOW))
        await api.collection_completed(id, some_evidence())
        assert [device.node_label for device in await api.evidence(id)] == ["r1"]
        await api.grading_submitted(id, GradingSubmitted(engine_session_id="g-1", engine_part_id="p-1"))
        await api.grading_review_requested(id, GradingReviewRequested(engine_session_id="g-1"))
        grading = await api.grading_session(id)
        assert (grading.engine_session_id, grading.status) == ("g-1", GradingSessionStatus.REVIEWING)
        await api.grading_completed(id, a_score())
        await api.mark_stopped(id, MarkSessionStopped(proof="lab-1 is not on the host"))
        await api.mark_archived(id, MarkSessionArchived())
        await api.complete_termination(id)
        ended = await api.get(id)
        held = (await client.workers.get(worker.id)).allocations
    assert (ended.status, ended.score, ended.outcome) == (LabletSessionStatus.TERMINATED, 80, "completed")
    assert held == ()


async def test_lists_answer_by_status_and_worker_oldest_first(control_plane: RunningControlPlane) -> None:
    sessions, worker = [a_session() for _ in range(3)], made_ready(a_worker())
    record = Recorder(control_plane.db)
    for each in (*sessions, worker):
        await record.commit(each)
    async with client_of(control_plane, "resource-scheduler") as client:
        placed = sessions[1].id
        await client.sessions.schedule(
            placed, ScheduleSession(worker_id=worker.id, decision=decision(placed, worker.id))
        )
        live = await client.sessions.list()
        pending = await client.sessions.list([LabletSessionStatus.PENDING])
        there = await client.sessions.list(worker_id=worker.id)
        workers = await client.workers.list()
    assert [row.id for row in live] == [session.id for session in sessions]
    assert [row.id for row in pending] == [sessions[0].id, sessions[2].id]
    assert [row.id for row in there] == [placed]
    assert [row.placeable for row in workers] == [True]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (
            "kept",
            {"events": [{"key": {"source": "lds", "id": "1", "type": "t"}}], "first_look_seconds": 1}
            | {"give_up_seconds": 5.7e307},
            "#/give_up_seconds",
        ),
        (
            "settled",
            {"verdicts": [{"id": "1", "status": "parked", "retry_seconds": 1e12}]},
            "#/verdicts/0/retry_seconds",
        ),
    ],
)
async def test_waits_beyond_what_a_calendar_holds_are_refused(
    control_plane: RunningControlPlane, path: str, body: dict[str, Any], pointer: str
) -> None:
    headers = {LEADER_EPOCH_HEADER: "1"}
    async with control_plane.client("service", client_id="lablet-controller") as http:
        answer = await http.post(f"/api/internal/inbound-events/{path}", json=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_what_is_not_there_is_not_found(control_plane: RunningControlPlane) -> None:
    async with client_of(control_plane, "lablet-controller") as client:
        with pytest.raises(NotFound):
            await client.sessions.get("nobody")
        with pytest.raises(NotFound):
            await client.definitions.content("0" * 64)


async def test_a_leader_that_was_replaced_changes_nothing_even_before_its_successor_writes(
    control_plane: RunningControlPlane,
) -> None:
    session = a_session()
    await Recorder(control_plane.db).commit(session)
    settings = control_plane.settings
    async with EtcdClient(settings.etcd_endpoints) as etcd:
        key = f"{settings.etcd_prefix}/resource-scheduler/leader"
        old = await etcd.put(key, "first")
        async with control_plane.client("service", client_id="resource-scheduler") as scheduler:
            path = f"/api/internal/sessions/{session.id}/placement-decision"

            async def hold(epoch: int) -> httpx2.Response:
                body = RecordPlacementDecision(decision=decision(session.id, None))
                body = body.model_copy(
                    update={"decision": body.decision.model_copy(update={"summary": f"{epoch} at {uuid4().hex}"})}
                )
                return await scheduler.post(
                    path, json=body.model_dump(mode="json"), headers={LEADER_EPOCH_HEADER: str(epoch)}
                )

            assert (await hold(old)).json()["applied"] is True
            await etcd.delete(key)
            new = await etcd.put(key, "second")
            await asyncio.sleep(settings.leader_confirm_seconds)
            before = await control_plane.commits()
            refused = await hold(old)
            assert (refused.status_code, refused.json()["code"]) == (409, "stale-leader")
            assert await control_plane.commits() == before
            assert (await hold(new)).json()["applied"] is True
            made = await control_plane.db["events"].find_one({"_id": f"lablet_session-{session.id}@3"})
    assert made is not None
    assert made["metadata"]["leader_service"] == "resource-scheduler"
    assert made["metadata"]["leader_epoch"] == new


async def test_an_epoch_of_another_service_does_not_count(control_plane: RunningControlPlane) -> None:
    session = a_session()
    await Recorder(control_plane.db).commit(session)
    settings = control_plane.settings
    async with (
        EtcdClient(settings.etcd_endpoints) as etcd,
        control_plane.client("service", client_id="worker-controller") as other,
    ):
        epoch = await etcd.put(f"{settings.etcd_prefix}/resource-scheduler/leader", "scheduler")
        answer = await other.post(
            f"/api/internal/sessions/{session.id}/stop",
            json={"outcome": "cancelled", "reason": "x"},
            headers={LEADER_EPOCH_HEADER: str(epoch)},
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "stale-leader")


def a_delivery() -> MarkSessionReady:
    device = DeviceAccess(name="r1", protocol="telnet", host="127.10.0.4", port=2000, uri="telnet://127.10.0.4:2000")
    return MarkSessionReady(cml_lab_id="lab-1", lds_session_id="lds-1", login_url="http://lds/login", devices=(device,))


def some_evidence() -> CollectionCompleted:
    output = CommandOutput(command="show running-config", output="hostname r1", collected_at=NOW)
    device = DeviceCollection(node_label="r1", node_definition="iosv", outputs=(output,))
    return CollectionCompleted(devices=(device,), collected_at=NOW)


def a_score() -> GradingCompleted:
    return GradingCompleted(
        engine_session_id="g-1",
        score=80,
        max_score=100,
        cut_score=60,
        passed=True,
        submitted_at=NOW + timedelta(seconds=1),
    )
