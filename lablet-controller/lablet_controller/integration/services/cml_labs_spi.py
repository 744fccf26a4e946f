"""Labs on the CML of every worker, over REST API v0."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr, ValidationError

from lablet_controller.application.ports.cml_labs import (
    CmlAccessDenied,
    CmlError,
    CmlHost,
    CmlNotFound,
    CmlRefused,
    ConfigurationFile,
    HostLab,
    ImportedLab,
    LabNode,
    LabState,
)
from lablet_controller.integration.services.cml_answers import (
    ImportAnswer,
    LabTiles,
    read_configuration,
    read_cpu_usage,
    read_nodes,
)
from lablet_controller.integration.services.cml_login import CmlLogin
from lcm_core.coordination import NotLeader
from lcm_core.domain.errors import Conflict, FarEndError, InvalidInput, LcmError, NotFound
from lcm_core.integration.http import (
    BreakerPolicy,
    Deadlines,
    HeaderSource,
    JsonHttpClient,
    RetryPolicy,
    new_http_client,
)


@dataclass(frozen=True, slots=True)
class CmlAccess:
    """How hosts of the fleet are reached and as whom."""

    username: str
    password: SecretStr
    https_port: int = 443
    ca_file: Path | None = None
    scheme: str = "https"


QUICK = Deadlines(connect_seconds=3, attempt_seconds=10, total_seconds=25)
SLOW = Deadlines(connect_seconds=3, attempt_seconds=90, total_seconds=90)
"""Import and state changes of a big lab keep CML busy for a while."""


@dataclass(frozen=True, slots=True)
class _Connection:
    host: CmlHost
    quick: JsonHttpClient
    slow: JsonHttpClient


class CmlLabsSpi:
    """Implements ``CmlLabs``. One pool, login and circuit breaker per worker; a changed address starts afresh."""

    def __init__(
        self, access: CmlAccess, *, guard: HeaderSource | None = None, breaker: BreakerPolicy | None = None
    ) -> None:
        """*guard* is called before every request and may raise to stop it."""
        self._access = access
        self._guard = guard
        self._breaker = breaker or BreakerPolicy(failures=6, pause_seconds=5)
        self._connections: dict[str, _Connection] = {}

    async def aclose(self) -> None:
        connections, self._connections = list(self._connections.values()), {}
        for connection in connections:
            await connection.quick.aclose()

    async def host_labs(self, host: CmlHost) -> tuple[HostLab, ...]:
        answer = await self._quick(host, "GET", "/populate_lab_tiles", idempotent=True)
        with _read(host):
            return LabTiles.model_validate(answer).labs()

    async def import_lab(self, host: CmlHost, topology: str, title: str) -> ImportedLab:
        response = await self._send_slow(
            host,
            "POST",
            f"/import?title={quote(title, safe='')}",
            content=topology.encode(),
        )
        with _read(host):
            answer = ImportAnswer.model_validate_json(response)
            return ImportedLab(answer.id, answer.warnings or ())

    async def rename_lab(self, host: CmlHost, lab_id: str, title: str) -> None:
        await self._quick(host, "PATCH", f"/labs/{lab_id}", json={"title": title}, idempotent=True)

    async def start_lab(self, host: CmlHost, lab_id: str) -> None:
        await self._send_slow(host, "PUT", f"/labs/{lab_id}/start", idempotent=True)

    async def stop_lab(self, host: CmlHost, lab_id: str) -> None:
        await self._send_slow(host, "PUT", f"/labs/{lab_id}/stop", idempotent=True)

    async def wipe_lab(self, host: CmlHost, lab_id: str) -> None:
        await self._send_slow(host, "PUT", f"/labs/{lab_id}/wipe", idempotent=True)

    async def delete_lab(self, host: CmlHost, lab_id: str) -> None:
        await self._send_slow(host, "DELETE", f"/labs/{lab_id}", idempotent=True)

    async def lab_state(self, host: CmlHost, lab_id: str) -> LabState:
        answer = await self._quick(host, "GET", f"/labs/{lab_id}/state", idempotent=True)
        with _read(host):
            return LabState(answer)

    async def lab_exists(self, host: CmlHost, lab_id: str) -> bool:
        try:
            await self._quick(host, "GET", f"/labs/{lab_id}/state", idempotent=True)
        except CmlNotFound:
            return False
        return True

    async def converged(self, host: CmlHost, lab_id: str) -> bool:
        return await self._quick(host, "GET", f"/labs/{lab_id}/check_if_converged", idempotent=True) is True

    async def nodes(self, host: CmlHost, lab_id: str) -> tuple[LabNode, ...]:
        params = {"data": "true", "operational": "true", "exclude_configurations": "true"}
        answer = await self._quick(host, "GET", f"/labs/{lab_id}/nodes", params=params, idempotent=True)
        with _read(host):
            return read_nodes(answer)

    async def cpu_usage(self, host: CmlHost, lab_id: str) -> Mapping[str, float]:
        answer = await self._quick(host, "GET", f"/labs/{lab_id}/simulation_stats", idempotent=True)
        with _read(host):
            return read_cpu_usage(answer)

    async def console_log(self, host: CmlHost, lab_id: str, node_id: str, *, line: int = 0) -> str:
        answer = await self._quick(host, "GET", f"/labs/{lab_id}/nodes/{node_id}/consoles/{line}/log", idempotent=True)
        return answer if isinstance(answer, str) else ""

    async def extract_configuration(self, host: CmlHost, lab_id: str, node_id: str) -> None:
        await self._send_slow(host, "PUT", f"/labs/{lab_id}/nodes/{node_id}/extract_configuration", idempotent=True)

    async def stored_configuration(self, host: CmlHost, lab_id: str, node_id: str) -> tuple[ConfigurationFile, ...]:
        params = {"exclude_configurations": "false"}
        answer = await self._quick(host, "GET", f"/labs/{lab_id}/nodes/{node_id}", params=params, idempotent=True)
        with _read(host):
            return read_configuration(answer)

    async def store_configuration(
        self, host: CmlHost, lab_id: str, node_id: str, files: Sequence[ConfigurationFile]
    ) -> None:
        body = {"configuration": [{"name": file.name, "content": file.content} for file in files]}
        await self._quick(host, "PATCH", f"/labs/{lab_id}/nodes/{node_id}", json=body, idempotent=True)

    async def _quick(
        self,
        host: CmlHost,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        json: Any = None,
        idempotent: bool,
    ) -> Any:
        connection = await self._connection(host)
        with _translated(host):
            return await connection.quick.request(
                method, f"/api/v0{path}", params=params, json=json, idempotent=idempotent
            )

    async def _send_slow(
        self, host: CmlHost, method: str, path: str, *, content: bytes | None = None, idempotent: bool = False
    ) -> bytes:
        connection = await self._connection(host)
        with _translated(host):
            response = await connection.slow.send(method, f"/api/v0{path}", content=content, idempotent=idempotent)
            return response.content

    async def _connection(self, host: CmlHost) -> _Connection:
        known = self._connections.get(host.worker_id)
        if known is not None and known.host == host:
            return known
        self._connections[host.worker_id] = fresh = self._connect(host)
        if known is not None:
            await known.quick.aclose()
        return fresh

    def _connect(self, host: CmlHost) -> _Connection:
        access = self._access
        base_url = f"{access.scheme}://{host.address}:{access.https_port}"
        http = new_http_client(base_url, deadlines=SLOW, ca_file=access.ca_file, max_connections=16)
        retry, breaker = RetryPolicy(attempts=3), self._breaker
        bare = JsonHttpClient("cml", base_url, deadlines=QUICK, retry=retry, breaker=breaker, http=http)
        login = CmlLogin(host, bare, access.username, access.password)

        def client(deadlines: Deadlines) -> JsonHttpClient:
            return JsonHttpClient(
                "cml",
                base_url,
                token_source=login,
                headers=self._guard,
                deadlines=deadlines,
                retry=retry,
                breaker=breaker,
                http=http,
            )

        return _Connection(host, client(QUICK), client(SLOW))


@contextlib.contextmanager
def _translated(host: CmlHost) -> Iterator[None]:
    """CML's refusals as ``CmlError``; a missing object is 404, or 400 with the same text on some routes."""
    try:
        yield
    except (CmlError, NotLeader):
        raise
    except NotFound as error:
        raise CmlNotFound(host, error.message) from error
    except InvalidInput as error:
        if "not found" in error.message.lower():
            raise CmlNotFound(host, error.message, status=400) from error
        raise CmlRefused(host, error.message, status=400) from error
    except Conflict as error:
        raise CmlRefused(host, error.message, status=409) from error
    except FarEndError as error:
        status = error.facts.get("status")
        if status in (401, 403):
            raise CmlAccessDenied(host, error.message, status=int(status)) from error
        known = status if isinstance(status, int) else None
        raise CmlError(host, error.message, retryable=error.retryable, status=known, code=error.code) from error
    except LcmError as error:
        raise CmlError(host, error.message, retryable=False, code=error.code) from error


@contextlib.contextmanager
def _read(host: CmlHost) -> Iterator[None]:
    try:
        yield
    except (ValidationError, ValueError) as error:
        raise CmlError(host, f"its answer cannot be read: {error}", retryable=False, code="cml-unreadable") from error
