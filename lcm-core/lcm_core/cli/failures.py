"""How the command line says that something failed: what, why, what to do, in one message and not in a traceback."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator

from pydantic import ValidationError
from pymongo.errors import ConnectionFailure, PyMongoError
from rich.console import Console

from lcm_core.domain.errors import LcmError

EXIT_FAILED = 1


@contextlib.contextmanager
def told_clearly() -> Generator[None]:
    """Expected failures end the process with a message and EXIT_FAILED; a defect keeps its traceback."""
    try:
        yield
    except LcmError as error:
        _fail(error.message, error.code)
    except ConnectionFailure as error:
        _fail(f"The database cannot be reached: {error}. Is it running, and is its address right?", "unreachable")
    except PyMongoError as error:
        _fail(f"The database refused the request: {error}", "database-error")
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        _fail(f"The settings are not usable: {problems}", "settings-invalid")


def _fail(message: str, code: str) -> None:
    Console(stderr=True).print(f"[bold red]error[/bold red] {message} [dim]({code})[/dim]", highlight=False)
    sys.exit(EXIT_FAILED)
