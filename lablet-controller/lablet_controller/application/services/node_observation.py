"""How each node of a session's lab stands: seen with the look at the lab that is taken anyway."""

from __future__ import annotations

from collections.abc import Iterable

from lablet_controller.application.ports.cml_labs import CmlLabs, LabNode
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.contracts.lab_nodes import ObserveNodes
from lcm_core.domain.lab_nodes import MOST_NODES, SeenNode, changed_nodes
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient


class NodeObservation:
    def __init__(self, control_plane: ControlPlaneApiClient, labs: CmlLabs, clock: Clock) -> None:
        self._sessions = control_plane.sessions
        self._labs = labs
        self._clock = clock

    async def look(self, work: SessionWork, lab_id: str) -> tuple[LabNode, ...]:
        """The nodes of *lab_id*, in one request; those that changed are told of. Raises ``CmlError``."""
        host, observed_at = work.require_host(), self._clock.now()
        nodes = await self._labs.nodes(host, lab_id)
        seen = seen_nodes(nodes)
        if changed_nodes(work.session.lab_nodes, seen):
            body = ObserveNodes(observed_at=observed_at, cml_lab_id=lab_id, worker_id=host.worker_id, nodes=seen)
            await self._sessions.observe_nodes(work.session.id, body)
        return nodes


def seen_nodes(nodes: Iterable[LabNode]) -> tuple[SeenNode, ...]:
    """By label; of more than are kept, those that have not booted. A label that is there twice tells the worse."""
    seen: dict[str, SeenNode] = {}
    for node in sorted(nodes, key=lambda each: each.converged):
        label = node.label[:128]
        seen.setdefault(label, SeenNode(label=label, state=node.state[:40], converged=node.converged))
    return tuple(sorted(list(seen.values())[:MOST_NODES], key=lambda each: each.label))
