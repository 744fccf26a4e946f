"""The grading engine over its REST API v1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from lablet_controller.application.ports.grading import GradingRef, GradingResult, GradingScore, GradingState
from lcm_core.contracts.sessions import DeviceCollection
from lcm_core.domain.errors import Conflict, FarEndError
from lcm_core.domain.read_models import ScoreSection
from lcm_core.integration.http import JsonHttpClient


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Session(_Answer):
    id: str
    external_id: str
    parts: tuple[dict[str, Any], ...] = ()


class _PartCreated(_Answer):
    part: int


class _Score(_Answer):
    score: float
    max_score: float
    cut_score: float
    passed: bool
    sections: tuple[ScoreSection, ...] = ()


class _Result(_Answer):
    state: GradingState
    graded_at: datetime | None = None
    score: _Score | None = None
    error: str | None = None
    report_url: str | None = None


_SESSIONS: TypeAdapter[list[_Session]] = TypeAdapter(list[_Session])


class GradingSpiClient:
    """Implements ``Grading``. Sessions are looked up by our session id before they are made."""

    def __init__(self, http: JsonHttpClient) -> None:
        self._http = http

    async def synchronize_ruleset(self, name: str, ruleset: Mapping[str, Any]) -> None:
        await self._http.request("PUT", f"/api/v1/rulesets/{quote(name, safe='')}", json=dict(ruleset), idempotent=True)

    async def open_session(
        self, external_id: str, form_qualified_name: str, ruleset_name: str, attempt: int = 1
    ) -> GradingRef:
        session = await self._find(external_id) or await self._create(external_id, form_qualified_name)
        for _ in range(len(session.parts), attempt):
            # parts are numbered in their order: those of attempts that never got this far are made and left empty
            path = f"/api/v1/sessions/{quote(session.id, safe='')}/parts"
            answer = await self._http.request("POST", path, json={"form_qualified_name": ruleset_name})
            if _read(_PartCreated, answer).part >= attempt:
                break
        return GradingRef(session.id, str(attempt))

    async def submit_pod(self, ref: GradingRef, devices: Sequence[DeviceCollection]) -> None:
        await self._part(ref, "PUT", "pod", json={"devices": [_device(device) for device in devices]})

    async def grade(self, ref: GradingRef) -> None:
        await self._part(ref, "POST", "grade", json={})

    async def result(self, ref: GradingRef) -> GradingResult:
        result = _read(_Result, await self._part(ref, "GET", "results"))
        score = result.score
        return GradingResult(
            state=result.state,
            score=GradingScore(score.score, score.max_score, score.cut_score, score.passed, score.sections)
            if score
            else None,
            error=result.error or "",
            graded_at=result.graded_at,
            report_url=result.report_url or "",
        )

    async def _find(self, external_id: str) -> _Session | None:
        answer = await self._http.request(
            "GET", "/api/v1/sessions", params={"external_id": external_id}, idempotent=True
        )
        try:
            sessions = _SESSIONS.validate_python(answer)
        except ValidationError as error:
            raise _unreadable(error) from error
        return next((session for session in sessions if session.external_id == external_id), None)

    async def _create(self, external_id: str, form_qualified_name: str) -> _Session:
        body = {"external_id": external_id, "form_qualified_name": form_qualified_name}
        try:
            return _read(_Session, await self._http.request("POST", "/api/v1/sessions", json=body))
        except Conflict:
            # an earlier answer was lost: the session is there
            found = await self._find(external_id)
            if found is None:
                raise
            return found

    async def _part(self, ref: GradingRef, method: str, what: str, *, json: Any = None) -> Any:
        path = f"/api/v1/sessions/{quote(ref.session_id, safe='')}/parts/{quote(ref.part_id, safe='')}/{what}"
        return await self._http.request(method, path, json=json, idempotent=True)


def _device(device: DeviceCollection) -> dict[str, Any]:
    outputs: list[dict[str, Any]] = []
    for each in device.outputs:
        output: dict[str, Any] = {"command": each.command, "output": each.output}
        if each.error is not None:
            output["error"] = each.error
        outputs.append(output)
    return {"label": device.node_label, "outputs": outputs}


def _read(model: Any, answer: Any) -> Any:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise _unreadable(error) from error


def _unreadable(error: ValidationError) -> FarEndError:
    return FarEndError(
        "grading-engine", f"The grading engine answered something that cannot be read: {error}", retryable=False
    )
