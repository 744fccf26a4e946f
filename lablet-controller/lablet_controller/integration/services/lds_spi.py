"""LDS over its Reservations API v3 (HTTP basic), for any number of deployments."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, TypeAdapter, ValidationError

from lablet_controller.application.ports.lds import (
    LdsBooking,
    LdsProgress,
    LdsSessionClosed,
    LdsSessionInfo,
    LdsSessionRef,
)
from lablet_controller.integration.services.lds_deployments import LdsDeployment, LdsDeployments
from lcm_core.coordination import NotLeader
from lcm_core.domain.errors import Conflict, FarEndError, LcmError, NotFound, StaleLeader
from lcm_core.domain.read_models.content_sync import ConsumerOutcome
from lcm_core.domain.values import Candidate, DeviceAccess
from lcm_core.integration.http import BreakerPolicy, Deadlines, HeaderSource, JsonHttpClient, RetryPolicy

_ROOT = "/reservations/v3/lab_session"
_FOLDERS = "/reservations/v3/lab_folder/minio"
_ARCHIVED = "SESSION_ARCHIVED"
_ORIGIN = "lcm"
"""Written on every session that is made here, and looked for when they are listed."""
_PROGRESS = {
    "SESSION_RUNNING": LdsProgress.STARTED,
    "SESSION_PAUSED": LdsProgress.STARTED,
    "SESSION_USER_FINISHED": LdsProgress.ENDED,
    _ARCHIVED: LdsProgress.ENDED,
}


class _LabSession(BaseModel):
    model_config = ConfigDict(extra="ignore")

    session_id: str
    auth_id: str
    origin: str = ""
    state: str
    is_finalized: bool = False
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    end_reason: str | None = None


class _Created(BaseModel):
    model_config = ConfigDict(extra="ignore")

    session_id: str


class _Validity(BaseModel):
    model_config = ConfigDict(extra="ignore")

    is_valid: bool
    message: str = ""


_SESSIONS: TypeAdapter[list[_LabSession]] = TypeAdapter(list[_LabSession])


class LdsSpiClient:
    """Implements ``Lds`` and ``LdsContent``.

    LDS has no idempotency key: a session is looked up by our id before it is made.
    """

    def __init__(
        self,
        deployments: LdsDeployments,
        password: SecretStr | None,
        *,
        ca_file: Path | None = None,
        deadlines: Deadlines | None = None,
        guard: HeaderSource | None = None,
        breaker: BreakerPolicy | None = None,
    ) -> None:
        """*guard* is called before every request and may raise to stop it."""
        self._deployments = deployments
        self._clients = {
            each.id: JsonHttpClient(
                "lds",
                each.base_url,
                headers=_headers(each, password, guard),
                deadlines=deadlines or Deadlines(connect_seconds=2, attempt_seconds=10, total_seconds=30),
                retry=RetryPolicy(attempts=3),
                breaker=breaker,
                ca_file=ca_file,
            )
            for each in deployments.deployments
        }

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def create_session_with_part(self, booking: LdsBooking) -> LdsSessionRef:
        chosen = self._deployments.in_order(booking.region, booking.auth_id)[0]
        found = await self._find(booking.auth_id, booking.region, None if booking.may_be_elsewhere else chosen.region)
        if found is not None:
            return _open(found)
        try:
            answer = await self._client(chosen.id).request("POST", _ROOT, json=_creation(booking))
        except Conflict:
            # somebody was faster, or an earlier answer was lost: the session is there now
            found = await self._find_in(chosen.id, booking.auth_id)
            if found is None:
                raise
            return _open(found)
        return LdsSessionRef(_read(_Created.model_validate, answer).session_id, chosen.id)

    async def find_session(self, auth_id: str, *, region: str = "") -> LdsSessionInfo | None:
        return await self._find(auth_id, region, None)

    async def _find(self, auth_id: str, region: str, needed: str | None) -> LdsSessionInfo | None:
        """Deployments outside the region *needed* are asked in vain if they do not answer; None needs them all."""
        unanswered: LcmError | None = None
        for deployment in self._deployments.in_order(region, auth_id):
            try:
                found = await self._find_in(deployment.id, auth_id)
            except FarEndError as error:
                if needed is None or deployment.region == needed:
                    unanswered = unanswered or error
                continue
            if found is not None:
                return found
        if unanswered is not None:
            raise unanswered
        return None

    @property
    def deployments(self) -> Sequence[str]:
        return [each.id for each in self._deployments.deployments if each.enabled]

    async def open_sessions(self, deployment: str) -> Sequence[LdsSessionInfo]:
        answer = await self._client(deployment).request("GET", _ROOT, idempotent=True)
        ours = [each for each in _read(_SESSIONS.validate_python, answer) if each.origin == _ORIGIN]
        return [info for info in (_info(each, deployment) for each in ours) if not info.archived]

    async def set_devices(
        self,
        ref: LdsSessionRef,
        devices: Sequence[DeviceAccess],
        passwords: Mapping[str, SecretStr] | None = None,
    ) -> None:
        await self._call(ref, "PUT", "/part/1/devices", json=lds_devices(devices, passwords or {}))

    async def launch_url(self, ref: LdsSessionRef) -> str:
        answer = await self._call(ref, "GET", "/lablet_launch_url")
        url = answer.get("url") if isinstance(answer, dict) else None
        if not isinstance(url, str) or not url:
            raise _unreadable("its launch URL is missing")
        return url

    async def get_session_info(self, ref: LdsSessionRef) -> LdsSessionInfo:
        answer = await self._call(ref, "GET", "")
        return _info(_read(_LabSession.model_validate, answer), ref.deployment)

    async def archive_session(self, ref: LdsSessionRef) -> None:
        try:
            # without a JSON body, even an empty one, LDS answers 415
            await self._call(ref, "POST", "/release", json={})
        except NotFound:
            return

    async def refresh_content(self, form_qualified_name: str) -> Sequence[ConsumerOutcome]:
        enabled = [each.id for each in self._deployments.deployments if each.enabled]
        return await asyncio.gather(*(self._refresh_in(id, form_qualified_name) for id in enabled))

    async def _refresh_in(self, deployment: str, form_qualified_name: str) -> ConsumerOutcome:
        """LDS answers a refresh before it has looked at what it read: whether that is valid is asked afterwards."""
        folder = f"{_FOLDERS}/{quote(form_qualified_name, safe='')}"
        client = self._client(deployment)
        try:
            await client.request("PUT", folder, json={}, idempotent=True)
            answer = await client.request("GET", f"{folder}/validate", idempotent=True)
        except (StaleLeader, NotLeader):
            raise
        except LcmError as error:
            return ConsumerOutcome(deployment=deployment, succeeded=False, detail=error.message)
        validity: _Validity = _read(_Validity.model_validate, answer)
        return ConsumerOutcome(deployment=deployment, succeeded=validity.is_valid, detail=validity.message)

    async def _find_in(self, deployment: str, auth_id: str) -> LdsSessionInfo | None:
        answer = await self._client(deployment).request("GET", _ROOT, params={"auth_id": auth_id}, idempotent=True)
        sessions = _read(_SESSIONS.validate_python, answer)
        found = next((session for session in sessions if session.auth_id == auth_id), None)
        return _info(found, deployment) if found else None

    async def _call(self, ref: LdsSessionRef, method: str, path: str, *, json: Any = None) -> Any:
        where = f"{_ROOT}/{quote(ref.session_id, safe='')}{path}"
        return await self._client(ref.deployment).request(method, where, json=json, idempotent=True)

    def _client(self, deployment: str) -> JsonHttpClient:
        try:
            return self._clients[deployment]
        except KeyError:
            raise FarEndError(
                "lds",
                f"LDS deployment {deployment!r} is not in the deployments file any more; put it back, disabled.",
                retryable=False,
                code="lds-deployment-unknown",
            ) from None


def lds_devices(
    devices: Sequence[DeviceAccess], passwords: Mapping[str, SecretStr] | None = None
) -> list[dict[str, Any]]:
    """LDS wants each label once: further ways to reach a device carry their protocol in the label."""
    entries: list[dict[str, Any]] = []
    taken: set[str] = set()
    for device in devices:
        label = device.name
        if label in taken:
            label = f"{device.name} ({device.protocol})"
        if label in taken:
            label = f"{device.name} ({device.protocol} {device.port})"
        taken.add(label)
        entry: dict[str, Any] = {
            "device_label": label,
            "host": device.host,
            "port": device.port,
            "protocol": device.protocol,
        }
        if device.username:
            entry["username"] = device.username
        password = (passwords or {}).get(device.name)
        if password is not None:
            entry["password"] = password.get_secret_value()
        entries.append(entry)
    return entries


def _creation(booking: LdsBooking) -> dict[str, Any]:
    candidate = booking.candidate
    minutes = max(1, round((booking.ends_at - booking.starts_at).total_seconds() / 60))
    return {
        "origin": _ORIGIN,
        "auth_id": booking.auth_id,
        "auth_id_type": "lcm",
        "candidate_id": candidate.username,
        "location": booking.region,
        "timezone_offset": 0,
        **_names(candidate),
        "scheduled_date": booking.starts_at.date().isoformat(),
        "user_timeslot_end": booking.ends_at.isoformat(),
        "max_length_minutes": minutes,
        "session_parts": [
            {"repository_type": "minio", "form_qualified_name": booking.form_qualified_name, "variables": []}
        ],
    }


def _names(candidate: Candidate) -> dict[str, str]:
    """LDS refuses empty names."""
    return {
        "first_name": candidate.first_name or candidate.username,
        "last_name": candidate.last_name or candidate.username,
        "email_address": candidate.email,
    }


def _headers(deployment: LdsDeployment, password: SecretStr | None, guard: HeaderSource | None) -> HeaderSource:
    secret = deployment.password or password or SecretStr("")
    credentials = f"{deployment.username}:{secret.get_secret_value()}".encode()
    basic = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
    return lambda: {**(guard() if guard else {}), **basic}


def _info(session: _LabSession, deployment: str) -> LdsSessionInfo:
    archived = session.is_finalized or session.state == _ARCHIVED
    return LdsSessionInfo(
        ref=LdsSessionRef(session.session_id, deployment),
        auth_id=session.auth_id,
        status=session.state,
        progress=LdsProgress.ENDED if archived else _PROGRESS.get(session.state, LdsProgress.WAITING),
        archived=archived,
        started_at=session.started_at,
        ended_at=session.ended_at,
        end_reason=session.end_reason or "",
    )


def _open(found: LdsSessionInfo) -> LdsSessionRef:
    if found.archived:
        raise LdsSessionClosed(found)
    return found.ref


def _read(parse: Any, answer: Any) -> Any:
    try:
        return parse(answer)
    except ValidationError as error:
        raise _unreadable(str(error)) from error


def _unreadable(why: str) -> FarEndError:
    return FarEndError("lds", f"LDS answered something that cannot be read: {why}", retryable=False)
