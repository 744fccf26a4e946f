"""What tests on a whole stack share: book, follow, look for leftovers, audit."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx2

from local_stack.demo.api import PublicApi
from local_stack.demo.learner import Learner
from local_stack.processes import cli_environment
from local_stack.stack import LocalStack

POLL_SECONDS = 0.1


class Timeout(AssertionError):
    """A state was not reached in time; the message carries the last row seen."""


class StackDriver:
    """Acts on a running stack through its public interfaces."""

    def __init__(self, stack: LocalStack, admin: PublicApi, lms: PublicApi, definitions: dict[str, Any]) -> None:
        self.stack = stack
        self.admin = admin
        self.lms = lms
        self.definitions = definitions

    async def book(self, folder: str = "first-hop-redundancy", **overrides: Any) -> str:
        """Book one lab as soon as possible; returns the session's id."""
        body = {
            "definition_id": self.definitions[folder]["id"],
            "candidate": {"username": f"learner-{uuid.uuid4().hex[:6]}"},
            "duration_minutes": 30,
            "external_id": uuid.uuid4().hex,
            **overrides,
        }
        key = str(body["external_id"])
        answer = await self._persistently(self.lms, "/api/v1/reservations", body, key)
        return str(answer["session"]["id"])

    async def session(self, session_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.admin.get(f"/api/v1/lablet-sessions/{session_id}")
        return answer

    async def reach(self, session_id: str, status: str, deadline_seconds: float = 60) -> dict[str, Any]:
        """The session once it is or has been in *status*."""
        deadline = time.monotonic() + deadline_seconds
        last: dict[str, Any] | None = None
        while time.monotonic() < deadline:
            try:
                last = await self.session(session_id)
            except (httpx2.HTTPError, RuntimeError):
                # A service or the database may be down on purpose just now.
                await asyncio.sleep(POLL_SECONDS)
                continue
            if any(change["target"] == status for change in last["state_history"]):
                return last
            if last["status"] == "TERMINATED":
                break
            await asyncio.sleep(POLL_SECONDS)
        raise Timeout(f"session {session_id} did not reach {status}: {_brief(last)}")

    async def learn(self, session_id: str, *, work: str | None = None) -> None:
        """Log in, perhaps do the lab's work, finish."""
        session = await self.reach(session_id, "READY")
        learner = Learner(session["login_url"])
        await learner.log_in()
        await self.reach(session_id, "RUNNING")
        if work:
            user_session = await self.admin.get(f"/api/v1/lablet-sessions/{session_id}/user-session")
            await learner.work(work, user_session["devices"])
        await learner.finish()

    async def leftovers(self) -> list[str]:
        """Labs still on a host, and delivery sessions still open."""
        found: list[str] = []
        async with httpx2.AsyncClient(timeout=10) as http:
            hosts = (await http.get(f"{self.stack.plan.url('cml-control')}/_sim/hosts")).json()
            for host in _rows(hosts):
                labs = host["labs"]
                count = labs if isinstance(labs, int) else len(labs)
                if count:
                    found.append(f"{count} lab(s) on {host['address']}")
            sessions = (await http.get(f"{self.stack.plan.url('lds')}/_sim/sessions")).json()
            for row in _rows(sessions):
                state = str(row.get("state"))
                if not state.endswith("ARCHIVED"):
                    found.append(f"LDS session {row.get('session_id') or row.get('id')} is {state}")
        return found

    def audit(self) -> subprocess.CompletedProcess[str]:
        """`lcm audit verify` as an operator runs it."""
        lcm = Path(sys.executable).parent / "lcm"
        return subprocess.run(  # noqa: S603
            [str(lcm), "audit", "verify"],
            env={**os.environ, **cli_environment(self.stack.plan)},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    async def _persistently(self, api: PublicApi, path: str, body: dict[str, Any], key: str) -> Any:
        """Repeat under the same Idempotency-Key while a part of the stack is down."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return await api.post(path, body, **{"Idempotency-Key": key})
            except (httpx2.HTTPError, RuntimeError):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(POLL_SECONDS)


def _rows(answer: Any) -> list[dict[str, Any]]:
    return (
        answer
        if isinstance(answer, list)
        else answer.get("items") or answer.get("hosts") or answer.get("sessions") or []
    )


def _brief(session: dict[str, Any] | None) -> str:
    if session is None:
        return "never seen"
    steps = [f"{step['step']}={step['status']} {step['error'] or ''}" for step in session["steps"]][-4:]
    return f"{session['status']} ({session['pending_reason'] or session['outcome_reason']}) steps: {'; '.join(steps)}"
