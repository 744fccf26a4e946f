"""Problem documents (RFC 9457) and everything else that keeps a command from its answer.

LcmError
└── CliError             knows its exit code and what to do about it
    ├── ApiProblem       the API said no
    ├── NotSignedIn      no token, or one that is not good any more
    ├── Unreachable      no answer
    ├── UsageProblem     the command line asks for something that there is not
    └── WaitedTooLong    the deadline passed first
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lcm_core.cli.exit_codes import ExitCode
from lcm_core.domain.errors import LcmError

_SIGN_IN = "Sign in with `lcm login`."
_ADVICE_BY_CODE = {
    "version-conflict": "Somebody changed it meanwhile: look at it again, then repeat the command.",
    "no-such-route": "This server does not have it: it is of an older release than this command line, or the URL of "
    "the context leads elsewhere (`lcm context list`).",
    "capacity-refused": "Take one of the alternatives, ask for fewer seats, or book another time (`--at`).",
    "idempotency-key-reused": "The key stands for another request: leave `--key` out, or give a new one.",
    "unauthenticated": _SIGN_IN,
    "forbidden": "`lcm whoami` shows your roles; ask an admin for the one that is needed.",
}
_ADVICE_BY_STATUS = {
    401: _SIGN_IN,
    403: _ADVICE_BY_CODE["forbidden"],
    404: "`lcm list` shows what there is.",
    412: _ADVICE_BY_CODE["version-conflict"],
    429: "Too many requests: wait a little, then repeat the command.",
    500: "Nothing is known to have changed. Quote the correlation id when you report it.",
    502: "A system behind the API failed: `lcm doctor` says which.",
    503: "Something is down or starting: `lcm doctor` says what. Repeating the command does no harm.",
}
_EXIT_OF_STATUS = {
    401: ExitCode.NOT_SIGNED_IN,
    403: ExitCode.FORBIDDEN,
    404: ExitCode.NOT_FOUND,
    410: ExitCode.NOT_FOUND,
    412: ExitCode.CONFLICT,
    429: ExitCode.UNREACHABLE,
    502: ExitCode.UNREACHABLE,
    503: ExitCode.UNREACHABLE,
    504: ExitCode.UNREACHABLE,
}


class CliError(LcmError):
    """An expected end of a command."""

    exit_code: ExitCode = ExitCode.FAILED

    def more(self) -> Iterator[str]:
        """Lines that help, below the message."""
        yield from ()


class UsageProblem(CliError):
    exit_code = ExitCode.USAGE

    def __init__(self, message: str) -> None:
        super().__init__(message, code="usage")


class NotSignedIn(CliError):
    exit_code = ExitCode.NOT_SIGNED_IN

    def __init__(self, message: str) -> None:
        super().__init__(message, code="not-signed-in")

    def more(self) -> Iterator[str]:
        yield _SIGN_IN


class WaitedTooLong(CliError):
    exit_code = ExitCode.TIMED_OUT

    def __init__(self, message: str) -> None:
        super().__init__(message, code="deadline-passed")


class Unreachable(CliError):
    exit_code = ExitCode.UNREACHABLE

    def __init__(self, what: str, where: str, why: str) -> None:
        super().__init__(f"{what} at {where} cannot be reached: {why}.", code="unreachable")

    def more(self) -> Iterator[str]:
        yield "Is the address right (`lcm context list`), and is it running? `lcm doctor` looks at every part."


class ApiProblem(CliError):
    """An unsuccessful answer of the API."""

    def __init__(self, status: int, body: Mapping[str, Any], request: str, correlation_id: str | None = None) -> None:
        title = str(body.get("title") or f"HTTP {status}")
        detail = str(body.get("detail") or "the answer gives no reason")
        facts = body.get("facts")
        super().__init__(
            f"{title}: {detail}",
            code=str(body.get("code") or f"http-{status}"),
            facts=dict(facts) if isinstance(facts, dict) else {},  # pyright: ignore[reportUnknownArgumentType]
        )
        self.status = status
        self.body = body
        self.request = request
        self.category = body.get("category")
        self.errors: list[Mapping[str, Any]] = list(body.get("errors") or [])
        self.correlation_id = body.get("correlation_id") or correlation_id
        self.exit_code = self._exit_code()

    def _exit_code(self) -> ExitCode:
        if self.status == 409:
            return ExitCode.FAILED if self.category == "rule" else ExitCode.CONFLICT
        return _EXIT_OF_STATUS.get(self.status, ExitCode.FAILED)

    @property
    def advice(self) -> str | None:
        """What to do about it; None when the detail says all there is."""
        return _ADVICE_BY_CODE.get(self.code) or _ADVICE_BY_STATUS.get(self.status)

    def more(self) -> Iterator[str]:
        for error in self.errors:
            yield f"{error.get('pointer') or '#'}: {error.get('message')}"
        if self.advice:
            yield self.advice
        if self.correlation_id:
            yield f"correlation id {self.correlation_id} ({self.request})"
