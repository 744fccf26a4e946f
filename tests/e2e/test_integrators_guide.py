"""The integrator's guide, run as it stands: what it shows works."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import uuid
from pathlib import Path

import pytest
from local_stack.testing import POLL_SECONDS, StackDriver

pytestmark = [pytest.mark.stack]

GUIDE = Path(__file__).resolve().parents[2] / "docs/integrators/guide.md"
DEADLINE_SECONDS = 90


def code(language: str) -> str:
    """All blocks of the guide in *language*, in order."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL))


async def run(driver: StackDriver, *command: str) -> str:
    """What *command* prints while a learner does the work of the lab that it books."""
    plan, external_id = driver.stack.plan, uuid.uuid4().hex
    env = {
        "PATH": os.environ["PATH"],
        "LCM_URL": plan.url("control-plane-api"),
        "LCM_TOKEN_URL": f"{plan.url('identity')}/token",
        "LCM_CLIENT_ID": "lms-demo",
        "LCM_CLIENT_SECRET": plan.secrets["client-lms-demo"],
        "LCM_DEFINITION": driver.definitions["first-hop-redundancy"]["id"],
        "LCM_EXTERNAL_ID": external_id,
        "LCM_ASK_SECONDS": str(POLL_SECONDS),
    }
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            answer = asyncio.create_task(process.communicate())
            await learn(driver, external_id, answer)
            output = (await answer)[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, output
    return output


async def learn(driver: StackDriver, external_id: str, answer: asyncio.Task[tuple[bytes, bytes]]) -> None:
    """Does the work of the lab that was booked under *external_id*, unless the guide gives up first."""
    while not answer.done():
        found = (await driver.lms.get("/api/v1/reservations", external_id=external_id))["items"]
        if found:
            await driver.learn(found[0]["session_ids"][0], work="first-hop-redundancy")
            return
        await asyncio.sleep(POLL_SECONDS)


async def test_what_the_guide_shows_books_follows_and_brings_the_score(driver: StackDriver) -> None:
    by_hand, by_program = await asyncio.gather(
        run(driver, "bash", "-euo", "pipefail", "-c", code("bash")),
        run(driver, sys.executable, "-c", code("python")),
    )
    assert "session is TERMINATED" in by_hand
    assert by_hand.splitlines()[-1] == "10.0"
    assert by_program.split() == ["completed", "10.0"]
