"""Whether work goes on: events that wait or were given up, sessions without room, workers in trouble.

Lists are asked for from the end where the trouble is: what waits longest stands on the last page of "newest first".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lcm_core.cli.checks.findings import Finding, Patient, broken, doubtful, well
from lcm_core.cli.resources.cells import at, instant, span
from lcm_core.domain.enums import CMLWorkerStatus

_LICENCE_WARNS = timedelta(days=14)
_DISK_WARNS_PERCENT, _DISK_FAILS_PERCENT = 85, 95
_EVENT_IS_LATE = timedelta(minutes=2)
_SESSION_IS_LATE = timedelta(minutes=5)
_PAGE, _QUEUE = 100, 1000
_GONE = frozenset({CMLWorkerStatus.TERMINATED, CMLWorkerStatus.TERMINATING})


async def no_dead_letters(patient: Patient) -> AsyncIterator[Finding]:
    inbound = await _number(patient, "/api/v1/inbound-events", status="dead_lettered")
    if inbound:
        do = "See why: `lcm dead-letters list`; try them again: `lcm dead-letters replay --all`."
        yield doubtful("dead letters", f"{inbound} inbound events were not applied", do)
    else:
        yield well("dead letters", "no inbound ones")
    outbound = await _number(patient, "/api/v1/outbound-dead-letters")
    if outbound:
        do = (
            "See why: `lcm dead-letters list --outbound`; send those of one subscription again: "
            "`lcm dead-letters replay --all --subscription ID`."
        )
        yield doubtful("outbound dead letters", f"{outbound} events were not delivered", do)
    else:
        yield well("outbound dead letters", "none")


async def _number(patient: Patient, path: str, **filters: str) -> int | str:
    """As many as the API counts, or "more than …"."""
    page = await patient.api.get(path, **filters, limit=1, total="true")
    total: int = page["total"]
    return total if page["total_is_exact"] else f"more than {total}"


async def events_are_applied(patient: Patient) -> AsyncIterator[Finding]:
    waiting = await patient.api.get("/api/v1/inbound-events", status="received", sort="received_at", limit=_PAGE)
    late = sum(_older(each["received_at"], _EVENT_IS_LATE) for each in waiting["items"])
    if late:
        told = f"{_at_least(late, _PAGE)} wait for more than two minutes"
        yield doubtful("inbound events", told, "Does lablet-controller run and lead? `lcm get leaders`")
    else:
        yield well("inbound events", "none waits")


async def sessions_have_room(patient: Patient) -> AsyncIterator[Finding]:
    """The queue has the earliest start of each priority first."""
    queue = await patient.api.get("/api/v1/scheduler/queue", limit=_QUEUE)
    stuck = sum(_older(each["starts_at"], _SESSION_IS_LATE) for each in queue["sessions"])
    if stuck:
        told = f"{_at_least(stuck, _QUEUE)} should have begun and are not placed"
        do = "See why: `lcm get decisions -f session_id=ID`; of the fleet: `lcm list scaling-decisions`."
        yield doubtful("sessions", told, do)
    else:
        yield well("sessions", "none waits beyond its start")


def _at_least(count: int, asked_for: int) -> str:
    return f"{count} or more" if count >= asked_for else str(count)


def _older(since: str, than: timedelta) -> bool:
    moment = instant(since)
    return moment is not None and datetime.now(UTC) - moment > than


async def workers_well(patient: Patient) -> AsyncIterator[Finding]:
    """Failed hosts, full disks, licences that end; of those that are not gone, however many are."""
    alive, trouble = 0, False
    for status in CMLWorkerStatus:
        if status in _GONE:
            continue
        for worker in await patient.api.rows("/api/v1/workers", {"status": status.value}):
            alive += 1
            for finding in worker_findings(worker, datetime.now(UTC)):
                trouble = True
                yield finding
    if not trouble:
        yield well("workers", f"{alive} workers, none in trouble")


def worker_findings(worker: Mapping[str, Any], now: datetime) -> list[Finding]:
    name, found = f"worker {worker['name']}", list[Finding]()
    see = f"`lcm describe worker {worker['id']}`"
    if worker["status"] == CMLWorkerStatus.FAILED:
        do = f"See {see}; then `lcm worker terminate {worker['id']} --reason WHY`."
        found.append(doubtful(name, worker.get("failure") or "failed", do))
    disk = at(worker, "metrics.storage_percent")
    if disk is not None and disk >= _DISK_WARNS_PERCENT:
        do = f"Drain it (`lcm worker drain {worker['id']} --reason WHY`), or give its template a larger volume."
        say = broken if disk >= _DISK_FAILS_PERCENT else doubtful
        found.append(say(name, f"its disk is {disk:.0f} % full", do))
    expires = instant(at(worker, "license.expires_at"))
    if expires is not None and expires < now + _LICENCE_WARNS:
        do = f"Renew the licence at the vendor, then have the host looked at again; see {see}."
        if expires < now:
            found.append(broken(name, "its licence has expired", do))
        else:
            found.append(doubtful(name, f"its licence ends in {span((expires - now).total_seconds())}", do))
    return found
