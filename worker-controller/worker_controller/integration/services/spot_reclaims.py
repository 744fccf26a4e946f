"""Which instances EC2 takes back, from what it answers on their spot requests."""

from __future__ import annotations

from typing import Any

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


def reclaims_of(answer: dict[str, Any]) -> dict[str, str]:
    """Of ``DescribeSpotInstanceRequests``: the instances that EC2 takes back, and what it says of it."""
    found: dict[str, str] = {}
    for request in answer.get("SpotInstanceRequests", []):
        status = request.get("Status") or {}
        if status.get("Code") in _RECLAIMING and request.get("InstanceId"):
            found[request["InstanceId"]] = f"spot reclaim, {status['Code']}: {status.get('Message', '')}".rstrip(": ")
    return found
