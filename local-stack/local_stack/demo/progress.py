"""What the demo shows while it runs, and the table at the end."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

TRACK = (
    "PENDING",
    "SCHEDULED",
    "INSTANTIATING",
    "READY",
    "RUNNING",
    "COLLECTING",
    "GRADING",
    "STOPPING",
    "STOPPED",
    "ARCHIVED",
    "TERMINATED",
)


class Board:
    """Newest row per session and worker; an older version never replaces a newer one."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.workers: dict[str, dict[str, Any]] = {}
        self.last_event = ""

    def apply(self, row: dict[str, Any]) -> None:
        rows = self.sessions if "candidate" in row and "timeslot" in row and "lead_seconds" in row else self.workers
        known = rows.get(row["id"])
        if known is None or known["version"] <= row["version"]:
            rows[row["id"]] = row

    def render(self) -> Group:
        return Group(self._workers(), self._sessions(), Text(self.last_event, style="dim", no_wrap=True))

    def _workers(self) -> Table:
        table = Table("worker", "status", "CML", "instance", "address", "sessions", title="Fleet", title_justify="left")
        for worker in self.workers.values():
            table.add_row(
                worker["name"],
                _styled(worker["status"]),
                worker["service_status"],
                worker["ec2_instance_id"] or "",
                worker["private_ip"] or "",
                str(len(worker["allocations"])),
            )
        return table

    def _sessions(self) -> Table:
        table = Table("lab", "state", "progress", "step or reason", title="Sessions", title_justify="left")
        for session in self.sessions.values():
            table.add_row(session["definition_name"], _styled(session["status"]), _track(session), _detail(session))
        return table


def _track(session: dict[str, Any]) -> Text:
    seen = {change["target"] for change in session["state_history"]}
    text = Text()
    for status in TRACK:
        now = status == session["status"]
        text.append(
            "●" if status in seen else "○", style="bold cyan" if now else ("green" if status in seen else "dim")
        )
    return text


def _detail(session: dict[str, Any]) -> str:
    running = [step["step"] for step in session["steps"] if step["status"] == "running"]
    if running:
        return running[-1]
    if session["status"] == "PENDING":
        return session["pending_reason"]
    if session["max_score"]:
        return f"score {session['score']:g} of {session['max_score']:g}"
    return session["steps"][-1]["step"] if session["steps"] else ""


def _styled(status: str) -> Text:
    styles = {"RUNNING": "green", "READY": "green", "TERMINATED": "dim", "FAILED": "red", "PENDING": "blue"}
    return Text(status, style=styles.get(status, "yellow"))


def seconds_in_state(session: dict[str, Any]) -> dict[str, float]:
    """Time spent in each state, from the state history."""
    changes = session["state_history"]
    spent: dict[str, float] = {}
    for change, following in pairwise(changes):
        begun, ended = (datetime.fromisoformat(item["at"]) for item in (change, following))
        spent[change["target"]] = spent.get(change["target"], 0.0) + (ended - begun).total_seconds()
    return spent


def summary(sessions: list[dict[str, Any]], workers: dict[str, dict[str, Any]]) -> Table:
    """One column a session: worker, ports, time in each state, score."""
    table = Table("", *(session["definition_name"] for session in sessions), title="Result", title_justify="left")
    spent = [seconds_in_state(session) for session in sessions]
    table.add_row("worker", *(workers[str(session["worker_id"])]["name"] for session in sessions))
    table.add_row("ports", *(_ports(session) for session in sessions))
    for status in TRACK[:-1]:
        table.add_row(f"{status.lower()} (s)", *(f"{times.get(status, 0):.2f}" for times in spent))
    table.add_row("score", *(_score(session) for session in sessions))
    table.add_row("outcome", *(f"{session['outcome']}" for session in sessions))
    return table


def _score(session: dict[str, Any]) -> str:
    return f"{session['score']:g} of {session['max_score']:g}, {'passed' if session['passed'] else 'not passed'}"


def _ports(session: dict[str, Any]) -> str:
    outer = sorted(port["outer"] for port in session["allocated_ports"])
    return f"{outer[0]}-{outer[-1]} ({len(outer)})" if outer else "none"
