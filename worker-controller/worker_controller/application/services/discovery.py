"""Compares the account with the records: instances of ours that no live worker stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel, Field

from lcm_core.clock import Clock
from lcm_core.contracts.fleet import MOST_STRAYS, RecordScalingFindings, ReportStrays
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import FarEndError, NotFound
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    ScalingFinding,
    ScalingKind,
    StrayFinding,
    StrayInstance,
    StrayKind,
)
from lcm_core.domain.steering import DISCOVERY_KEY
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, Result
from worker_controller.application.ports import Ec2Port, InstanceTagsPort
from worker_controller.application.services import worker_metrics
from worker_controller.application.services.stray_handler import Handled, StrayHandler
from worker_controller.domain.ec2 import GONE, Ec2Instance
from worker_controller.domain.strays import stray_finding, stray_kind

log = structlog.stdlib.get_logger(__name__)


class DiscoveryReport(BaseModel):
    """Last comparison; ``looked_at`` is null before the first. Strays are those that are left to people, or to time."""

    looked_at: datetime | None = None
    instances: int = Field(default=0, description="Instances of this fleet in all regions.")
    workers: int = Field(default=0, description="Workers on record that are not terminated.")
    regions_unseen: list[str] = Field(default=[], description="Regions that EC2 gave no answer for.")
    strays: list[StrayInstance] = []


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look at the account: what EC2 shows of each region that answered."""

    instances: dict[str, Ec2Instance]
    regions: tuple[str, ...]
    failures: dict[str, FarEndError]


class DiscoveryReconciler:
    """One key for the whole fleet.

    Instances younger than *young_seconds* are left alone: their launch may be under way. Records whose instance is gone
    need no comparison: each worker's own phase notices, stopped ones included.
    """

    def __init__(
        self,
        client: ControlPlaneApiClient,
        handler: StrayHandler,
        ec2: Ec2Port,
        tags: InstanceTagsPort,
        *,
        regions: Sequence[str],
        clock: Clock,
        young_seconds: float,
    ) -> None:
        self._workers = client.workers
        self._fleet = client.fleet
        self._handler = handler
        self._ec2 = ec2
        self._tags = tags
        self._regions = tuple(regions)
        self._clock = clock
        self._young = timedelta(seconds=young_seconds)
        self.report = DiscoveryReport()

    async def list_keys(self) -> list[str]:
        return [DISCOVERY_KEY]

    async def reconcile(self, key: str) -> Result:
        """Every region that answers is dealt with before the failure of another is raised."""
        rows = {worker.id: worker for worker in await self._workers.list()}
        seen = await self._look({*self._regions, *(worker.region for worker in rows.values())})
        strays = [found for each in seen.instances.values() if (found := await self._judge(each, rows)) is not None]
        left = await self._deal_with(seen, strays) if seen.regions else []
        for kind in StrayKind:
            told = Counter(stray.kind for stray in left if not stray.is_left)
            worker_metrics.stray_instances(kind.value, told[kind])
        self.report = DiscoveryReport(
            looked_at=self._clock.now(),
            instances=len(seen.instances),
            workers=len(rows),
            regions_unseen=sorted(seen.failures),
            strays=left,
        )
        for failure in seen.failures.values():
            raise failure
        return Done()

    async def _look(self, regions: set[str]) -> _Seen:
        instances: dict[str, Ec2Instance] = {}
        failures: dict[str, FarEndError] = {}
        for region in sorted(regions):
            try:
                instances.update({each.id: each for each in await self._ec2.managed(region)})
            except FarEndError as error:
                log.warning("region_not_compared", region=region, reason=str(error))
                failures[region] = error
        return _Seen(instances, tuple(sorted(regions - failures.keys())), failures)

    async def _judge(self, instance: Ec2Instance, rows: dict[str, CMLWorkerReadModel]) -> StrayFinding | None:
        if instance.state in GONE:
            return None
        named = next((row for row in rows.values() if instance.id in (row.ec2_instance_id, row.import_of)), None)
        if named is not None:
            await self._mend_tag(instance, named)
            return None
        if self._is_young(instance):
            return None
        worker = rows.get(instance.worker_id or "")
        if worker is None or worker.planned:
            # one that was planned when the fleet was read may be wanted by now
            worker = await self._on_record(instance.worker_id)
        kind = stray_kind(instance, worker)
        return stray_finding(instance, kind) if kind is not None else None

    async def _mend_tag(self, instance: Ec2Instance, worker: CMLWorkerReadModel) -> None:
        """An adoption that was cut off between record and tag; the record counts."""
        if instance.released or worker.status is CMLWorkerStatus.FAILED:
            return  # let go by its worker, which is on its way out
        if worker.ec2_instance_id == instance.id and instance.worker_id != worker.id:
            log.info("instance_tag_mended", ec2_instance_id=instance.id, worker_id=worker.id, said=instance.worker_id)
            await self._tags.claim(instance.region, instance.id, worker.id, worker.template_name)

    async def _on_record(self, worker_id: str | None) -> CMLWorkerReadModel | None:
        if worker_id is None:
            return None
        try:
            return await self._workers.get(worker_id)
        except NotFound:
            return None

    async def _deal_with(self, seen: _Seen, strays: Sequence[StrayFinding]) -> list[StrayInstance]:
        """What is still flagged when everything was done that may be done."""
        flags = await self._flag(seen, strays)
        if not flags:
            return []
        terms = (await self._fleet.care()).terms
        findings: list[ScalingFinding] = []
        left: list[StrayFinding] = []
        for flag in flags:
            instance = seen.instances[flag.ec2_instance_id]
            handled = await self._handler.handle(instance, flag, terms)
            worker_metrics.stray_handled(flag.kind.value, handled.did or "left")
            findings.append(_finding(flag, handled, self._clock.now()))
            if not handled.did:
                left.append(stray_finding(instance, flag.kind, handled.why))
            if handled.did or not flag.is_left:
                _say(flag, handled)
        await self._fleet.record_scaling(RecordScalingFindings(findings=tuple(findings)))
        return await self._flag(seen, left)

    async def _flag(self, seen: _Seen, strays: Sequence[StrayFinding]) -> list[StrayInstance]:
        if len(strays) > MOST_STRAYS:
            log.error("too_many_strays", found=len(strays), flagged=MOST_STRAYS)
        report = ReportStrays(regions=seen.regions, looked_at=self._clock.now(), strays=tuple(strays[:MOST_STRAYS]))
        return await self._fleet.report_strays(report)

    def _is_young(self, instance: Ec2Instance) -> bool:
        return instance.launched_at is not None and self._clock.now() - instance.launched_at < self._young


def _finding(flag: StrayInstance, handled: Handled, at: datetime) -> ScalingFinding:
    return ScalingFinding(
        kind=ScalingKind.STRAY,
        subject=flag.ec2_instance_id,
        at=at,
        taken=bool(handled.did),
        decided_by=handled.held_by,
        summary=handled.why,
        inputs={
            "stray": flag.kind.value,
            "did": handled.did,
            "state": flag.state,
            "instance_type": flag.instance_type,
            "tagged_worker": flag.worker_id,
            "flagged_at": flag.flagged_at.isoformat(),
        },
        region=flag.region,
        template_name=flag.template_name,
        ec2_instance_id=flag.ec2_instance_id,
    )


def _say(flag: StrayInstance, handled: Handled) -> None:
    log.warning(
        "stray_instance",
        ec2_instance_id=flag.ec2_instance_id,
        region=flag.region,
        kind=flag.kind.value,
        worker_id=flag.worker_id,
        did=handled.did or "left",
        reason=handled.why,
        what_to_do="" if handled.did else flag.what_to_do,
    )
