"""What a decision was made from, small enough to be kept with it.

Of each worker its kind (most workers of a fleet share a few), what it holds over the interval at the peak, and how many
of the ports it could grant: the rules read no more. That is some 30 bytes of JSON per worker, whatever it has booked;
the verdicts next to it take six times that. The earliest times at which a session would fit need the bookings
themselves; they are taken from the record as they were told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lcm_core.domain.capacity import usable
from lcm_core.domain.enums import PortProtocol
from lcm_core.domain.read_models import CandidateVerdict, PlacementInputs, WithoutRoom, WorkerKind
from lcm_core.domain.values import RESOURCE_DIMENSIONS, CapacityAllocation, PortBinding, ResourceVector
from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.facts import PORTS
from lcm_core.placement.filters import grantable_ports
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot, WorkerSupply


def decision_inputs(request: PlacementRequest, told: CompactExplanation, without_room: WithoutRoom) -> PlacementInputs:
    kinds: dict[WorkerKind, int] = {}
    workers = [worker.without(request.session_id) for worker in told.fleet.workers]
    free = told.free[1:, told.order].T.tolist()
    return PlacementInputs(
        requirements=request.requirements,
        license_affinity=request.license_affinity,
        ami=request.ami,
        port_requests=request.port_requests,
        interval=request.interval,
        asap=request.asap,
        promised_worker_id=request.promised_worker_id,
        readiness=told.readiness.value,
        kind_of=tuple(kinds.setdefault(_kind(worker), len(kinds)) for worker in workers),
        kinds=tuple(kinds),
        held=tuple(_held(worker, left) for worker, left in zip(workers, free, strict=True)),
        busy=tuple(bool(worker.allocations) for worker in workers),
        ports_granted=_ports_granted(request, told),
        without_room=without_room,
    )


def recorded_request(session_id: str, inputs: PlacementInputs) -> PlacementRequest:
    return PlacementRequest(
        session_id=session_id,
        requirements=inputs.requirements,
        license_affinity=inputs.license_affinity,
        ami=inputs.ami,
        port_requests=inputs.port_requests,
        interval=inputs.interval,
        asap=inputs.asap,
        promised_worker_id=inputs.promised_worker_id,
    )


def recorded_fleet(at: datetime, candidates: Sequence[CandidateVerdict], inputs: PlacementInputs) -> FleetSnapshot:
    """Workers that hold at the peak, over the interval, what the real ones held in it."""
    facts = zip(candidates, inputs.kind_of, inputs.held, inputs.busy, inputs.ports_granted, strict=True)
    return FleetSnapshot(
        at,
        tuple(
            _worker(candidate, inputs.kinds[kind], _holding(inputs, kind, held, granted, at) if busy else ())
            for candidate, kind, held, busy, granted in facts
        ),
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
    )


def _held(worker: WorkerSnapshot, free: list[int]) -> tuple[int, ...]:
    declared = usable(worker.declared, worker.port_range)
    return tuple(amount - left for (_, amount), left in zip(declared.dimensions(), free, strict=True))


def _ports_granted(request: PlacementRequest, told: CompactExplanation) -> tuple[int, ...]:
    wanted = len(request.port_requests)
    return tuple(
        grantable_ports(worker.without(request.session_id), request, told.fleet.at) if fact == PORTS else wanted
        for worker, fact in zip(told.fleet.workers, told.facts[told.order].tolist(), strict=True)
    )


def _worker(
    candidate: CandidateVerdict, kind: WorkerKind, allocations: tuple[CapacityAllocation, ...]
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
    )


def _holding(
    inputs: PlacementInputs, kind: int, held: tuple[int, ...], granted: int, at: datetime
) -> tuple[CapacityAllocation, ...]:
    ports = inputs.kinds[kind].port_range
    taken = max(0, ports.size - granted) if granted < len(inputs.port_requests) else 0
    return (
        CapacityAllocation(
            session_id="",
            vector=ResourceVector(**dict(zip(RESOURCE_DIMENSIONS, held, strict=True))),
            interval=inputs.interval,
            ports=tuple(
                PortBinding(node_label="", protocol=PortProtocol.TCP, outer=outer)
                for outer in range(ports.first, ports.first + taken)
            ),
            allocated_at=at,
        ),
    )
