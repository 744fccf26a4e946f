"""Reservations API v3: the parts of a session, numbered from 1."""

from fastapi import APIRouter

from lcm_simulators.lds.errors import LdsError, NotFoundError, StateConflictError
from lcm_simulators.lds.model import Device, LabSession, SessionPart, Variable
from lcm_simulators.lds.requests import Adjustment, Extension, PartRequest
from lcm_simulators.lds.sessions import LabSessions


def _part(session: LabSession, number: int) -> SessionPart:
    if not 1 <= number <= len(session.session_parts):
        raise NotFoundError(f"lab session {session.session_id} has no part {number}")
    return session.session_parts[number - 1]


def _new_part(request: PartRequest) -> SessionPart:
    return SessionPart.model_validate(request.model_dump())


def parts_router(sessions: LabSessions) -> APIRouter:
    """lab_session/{id}/part/{n} and what hangs on it."""
    router = APIRouter(prefix="/lab_session/{session_id}/part/{number}", tags=["part"])
    _add_part_routes(router, sessions)
    _add_content_routes(router, sessions)

    @router.put("/extend", status_code=204)
    async def extend(session_id: str, number: int, body: Extension) -> None:
        sessions.add_minutes(session_id, number, body.minutes)

    @router.put("/adjust", status_code=204)
    async def adjust(session_id: str, number: int, body: Adjustment) -> None:
        sessions.add_minutes(session_id, number, body.minutes)

    return router


def _add_part_routes(router: APIRouter, sessions: LabSessions) -> None:
    @router.get("")
    async def get_part(session_id: str, number: int) -> SessionPart:
        return _part(sessions.get(session_id), number)

    @router.post("", status_code=201)
    async def add_part(session_id: str, number: int, body: PartRequest) -> SessionPart:
        def edit(parts: list[SessionPart]) -> None:
            if number != len(parts) + 1:
                raise StateConflictError(f"the next part is {len(parts) + 1}, not {number}")
            parts.append(_new_part(body))

        return _part(sessions.edit_parts(session_id, f"part {number} added", edit), number)

    @router.put("")
    async def replace_part(session_id: str, number: int, body: PartRequest) -> SessionPart:
        def edit(parts: list[SessionPart]) -> None:
            _part(sessions.get(session_id), number)
            parts[number - 1] = _new_part(body)

        return _part(sessions.edit_parts(session_id, f"part {number} replaced", edit), number)

    @router.delete("", status_code=204)
    async def delete_part(session_id: str, number: int) -> None:
        def edit(parts: list[SessionPart]) -> None:
            _part(sessions.get(session_id), number)
            del parts[number - 1]

        sessions.edit_parts(session_id, f"part {number} deleted", edit)


def _add_content_routes(router: APIRouter, sessions: LabSessions) -> None:
    @router.get("/devices")
    async def get_devices(session_id: str, number: int) -> list[Device]:
        return _part(sessions.get(session_id), number).devices

    @router.put("/devices")
    async def replace_devices(session_id: str, number: int, body: list[Device]) -> list[Device]:
        labels = [device.device_label for device in body]
        if len(set(labels)) != len(labels):
            raise LdsError("a device_label may appear only once")
        with sessions.changing(session_id, "reservation", f"part {number}: {len(body)} devices") as session:
            _part(session, number).devices = body
        return body

    @router.get("/variables")
    async def get_variables(session_id: str, number: int) -> list[Variable]:
        return _part(sessions.get(session_id), number).variables

    @router.put("/variables")
    async def replace_variables(session_id: str, number: int, body: list[Variable]) -> list[Variable]:
        with sessions.changing(session_id, "reservation", f"part {number}: {len(body)} variables") as session:
            _part(session, number).variables = body
        return body
