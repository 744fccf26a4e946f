"""Process supervision by supervisord: one configuration file per stack, controlled over a unix socket."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs]

START_DEADLINE_SECONDS = 20
STOP_DEADLINE_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Process:
    """One supervised process; it is restarted whenever it ends while the stack is up."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict, repr=False)
    cwd: Path | None = None
    stop_seconds: int = 10


class SupervisorUnavailable(RuntimeError):
    """No supervisor answers for this stack."""


class Supervisor:
    """Starts, stops and questions the processes of the stack kept in *data_dir*."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._run_dir = data_dir / "run"
        self.log_dir = data_dir / "logs"
        self._config = self._run_dir / "supervisord.conf"
        # Unix socket paths are limited to about 100 characters, data folders are not.
        digest = sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
        self._socket = Path(tempfile.gettempdir()) / f"lcm-{os.getuid()}-{digest}.sock"
        self._socket_note = self._run_dir / "socket"

    def write_config(self, processes: list[Process]) -> None:
        """Environment values may be secret, so the file is readable by its owner only."""
        self._run_dir.mkdir(parents=True, exist_ok=True)
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self._socket_note.write_text(str(self._socket))
        text = "\n".join([self._head(), *(self._program(process) for process in processes)])
        descriptor = os.open(self._config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)

    def start(self) -> None:
        """Start supervisord in the background and wait until it answers."""
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)],
            check=True,
            timeout=START_DEADLINE_SECONDS,
        )
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while not self.is_up():
            if time.monotonic() > deadline:
                raise SupervisorUnavailable(f"supervisord did not answer; see {self.log_dir / 'supervisord.log'}")
            time.sleep(0.05)

    def is_up(self) -> bool:
        try:
            self._rpc().supervisor.getState()
        except (OSError, SupervisorUnavailable, xmlrpc.client.Error):
            return False
        return True

    def stop(self, first: Sequence[str] = ()) -> None:
        """Stop the processes in *first* side by side, then the others likewise, then supervisord."""
        pid = int(cast(Any, self._rpc().supervisor.getPID()))
        names = [str(info["name"]) for info in self.processes()]
        self._stop_side_by_side([name for name in names if name in first])
        self._stop_side_by_side([name for name in names if name not in first])
        self._rpc().supervisor.shutdown()
        deadline = time.monotonic() + STOP_DEADLINE_SECONDS
        while _alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                raise SupervisorUnavailable(f"the stack did not stop within {STOP_DEADLINE_SECONDS} s and was killed")
            time.sleep(0.05)

    def _stop_side_by_side(self, names: Sequence[str]) -> None:
        for name in names:
            # One that is not running just now has nothing to stop.
            with contextlib.suppress(xmlrpc.client.Fault):
                self._rpc().supervisor.stopProcess(name, False)
        deadline = time.monotonic() + STOP_DEADLINE_SECONDS
        while any(info["name"] in names and info["statename"] == "STOPPING" for info in self.processes()):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)

    def processes(self) -> list[dict[str, Any]]:
        """State of every process as supervisord reports it (name, statename, pid, description, exitstatus)."""
        return cast(list[dict[str, Any]], self._rpc().supervisor.getAllProcessInfo())

    def pid(self, name: str) -> int:
        """0 when it is not running."""
        info = cast(dict[str, Any], self._rpc().supervisor.getProcessInfo(name))
        return int(info["pid"])

    def start_process(self, name: str) -> None:
        self._rpc().supervisor.startProcess(name, False)

    def stop_process(self, name: str) -> None:
        self._rpc().supervisor.stopProcess(name, True)

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.pid(name), number)

    def _rpc(self) -> Any:
        if not self._socket_note.exists():
            raise SupervisorUnavailable("this stack was never started")
        address = self._socket_note.read_text().strip()
        transport = SupervisorTransport(None, None, serverurl=f"unix://{address}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

    def _head(self) -> str:
        return f"""[unix_http_server]
file={self._socket}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{self._socket}
[supervisord]
logfile={self.log_dir}/supervisord.log
pidfile={self._run_dir}/supervisord.pid
identifier=lcm
"""

    def _program(self, process: Process) -> str:
        # A child must not outlive a supervisor that was killed: it would answer on the next stack's ports.
        command = (
            ["setpriv", "--pdeathsig", "KILL", "--", *process.command]
            if shutil.which("setpriv")
            else [*process.command]
        )
        environment = ",".join(f"{key}={_env_value(value)}" for key, value in process.env.items())
        return f"""[program:{process.name}]
command={" ".join(_quote(part) for part in command)}
directory={process.cwd or self._data_dir}
environment={environment}
autorestart=true
startsecs=1
startretries=1000000
stopwaitsecs={process.stop_seconds}
killasgroup=true
stopasgroup=false
stdout_logfile={self.log_dir}/{process.name}.log
redirect_stderr=true
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=2
"""


def _env_value(value: str) -> str:
    """In quotes that the value does not hold, such as JSON's: supervisord knows no escapes within them."""
    quote = "'" if '"' in value else '"'
    if quote in value:
        raise ValueError("a value of the environment may hold one kind of quotes, not both")
    return f"{quote}{value.replace('%', '%%')}{quote}"


def _quote(part: str) -> str:
    safe = part.replace("%", "%%")
    return f'"{safe}"' if " " in safe else safe


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
