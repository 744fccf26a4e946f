"""Judges all workers for one request at once, by arithmetic on the index.

The answer is that of the readable rules in ``filters`` and ``scoring``, worker by worker: the first failing check, the
units needed and free, the score. Where the grid would tell less than the rules (an interval that is not on it, more
units than it counts, ports that may run out), the rules themselves are asked about that worker.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.facts import PORTS, Facts, count_reasons, short_rows
from lcm_core.placement.filters import Readiness, grantable_ports
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.occupancy import Int32, slots_of
from lcm_core.placement.scoring import busy_points, wanted_prepared
from lcm_core.placement.worker_columns import NO_LIMIT, amounts_of

_TIER = 1e9
"""More than any score: a worker that is up is taken before one that is asleep, however well that would be filled."""
_ANYTHING_DOES = np.iinfo(np.int32).min


def judge(
    request: PlacementRequest, index: FleetIndex, readiness: Readiness, weights: ScoringWeights
) -> CompactExplanation:
    needed, least = _wanted(request.requirements)
    free = _free(request, index)
    facts = short_rows(free < least)
    facts |= index.columns.facts(request, readiness)
    _refuse_without_ports(facts, request, index)
    return CompactExplanation(
        request=request,
        readiness=readiness,
        weights=weights,
        fleet=index.snapshot(),
        order=index.order,
        needed=needed,
        free=free,
        facts=facts,
        reason_counts=count_reasons(facts, facts.size - len(index)),
        points=_points(request, index, needed, free, weights),
        index=index,
        index_version=index.version,
    )


def _wanted(vector: ResourceVector) -> tuple[Int32, Int32]:
    """The rows of *vector*, and what must be free of each, as one column."""
    return _rows_wanted(vector.cpu_cores, vector.memory_gb, vector.storage_gb, vector.nodes, vector.ports)


@lru_cache(maxsize=4096)
def _rows_wanted(cpu_cores: int, memory_gb: int, storage_gb: int, nodes: int, ports: int) -> tuple[Int32, Int32]:
    vector = ResourceVector(cpu_cores=cpu_cores, memory_gb=memory_gb, storage_gb=storage_gb, nodes=nodes, ports=ports)
    needed = amounts_of(vector)[:, np.newaxis]
    # who asks for nothing of a dimension is not turned away for an overrun in it
    return needed, np.where(needed > 0, needed, _ANYTHING_DOES)


def _free(request: PlacementRequest, index: FleetIndex) -> Int32:
    """Room over the interval by (row, column), as the session sees it: what it holds already is its own."""
    first, last, on_grid = slots_of(request.interval)
    free = index.room.least(first, last)
    by_rule: Iterable[int] = index.inexact if on_grid else index.order.tolist()
    own = index.held_for(request.session_id)
    for column in {holding.column for holding in own}:
        tokens = [holding.token for holding in own if holding.column == column]
        free[:, column] = index.room.least_without(first, last, column, tokens)
    for column in by_rule:
        free[:, column] = _free_by_rule(request, index, column)
    return free


def _free_by_rule(request: PlacementRequest, index: FleetIndex, column: int) -> Int32:
    worker = index.worker_at(column).without(request.session_id)
    peak = peak_allocated(worker.allocations, request.interval, index.at)
    covered = NO_LIMIT if worker.licensed_nodes is None else worker.licensed_nodes
    declared = worker.usable
    rows = [covered - peak.nodes, *(amount - held for (_, amount), (_, held) in _pairs(declared, peak))]
    return np.clip(rows, -NO_LIMIT, NO_LIMIT).astype(np.int32)


def _pairs(declared: ResourceVector, peak: ResourceVector) -> Iterable[tuple[tuple[str, int], tuple[str, int]]]:
    return zip(declared.dimensions(), peak.dimensions(), strict=True)


def _refuse_without_ports(facts: Facts, request: PlacementRequest, index: FleetIndex) -> None:
    wanted = len(request.port_requests)
    for column in index.columns.short_of_ports(wanted).tolist():
        if not facts[column]:
            worker = index.worker_at(column).without(request.session_id)
            if grantable_ports(worker, request, index.at) < wanted:
                facts[column] = PORTS


def _points(
    request: PlacementRequest, index: FleetIndex, needed: Int32, free: Int32, weights: ScoringWeights
) -> NDArray[np.float64]:
    bonus = index.columns.bonus(weights)
    own = index.held_for(request.session_id)
    if own:
        others = index.columns.bookings.copy()
        for holding in own:
            others[holding.column] -= 1
        bonus = busy_points(others, weights)
    promised = request.promised_worker_id
    column = index.column(promised) if promised is not None and promised in index else None
    prepared = index.columns.prepared(wanted_prepared(request, index.at))
    return index.points.of(needed[1:], index.columns.capacity[1:] - free[1:], bonus, prepared, column, weights)


def best_column(told: CompactExplanation, index: FleetIndex) -> int | None:
    """The eligible worker with the highest score, ties by id; room is promised on the nearest supply first."""
    eligible = told.facts == 0
    ranked = np.where(eligible, told.points, -np.inf)
    if told.readiness is Readiness.BY_START:
        ranked -= index.columns.supply * _TIER
    best = int(ranked.argmax())
    if not eligible[best]:
        return None
    if index.in_id_order:
        return best  # the first of equals
    ties = (ranked == ranked[best]).nonzero()[0]
    return best if ties.size == 1 else min(ties.tolist(), key=lambda column: index.worker_at(column).id)
