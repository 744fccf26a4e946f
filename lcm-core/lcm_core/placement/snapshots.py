"""From read models to what the placement rules read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.hardware import offers_nested_virtualization
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerTemplateReadModel
from lcm_core.domain.values import CapacityAllocation
from lcm_core.domain.warm_pool import ready_contents
from lcm_core.placement.failures import TemplatePause, WorkerFailure, pauses
from lcm_core.placement.fleet import (
    FleetSnapshot,
    PlacementRequest,
    TemplateSnapshot,
    WorkerSnapshot,
    WorkerSupply,
)


def placement_request(session: LabletSessionReadModel) -> PlacementRequest:
    return PlacementRequest(
        session_id=session.id,
        requirements=session.requirements,
        license_affinity=session.license_affinity,
        ami=session.ami_requirement,
        port_requests=session.port_requests,
        interval=session.occupation(),
        needed_at=session.timeslot.start - timedelta(seconds=session.lead_seconds),
        asap=session.asap,
        promised_worker_id=session.promised_worker_id,
        priority=session.priority,
        nested_virtualization=session.nested_virtualization,
        content_hash=session.content_hash,
    )


def template_snapshot(template: WorkerTemplateReadModel, pause: TemplatePause | None = None) -> TemplateSnapshot:
    return TemplateSnapshot(
        name=template.name,
        capacity=template.capacity,
        port_range=template.port_range,
        license_type=template.license_type,
        ami=template.ami,
        cost_per_hour_usd=template.cost_per_hour_usd,
        startup_seconds=template.startup_seconds,
        region=template.region,
        enabled=template.enabled,
        pause=pause,
        nested_virtualization=offers_nested_virtualization(template.instance_type),
    )


def worker_snapshot(
    worker: CMLWorkerReadModel,
    template: TemplateSnapshot | None,
    extra: Iterable[CapacityAllocation] = (),
    *,
    at: datetime,
) -> WorkerSnapshot:
    """*extra* are allocations proposed and not yet seen in the worker's own list."""
    granted = {allocation.session_id for allocation in worker.allocations}
    proposed = tuple(allocation for allocation in extra if allocation.session_id not in granted)
    return WorkerSnapshot(
        id=worker.id,
        name=worker.name,
        status=_status_text(worker),
        placeable=worker.placeable,
        declared=worker.declared,
        port_range=worker.port_range,
        license_type=worker.license.type,
        template_name=worker.template_name,
        node_limit=worker.license.node_limit,
        ami_name=worker.ami_name,
        cml_version=worker.cml_version,
        template_ami=template.ami if template else None,
        allocations=(*worker.allocations, *proposed),
        on_the_way=worker.on_the_way,
        expected_ready_at=worker.expected_ready_at,
        asked_for_by=frozenset(worker.demand.session_ids) if worker.demand else frozenset(),
        supply=worker_supply(worker),
        available_from=_available_from(worker, at),
        region=worker.region,
        foreign_ports=worker.foreign_ports,
        nested_virtualization=offers_nested_virtualization(worker.instance_type),
        prepared=ready_contents(worker.prepared_labs),
    )


def fleet_snapshot(
    at: datetime,
    workers: Iterable[CMLWorkerReadModel],
    templates: Iterable[WorkerTemplateReadModel],
    proposed: Mapping[str, Iterable[CapacityAllocation]],
) -> FleetSnapshot:
    """*proposed* maps worker ids to allocations that are being asked for right now."""
    return FleetSnapshots().take(at, workers, templates, proposed)


class FleetSnapshots:
    """Makes one snapshot after the other; a worker about which nothing has changed is the same object in the next.

    An index is brought up to date by what is another object, so that a decision costs what has changed since the last.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[CMLWorkerReadModel, tuple[object, ...], WorkerSnapshot]] = {}

    def take(
        self,
        at: datetime,
        workers: Iterable[CMLWorkerReadModel],
        templates: Iterable[WorkerTemplateReadModel],
        proposed: Mapping[str, Iterable[CapacityAllocation]],
    ) -> FleetSnapshot:
        """As ``fleet_snapshot``; rows are compared by identity: whoever keeps them replaces what has changed."""
        rows = sorted(workers, key=lambda worker: worker.id)
        known = template_snapshots(rows, templates)
        before, self._known = self._known, {}
        for row in rows:
            template, extra = known.get(row.template_name), tuple(proposed.get(row.id, ()))
            # a worker that serves already is the same at any time
            facts = (template.ami if template else None, extra, None if row.placeable else at)
            kept = before.get(row.id)
            if kept is None or kept[0] is not row or kept[1] != facts:
                kept = (row, facts, worker_snapshot(row, template, extra, at=at))
            self._known[row.id] = kept
        return FleetSnapshot(at, tuple(kept[2] for kept in self._known.values()), _by_name(known))


def template_snapshots(
    workers: Iterable[CMLWorkerReadModel], templates: Iterable[WorkerTemplateReadModel]
) -> dict[str, TemplateSnapshot]:
    """By name; paused when their workers have failed."""
    return {each.name: template_snapshot(each, pause) for each, pause in template_pauses(templates, workers)}


def _by_name(templates: Mapping[str, TemplateSnapshot]) -> tuple[TemplateSnapshot, ...]:
    return tuple(templates[name] for name in sorted(templates))


def template_pauses(
    templates: Iterable[WorkerTemplateReadModel], workers: Iterable[CMLWorkerReadModel]
) -> Iterator[tuple[WorkerTemplateReadModel, TemplatePause | None]]:
    """Each template, and how long it is to be left alone for the sake of its workers that failed."""
    paused = pauses(
        WorkerFailure(row.template_name, row.status_changed_at, row.failure)
        for row in workers
        if row.status is CMLWorkerStatus.FAILED
    )
    return ((template, paused.get(template.name)) for template in templates)


def worker_supply(worker: CMLWorkerReadModel) -> WorkerSupply:
    if worker.placeable:
        return WorkerSupply.UP
    if worker.on_the_way:
        return WorkerSupply.COMING
    if worker.planned:
        return WorkerSupply.PLANNED
    wanted_again = worker.desired_status is not WorkerDesiredStatus.TERMINATED
    if worker.status is CMLWorkerStatus.STOPPED and wanted_again:
        return WorkerSupply.ASLEEP
    return WorkerSupply.GONE


def _available_from(worker: CMLWorkerReadModel, at: datetime) -> datetime | None:
    match worker_supply(worker):
        case WorkerSupply.COMING:
            return worker.expected_ready_at or at + timedelta(seconds=worker.startup_seconds)
        case WorkerSupply.ASLEEP | WorkerSupply.PLANNED:
            return at + timedelta(seconds=worker.startup_seconds)
        case WorkerSupply.UP | WorkerSupply.GONE:
            return None


def _status_text(worker: CMLWorkerReadModel) -> str:
    """Which of the conditions of being placeable fails first."""
    if worker.status.value != "RUNNING":
        return worker.status.value
    if worker.service_status.value != "AVAILABLE":
        return f"RUNNING, CML {worker.service_status.value}"
    if not worker.license.holds:
        return f"RUNNING, licence {worker.license.status.value}"
    return f"RUNNING, wanted {worker.desired_status.value}"
