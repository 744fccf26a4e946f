"""From what EC2 answers on the condition of instances to ours."""

from __future__ import annotations

from typing import Any

from worker_controller.domain.host_condition import HostCondition, ScheduledEvent

_CANCELLED_OR_DONE = ("[Completed]", "[Canceled]")
_RECLAIMING = frozenset(
    {
        "marked-for-termination",
        "marked-for-stop",
        "instance-terminated-by-price",
        "instance-terminated-no-capacity",
        "instance-terminated-capacity-oversubscribed",
        "instance-stopped-by-price",
        "instance-stopped-no-capacity",
        "instance-stopped-capacity-oversubscribed",
    }
)


def conditions_of(answer: dict[str, Any]) -> dict[str, HostCondition]:
    """Of ``DescribeInstanceStatus``, by instance."""
    return {row["InstanceId"]: _condition(row) for row in answer.get("InstanceStatuses", [])}


def reclaims_of(answer: dict[str, Any]) -> dict[str, str]:
    """Of ``DescribeSpotInstanceRequests``: the instances that EC2 takes back, and what it says of it."""
    found: dict[str, str] = {}
    for request in answer.get("SpotInstanceRequests", []):
        status = request.get("Status") or {}
        if status.get("Code") in _RECLAIMING and request.get("InstanceId"):
            found[request["InstanceId"]] = f"spot reclaim, {status['Code']}: {status.get('Message', '')}".rstrip(": ")
    return found


def _condition(row: dict[str, Any]) -> HostCondition:
    checks = {"system": row.get("SystemStatus"), "instance": row.get("InstanceStatus")}
    failed = [
        f"{name} status check failed" for name, check in checks.items() if (check or {}).get("Status") == "impaired"
    ]
    events = tuple(
        ScheduledEvent(event.get("Code", ""), event.get("Description", ""), event.get("NotBefore"))
        for event in row.get("Events", [])
        if not event.get("Description", "").startswith(_CANCELLED_OR_DONE)
    )
    return HostCondition(impaired=", ".join(failed), events=events)
