"""The control plane of the month: the registered command handlers on a store in memory, and a clock that is turned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
)
from control_plane_api.domain.entities import CMLWorker, LabletDefinition, LabletSession, read_model_of
from control_plane_api.domain.entities.lablet_definition import DefinitionContent
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.memory_store import MemoryStore
from control_plane_api.testing.registered_handlers import RegisteredHandlers, StoreFleet
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.enums import CMLWorkerStatus, LicenseType
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.values import AmiRequirement, ResourceVector
from lcm_core.placement.fleet import FleetSnapshot

R = TypeVar("R")


class Plane:
    """``now`` is set by whoever plays the month; every command is stamped with it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.store = MemoryStore()
        self.fleet = StoreFleet(self.store)
        self._handlers = RegisteredHandlers(self.fleet)

    def do(self, command: Command[R]) -> R:
        """Raises what the handler raises, with nothing kept."""
        handler = self._handlers.of(command)
        return self.store.run(self._context(), lambda uow, ctx: handler.handle(command, uow, ctx))

    def set_up(
        self, template: CreateWorkerTemplate, policy: FleetPolicy, shapes: Mapping[str, ResourceVector], lead: int
    ) -> None:
        """A definition for each of *shapes*, under its name; *lead* and half of it are its seconds before and after."""
        self.do(CreateWorkerTemplateCommand(template))
        self.do(UpdateSystemSettingsCommand(policy, "for the month"))

        async def define(uow: UnitOfWork, ctx: CommandContext) -> None:
            stamp = Stamp(at=self.now, by=ctx.actor)
            for name, vector in shapes.items():
                definition = LabletDefinition.create(name, _content(name, vector, lead), stamp)
                definition.activate(stamp)
                uow.add(definition)

        self.store.run(self._context(), define)

    def session(self, id: str) -> LabletSessionReadModel:
        return read_model_of(self.store.get(LabletSession, id), LabletSessionReadModel)

    def worker(self, id: str) -> CMLWorkerReadModel:
        return read_model_of(self.store.get(CMLWorker, id), CMLWorkerReadModel)

    def workers(self) -> list[CMLWorkerReadModel]:
        """Those that are not TERMINATED."""
        return [row for row in self.fleet.workers() if row.status is not CMLWorkerStatus.TERMINATED]

    def snapshot(self) -> FleetSnapshot:
        return self.fleet.snapshot(self.workers(), self.now)

    def _context(self) -> CommandContext:
        return CommandContext(actor="month", correlation_id="month", at=self.now)


def _content(name: str, vector: ResourceVector, lead: int) -> DefinitionContent:
    return DefinitionContent(
        name=name,
        semantic_version="1.0.0",
        form_qualified_name="Exam Month NET 1.0",
        content_hash="0" * 64,
        title=name,
        requirements=vector,
        license_affinity=(LicenseType.ENTERPRISE,),
        ami_requirement=AmiRequirement(),
        node_count=vector.nodes,
        link_count=vector.nodes,
        port_requests=(),
        visible_devices=(),
        max_duration_minutes=480,
        lead_seconds=lead,
        teardown_seconds=lead // 2,
        grading_enabled=False,
    )
