"""One running stack: start it, wait until it is ready, question it, hurt it, stop it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from local_stack.plan import StackPlan, free_port, load_or_make_plan, read_plan
from local_stack.processes import SERVICES, all_processes, second_instance
from local_stack.supervision import Supervisor

READY_DEADLINE_SECONDS = 180
HTTP_PROCESSES = ("identity", "cloud", "cml", "lds", "grading", *SERVICES)
DEMO_TIME_SCALE = 0.005


class StackNotReady(RuntimeError):
    """Something did not become ready in time; the message names it, its last answer and its log."""


@dataclass(frozen=True, slots=True)
class Health:
    name: str
    ready: bool
    detail: str


class LocalStack:
    """The stack kept in one data folder."""

    def __init__(self, data_dir: Path, plan: StackPlan, extra_env: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.plan = plan
        self.extra_env = extra_env or {}
        self.supervisor = Supervisor(data_dir)

    @classmethod
    def prepare(
        cls,
        data_dir: Path,
        *,
        time_scale: float = DEMO_TIME_SCALE,
        preferred_ports: bool = True,
        extra_env: dict[str, str] | None = None,
    ) -> LocalStack:
        """Choose ports and write the configuration; nothing runs yet."""
        data_dir = data_dir.resolve()
        plan = load_or_make_plan(data_dir, preferred=preferred_ports)
        stack = cls(data_dir, plan, extra_env)
        stack.supervisor.write_config(all_processes(plan, time_scale=time_scale, extra_env=extra_env))
        return stack

    @classmethod
    def existing(cls, data_dir: Path) -> LocalStack | None:
        plan = read_plan(data_dir.resolve())
        return cls(data_dir.resolve(), plan) if plan else None

    def start(self) -> None:
        self.supervisor.start()

    def stop(self) -> None:
        if self.supervisor.is_up():
            self.supervisor.stop(first=SERVICES)

    def wipe(self) -> None:
        """Stop and remove everything that was stored."""
        self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def wait_ready(
        self,
        names: tuple[str, ...] = HTTP_PROCESSES,
        deadline_seconds: float = READY_DEADLINE_SECONDS,
        on_change: Callable[[list[Health]], None] | None = None,
    ) -> None:
        """Return when every process named answers ready; raise StackNotReady naming the first that does not."""
        deadline = time.monotonic() + deadline_seconds
        with _asker() as http:
            while True:
                health = [_ask(http, name, self._health_port(name)) for name in names]
                if on_change:
                    on_change(health)
                waiting = [found for found in health if not found.ready]
                if not waiting:
                    return
                if time.monotonic() > deadline:
                    raise StackNotReady(self._explain(waiting))
                time.sleep(0.1)

    def health(self, name: str) -> Health:
        with _asker() as http:
            return _ask(http, name, self._health_port(name))

    def _health_port(self, name: str) -> int:
        return self.plan.ports["cml-control" if name == "cml" else name]

    @contextlib.contextmanager
    def second_instance(self, name: str) -> Iterator[str]:
        """Run another instance of a service beside the first; gives its base URL once it is ready."""
        port = free_port()
        process = second_instance(self.plan, name, port, extra_env=self.extra_env)
        log = (self.supervisor.log_dir / f"{process.name}.log").open("ab")
        with log, subprocess.Popen(process.command, env={**os.environ, **process.env}, stdout=log, stderr=log) as child:  # noqa: S603
            try:
                self._wait_for(Health(process.name, False, ""), port)
                yield f"http://127.0.0.1:{port}"
            finally:
                child.terminate()
                child.wait(timeout=30)

    def _wait_for(self, health: Health, port: int, deadline_seconds: float = READY_DEADLINE_SECONDS) -> None:
        deadline = time.monotonic() + deadline_seconds
        with _asker() as http:
            while not health.ready:
                if time.monotonic() > deadline:
                    raise StackNotReady(self._explain([health]))
                time.sleep(0.1)
                health = _ask(http, health.name, port)

    def kill(self, name: str) -> int:
        """kill -9; supervisord starts it again. Returns the pid that was killed."""
        pid = self.supervisor.pid(name)
        self.supervisor.signal(name, signal.SIGKILL)
        return pid

    def wait_restarted(self, name: str, old_pid: int, deadline_seconds: float = 30) -> None:
        """Return when *name* runs under another pid than *old_pid*."""
        deadline = time.monotonic() + deadline_seconds
        while self.supervisor.pid(name) in (0, old_pid):
            if time.monotonic() > deadline:
                raise StackNotReady(f"{name} was not restarted within {deadline_seconds} s")
            time.sleep(0.05)

    def log_tail(self, name: str, lines: int = 15) -> str:
        file = self.supervisor.log_dir / f"{name}.log"
        if not file.exists():
            return "(no log)"
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])

    def _explain(self, waiting: list[Health]) -> str:
        first = waiting[0]
        names = ", ".join(found.name for found in waiting)
        return (
            f"not ready in time: {names}. {first.name} says: {first.detail}\n"
            f"Last lines of {self.supervisor.log_dir / (first.name + '.log')}:\n{self.log_tail(first.name)}"
        )


def _asker() -> httpx2.Client:
    """One for many questions: to make one takes as much processor as a service needs for a good part of its start."""
    # a connection that is kept would be one to a process that has been killed since
    return httpx2.Client(timeout=5, trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0))


def _ask(http: httpx2.Client, name: str, port: int) -> Health:
    try:
        answer = http.get(f"http://127.0.0.1:{port}/health/ready")
    except httpx2.HTTPError as error:
        return Health(name, False, f"no answer: {error}")
    return Health(name, answer.status_code == 200, "" if answer.status_code == 200 else answer.text[:300])
