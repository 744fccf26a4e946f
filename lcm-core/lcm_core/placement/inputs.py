"""What a decision was made from, small enough to be kept with it.

Of each worker its kind (most workers of a fleet share a few), what it holds over the interval at the peak, and how many
of the ports it could grant: the rules read no more. That is some 30 bytes of JSON per worker, whatever it has booked;
the verdicts next to it take six times that. The earliest times at which a session would fit need the bookings
themselves; they are taken from the record as they were told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.read_models import CandidateVerdict, PlacementInputs, WithoutRoom, WorkerKind
from lcm_core.domain.values import RESOURCE_DIMENSIONS, CapacityAllocation, PortBinding, ResourceVector
from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.facts import PORTS
from lcm_core.placement.filters import grantable_ports
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot, WorkerSupply


def decision_inputs(request: PlacementRequest, told: CompactExplanation, without_room: WithoutRoom) -> PlacementInputs:
    kinds: dict[tuple[object, ...], tuple[int, WorkerSnapshot]] = {}
    workers = told.fleet.workers
    free = told.free[1:, told.order].T.tolist()
    return PlacementInputs(
        requirements=request.requirements,
        license_affinity=request.license_affinity,
        ami=request.ami,
        nested_virtualization=request.nested_virtualization,
        port_requests=request.port_requests,
        interval=request.interval,
        needed_at=request.needed_at,
        asap=request.asap,
        promised_worker_id=request.promised_worker_id,
        content_hash=request.content_hash,
        prepared=tuple(place for place, worker in enumerate(workers) if request.content_hash in worker.prepared),
        readiness=told.readiness.value,
        kind_of=tuple(kinds.setdefault(_facts(worker), (len(kinds), worker))[0] for worker in workers),
        kinds=tuple(_kind(worker) for _, worker in kinds.values()),
        held=tuple(_held(worker, left) for worker, left in zip(workers, free, strict=True)),
        busy=tuple(_serves_others(worker, request.session_id) for worker in workers),
        ports_granted=_ports_granted(request, told),
        without_room=without_room,
    )


def recorded_request(session_id: str, inputs: PlacementInputs) -> PlacementRequest:
    return PlacementRequest(
        session_id=session_id,
        requirements=inputs.requirements,
        license_affinity=inputs.license_affinity,
        ami=inputs.ami,
        nested_virtualization=inputs.nested_virtualization,
        port_requests=inputs.port_requests,
        interval=inputs.interval,
        needed_at=inputs.needed_at,
        asap=inputs.asap,
        promised_worker_id=inputs.promised_worker_id,
        content_hash=inputs.content_hash,
    )


def recorded_fleet(at: datetime, candidates: Sequence[CandidateVerdict], inputs: PlacementInputs) -> FleetSnapshot:
    """Workers that hold at the peak, over the interval, what the real ones held in it."""
    facts = zip(candidates, inputs.kind_of, inputs.held, inputs.busy, inputs.ports_granted, strict=True)
    prepared = frozenset(inputs.prepared)
    return FleetSnapshot(
        at,
        tuple(
            _worker(
                candidate,
                inputs.kinds[kind],
                _holding(inputs, kind, held, granted, at) if busy else (),
                frozenset({inputs.content_hash}) if place in prepared else frozenset(),
            )
            for place, (candidate, kind, held, busy, granted) in enumerate(facts)
        ),
    )


def _facts(worker: WorkerSnapshot) -> tuple[object, ...]:
    """What makes a worker one of a kind, cheap to compare."""
    return (
        worker.status,
        worker.placeable,
        worker.supply,
        worker.available_from,
        tuple(amount for _, amount in worker.declared.dimensions()),
        (worker.port_range.first, worker.port_range.last, worker.ports_of_ours),
        worker.license_type,
        worker.node_limit,
        worker.ami_name,
        worker.cml_version,
        worker.template_ami,
        worker.nested_virtualization,
    )


def _kind(worker: WorkerSnapshot) -> WorkerKind:
    return WorkerKind(
        status=worker.status,
        placeable=worker.placeable,
        supply=int(worker.supply),
        available_from=worker.available_from,
        declared=worker.declared,
        port_range=worker.port_range,
        license_type=worker.license_type,
        node_limit=worker.node_limit,
        ami_name=worker.ami_name,
        cml_version=worker.cml_version,
        template_ami=worker.template_ami,
        foreign_ports=worker.port_range.size - worker.ports_of_ours,
        nested_virtualization=worker.nested_virtualization,
    )


def _held(worker: WorkerSnapshot, free: list[int]) -> tuple[int, ...]:
    """*free* is of what is usable: no more ports than the range has."""
    *amounts, ports = (amount for _, amount in worker.declared.dimensions())
    return tuple(amount - left for amount, left in zip((*amounts, min(ports, worker.ports_of_ours)), free, strict=True))


def _serves_others(worker: WorkerSnapshot, session_id: str) -> bool:
    return any(held.session_id != session_id for held in worker.allocations)


def _ports_granted(request: PlacementRequest, told: CompactExplanation) -> tuple[int, ...]:
    wanted = len(request.port_requests)
    return tuple(
        grantable_ports(worker.without(request.session_id), request, told.fleet.at) if fact == PORTS else wanted
        for worker, fact in zip(told.fleet.workers, told.facts[told.order].tolist(), strict=True)
    )


def _worker(
    candidate: CandidateVerdict,
    kind: WorkerKind,
    allocations: tuple[CapacityAllocation, ...],
    prepared: frozenset[str],
) -> WorkerSnapshot:
    return WorkerSnapshot(
        id=candidate.worker_id,
        name=candidate.worker_name,
        status=kind.status,
        placeable=kind.placeable,
        declared=kind.declared,
        port_range=kind.port_range,
        license_type=kind.license_type,
        template_name="",
        node_limit=kind.node_limit,
        ami_name=kind.ami_name,
        cml_version=kind.cml_version,
        template_ami=kind.template_ami,
        allocations=allocations,
        supply=WorkerSupply(kind.supply),
        available_from=kind.available_from,
        nested_virtualization=kind.nested_virtualization,
        foreign_ports=frozenset(islice(_range_of(kind), kind.foreign_ports)),
        prepared=prepared,
    )


def _range_of(kind: WorkerKind) -> range:
    return range(kind.port_range.first, kind.port_range.last + 1)


def _holding(
    inputs: PlacementInputs, kind: int, held: tuple[int, ...], granted: int, at: datetime
) -> tuple[CapacityAllocation, ...]:
    ours = _range_of(inputs.kinds[kind])[inputs.kinds[kind].foreign_ports :]
    taken = max(0, len(ours) - granted) if granted < len(inputs.port_requests) else 0
    return (
        CapacityAllocation(
            session_id="",
            vector=ResourceVector(**dict(zip(RESOURCE_DIMENSIONS, held, strict=True))),
            interval=inputs.interval,
            ports=tuple(PortBinding(node_label="", protocol=PortProtocol.TCP, outer=outer) for outer in ours[:taken]),
            allocated_at=at,
        ),
    )
