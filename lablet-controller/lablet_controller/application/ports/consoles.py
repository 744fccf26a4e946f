"""Typing commands on the serial lines of a lab's nodes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from lablet_controller.application.ports.cml_labs import CmlHost
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.node_cli import CliDialect


class ConsoleError(FarEndError):
    """The console server or the device behind it did not do what was asked."""

    def __init__(self, host: CmlHost, message: str, *, retryable: bool, code: str = "console-failed") -> None:
        super().__init__(
            "cml-console",
            f"Console server at {host.address}: {message}",
            retryable=retryable,
            code=code,
            facts={"worker_id": host.worker_id, "address": host.address},
        )


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Output of one command without echo and prompt; *error* tells why there is none, or only a part of it."""

    command: str
    output: str = ""
    error: str | None = None


class ConsoleSession(Protocol):
    """One authenticated connection to a host's console server; several devices may be driven at once."""

    async def run(
        self,
        console_key: str,
        dialect: CliDialect,
        commands: Sequence[str],
        *,
        node_definition: str = "",
        until: float | None = None,
    ) -> tuple[CommandResult, ...]:
        """Run *commands* in order on the device behind *console_key*; one result per command.

        *node_definition* tells with which credentials to log in where the device asks. Commands that could change the
        device are refused. What was not answered by *until*, a time of the running loop, is said to be missing. Raises
        ``ConsoleError`` when the device gives no prompt at all. The device is left in user exec.
        """
        ...

    async def configure(
        self, console_key: str, dialect: CliDialect, lines: Sequence[str], *, node_definition: str = ""
    ) -> tuple[CommandResult, ...]:
        """Type *lines* in configuration mode on the device behind *console_key*; one result per line.

        Stops at the first line that the device refuses. Raises ``ConsoleError`` as ``run``; leaves as ``run``.
        """
        ...


class Consoles(Protocol):
    def connect(self, host: CmlHost) -> AbstractAsyncContextManager[ConsoleSession]: ...
