"""Conditions of workers, regions and the whole fleet.

Shares are told in steps of five percent, since they change all the time; what is told of goes on until the share is a
step below the threshold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from control_plane_api.application.notifications.facts import Facts
from control_plane_api.application.notifications.rule import Open
from control_plane_api.domain.entities import Condition
from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.notifications import FLEET, NotificationKind, NotificationSeverity, Thing
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import ResourceVector, Timeslot

_K, _V = NotificationKind, NotificationSeverity
_STEP_PERCENT = 5
_NOW_MEANS = timedelta(minutes=1)
_MEASURED = ("cpu_cores", "memory_gb", "storage_gb")
_WORDS = {"cpu_cores": "cores", "memory_gb": "memory", "storage_gb": "storage"}
_PAID = frozenset(CMLWorkerStatus) - {CMLWorkerStatus.PENDING, CMLWorkerStatus.STOPPED, CMLWorkerStatus.TERMINATED}


def worker_failed(facts: Facts, _: Open) -> Iterator[Condition]:
    for worker in facts.workers or ():
        if worker.status is CMLWorkerStatus.FAILED:
            yield Condition(_K.WORKER_FAILED, _thing(worker), _V.CRITICAL, f"{worker.name} failed: {worker.failure}")


def worker_lost(facts: Facts, _: Open) -> Iterator[Condition]:
    for worker in facts.workers or ():
        if worker.host_loss is not None:
            sessions = len(worker.allocations)
            text = f"The host of {worker.name} is lost, {sessions} bookings on it: {worker.host_loss.reason}"
            yield Condition(_K.WORKER_LOST, _thing(worker), _V.CRITICAL, text)


def worker_storage(facts: Facts, is_open: Open) -> Iterator[Condition]:
    terms = facts.policy.notifications
    for worker in facts.workers or ():
        if worker.status is not CMLWorkerStatus.RUNNING or worker.metrics is None:
            continue
        severity = _severity(
            worker.metrics.storage_percent or 0,
            terms.worker_storage_warning_percent,
            terms.worker_storage_critical_percent,
            goes_on=is_open(_K.WORKER_STORAGE, worker.id),
        )
        if severity is not None:
            told = _in_steps(worker.metrics.storage_percent or 0)
            text = f"{told} % or more of the disk of {worker.name} is used."
            yield Condition(_K.WORKER_STORAGE, _thing(worker), severity, text, told)


def region_capacity(facts: Facts, is_open: Open) -> Iterator[Condition]:
    terms = facts.policy.notifications
    for region, workers in sorted(_by_region(facts).items()):
        share, dimension = _fullest(workers, facts)
        severity = _severity(
            share,
            terms.region_capacity_warning_percent,
            terms.region_capacity_critical_percent,
            goes_on=is_open(_K.REGION_CAPACITY, region),
        )
        if severity is not None:
            told = _in_steps(share)
            text = f"{told} % or more of the {dimension} of {region} is taken now."
            yield Condition(_K.REGION_CAPACITY, _region(region), severity, text, told)


def region_limit(facts: Facts, _: Open) -> Iterator[Condition]:
    """As with every launch, all count that are not TERMINATED."""
    most, percent = facts.policy.max_workers_per_region, facts.policy.notifications.region_limit_percent
    counted = Counter(worker.region for worker in facts.workers or ())
    for region, count in sorted(counted.items()):
        if most and count * 100 >= percent * most:
            severity = _V.CRITICAL if count >= most else _V.WARNING
            text = f"{region} has {count} of the {most} workers that it may have."
            yield Condition(_K.REGION_LIMIT, _region(region), severity, text, count)


def fleet_budget(facts: Facts, _: Open) -> Iterator[Condition]:
    budget = facts.policy.notifications.fleet_budget_usd_per_hour
    cost = sum(worker.cost_per_hour_usd for worker in facts.workers or () if worker.status in _PAID)
    if budget is not None and cost > budget:
        text = f"The workers that run cost {cost:.2f} USD an hour; {budget:.2f} USD are planned."
        yield Condition(_K.FLEET_BUDGET, FLEET, _V.WARNING, text, max(1, round(cost)))


def _severity(share: float, warning: int, critical: int, *, goes_on: bool) -> NotificationSeverity | None:
    if share >= critical:
        return _V.CRITICAL
    return _V.WARNING if share >= warning - (_STEP_PERCENT if goes_on else 0) else None


def _in_steps(share: float) -> int:
    return int(share) // _STEP_PERCENT * _STEP_PERCENT


def _by_region(facts: Facts) -> dict[str, list[CMLWorkerReadModel]]:
    regions: dict[str, list[CMLWorkerReadModel]] = defaultdict(list)
    for worker in facts.workers or ():
        if worker.placeable:
            regions[worker.region].append(worker)
    return regions


def _fullest(workers: Sequence[CMLWorkerReadModel], facts: Facts) -> tuple[float, str]:
    """The share, in percent, of the dimension that is taken most."""
    moment = Timeslot(start=facts.at, end=facts.at + _NOW_MEANS)
    declared = taken = ResourceVector()
    for worker in workers:
        declared += worker.declared
        taken += peak_allocated(worker.allocations, moment, facts.at)
    shares = {name: 100 * getattr(taken, name) / (getattr(declared, name) or 1) for name in _MEASURED}
    name = max(shares, key=lambda each: shares[each])
    return shares[name], _WORDS[name]


def _thing(worker: CMLWorkerReadModel) -> Thing:
    return Thing(kind="cml_worker", id=worker.id, name=worker.name)


def _region(name: str) -> Thing:
    return Thing(kind="region", id=name, name=name)
