"""Whether the services run, lead, are of one release, and reach what they depend on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from importlib.metadata import version
from typing import Any

from lcm_core.cli.api.problem import ApiProblem
from lcm_core.cli.checks.findings import Finding, Patient, broken, doubtful, well
from lcm_core.cli.resources.cells import span

_OWN = "control-plane-api"
_SLOW_MS = 500.0
_START = "Start {name}, or look into its log why it stopped; in Kubernetes: kubectl describe pod."
_REMEDIES = {
    "mongodb": "Is MongoDB up, and a primary elected? CONTROL_PLANE_MONGO_URI must name it; look at its disk and log.",
    "etcd": "Is etcd up, with a quorum and room left (etcdctl endpoint status)? All of it can be made again: "
    "`lcm system rebuild-etcd --reason WHY`.",
    "change-feed": "The change stream of MongoDB is away: it needs a replica set. It comes back when that does.",
    "control-plane-api": "Does control-plane-api run, and is its address in the settings of this service right?",
    "ec2": "Do the AWS credentials of worker-controller hold, and does it reach the region?",
}
"""By the name that the service gives its check."""


async def dependencies_healthy(patient: Patient) -> AsyncIterator[Finding]:
    """Database, etcd, change feed: whatever the API itself depends on."""
    for check in (await _readiness(patient))["checks"]:
        yield _dependency(_OWN, check)


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
        yield _service(name, service)
        # those of the API itself are told by ``dependencies_healthy``
        for check in service["checks"] if service["reachable"] and name != _OWN else ():
            if not check["healthy"]:
                yield _dependency(name, check)


def _service(name: str, service: Mapping[str, Any]) -> Finding:
    if not service["reachable"]:
        return broken(name, service["problem"] or "does not answer", _START.format(name=name))
    if not service["ready"]:
        return broken(name, service["problem"] or "is not ready", f"See what of it fails here, and the log of {name}.")
    uptime = service.get("uptime_seconds")
    return well(name, f"{service['version']}{f', up {span(uptime)}' if uptime is not None else ''}")


def _dependency(service: str, check: Mapping[str, Any]) -> Finding:
    name, latency = check["name"], check.get("latency_ms")
    label = f"{service}: {name}"
    if not check["healthy"]:
        remedy = _REMEDIES.get(name) or f"Look into the log of {service} for {name}."
        return broken(label, check.get("message") or "is not healthy", remedy)
    if latency is not None and latency > _SLOW_MS:
        return doubtful(label, f"answers in {latency:.0f} ms", f"Look at the load of {name} and the network to it.")
    return well(label, f"{latency:.0f} ms" if latency is not None else "runs")


async def versions_agree(patient: Patient) -> AsyncIterator[Finding]:
    services = (await patient.api.get("/api/v1/system"))["services"]
    found = {service["service"]: str(service["version"]) for service in services if service.get("version")}
    own, others = version("lcm-core"), sorted(set(found.values()))
    if len(others) > 1:
        told = ", ".join(f"{name} {number}" for name, number in sorted(found.items()))
        yield doubtful("versions", told, "Finish the roll-out: all services of one release.")
    elif others and others[0] != own:
        yield doubtful("versions", f"lcm is {own}, the services are {others[0]}", "Install the lcm of their release.")
    else:
        yield well("versions", own)


async def leaders_present(patient: Patient) -> AsyncIterator[Finding]:
    leaders = await patient.api.get("/api/v1/scheduler/leaders")
    without = [each["service"] for each in leaders if not each.get("instance")]
    for service in without:
        yield broken("leader", f"{service} has none", f"Does an instance of {service} run, and does it reach etcd?")
    if not without:
        yield well("leader", f"{len(leaders)} services have one")
