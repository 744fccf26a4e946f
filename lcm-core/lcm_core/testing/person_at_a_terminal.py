"""The command line ``lcm`` as a person or a script uses it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
import typer
from typer.testing import CliRunner, Result

from lcm_core.cli.failures import failure_of
from lcm_core.cli.main import build_app


@dataclass(frozen=True, slots=True)
class Told:
    """What one command said, and the code that it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def words(self) -> str:
        """All of standard error on one line, however it was wrapped."""
        return " ".join(self.err.split())


@dataclass(slots=True)
class PersonAtATerminal:
    """Runs commands in a thread, each with an event loop of its own, as a process would have.

    One at a time: while a command runs, the standard streams and the environment of the process are its own.
    """

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    app: typer.Typer = field(default_factory=lambda: build_app([]))

    @classmethod
    def signed_in(cls, folder: Path, *, url: str, issuer: str, token: str) -> PersonAtATerminal:
        """With a token from the environment, as a script has it."""
        return cls(folder, {"LCM_URL": url, "LCM_ISSUER": issuer, "LCM_TOKEN": token})

    def at_a_screen(self) -> PersonAtATerminal:
        """The same, with displays that redraw themselves."""
        return PersonAtATerminal(self.folder, {**self.env, "FORCE_COLOR": "1"}, self.app)

    async def run(self, *words: str, typed: str | None = None) -> Told:
        return await asyncio.to_thread(self._run, words, typed)

    async def must(self, *words: str, typed: str | None = None) -> Told:
        """The same; fails unless the command ends well."""
        told = await self.run(*words, typed=typed)
        assert told.code == 0, f"lcm {' '.join(words)}: {told.code}\n{told.out}\n{told.err}"
        return told

    def _run(self, words: tuple[str, ...], typed: str | None) -> Told:
        runner = CliRunner(env={"LCM_CONFIG_DIR": str(self.folder), "COLUMNS": "240", "LCM_OUTPUT": "", **self.env})
        with _logs_elsewhere():
            result: Result = runner.invoke(self.app, list(words), input=typed)
        failure = failure_of(result.exception) if isinstance(result.exception, Exception) else None
        if failure is None:
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            return Told(result.exit_code, result.stdout, result.stderr)
        more = "\n".join(failure.more)
        return Told(failure.exit_code, result.stdout, f"{result.stderr}\n{failure.message} ({failure.code})\n{more}")


@contextmanager
def _logs_elsewhere() -> Generator[None]:
    """What services in the same process log is no part of what a command says."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    try:
        yield
    finally:
        structlog.configure(**before)
