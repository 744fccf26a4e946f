"""Reads what the leaders of all services tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from pydantic import ValidationError

from control_plane_api.application.queries.list_leaders_query import ServiceLeader
from lcm_core.coordination import EtcdClient, LeaderRecord
from lcm_core.domain.scheduling_rules import RulesTold, rules_key
from lcm_core.domain.steering import LeaderTold, ReconcilerName
from lcm_core.reconcile.steering import told_key
from lcm_core.side_by_side import side_by_side

log = structlog.stdlib.get_logger(__name__)

LED_SERVICES = ("control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller")


class EtcdLeaders:
    """``Leaders`` from the keys below *prefix*."""

    def __init__(self, etcd: EtcdClient, *, prefix: str) -> None:
        self._etcd = etcd
        self._prefix = prefix

    async def leaders(self) -> Sequence[ServiceLeader]:
        async with side_by_side() as group:
            reading = [group.create_task(self._leader(service)) for service in LED_SERVICES]
        return [each.result() for each in reading]

    async def told(self) -> Mapping[str, LeaderTold]:
        """By service, what its leader last told of itself; without those that cannot be read."""
        found: dict[str, LeaderTold] = {}
        async with side_by_side() as group:
            reading = {
                service: group.create_task(self._etcd.get(told_key(self._prefix, service))) for service in LED_SERVICES
            }
        for service, read in reading.items():
            kv = read.result()
            try:
                if kv is not None:
                    found[service] = LeaderTold.model_validate_json(kv.value)
            except ValidationError:
                continue
        return found

    async def rules(self) -> RulesTold | None:
        kv = await self._etcd.get(rules_key(self._prefix, ReconcilerName.SCHEDULER))
        if kv is None:
            return None
        try:
            return RulesTold.model_validate_json(kv.value)
        except ValidationError as error:
            log.warning("rules_unreadable", key=kv.key, reason=str(error))
            return None

    async def _leader(self, service: str) -> ServiceLeader:
        kv = await self._etcd.get(f"{self._prefix}/{service}/leader")
        if kv is None:
            return ServiceLeader(service=service)
        try:
            record = LeaderRecord.model_validate(kv.json())
        except (ValueError, TypeError, ValidationError):
            return ServiceLeader(service=service, epoch=kv.create_revision)
        return ServiceLeader(service=service, instance=record.instance, since=record.since, epoch=kv.create_revision)
