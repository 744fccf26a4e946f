"""A real MongoDB-wire server of its own for a test: SecantusDB on a free port, in a directory that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from lcm_core.testing.server_folder import server_folder

_START_DEADLINE_SECONDS = 30.0


class MongoServer:
    """One server process. ``kill`` and ``start`` bring it down hard and up again on the same data and port."""

    def __init__(self, storage: Path, *, failpoints: bool = False) -> None:
        self._storage = storage
        self._failpoints = failpoints
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def uri(self) -> str:
        # retryWrites would make every write scan a growing table of this server; the kernel retries by itself.
        return f"mongodb://127.0.0.1:{self.port}/?retryWrites=false&timeoutMS=10000&directConnection=true"

    @property
    def storage(self) -> Path:
        return self._storage

    def start(self) -> None:
        """Start and wait until it answers. Raises RuntimeError with its output when it does not."""
        command = [str(Path(sys.executable).parent / "secantusd-py"), "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--storage-path", str(self._storage / "db"), "--sync-on-commit", "--log-level", "WARNING"]
        if self._failpoints:
            command.append("--enable-test-commands")
        # setpriv, not preexec_fn: forking with Python code in between is not safe once gRPC threads run.
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            ["/usr/bin/env", "setpriv", "--pdeathsig", "KILL", "--", *command],
            stdout=subprocess.DEVNULL,
            stderr=(self._storage / "server.log").open("ab"),
        )
        self._wait_until_it_answers(self._process)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that is not heard."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    async def restart_hard(self) -> None:
        """Kill and start again without blocking the event loop meanwhile."""
        self.kill()
        await asyncio.to_thread(self.start)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_DEADLINE_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if not self._listens():
                time.sleep(0.02)
                continue
            with contextlib.suppress(PyMongoError):
                client: MongoClient[dict[str, object]] = MongoClient(self.uri, serverSelectionTimeoutMS=500)
                with client:
                    client.admin.command("ping")
                    return
        log = (self._storage / "server.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"secantusd-py did not answer on port {self.port}; its log ends: {log}")


@contextlib.contextmanager
def mongo_server(*, failpoints: bool = False, on_disk: bool = False) -> Generator[MongoServer]:
    """A running server, ended and wiped at the end. *failpoints* lets a test arm ``configureFailPoint``.

    Its data is in memory, unless it is to be measured as on a disk.
    """
    with server_folder("mongo", on_disk=on_disk) as storage:
        server = MongoServer(storage, failpoints=failpoints)
        server.start()
        try:
            yield server
        finally:
            # What it would write down on its way out is thrown away with its folder.
            server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
