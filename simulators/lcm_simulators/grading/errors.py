"""What the GradingEngine refuses, and with which status."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class GradingError(Exception):
    """A refusal; the message says what and why."""

    status = 400


class NotFoundError(GradingError):
    """There is no such session, part, ruleset or report."""

    status = 404


class ConflictError(GradingError):
    """It exists already, or is in a state in which that cannot be done."""

    status = 409


class UnauthenticatedError(GradingError):
    """No token, or one that does not hold."""

    status = 401


class ForbiddenError(GradingError):
    """The token holds, but its roles do not suffice."""

    status = 403


def install_error_handler(app: FastAPI) -> None:
    """Answer every refusal with its status and {error, message}."""

    @app.exception_handler(GradingError)
    async def refuse(_: Request, error: GradingError) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, UnauthenticatedError) else None
        name = type(error).__name__.removesuffix("Error")
        return JSONResponse({"error": name, "message": str(error)}, status_code=error.status, headers=headers)
