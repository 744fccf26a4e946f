"""The local OIDC issuer inside a test: a Node process of its own."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

PROJECT = Path(__file__).resolve().parents[2] / "identity"
AUDIENCE = "urn:lcm:api"
_START_DEADLINE_SECONDS = 45.0


@dataclass(frozen=True)
class IssuerClient:
    """A confidential client to register; roles of a known client may be left out."""

    client_id: str
    client_secret: str
    roles: Sequence[str] | None = None
    tenant: str | None = None

    def as_json(self) -> dict[str, object]:
        """As the clients file wants it."""
        facts = {"roles": None if self.roles is None else [*self.roles], "tenant": self.tenant}
        given = {name: value for name, value in facts.items() if value is not None}
        return {"client_id": self.client_id, "client_secret": self.client_secret, **given}


@dataclass
class RunningIdentity:
    """A served issuer, without trailing slash. `process` may be killed by a test."""

    issuer: str
    process: asyncio.subprocess.Process
    clients: dict[str, IssuerClient] = field(default_factory=dict)

    async def machine_token(self, client_id: str) -> str:
        """An access token by client credentials."""
        client = self.clients[client_id]
        async with httpx2.AsyncClient(timeout=5) as http:
            answer = await http.post(
                f"{self.issuer}/token",
                data={"grant_type": "client_credentials"},
                auth=(client.client_id, client.client_secret),
            )
        answer.raise_for_status()
        return answer.json()["access_token"]


@contextlib.asynccontextmanager
async def running_identity(
    state_dir: Path,
    clients: Sequence[IssuerClient] = (),
    *,
    port: int = 0,
    ui_redirects: Sequence[str] = (),
    **environment: str,
) -> AsyncIterator[RunningIdentity]:
    """Serve the issuer, its state in `state_dir`. `environment` adds IDENTITY_* variables.

    Raises RuntimeError with the issuer's own words when it does not start.
    """
    if not (PROJECT / "node_modules").is_dir():
        raise RuntimeError(f"the issuer is not installed: run `npm ci` in {PROJECT}")
    clients_file = _write_clients(state_dir, clients)
    settings = {
        "IDENTITY_PORT": str(port),
        "IDENTITY_STATE_DIR": str(state_dir),
        "IDENTITY_CLIENTS_FILE": str(clients_file),
        "IDENTITY_UI_REDIRECTS": ",".join(ui_redirects),
    }
    process = await asyncio.create_subprocess_exec(
        "node",
        "server.mjs",
        cwd=PROJECT,
        env={**os.environ, **settings, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        issuer = await _issuer_address(process)
        yield RunningIdentity(issuer, process, {client.client_id: client for client in clients})
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def _write_clients(state_dir: Path, clients: Sequence[IssuerClient]) -> Path:
    state_dir.mkdir(parents=True, exist_ok=True)
    path = state_dir / "clients.json"
    path.write_text(json.dumps([client.as_json() for client in clients]))
    return path


async def _issuer_address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_DEADLINE_SECONDS):
            async for line in process.stdout:
                said += line
                with contextlib.suppress(ValueError):
                    message = json.loads(line)
                    if message.get("event") == "listening":
                        return message["issuer"]
    raise RuntimeError(f"the issuer did not start: {said.decode(errors='replace')}")
