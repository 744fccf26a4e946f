"""Looks at every host that serves and at every deployment of LDS now and then, for what was left behind.

Of hosts it also reports the ports that labs of other people forward.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from lablet_controller.application.ports.cml_labs import CmlHost, CmlLabs
from lablet_controller.application.ports.lds import Lds
from lablet_controller.application.services.foreign_ports import ForeignPorts
from lablet_controller.application.services.orphans import Orphans
from lcm_core.coordination import WatchEvent, WatchEventKind
from lcm_core.domain.enums import WORKER_STATUSES_IN_SERVICE, WorkerServiceStatus
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, RequeueAfter, Result, WatchedPrefix

_LDS = "lds:"


class OrphanSweep:
    """Implements ``Reconciler``; a key is a worker's id, or "lds:" and a deployment's.

    *again_seconds* is when what looks orphaned is looked at again.
    """

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        labs: CmlLabs,
        orphans: Orphans,
        foreign: ForeignPorts,
        lds: Lds,
        again_seconds: float,
    ) -> None:
        self._workers = control_plane.workers
        self._labs = labs
        self._orphans = orphans
        self._foreign = foreign
        self._lds = lds
        self._again_seconds = again_seconds

    async def list_keys(self) -> Collection[str]:
        hosts = [worker.id for worker in await self._workers.list(WORKER_STATUSES_IN_SERVICE) if _answers(worker)]
        return [*hosts, *(f"{_LDS}{deployment}" for deployment in self._lds.deployments)]

    async def reconcile(self, key: str) -> Result:
        if key.startswith(_LDS):
            clear = await self._orphans.clear_deliveries(key.removeprefix(_LDS))
        else:
            clear = await self._clear_host(key)
        return Done() if clear else RequeueAfter(self._again_seconds, "what was left behind to be gone")

    async def _clear_host(self, worker_id: str) -> bool:
        try:
            worker = await self._workers.get(worker_id)
        except NotFound:
            return True
        if worker.status not in WORKER_STATUSES_IN_SERVICE or not _answers(worker):
            return True
        host = CmlHost(worker.id, worker.private_ip or "")
        there = await self._labs.host_labs(host)
        clear = await self._orphans.clear_host(worker, host, there)
        await self._foreign.observe(host, there)
        return clear


def labs_resync_requests(prefix: str) -> WatchedPrefix:
    """Wakes a worker's id when somebody wants its labs looked at again. What is there at first was met by the sweep."""
    root = f"{prefix}/workers/"
    last: dict[str, Any] = {}

    def key_of(event: WatchEvent) -> str | None:
        worker_id, _, leaf = event.kv.key.removeprefix(root).partition("/")
        if leaf != "desired" or event.kind is not WatchEventKind.PUT:
            return None
        wanted = event.kv.json().get("labs_resync_requested_at")
        is_news = worker_id in last and last[worker_id] != wanted and wanted is not None
        last[worker_id] = wanted
        return worker_id if is_news else None

    return WatchedPrefix(root, key_of)


def _answers(worker: CMLWorkerReadModel) -> bool:
    there = worker.service_status is WorkerServiceStatus.AVAILABLE and worker.host_loss is None
    return there and bool(worker.private_ip)
