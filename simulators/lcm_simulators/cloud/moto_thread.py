"""moto in a thread of its own: it is neither async nor safe to use from two threads."""

import asyncio
import io
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class AwsRequest:
    """A request to the AWS endpoint, body and all. `target` is path and query as sent."""

    method: str
    path: str
    target: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    server: tuple[str, int]

    def header(self, name: str) -> str:
        """The value of a header, lower-case name; empty when it is missing."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True)
class AwsResponse:
    """What moto answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class MotoThread:
    """Runs functions one after the other in one thread, for as long as the process lives."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="moto")

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of the function, run in moto's thread. A caller that goes away does not stop it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Wait for what runs, and end the thread."""
        self._executor.shutdown(wait=True)


def call_wsgi(application: Any, request: AwsRequest) -> AwsResponse:
    """One WSGI call, answered as a whole."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        started[:] = [(status, headers)]
        return lambda data: None

    chunks = application(_environ(request), start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[0]
    return AwsResponse(int(status.split(" ", 1)[0]), headers, body)


def _environ(request: AwsRequest) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        # moto takes S3 keys from here, where their escapes are still as they were sent.
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "SERVER_NAME": request.server[0],
        "SERVER_PORT": str(request.server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding", "expect"):
            key = "HTTP_" + name.upper().replace("-", "_")
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ
