import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from lcm_simulators.lds.testing import running_lds

if TYPE_CHECKING:
    from conftest import EventSink, LdsCaller
else:
    EventSink = LdsCaller = Any


async def test_login_starts_the_session_and_tells_so_once(
    caller: LdsCaller, learner: httpx2.AsyncClient, sink: EventSink
) -> None:
    session_id = await caller.create("mine")
    token = await caller.launch(session_id)
    for _ in range(2):
        assert (await learner.post(f"/api/learner/{token}/login")).json()["state"] == "SESSION_RUNNING"
    await learner.post(f"/api/learner/{token}/finish")
    events = await sink.wait_for(2)
    assert [(e["type"], e["source"], e["subject"]) for e in events] == [
        ("lds.session.started", "urn:lds:local", session_id),
        ("lds.session.ended", "urn:lds:local", session_id),
    ]


async def test_started_event_names_session_caller_and_learner(
    caller: LdsCaller, learner: httpx2.AsyncClient, sink: EventSink
) -> None:
    session_id = await caller.create("mine")
    await learner.post(f"/api/learner/{await caller.launch(session_id)}/login")
    [event] = await sink.wait_for(1)
    assert event["data"] == {
        "session_id": session_id,
        "auth_id": "mine",
        "user_id": "candidate-7",
        "started_at": event["data"]["started_at"],
    }


async def test_learner_sees_devices_only_while_logged_in(caller: LdsCaller, learner: httpx2.AsyncClient) -> None:
    session_id = await caller.create()
    device = {"device_label": "r1", "host": "127.10.0.4", "port": 5041, "protocol": "serial"}
    await caller.http.put(f"/lab_session/{session_id}/part/1/devices", json=[device])
    token = await caller.launch(session_id)
    assert (await learner.get(f"/api/learner/{token}")).json()["devices"] == []
    shown = (await learner.post(f"/api/learner/{token}/login")).json()["devices"]
    assert [(d["device_label"], d["port"]) for d in shown] == [("r1", 5041)]
    assert (await learner.post(f"/api/learner/{token}/finish")).json()["devices"] == []


async def test_page_leads_from_login_to_finish(caller: LdsCaller, learner: httpx2.AsyncClient) -> None:
    session_id = await caller.create()
    device = {"device_label": "<r1>", "host": "127.10.0.4", "port": 5041, "protocol": "serial"}
    await caller.http.put(f"/lab_session/{session_id}/part/1/devices", json=[device])
    path = f"/learner/{await caller.launch(session_id)}"
    assert "Log in and start" in (await learner.get(path)).text
    running = (await learner.post(f"{path}/login", follow_redirects=True)).text
    assert "&lt;r1&gt;" in running
    assert "serial://127.10.0.4:5041" in running
    assert "Your lab is finished" in (await learner.post(f"{path}/finish", follow_redirects=True)).text


async def test_forged_link_is_refused(learner: httpx2.AsyncClient) -> None:
    assert (await learner.post("/api/learner/eyJhbGciOiJIUzI1NiJ9.e30.x/login")).status_code == 404
    assert (await learner.get("/learner/nonsense")).status_code == 404


async def test_pause_stops_the_clock_and_resume_gives_the_time_back(
    caller: LdsCaller, learner: httpx2.AsyncClient, sink: EventSink
) -> None:
    session_id = await caller.create(max_length_minutes=30)
    token = await caller.launch(session_id)
    await learner.post(f"/api/learner/{token}/login")
    assert (await caller.http.put(f"/lab_session/{session_id}/pause")).status_code == 204
    paused = await caller.get(session_id)
    assert (paused["state"], paused["timer_paused"]) == ("SESSION_PAUSED", True)
    assert (await caller.http.put(f"/lab_session/{session_id}/resume")).status_code == 204
    left = (await learner.get(f"/api/learner/{token}")).json()["seconds_left"]
    assert 1790 < left <= 1800
    assert [e["type"].rpartition(".")[2] for e in await sink.wait_for(3)] == ["started", "paused", "resumed"]


async def test_the_learner_pauses_and_goes_on_by_the_page(
    caller: LdsCaller, learner: httpx2.AsyncClient, sink: EventSink
) -> None:
    path = f"/learner/{await caller.launch(await caller.create())}"
    assert "You cannot pause now" in (await learner.post(f"{path}/pause")).text
    await learner.post(f"{path}/login")
    paused = (await learner.post(f"{path}/pause", follow_redirects=True)).text
    assert "Your lab is paused" in paused
    assert 'id="resume"' in paused
    running = (await learner.post(f"{path}/resume", follow_redirects=True)).text
    assert "Your lab is running" in running
    assert 'id="pause"' in running
    events = await sink.wait_for(3)
    assert [e["type"].rpartition(".")[2] for e in events] == ["started", "paused", "resumed"]
    assert {"session_id", "auth_id", "paused_at"} == set(events[1]["data"])


async def test_session_that_breaks_down_is_over_and_told_as_faulted(
    caller: LdsCaller, learner: httpx2.AsyncClient, sink: EventSink
) -> None:
    session_id = await caller.create("mine")
    token = await caller.launch(session_id)
    await learner.post(f"/api/learner/{token}/login")
    for _ in range(2):
        answer = await learner.post(f"/_sim/sessions/{session_id}/fault", json={"error": "disk full"})
        assert (answer.json()["state"], answer.json()["end_reason"]) == ("SESSION_USER_FINISHED", "faulted")
    await learner.post(f"/api/learner/{token}/finish")
    await caller.http.post(f"/lab_session/{session_id}/release", json={})
    other = await caller.launch(await caller.create("other"))
    await learner.post(f"/api/learner/{other}/login")
    events = await sink.wait_for(3)
    assert [(e["type"], e["data"]["auth_id"]) for e in events] == [
        ("lds.session.started", "mine"),
        ("lds.session.faulted", "mine"),
        ("lds.session.started", "other"),
    ]
    assert events[1]["data"]["error"] == "disk full"


async def test_extension_moves_the_end(caller: LdsCaller, learner: httpx2.AsyncClient) -> None:
    session_id = await caller.create(max_length_minutes=30)
    token = await caller.launch(session_id)
    await learner.post(f"/api/learner/{token}/login")
    part = f"/lab_session/{session_id}/part/1"
    assert (await caller.http.put(f"{part}/extend", json={"minutes": 10})).status_code == 204
    assert (await caller.http.put(f"{part}/adjust", json={"minutes": -5})).status_code == 204
    assert 2090 < (await learner.get(f"/api/learner/{token}")).json()["seconds_left"] <= 2100


async def test_session_whose_time_is_over_ends_by_itself(sink: EventSink, tmp_path: Path) -> None:
    async with (
        running_lds(tmp_path, event_sink_url=sink.url, seconds_per_minute=0.2) as lds,
        httpx2.AsyncClient(base_url=f"{lds.url}/reservations/v3", auth=(lds.username, lds.password)) as http,
    ):
        body = {"auth_id": "a", "first_name": "A", "last_name": "B", "scheduled_date": "2026-11-24"}
        body |= {"max_length_minutes": 1, "session_parts": [{"form_qualified_name": "F"}]}  # type: ignore[dict-item]
        session_id = (await http.post("/lab_session", json=body)).json()["session_id"]
        url = (await http.get(f"/lab_session/{session_id}/lablet_launch_url")).json()["url"]
        await http.post(url.replace("/learner/", "/api/learner/") + "/login")
        events = await sink.wait_for(2)
    assert (events[1]["type"], events[1]["data"]["reason"]) == ("lds.session.ended", "time_expired")


async def test_forced_finish_ends_with_its_reason(
    caller: LdsCaller, learner: httpx2.AsyncClient, sink: EventSink
) -> None:
    session_id = await caller.create()
    await learner.post(f"/api/learner/{await caller.launch(session_id)}/login")
    answer = await caller.http.put(f"/lab_session/{session_id}/force_user_finished")
    assert answer.json() == {"result": "Session is SESSION_USER_FINISHED"}
    assert (await sink.wait_for(2))[1]["data"]["reason"] == "force_finished"


async def test_overview_shows_which_sessions_are_open(caller: LdsCaller, learner: httpx2.AsyncClient) -> None:
    await caller.create("left open")
    released = await caller.create("released")
    await caller.http.post(f"/lab_session/{released}/release", json={})
    sessions = (await learner.get("/_sim/sessions")).json()
    assert {s["auth_id"]: s["open"] for s in sessions} == {"left open": True, "released": False}


async def test_injected_event_drop_loses_the_event(
    caller: LdsCaller, learner: httpx2.AsyncClient, sink: EventSink
) -> None:
    await learner.post("/_sim/faults", json={"kind": "event_drop", "match": {"event_type": "started"}})
    session_id = await caller.create()
    token = await caller.launch(session_id)
    await learner.post(f"/api/learner/{token}/login")
    await learner.post(f"/api/learner/{token}/finish")
    assert [e["type"] for e in await sink.wait_for(1)] == ["lds.session.ended"]


async def test_process_killed_mid_session_loses_nothing(sink: EventSink, tmp_path: Path, unused_tcp_port: int) -> None:
    env = {**os.environ, "SIM_LDS_PORT": str(unused_tcp_port), "SIM_LDS_STATE_DIR": str(tmp_path)}
    env |= {"SIM_LDS_PASSWORD": "p", "SIM_LDS_USERNAME": "u"}
    base = f"http://127.0.0.1:{unused_tcp_port}"
    async with httpx2.AsyncClient(base_url=base, timeout=5) as http:
        process = await _start(env, http)
        body = {"auth_id": "a", "first_name": "A", "last_name": "B", "scheduled_date": "2026-11-24"}
        body |= {"session_parts": [{"form_qualified_name": "F"}]}  # type: ignore[dict-item]
        sessions = "/reservations/v3/lab_session"
        session_id = (await http.post(sessions, json=body, auth=("u", "p"))).json()["session_id"]
        url = (await http.get(f"{sessions}/{session_id}/lablet_launch_url", auth=("u", "p"))).json()["url"]
        token = url.rpartition("/")[2]
        await http.post(f"/api/learner/{token}/login")
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with httpx2.AsyncClient(base_url=base, timeout=5) as http:
        process = await _start(env | {"SIM_LDS_EVENT_SINK_URL": sink.url}, http)
        assert (await http.get(f"/api/learner/{token}")).json()["state"] == "SESSION_RUNNING"
        [event] = await sink.wait_for(1)
        assert event["data"]["session_id"] == session_id
        process.terminate()
        await process.wait()


async def _start(env: dict[str, str], http: httpx2.AsyncClient) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "lcm_simulators.lds", env=env)
    async with asyncio.timeout(30):
        while True:
            try:
                if (await http.get("/health/ready")).status_code == 200:
                    return process
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
