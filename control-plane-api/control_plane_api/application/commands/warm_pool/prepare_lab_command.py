"""Hold room and ports on a worker for a lab that nobody has asked for yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.room import require_licence, require_virtualization
from control_plane_api.domain.entities import CMLWorker, LabletDefinition, WarmPool
from control_plane_api.domain.identities import warm_pool_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.warm_pools import PrepareLab, PrepareLabAnswer
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.errors import InvariantViolated, RuleViolation
from lcm_core.domain.values import Timeslot
from lcm_core.domain.warm_pool import PreparedLab, WarmPoolStatus, idle_holding


@dataclass(frozen=True, slots=True)
class PrepareLabCommand(Command[PrepareLabAnswer]):
    request: PrepareLab


class PrepareLabCommandHandler:
    async def handle(self, command: PrepareLabCommand, uow: UnitOfWork, ctx: CommandContext) -> PrepareLabAnswer:
        """Raises NotFound, RuleViolation for a pool that is not filled, CapacityRefused without spare room."""
        request, stamp = command.request, stamp_of(ctx)
        definition = await uow.load(LabletDefinition, request.definition_id)
        pool = await uow.load(WarmPool, warm_pool_id(definition.state.name))
        worker = await uow.load(CMLWorker, request.worker_id)
        _require_filled(pool, definition)
        state = definition.state
        require_licence(state.license_affinity, worker, request.prepared_lab_id)
        require_virtualization(state.nested_virtualization, worker, request.prepared_lab_id)
        lab = PreparedLab(
            id=request.prepared_lab_id,
            definition_name=state.name,
            definition_id=definition.id,
            definition_version=state.semantic_version,
            content_hash=state.content_hash,
            held=idle_holding(state.requirements, len(state.port_requests)),
            reserved_at=stamp.at,
        )
        near = Timeslot(start=stamp.at, end=stamp.at + timedelta(minutes=pool.state.policy.look_ahead_minutes))
        begun = worker.prepare_lab(lab, state.port_requests, near, stamp)
        kept = worker.prepared_lab(request.prepared_lab_id)
        if kept is None:
            raise InvariantViolated(
                f"Lab {request.prepared_lab_id} is not on record with worker {worker.id}.", code="prepared-lab-lost"
            )
        return PrepareLabAnswer(begun=begun, lab=kept)


def _require_filled(pool: WarmPool, definition: LabletDefinition) -> None:
    if pool.state.status is not WarmPoolStatus.ACTIVE:
        raise RuleViolation(
            f"The warm pool of {pool.state.definition_name} is {pool.state.status.value}; nothing is prepared for it.",
            code="warm-pool-not-active",
            facts={"pool_id": pool.id, "status": pool.state.status.value},
        )
    if definition.state.status is not LabletDefinitionStatus.ACTIVE:
        raise RuleViolation(
            f"{definition.state.name} {definition.state.semantic_version} is {definition.state.status.value}; only an "
            "ACTIVE version is prepared.",
            code="definition-not-active",
            facts={"definition_id": definition.id, "status": definition.state.status.value},
        )
