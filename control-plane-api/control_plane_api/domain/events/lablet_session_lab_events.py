"""How the lab of a session stands on its host."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.lab_nodes import SeenNode


@EVENTS.register
class LabletSessionNodesObservedDomainEvent(StampedEvent):
    """Nodes of its lab stand otherwise than before: those in ``nodes``; those in ``gone`` are not there any more.

    Never recorded of a look that found nothing changed, nor published: it is as frequent as nodes boot.
    """

    wire_name = "lablet_session.nodes_observed"
    emitted_by = "ObserveNodesCommand"
    consumed_by = ("web UI",)
    published = False

    observed_at: AwareDatetime
    nodes: tuple[SeenNode, ...]
    gone: tuple[str, ...] = ()
