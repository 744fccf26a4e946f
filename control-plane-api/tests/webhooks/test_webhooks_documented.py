"""The receiver of the integrator's page is run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.applications import Starlette

from control_plane_api.testing.builders import Recorder, a_session
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.webhook_receiver import eventually
from lcm_core.testing.http_server import serving

pytestmark = pytest.mark.asyncio(loop_scope="package")

PAGE = Path(__file__).resolve().parents[3] / "docs" / "integrators" / "webhooks.md"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


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
