"""Every error leaves the host as ``{code, description}``, whoever raised it."""

import json

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lcm_simulators.cml.model.refusals import CmlRefusal


def error_response(code: int, description: str) -> JSONResponse:
    return JSONResponse({"code": code, "description": description}, status_code=code)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CmlRefusal)
    return error_response(error.code, error.description)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Validation failures are 400, and the description is itself a JSON document."""
    assert isinstance(error, RequestValidationError)
    faults = [
        {"location": [str(part) for part in fault["loc"]], "type": fault["type"], "message": fault["msg"]}
        for fault in error.errors()
    ]
    return error_response(400, json.dumps({"Input validation failed": faults}))


async def _framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return error_response(404, f"The requested URL was not found on the server: {request.url.path}")
    if error.status_code == 405:
        return error_response(405, f"The method {request.method} is not allowed for {request.url.path}")
    return error_response(error.status_code, str(error.detail))


async def _unexpected(request: Request, _: Exception) -> JSONResponse:
    return error_response(500, f"The API at {request.url.path} hit an unexpected error.")


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(CmlRefusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)
