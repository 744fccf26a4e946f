"""Reservations API v3: sessions and content folders."""

from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from lcm_simulators.lds.errors import UnsupportedMediaTypeError
from lcm_simulators.lds.folders import LabFolders
from lcm_simulators.lds.launch import LaunchTokens
from lcm_simulators.lds.model import AccessLogEntry, EndReason, FolderContent, LabSession
from lcm_simulators.lds.requests import CreateSession, PatchSession
from lcm_simulators.lds.sessions import LabSessions
from lcm_simulators.lds.settings import LdsSettings

Store = Literal["minio"]


class Created(BaseModel):
    """Answer to POST lab_session."""

    session_id: str
    location: str
    message: str


class ResultText(BaseModel):
    """What an action came to."""

    result: str


class LaunchUrl(BaseModel):
    """The learner's link."""

    url: str


class Validity(BaseModel):
    """Whether a content folder can be used."""

    is_valid: bool
    message: str


def _require_json(request: Request) -> None:
    """The real service answers 415 to a release without a JSON body, even an empty one."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or request.headers.get("content-length", "0") == "0":
        raise UnsupportedMediaTypeError("a JSON body is required: send {} or null")


def sessions_router(sessions: LabSessions, tokens: LaunchTokens, settings: LdsSettings) -> APIRouter:
    """lab_session, without its parts."""
    router = APIRouter(prefix="/lab_session", tags=["lab_session"])

    @router.post("", status_code=201)
    async def create(body: CreateSession, response: Response) -> Created:
        session = sessions.create(body)
        location = f"/reservations/v3/lab_session/{session.session_id}"
        response.headers["location"] = location
        return Created(session_id=session.session_id, location=location, message="Lab session created")

    @router.get("")
    async def find(auth_id: str | None = None) -> list[LabSession]:
        return sessions.find(auth_id)

    @router.get("/{session_id}")
    async def get(session_id: str) -> LabSession:
        return sessions.get(session_id)

    @router.patch("/{session_id}")
    async def patch(session_id: str, body: PatchSession) -> LabSession:
        return sessions.patch(session_id, body)

    @router.get("/{session_id}/accesslog")
    async def accesslog(session_id: str) -> list[AccessLogEntry]:
        return sessions.get(session_id).accesslog

    @router.get("/{session_id}/lablet_launch_url")
    async def launch_url(session_id: str, request: Request) -> LaunchUrl:
        session = sessions.hand_out_launch_url(session_id)
        base = (settings.public_url or str(request.base_url)).rstrip("/")
        return LaunchUrl(url=f"{base}/learner/{tokens.sign(session.session_id)}")

    _add_actions(router, sessions)
    return router


def _add_actions(router: APIRouter, sessions: LabSessions) -> None:
    @router.put("/{session_id}/pause", status_code=204)
    async def pause(session_id: str) -> None:
        sessions.pause(session_id)

    @router.put("/{session_id}/resume", status_code=204)
    async def resume(session_id: str) -> None:
        sessions.resume(session_id)

    @router.post("/{session_id}/release", status_code=204, dependencies=[Depends(_require_json)])
    async def release(session_id: str, body: dict[str, object] | None = None) -> None:
        sessions.release(session_id)

    @router.put("/{session_id}/refresh_status")
    async def refresh_status(session_id: str) -> ResultText:
        sessions.expire()
        return ResultText(result=f"Session is {sessions.get(session_id).state}")

    @router.put("/{session_id}/force_user_finished")
    async def force_user_finished(session_id: str) -> ResultText:
        session = sessions.finish(session_id, EndReason.FORCE_FINISHED, actor="reservation")
        return ResultText(result=f"Session is {session.state}")


def folders_router(folders: LabFolders) -> APIRouter:
    """lab_folder/minio/{FQN}. A form qualified name may hold spaces and dots, but no slash."""
    router = APIRouter(prefix="/lab_folder", tags=["lab_folder"])

    @router.get("/{store}/{form_qualified_name}")
    async def get(store: Store, form_qualified_name: str) -> FolderContent:
        return folders.get(form_qualified_name)

    @router.put("/{store}/{form_qualified_name}")
    async def refresh(store: Store, form_qualified_name: str) -> FolderContent:
        return folders.refresh(form_qualified_name)

    @router.get("/{store}/{form_qualified_name}/validate")
    async def validate(store: Store, form_qualified_name: str) -> Validity:
        if folders.find(form_qualified_name) is None:
            return Validity(is_valid=False, message=f"no content for {form_qualified_name}: refresh it first")
        return Validity(is_valid=True, message="Content is valid")

    return router
