"""The integrator's page on webhooks is run as it stands there: its receiver, and each of its commands in order."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest
from standardwebhooks import WebhookVerificationError
from starlette.applications import Starlette
from starlette.responses import Response

from control_plane_api.testing.builders import Recorder, a_session, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.webhook_receiver import Taken, WebhookReceiver, eventually, webhook_receiver
from control_plane_api.testing.webhook_stories import SUBSCRIPTIONS, an_owner, in_state, lms
from lcm_core.domain.enums import SessionOutcome
from lcm_core.testing.http_server import serving

pytestmark = pytest.mark.asyncio(loop_scope="package")

PAGE = Path(__file__).resolve().parents[3] / "docs" / "integrators" / "webhooks.md"
PYTHON, SHELL = (re.compile(rf"^```{name}\n(.*?)^```", re.MULTILINE | re.DOTALL) for name in ("python", "sh"))
READERS_ADDRESS = "https://lms.example.com/hooks/lcm"
STRICT_CURL = 'set -eu\ncurl() { command curl -sS --fail-with-body --max-time 15 "$@"; echo; }\n'
"""A command of the page fails when it is refused, and each answer has a line of its own."""


async def test_the_receiver_of_the_page_agrees_verifies_and_takes_each_event_once(
    service: RunningControlPlane, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (source,) = PYTHON.findall(PAGE.read_text())
    written: dict[str, Any] = {}
    exec(compile(source, str(PAGE), "exec"), written)
    app: Starlette = written["app"]
    owner = f"lms-{uuid4().hex}"
    async with serving(app) as url, service.client("lms", subject=owner) as client:
        made = await client.post("/api/v1/subscriptions", json={"url": f"{url}/hooks/lcm"})
        monkeypatch.setenv("LCM_WEBHOOK_SECRETS", f"whsec_{'B' * 44} {made.json()['secret']}")
        session = a_session(owner_id=owner)
        await Recorder(service.db).commit(session)

        async def taken() -> bool:
            return written["known"] == {f"{session.stream}@1#0"}

        await eventually(taken)
        forged = await client.post(f"{url}/hooks/lcm", json={"id": "forged"}, headers={"webhook-id": "forged"})
    assert forged.status_code == 401
    assert f"lablet_session.created.v1 {session.stream}" in capsys.readouterr().out


class Reader:
    """Somebody with *client*'s token who types the commands of the page; ``variables`` are what it tells to keep."""

    def __init__(self, service: RunningControlPlane, client: httpx2.AsyncClient, receiver: WebhookReceiver) -> None:
        self.variables = {"API": service.url, "AUTH": f"Authorization: {client.headers['authorization']}"}
        self._receiver = receiver

    async def types(self, block: str) -> list[Any]:
        """The answer of each command in *block*."""
        script = STRICT_CURL + block.replace(READERS_ADDRESS, self._receiver.url)
        environment = {"PATH": os.environ["PATH"], **self.variables}
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-c", script),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(60):
            output = (await shell.communicate())[0].decode()
        assert shell.returncode == 0, output
        return [orjson.loads(line) for line in output.splitlines()]


async def test_the_commands_of_the_page_do_what_it_says_one_after_the_other(service: RunningControlPlane) -> None:
    subscribe, when_well, replay, change_key = SHELL.findall(PAGE.read_text())
    assert READERS_ADDRESS in subscribe
    owner, well = an_owner(), asyncio.Event()
    started = datetime.now(UTC) - timedelta(seconds=1)

    def fails_and_refuses_at_first(receiver: WebhookReceiver, _taken: Taken) -> Response:
        if well.is_set():
            return Response(status_code=204)
        return Response(status_code=500 if len(receiver.came) == 1 else 413)

    async with webhook_receiver(fails_and_refuses_at_first) as receiver, lms(service, owner) as client:
        reader = Reader(service, client, receiver)

        (made,) = await reader.types(subscribe)
        id = reader.variables["ID"] = made["subscription"]["id"]
        await in_state(client, id, "ACTIVE")
        session = a_session(owner_id=owner)
        session.terminate(SessionOutcome.CANCELLED, "the learner is ill", now_stamp(), capacity_released=False)
        await Recorder(service.db).commit(session)
        await receiver.until(lambda each: len(each.came) == 2)

        async def buried() -> bool:
            letters = await client.get("/api/v1/outbound-dead-letters", params={"subscription_id": id})
            return len(letters.json()["items"]) == 1

        await eventually(buried)
        await client.post(f"{SUBSCRIPTIONS}/{id}/pause", json={"reason": "maintenance"})
        well.set()
        resumed, failed, letters, sent_again = await reader.types(when_well)
        await receiver.until_accepted(1)
        reader.variables["SINCE"] = started.isoformat()
        (replayed,) = await reader.types(replay)
        await receiver.until_accepted(2)
        (changed,) = await reader.types(change_key)

        async def both_keys_sign() -> bool:
            before = len(receiver.accepted)
            await reader.types(replay)
            await receiver.until_accepted(before + 1)
            return " " in receiver.accepted[-1].headers["webhook-signature"]

        await eventually(both_keys_sign)

    assert made["subscription"]["filter"]["types"] == [
        "lablet_session.ready.v1",
        "lablet_session.terminated.v1",
        "score_report.*",
    ]
    assert resumed["status"] == "PENDING"
    assert [each["status_code"] for each in failed["items"]] == [500]
    assert [each["type"] for each in letters["items"]] == ["lablet_session.terminated.v1"]
    assert sent_again["id"] == replayed["id"] == id
    first, second = receiver.accepted[:2]
    assert first.id == second.id == letters["items"][0]["event_id"]
    assert second.event["replay"]
    assert first.verify(made["secret"]) == first.event
    with pytest.raises(WebhookVerificationError):
        first.verify(changed["secret"])
    assert receiver.accepted[-1].verify(changed["secret"]) == receiver.accepted[-1].verify(made["secret"])
