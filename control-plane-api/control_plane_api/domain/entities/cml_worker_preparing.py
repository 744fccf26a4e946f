"""Where on a worker there is room for a prepared lab: only in what nobody holds."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.domain.entities.cml_worker_capacity import CMLWorkerCapacity
from control_plane_api.domain.events import cml_worker_pool_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.values import PortBinding, PortRequest, Timeslot
from lcm_core.domain.warm_pool import PreparedLab, spare_room


class CMLWorkerPreparing(CMLWorkerCapacity):
    """Methods that answer bool say whether anything changed."""

    def prepare_lab(self, lab: PreparedLab, requests: Sequence[PortRequest], near: Timeslot, stamp: Stamp) -> bool:
        """Hold storage, nodes and ports for *lab*, which is imported then; False for one that is on record.

        Only of what nobody holds in the interval *near*. Raises CapacityRefused with the facts.
        """
        if self.prepared_lab(lab.id) is not None:
            return False
        if not self.placeable:
            raise self._not_placeable()
        state = self.state
        spare = spare_room(
            state.declared,
            state.port_range,
            state.allocations,
            state.prepared_labs,
            near,
            stamp.at,
            foreign=self.foreign_ports,
        )
        short = [name for name, needed in lab.held.dimensions() if needed > int(getattr(spare, name))]
        granted = {binding.outer for each in state.allocations for binding in each.ports}
        held = granted | self._ports_of_prepared() | self.foreign_ports
        free = [port for port in range(state.port_range.first, state.port_range.last + 1) if port not in held]
        if short or len(free) < len(requests):
            lacking = ", ".join(short) or "ports"
            raise self._refused(f"there is no spare room for a prepared lab: {lacking}", {"reason_code": "capacity"})
        ports = tuple(
            PortBinding(**request.model_dump(), outer=outer) for request, outer in zip(requests, free, strict=False)
        )
        self.record(
            events.CMLWorkerLabPreparationBegunDomainEvent(
                at=stamp.at, by=stamp.by, lab=lab.model_copy(update={"ports": ports})
            )
        )
        return True
