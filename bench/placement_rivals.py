"""What the engine is measured against: plain loops that tell as much, a plain matrix that only chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.placement_world import NOW, SLOTS_A_DAY
from lcm_core.domain.values import CAPACITY_SLOT, RESOURCE_DIMENSIONS, AmiRequirement, ResourceVector, Timeslot
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.images import image_mismatch
from lcm_core.placement.scoring import DEFAULT_WEIGHTS, POINTS, begins_prepared

_PORTS = RESOURCE_DIMENSIONS.index("ports")
_NODES = RESOURCE_DIMENSIONS.index("nodes")
Verdict = tuple[str, str | None, str | None, int | None, int | None, float | None]
"""Worker, reason, dimension, needed, free, score."""


def slots_in(interval: Timeslot) -> tuple[int, int]:
    return (interval.start - NOW) // CAPACITY_SLOT, (interval.end - NOW) // CAPACITY_SLOT


def amounts(vector: ResourceVector) -> tuple[int, ...]:
    return tuple(amount for _, amount in vector.dimensions())


@dataclass(frozen=True, slots=True)
class _Booked:
    first: int
    last: int
    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Host:
    worker: WorkerSnapshot
    declared: tuple[int, ...]
    counted: int
    free_ports: int
    bookings: list[_Booked]


class PlainLoop:
    """Every worker, every booking, one after the other; bookings are integers already, images are looked up once."""

    def __init__(self, fleet: FleetSnapshot) -> None:
        self._hosts = [_host(worker) for worker in fleet.workers]
        self._images: dict[tuple[str | None, AmiRequirement], bool] = {}

    def judge(self, request: PlacementRequest) -> tuple[str | None, list[Verdict]]:
        needed = amounts(request.requirements)
        first, last = slots_in(request.interval)
        verdicts = [self._verdict(host, request, needed, first, last) for host in self._hosts]
        best_id, best_score = None, -1.0
        for worker_id, _, _, _, _, score in verdicts:
            if score is not None and (score > best_score or (score == best_score and worker_id < (best_id or ""))):
                best_id, best_score = worker_id, score
        return best_id, verdicts

    def _verdict(
        self, host: _Host, request: PlacementRequest, needed: tuple[int, ...], first: int, last: int
    ) -> Verdict:
        worker = host.worker
        if not worker.placeable:
            return (worker.id, "status", None, None, None, None)
        if worker.license_type not in request.license_affinity:
            return (worker.id, "license", None, None, None, None)
        peak = _peak(host.bookings, first, last)
        limit = worker.licensed_nodes
        if limit is not None and needed[_NODES] > max(0, limit - peak[_NODES]):
            return (worker.id, "license", "nodes", needed[_NODES], max(0, limit - peak[_NODES]), None)
        if not self._image_will_do(worker, request.ami):
            return (worker.id, "ami", None, None, None, None)
        if request.nested_virtualization and not worker.nested_virtualization:
            return (worker.id, "virtualization", None, None, None, None)
        for place, dimension in enumerate(RESOURCE_DIMENSIONS):
            free = max(0, host.declared[place] - peak[place])
            if needed[place] > free:
                reason = "ports" if place == _PORTS else "capacity"
                return (worker.id, reason, dimension, needed[place], free, None)
        if len(request.port_requests) > host.free_ports:
            return (worker.id, "ports", "ports", len(request.port_requests), host.free_ports, None)
        prepared = begins_prepared(worker, request, NOW)
        return (worker.id, None, None, None, None, _score(host, peak, needed, prepared=prepared))

    def _image_will_do(self, worker: WorkerSnapshot, wanted: AmiRequirement) -> bool:
        key = (worker.ami_name, wanted)
        known = self._images.get(key)
        if known is None:
            known = self._images[key] = image_mismatch(worker.ami_name or "", None, wanted) is None
        return known


def _host(worker: WorkerSnapshot) -> _Host:
    declared = amounts(worker.declared)
    taken = sum(len(held.ports) for held in worker.allocations)
    bookings = [_Booked(*slots_in(held.interval), amounts(held.vector)) for held in worker.allocations]
    return _Host(worker, declared, sum(map(bool, declared)), worker.ports_of_ours - taken, bookings)


def _peak(bookings: list[_Booked], first: int, last: int) -> list[int]:
    overlapping = [each for each in bookings if each.first < last and each.last > first]
    peak = [0] * len(RESOURCE_DIMENSIONS)
    for instant in {max(each.first, first) for each in overlapping}:
        held = [0] * len(RESOURCE_DIMENSIONS)
        for each in overlapping:
            if each.first <= instant < each.last:
                for place, amount in enumerate(each.amounts):
                    held[place] += amount
        peak = [max(pair) for pair in zip(peak, held, strict=True)]
    return peak


def _score(host: _Host, peak: list[int], needed: tuple[int, ...], *, prepared: bool) -> float:
    total = 0.0
    for held, more, declared in zip(peak, needed, host.declared, strict=True):
        if declared:
            total += (held + more) / declared
    points = total * (POINTS * DEFAULT_WEIGHTS.fullness / max(host.counted, 1))
    if host.bookings:
        points += POINTS * DEFAULT_WEIGHTS.busy_bonus
    points += 0.5
    if prepared:
        points += POINTS * DEFAULT_WEIGHTS.prepared_bonus
    return math.floor(points) / POINTS


class PlainMatrix:
    """Usage by dimension, worker and slot of one day. Chooses the fullest worker that fits; explains nothing.

    It knows capacities and bookings only, no status, licence, image or port range. *slots_first* lays the same numbers
    out so that a maximum over slots runs along the workers.
    """

    def __init__(self, fleet: FleetSnapshot, *, slots_first: bool) -> None:
        used = np.zeros((len(RESOURCE_DIMENSIONS), len(fleet.workers), SLOTS_A_DAY), np.int32)
        for place, worker in enumerate(fleet.workers):
            for held in worker.allocations:
                first, last = slots_in(held.interval)
                used[:, place, first:last] += np.array(amounts(held.vector), np.int32)[:, np.newaxis]
        self._declared = np.array([amounts(worker.declared) for worker in fleet.workers], np.int32).T.copy()
        self._slots_first = slots_first
        self._used: NDArray[np.int32] = used.transpose(2, 0, 1).copy() if slots_first else used

    def choose(self, request: PlacementRequest) -> int | None:
        first, last = slots_in(request.interval)
        used = self._used
        peak = used[first:last].max(axis=0) if self._slots_first else used[:, :, first:last].max(axis=2)
        after = peak + np.array(amounts(request.requirements), np.int32)[:, np.newaxis]
        fits = (after <= self._declared).all(axis=0)
        score = np.where(fits, (after / self._declared).mean(axis=0), -1.0)
        best = int(score.argmax())
        return best if fits[best] else None
