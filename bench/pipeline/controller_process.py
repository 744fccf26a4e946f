"""One lablet-controller as a process of its own, forked from a server that has imported everything already."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["lablet_controller.main"])


def _run(settings: dict[str, Any]) -> None:
    import structlog

    from lablet_controller.main import build_app
    from lablet_controller.settings import LabletControllerSettings
    from lcm_core.hosting import serve

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    chosen = LabletControllerSettings(**settings)
    serve(build_app(chosen), chosen)


def start_controller(settings: dict[str, Any]) -> BaseProcess:
    """``python -m lablet_controller`` in all but the start of the interpreter and its logs."""
    process = _CONTEXT.Process(target=_run, args=(settings,), daemon=True)
    with _without_main():
        process.start()
    return process


@contextmanager
def _without_main() -> Generator[None]:
    """A child would run the script that its parent was started with; it needs nothing of it."""
    main = sys.modules["__main__"]
    file, spec = getattr(main, "__file__", None), getattr(main, "__spec__", None)
    main.__file__, main.__spec__ = None, None  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        main.__file__, main.__spec__ = file, spec  # pyright: ignore[reportAttributeAccessIssue]


def kill(process: BaseProcess) -> None:
    """SIGKILL: nothing of it runs on, not even a ``finally``."""
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
