"""Closed sets of CML states and the changes that are reported about them."""

from dataclasses import dataclass
from enum import StrEnum


class NodeState(StrEnum):
    DEFINED_ON_CORE = "DEFINED_ON_CORE"
    STOPPED = "STOPPED"
    QUEUED = "QUEUED"
    STARTED = "STARTED"
    BOOTED = "BOOTED"
    DISCONNECTED = "DISCONNECTED"


class ElementState(StrEnum):
    """State of a lab, a link or an interface."""

    DEFINED_ON_CORE = "DEFINED_ON_CORE"
    STOPPED = "STOPPED"
    STARTED = "STARTED"


NODE_TRANSITIONS: dict[NodeState, frozenset[NodeState]] = {
    NodeState.DEFINED_ON_CORE: frozenset({NodeState.QUEUED}),
    NodeState.STOPPED: frozenset({NodeState.QUEUED, NodeState.DEFINED_ON_CORE}),
    NodeState.QUEUED: frozenset({NodeState.STARTED, NodeState.STOPPED}),
    NodeState.STARTED: frozenset({NodeState.BOOTED, NodeState.STOPPED}),
    NodeState.BOOTED: frozenset({NodeState.STOPPED, NodeState.DISCONNECTED}),
    NodeState.DISCONNECTED: frozenset({NodeState.BOOTED, NodeState.STOPPED}),
}

ACTIVE_NODE_STATES = frozenset({NodeState.QUEUED, NodeState.STARTED, NodeState.BOOTED, NodeState.DISCONNECTED})
RUNNING_NODE_STATES = frozenset({NodeState.STARTED, NodeState.BOOTED})
"""States in which the virtual machine exists: consoles answer, ports are forwarded."""

BOOT_PROGRESS = {NodeState.QUEUED: "Booting", NodeState.STARTED: "Booting", NodeState.BOOTED: "Booted"}
"""Boot progress by state; every other state is "Not running"."""


class ElementType(StrEnum):
    LAB = "LAB"
    NODE = "NODE"
    LINK = "LINK"
    INTERFACE = "INTERFACE"
    ANNOTATION = "ANNOTATION"
    SMART_ANNOTATION = "SMART_ANNOTATION"
    CONNECTOR_MAPPING = "CONNECTOR_MAPPING"


class ChangeKind(StrEnum):
    ADD = "ADD"
    REMOVE = "REMOVE"
    CHANGE = "CHANGE"
    STATE_CHANGED = "STATE_CHANGED"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to one element of a lab at time ``at``."""

    lab_id: str
    kind: ChangeKind
    element_type: ElementType
    element_id: str
    at: float
    state: str | None = None
    previous: str | None = None
