"""From the record to what the plan of the warm pools works on, and where sessions would be placed next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from lablet_controller.domain.warm_pool_plan import PoolHost, PoolWish, WantedLab
from lcm_core.domain.enums import WORKER_STATUSES_IN_SERVICE, WorkerServiceStatus
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletDefinitionReadModel,
    WarmPoolDemand,
    WarmPoolsOverview,
)
from lcm_core.domain.values import CapacityAllocation, Timeslot
from lcm_core.domain.warm_pool import PreparedLabStatus, WarmPoolStatus, idle_holding, pool_target, spare_room
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.snapshots import fleet_snapshot


def pool_hosts(workers: Iterable[CMLWorkerReadModel], overview: WarmPoolsOverview, now: datetime) -> list[PoolHost]:
    """Spare is what nobody holds from now to the end of the longest look-ahead."""
    minutes = max((each.pool.policy.look_ahead_minutes for each in overview.pools), default=60)
    near = Timeslot(start=now, end=now + timedelta(minutes=minutes))
    return [
        PoolHost(
            worker_id=worker.id,
            accepts=worker.placeable,
            reachable=is_reachable(worker),
            busy=worker.id in overview.busy_worker_ids,
            license_type=worker.license.type,
            spare=spare_room(worker.declared, worker.port_range, worker.allocations, worker.prepared_labs, near, now),
            labs=worker.prepared_labs,
        )
        for worker in workers
    ]


def is_reachable(worker: CMLWorkerReadModel) -> bool:
    answers = worker.service_status is WorkerServiceStatus.AVAILABLE and worker.host_loss is None
    return answers and worker.status in WORKER_STATUSES_IN_SERVICE and bool(worker.private_ip)


def pool_wishes(overview: WarmPoolsOverview, workers: Sequence[CMLWorkerReadModel], now: datetime) -> list[PoolWish]:
    return [_wish(demand, workers, now) for demand in overview.pools]


def _wish(demand: WarmPoolDemand, workers: Sequence[CMLWorkerReadModel], now: datetime) -> PoolWish:
    pool, wanted = demand.pool, demand.wanted
    expected = Counter({each.worker_id: each.sessions for each in demand.expected})
    target = pool_target(pool.policy, pool.status, expected.total()) if wanted is not None else 0
    return PoolWish(
        definition_name=pool.definition_name,
        wanted=_wanted(wanted) if wanted is not None else None,
        target=target,
        max_age=timedelta(hours=pool.policy.max_age_hours),
        fills=pool.status is WarmPoolStatus.ACTIVE,
        keeps=pool.status is not WarmPoolStatus.DRAINED,
        where=_where(wanted, target, expected, workers, now) if wanted is not None and target else {},
    )


def _wanted(definition: LabletDefinitionReadModel) -> WantedLab:
    return WantedLab(
        definition_id=definition.id,
        content_hash=definition.content_hash,
        held=idle_holding(definition.requirements, len(definition.port_requests)),
        license_affinity=definition.license_affinity,
    )


def _where(
    definition: LabletDefinitionReadModel,
    target: int,
    expected: Counter[str],
    workers: Sequence[CMLWorkerReadModel],
    now: datetime,
) -> dict[str, int]:
    """Bookings are expected where their room is promised; whoever else comes, where the scheduler would place them.

    Sessions begin somewhere else than where the labs are only when the fleet changes in between.
    """
    where = Counter(dict(expected.most_common(target)))
    while where.total() > target:
        where[min(where, key=lambda worker_id: (where[worker_id], worker_id))] -= 1
    others = target - where.total()
    if others > 0:
        where.update(likely_workers(definition, workers, others, now))
    return {worker_id: count for worker_id, count in where.items() if count > 0}


def likely_workers(
    definition: LabletDefinitionReadModel, workers: Sequence[CMLWorkerReadModel], count: int, now: datetime
) -> list[str]:
    """Where the next *count* sessions of *definition* would be placed, if they came one after the other now."""
    slot = Timeslot(start=now, end=now + timedelta(minutes=definition.max_duration_minutes)).on_grid()
    index, engine = FleetIndex.of(fleet_snapshot(now, workers, (), {})), PlacementEngine()
    found: list[str] = []
    for number in range(count):
        request = PlacementRequest(
            session_id=f"next-{number}",
            requirements=definition.requirements,
            license_affinity=definition.license_affinity,
            ami=definition.ami_requirement,
            port_requests=definition.port_requests,
            interval=slot,
            asap=True,
        )
        best = engine.evaluate(request, index).best
        if best is None:
            break
        found.append(best.id)
        held = CapacityAllocation(
            session_id=request.session_id, vector=definition.requirements, interval=slot, allocated_at=now
        )
        index.hold(best.id, held)
    return found


def count_labs(workers: Iterable[CMLWorkerReadModel], definition_name: str, status: PreparedLabStatus) -> int:
    return sum(
        lab.status is status and lab.definition_name == definition_name
        for worker in workers
        for lab in worker.prepared_labs
    )
