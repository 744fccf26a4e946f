"""What LDS refuses, and with which status."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class LdsError(Exception):
    """A refusal. `error` is a short code, the message says what and why."""

    status = 400
    error = "InvalidRequest"


class NotFoundError(LdsError):
    """There is no such session, part or folder."""

    status = 404
    error = "NotFound"


class StateConflictError(LdsError):
    """The session is in a state in which that cannot be done."""

    status = 409
    error = "StateConflict"


class UniqueViolationError(LdsError):
    """A session with that auth_id exists, open or archived."""

    status = 409
    error = "UniqueViolation"

    def __init__(self, auth_id: str) -> None:
        super().__init__(
            'duplicate key value violates unique constraint "lab_session_auth_id_key": '
            f"Key (auth_id)=({auth_id}) already exists."
        )


class UnsupportedMediaTypeError(LdsError):
    """The body is not JSON."""

    status = 415
    error = "UnsupportedMediaType"


def install_error_handler(app: FastAPI) -> None:
    """Answer every refusal with its status and {error, message}."""

    @app.exception_handler(LdsError)
    async def refuse(_: Request, error: LdsError) -> JSONResponse:
        return JSONResponse({"error": error.error, "message": str(error)}, status_code=error.status)
