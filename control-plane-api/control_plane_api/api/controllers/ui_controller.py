"""Serves the built web UI: files as they are, and ``index.html`` for every address that the UI itself resolves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

UI_ROUTE = "/{ui_path:ui}"

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"
# Vite names the files of a build after their content, so that a changed file has another address.
_HASHED_NAME = re.compile(r"-[A-Za-z0-9_-]{8,}\.\w+$")


_ALIASES = {"favicon.ico": "favicon.svg"}
"""Browsers ask for this one wherever a page names no icon, such as /docs."""


class _UiPath(Convertor[str]):
    """Any path but those of the service itself: for these a 404 or 405 must stay what it is."""

    regex: ClassVar[str] = r"(?!(?:api|auth|health|metrics|info|docs|redoc|openapi\.json)(?:/|$)).*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("ui", _UiPath())


def ui_router(dist_dir: Path) -> APIRouter:
    """Routes for the UI in *dist_dir*; an address that names no file and looks like none gets ``index.html``."""
    root = dist_dir.resolve()
    index = root / "index.html"
    if not index.is_file():
        raise RuntimeError(f"There is no web UI in {root}: index.html is missing. Build it, or unset UI_DIST_DIR.")
    files = StaticFiles(directory=root)
    router = APIRouter(include_in_schema=False)

    @router.api_route(UI_ROUTE, methods=["GET", "HEAD"])
    async def page_or_file(ui_path: str, request: Request) -> Response:
        found = await run_in_threadpool(_file_below, root, _ALIASES.get(ui_path, ui_path))
        if found is None and Path(ui_path).suffix:
            raise HTTPException(404)
        file = found or index
        response = files.file_response(file, await run_in_threadpool(file.stat), request.scope)
        response.headers["Cache-Control"] = _FOR_EVER if _is_immutable(file) else _ASK_EACH_TIME
        return response

    _ = page_or_file
    return router


def _file_below(root: Path, ui_path: str) -> Path | None:
    """The file that *ui_path* names, never one outside of *root*."""
    try:
        wanted = (root / ui_path).resolve()
    except (OSError, ValueError):
        return None
    return wanted if wanted.is_relative_to(root) and wanted.is_file() else None


def _is_immutable(file: Path) -> bool:
    return file.parent.name == "assets" and _HASHED_NAME.search(file.name) is not None
