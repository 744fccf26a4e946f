"""One real stack for every test that needs one; the tests of a run share it and leave it as they found it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from local_stack.demo.api import PublicApi
from local_stack.demo.seed import load_seed
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver

from lcm_core.auth.rate_limits import LIMIT_NAMES
from lcm_core.testing.server_folder import server_folder

PREFIXES = ("CONTROL_PLANE_", "RESOURCE_SCHEDULER_", "WORKER_CONTROLLER_", "LABLET_CONTROLLER_")
FAST_LEASE = {f"{prefix}LEADER_LEASE_TTL_SECONDS": "3" for prefix in PREFIXES}
FAST_POOLS = {"LABLET_CONTROLLER_WARM_POOL_SECONDS": "1"}
FAST_HEARTBEAT = {"WORKER_CONTROLLER_LIVENESS_SECONDS": "2", "WORKER_CONTROLLER_HEARTBEAT_SECONDS": "8"}
TOLD_CONTENT = {"LABLET_CONTROLLER_CONTENT_POLL_SECONDS": "0"}
"""No look at the buckets by the clock: what comes of a change comes of its notification."""


NO_LIMITS = {"CONTROL_PLANE_RATE_LIMITS": ",".join(f"{name}=0" for name in LIMIT_NAMES)}
"""Tests ask in loops, all as one caller."""


@contextlib.contextmanager
def telemetry_collector(file: Path) -> Iterator[dict[str, str]]:
    """Takes spans in over OTLP/HTTP and writes them down; gives the settings that lead them here."""

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with file.open("ab") as out:
                out.write(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """What comes in is on file."""

    file.parent.mkdir(parents=True, exist_ok=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield {f"{prefix}OTLP_ENDPOINT": url for prefix in PREFIXES} | {
            f"{prefix}TRACE_SAMPLE_RATIO": "1" for prefix in PREFIXES
        }
        server.shutdown()


def keep_stores_in(memory: Path, folder: Path) -> None:
    """What etcd and the database of a stack write goes there, not to the disk."""
    for name in ("etcd", "mongo"):
        kept, seen = memory / name, folder / name
        kept.mkdir()
        if seen.is_symlink():
            seen.unlink()
        elif seen.exists():
            shutil.rmtree(seen)
        folder.mkdir(parents=True, exist_ok=True)
        seen.symlink_to(kept)


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """All processes, far ends answering at once, ports and cloud subnet of its own; logs stay in .artifacts/."""
    folder = Path(__file__).resolve().parents[1] / ".artifacts" / f"stack-{os.getpid()}"
    with telemetry_collector(folder / "telemetry.otlp") as telemetry, server_folder("stack") as memory:
        keep_stores_in(memory, folder)
        env = FAST_LEASE | FAST_HEARTBEAT | FAST_POOLS | TOLD_CONTENT | NO_LIMITS | telemetry
        running = LocalStack.prepare(folder, time_scale=0, preferred_ports=False, extra_env=env)
        running.start()
        try:
            running.wait_ready()
            yield running
        finally:
            running.stop()


@pytest.fixture
async def driver(stack: LocalStack) -> AsyncIterator[StackDriver]:
    stack.wait_ready()
    async with PublicApi(stack.plan, "seed") as admin, PublicApi(stack.plan, "lms-demo") as lms:
        yield StackDriver(stack, admin, lms, await load_seed(admin))
