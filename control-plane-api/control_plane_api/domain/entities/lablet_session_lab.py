"""The nodes of a session's lab, as its host tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from control_plane_api.domain.entities.lablet_session_history import LabletSessionHistory
from control_plane_api.domain.events import lablet_session_lab_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import when
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.lab_nodes import LabNodeState, SeenNode, changed_nodes

_S = LabletSessionStatus
_WITH_NODES = frozenset({_S.INSTANTIATING, _S.READY, _S.RUNNING, _S.COLLECTING, _S.GRADING})
"""Later on the lab is taken down: what its nodes do then says nothing of them, and what was last seen is kept."""


class LabletSessionLab(LabletSessionHistory):
    def follows_lab(self, cml_lab_id: str, observed_at: datetime) -> bool:
        """Whether what was seen then of that lab is news of this session's lab."""
        state = self.state
        if state.status not in _WITH_NODES or state.cml_lab_id != cml_lab_id:
            return False
        return state.lab_nodes_at is None or state.lab_nodes_at <= observed_at

    def observe_nodes(self, seen: Iterable[SeenNode], observed_at: datetime, stamp: Stamp) -> bool:
        """*seen* are all nodes. False when each stands as it is known to."""
        changed = changed_nodes(self.state.lab_nodes, seen)
        if not changed:
            return False
        self.record(
            events.LabletSessionNodesObservedDomainEvent(
                at=stamp.at, by=stamp.by, observed_at=observed_at, nodes=changed.nodes, gone=changed.gone
            )
        )
        return True

    @when(events.LabletSessionNodesObservedDomainEvent)
    def _nodes_observed(self, event: events.LabletSessionNodesObservedDomainEvent) -> None:
        nodes = {node.label: node for node in self.state.lab_nodes if node.label not in event.gone}
        for node in event.nodes:
            nodes[node.label] = LabNodeState(**node.model_dump(), since=event.observed_at)
        self.state.lab_nodes = tuple(nodes[label] for label in sorted(nodes))
        self.state.lab_nodes_at = event.observed_at
