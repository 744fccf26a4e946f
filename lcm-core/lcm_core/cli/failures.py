"""How the command line says that something failed: what, why, what to do, in one message and not in a traceback."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator
from dataclasses import dataclass

from lcm_core.cli.exit_codes import ExitCode

EXIT_FAILED = int(ExitCode.FAILED)


@dataclass(frozen=True, slots=True)
class Failure:
    """An expected failure, as a person is told of it. *more* are lines below the message."""

    message: str
    code: str
    exit_code: int = EXIT_FAILED
    more: tuple[str, ...] = ()


@contextlib.contextmanager
def told_clearly() -> Generator[None]:
    """Expected failures end the process with a message and their exit code; a defect keeps its traceback."""
    try:
        yield
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        tell(failure)
        sys.exit(failure.exit_code)


def tell(failure: Failure) -> None:
    """On standard error, readable without colour."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    console.print(Text.assemble(("error ", "bold red"), failure.message, (f" ({failure.code})", "dim")))
    for line in failure.more:
        console.print(Text(f"  {line}"))


def failure_of(error: Exception) -> Failure | None:
    """None for a defect. Libraries are imported here, and not before something has failed."""
    from lcm_core.cli.api.problem import CliError
    from lcm_core.domain.errors import LcmError

    match error:
        case CliError():
            return Failure(error.message, error.code, int(error.exit_code), tuple(error.more()))
        case LcmError():
            return Failure(error.message, error.code)
        case _:
            return _failure_of_library(error)


def _failure_of_library(error: Exception) -> Failure | None:
    from pydantic import ValidationError
    from pymongo.errors import ConnectionFailure, PyMongoError

    match error:
        case ConnectionFailure():
            told = f"The database cannot be reached: {error}. Is it running, and is its address right?"
            return Failure(told, "unreachable", ExitCode.UNREACHABLE)
        case PyMongoError():
            return Failure(f"The database refused the request: {error}", "database-error")
        case ValidationError():
            problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            return Failure(f"The settings are not usable: {problems}", "settings-invalid")
        case _:
            return None
