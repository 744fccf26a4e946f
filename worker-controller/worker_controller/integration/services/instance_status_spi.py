"""Status checks and planned events of instances, many in one call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lcm_core.integration.aws.calls import AwsCallFailed, AwsCalls
from worker_controller.domain.cloud import InstanceStatus, PlannedEvent, planned

_IDS_AT_ONCE = 100
_NOT_FOUND = "InvalidInstanceID.NotFound"


class InstanceStatusSpiClient:
    def __init__(self, aws: AwsCalls) -> None:
        self._aws = aws

    async def statuses(self, region: str, instance_ids: Iterable[str]) -> dict[str, InstanceStatus]:
        """By id; an instance that does not run, or that EC2 does not know, is absent."""
        wanted = sorted(set(instance_ids))
        found: dict[str, InstanceStatus] = {}
        for first in range(0, len(wanted), _IDS_AT_ONCE):
            found.update(await self._some(region, wanted[first : first + _IDS_AT_ONCE]))
        return found

    async def _some(self, region: str, wanted: list[str]) -> dict[str, InstanceStatus]:
        def read(ec2: Any) -> list[dict[str, Any]]:
            # AWS takes either ids or a page size
            return ec2.describe_instance_status(InstanceIds=wanted)["InstanceStatuses"]

        try:
            rows = await self._aws.call("ec2", region, "describe instance status", read)
        except AwsCallFailed as failed:
            if failed.aws_code != _NOT_FOUND:
                raise
            # one unknown id fails the whole call, and the answer names it
            known = [each for each in wanted if each not in str(failed)]
            if not known or len(known) == len(wanted):
                return {}
            return await self._some(region, known)
        return {row["InstanceId"]: _status(row) for row in rows}


def _status(row: dict[str, Any]) -> InstanceStatus:
    checks = (
        ("system", row.get("SystemStatus")),
        ("instance", row.get("InstanceStatus")),
        ("attached EBS volumes", row.get("AttachedEbsStatus")),
    )
    failing = [name for name, check in checks if (check or {}).get("Status") == "impaired"]
    events = [
        PlannedEvent(event["Code"], event["NotBefore"], event.get("Description", ""))
        for event in row.get("Events") or []
        if event.get("NotBefore") is not None
    ]
    return InstanceStatus(", ".join(failing), planned(events))
