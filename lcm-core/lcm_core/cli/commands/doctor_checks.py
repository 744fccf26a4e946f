"""What ``lcm doctor`` looks at: each check says what it found and, where that is not well, what to do."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from lcm_core.cli.api.client import ApiClient
from lcm_core.cli.api.problem import ApiProblem, CliError
from lcm_core.cli.identity.contexts import Context
from lcm_core.cli.identity.issuer import Issuer
from lcm_core.cli.resources.cells import at, instant, span

_SKEW_WARNS_SECONDS, _SKEW_FAILS_SECONDS = 5.0, 60.0
_CERTIFICATE_WARNS_DAYS = 21
_LICENCE_WARNS_DAYS = 14
_DISK_WARNS_PERCENT, _DISK_FAILS_PERCENT = 85, 95
_SLOW_MS = 500.0


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """*do* is what to do about it; empty where all is well."""

    check: str
    verdict: Verdict
    told: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at."""

    context: Context
    api: ApiClient
    issuer: Issuer


Check = Callable[[Patient], AsyncIterator[Finding]]


async def issuer_answers(patient: Patient) -> AsyncIterator[Finding]:
    keys = await patient.issuer.keys()
    if keys:
        yield Finding("issuer", Verdict.OK, f"{patient.issuer.url} with {len(keys)} keys")
    else:
        yield Finding("issuer", Verdict.FAILED, f"{patient.issuer.url} publishes no keys", "Look at the issuer's keys.")


async def signed_in(patient: Patient) -> AsyncIterator[Finding]:
    me = await patient.api.get("/auth/me")
    roles = ", ".join(me["roles"])
    if roles:
        yield Finding("sign-in", Verdict.OK, f"{me['name'] or me['subject']} ({roles})")
    else:
        yield Finding("sign-in", Verdict.WARNING, f"{me['subject']} has no role", "Ask an admin for one at the issuer.")


async def clock_agrees(patient: Patient) -> AsyncIterator[Finding]:
    skew = await patient.api.clock_skew_seconds()
    if skew is None:
        yield Finding("clock", Verdict.WARNING, "the API does not tell its time", "Look for a proxy that drops Date.")
        return
    verdict = (
        Verdict.FAILED
        if abs(skew) > _SKEW_FAILS_SECONDS
        else Verdict.WARNING
        if abs(skew) > _SKEW_WARNS_SECONDS
        else Verdict.OK
    )
    # the header has whole seconds
    told = "agrees with the API's" if verdict is Verdict.OK else f"is {span(skew)} ahead of the API's"
    yield Finding(
        "clock", verdict, told, "" if verdict is Verdict.OK else "Have both machines follow a time server (NTP)."
    )


async def dependencies_healthy(patient: Patient) -> AsyncIterator[Finding]:
    """Database, etcd, change feed, buckets: whatever the API itself depends on."""
    for check in (await _readiness(patient))["checks"]:
        yield _dependency("control-plane-api", check)


async def _readiness(patient: Patient) -> Mapping[str, Any]:
    try:
        return await patient.api.get("/health/ready")
    except ApiProblem as problem:
        if problem.status == 503 and problem.body.get("checks"):
            return problem.body
        raise


async def services_healthy(patient: Patient) -> AsyncIterator[Finding]:
    for service in (await patient.api.get("/api/v1/system"))["services"]:
        name = service["service"]
        if not service["reachable"]:
            yield Finding(name, Verdict.FAILED, service["problem"] or "does not answer", _START.format(name=name))
            continue
        if service["ready"]:
            up = f", up {span(service['uptime_seconds'])}" if service.get("uptime_seconds") is not None else ""
            yield Finding(name, Verdict.OK, f"{service['version']}{up}")
        else:
            yield Finding(
                name,
                Verdict.FAILED,
                service["problem"] or "is not ready",
                f"Look at what of it fails here, and into the log of {name}.",
            )
        if name != "control-plane-api":
            for check in service["checks"]:
                if not check["healthy"]:
                    yield _dependency(name, check)


_START = "Start {name}, or look into its log why it stopped; in Kubernetes: kubectl describe pod."
_REMEDIES = {
    "mongodb": "Is MongoDB up, and a primary elected? CONTROL_PLANE_MONGO_URI must name it; look at its disk and log.",
    "etcd": "Is etcd up, with a quorum and room left (etcdctl endpoint status)? All of it can be made again: "
    "lcm system rebuild-etcd.",
    "change-feed": "The change stream of MongoDB is away: it needs a replica set. It comes back when that does.",
    "s3": "Is the object store up, and do key and bucket in the settings hold?",
    "ec2": "Do the AWS credentials of worker-controller hold, and does it reach the region?",
}


def _dependency(service: str, check: Mapping[str, Any]) -> Finding:
    name, latency = check["name"], check.get("latency_ms")
    label = f"{service}: {name}"
    if not check["healthy"]:
        remedy = next(
            (text for key, text in _REMEDIES.items() if key in name.lower()),
            f"Look into the log of {service} for {name}.",
        )
        return Finding(label, Verdict.FAILED, check.get("message") or "is not healthy", remedy)
    if latency is not None and latency > _SLOW_MS:
        return Finding(
            label, Verdict.WARNING, f"answers in {latency:.0f} ms", f"Look at the load of {name} and the network to it."
        )
    return Finding(label, Verdict.OK, f"{latency:.0f} ms" if latency is not None else "runs")


async def versions_agree(patient: Patient) -> AsyncIterator[Finding]:
    services = (await patient.api.get("/api/v1/system"))["services"]
    found = {service["service"]: service["version"] for service in services if service.get("version")}
    own = version("lcm-core")
    others = sorted({str(each) for each in found.values()})
    if len(others) > 1:
        told = ", ".join(f"{name} {number}" for name, number in sorted(found.items()))
        yield Finding("versions", Verdict.WARNING, told, "Finish the roll-out: all services of one release.")
    elif others and others[0] != own:
        yield Finding(
            "versions",
            Verdict.WARNING,
            f"lcm is {own}, the services are {others[0]}",
            "Install the lcm of their release.",
        )
    else:
        yield Finding("versions", Verdict.OK, own)


async def leaders_present(patient: Patient) -> AsyncIterator[Finding]:
    leaders = await patient.api.get("/api/v1/scheduler/leaders")
    without = [each["service"] for each in leaders if not each.get("instance")]
    for service in without:
        yield Finding(
            "leader",
            Verdict.FAILED,
            f"{service} has none",
            f"Does an instance of {service} run, and does it reach etcd?",
        )
    if not without:
        yield Finding("leader", Verdict.OK, f"{len(leaders)} services have one")


async def no_dead_letters(patient: Patient) -> AsyncIterator[Finding]:
    page = await patient.api.get("/api/v1/system/dead-letters", limit=100)
    count = len(page["items"])
    told = f"{count}{'+' if page['next_cursor'] else ''} inbound events were not applied"
    if count:
        yield Finding(
            "dead letters", Verdict.WARNING, told, "See why: lcm dead-letters list; try again: lcm dead-letters replay."
        )
    else:
        yield Finding("dead letters", Verdict.OK, "no inbound ones")
    outbound = await patient.api.get("/api/v1/outbound-dead-letters", limit=100)
    if outbound["items"]:
        told = f"{len(outbound['items'])} events were not delivered"
        yield Finding(
            "outbound dead letters",
            Verdict.WARNING,
            told,
            "See why: lcm dead-letters list --outbound; try again: lcm dead-letters replay --outbound.",
        )
    else:
        yield Finding("outbound dead letters", Verdict.OK, "none")


async def nothing_lags(patient: Patient) -> AsyncIterator[Finding]:
    """Inbound events that wait; sessions whose start has passed and that have no room."""
    waiting = await patient.api.get("/api/v1/inbound-events", status="received", limit=100)
    late = [each for each in waiting["items"] if _older(each["received_at"], timedelta(minutes=2))]
    if late:
        yield Finding(
            "inbound events",
            Verdict.WARNING,
            f"{len(late)} wait for more than two minutes",
            "Does lablet-controller run and lead? lcm get leaders.",
        )
    else:
        yield Finding("inbound events", Verdict.OK, "none waits")
    pending = await patient.api.get("/api/v1/lablet-sessions", status="PENDING", limit=100)
    stuck = [each for each in pending["items"] if _older(each["timeslot"]["start"], timedelta(minutes=5))]
    if stuck:
        told = f"{len(stuck)} sessions should have begun and have no room"
        yield Finding(
            "sessions",
            Verdict.WARNING,
            told,
            "See why: lcm get decisions -f session_id=ID; lcm list scaling-decisions.",
        )
    else:
        yield Finding("sessions", Verdict.OK, "none waits beyond its start")


def _older(since: str, than: timedelta) -> bool:
    moment = instant(since)
    return moment is not None and datetime.now(UTC) - moment > than


async def workers_well(patient: Patient) -> AsyncIterator[Finding]:
    """Failed hosts, full disks, licences that end."""
    workers = await patient.api.rows("/api/v1/workers", most=500)
    alive = [each for each in workers if each["status"] not in ("TERMINATED", "TERMINATING")]
    trouble = False
    for worker in alive:
        for finding in _worker_findings(worker):
            trouble = True
            yield finding
    if not trouble:
        yield Finding("workers", Verdict.OK, f"{len(alive)} workers, none in trouble")


def _worker_findings(worker: Mapping[str, Any]) -> list[Finding]:
    name, found = f"worker {worker['name']}", list[Finding]()
    see = f"lcm describe worker {worker['id']}"
    if worker["status"] == "FAILED":
        found.append(
            Finding(name, Verdict.WARNING, worker.get("failure") or "failed", f"{see}; then lcm worker terminate.")
        )
    disk = at(worker, "metrics.storage_percent")
    if disk is not None and disk >= _DISK_WARNS_PERCENT:
        verdict = Verdict.FAILED if disk >= _DISK_FAILS_PERCENT else Verdict.WARNING
        found.append(
            Finding(
                name,
                verdict,
                f"its disk is {disk:.0f} % full",
                f"Drain it (lcm worker drain {worker['id']}) or give its template a larger volume.",
            )
        )
    expires = instant(at(worker, "license.expires_at"))
    if expires is not None and expires < datetime.now(UTC) + timedelta(days=_LICENCE_WARNS_DAYS):
        gone = expires < datetime.now(UTC)
        told = (
            "its licence has expired"
            if gone
            else f"its licence ends in {span((expires - datetime.now(UTC)).total_seconds())}"
        )
        found.append(
            Finding(name, Verdict.FAILED if gone else Verdict.WARNING, told, f"Renew the licence token; {see}.")
        )
    return found


async def certificate_lasts(patient: Patient) -> AsyncIterator[Finding]:
    """Of the API and of the issuer, where they are reached over TLS."""
    for what, address in (("API certificate", patient.context.url), ("issuer certificate", patient.context.issuer)):
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname:
            continue
        expires = await _certificate_end(parts.hostname, parts.port or 443, patient.context)
        left = expires - datetime.now(UTC)
        verdict = Verdict.OK if left > timedelta(days=_CERTIFICATE_WARNS_DAYS) else Verdict.WARNING
        yield Finding(
            what, verdict, f"good for {span(left.total_seconds())}", "" if verdict is Verdict.OK else "Renew it."
        )


async def _certificate_end(host: str, port: int, context: Context) -> datetime:
    import asyncio

    from lcm_core.integration.http_policy import tls_context

    async with asyncio.timeout(5):
        _, writer = await asyncio.open_connection(host, port, ssl=tls_context(context.ca_path), server_hostname=host)
    try:
        certificate: dict[str, Any] = writer.get_extra_info("peercert")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    finally:
        writer.close()


CHECKS: tuple[tuple[str, Check], ...] = (
    ("issuer", issuer_answers),
    ("sign-in", signed_in),
    ("clock", clock_agrees),
    ("certificates", certificate_lasts),
    ("dependencies", dependencies_healthy),
    ("services", services_healthy),
    ("versions", versions_agree),
    ("leader", leaders_present),
    ("lag", nothing_lags),
    ("dead letters", no_dead_letters),
    ("workers", workers_well),
)
"""In the order in which they are shown."""


async def findings_of(name: str, check: Check, patient: Patient) -> list[Finding]:
    """What *check* found; that it could not look is a finding too."""
    found: list[Finding] = []
    try:
        found.extend([finding async for finding in check(patient)])
    except ApiProblem as problem:
        if problem.code == "no-such-route":
            return [*found, Finding(name, Verdict.OK, f"this server does not have {problem.request}")]
        verdict = Verdict.WARNING if problem.status == 403 else Verdict.FAILED
        found.append(
            Finding(name, verdict, problem.message, problem.advice or "Look into the log of control-plane-api.")
        )
    except CliError as error:
        found.append(Finding(name, Verdict.FAILED, error.message, " ".join(error.more())))
    except (OSError, TimeoutError) as error:
        found.append(
            Finding(name, Verdict.FAILED, f"{type(error).__name__}: {error}", "Is the address right, and does it run?")
        )
    return found
