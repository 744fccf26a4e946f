"""How the nodes of a session's lab stand on their host, each by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from lcm_core.domain.values import Value

MOST_NODES = 500
"""Of one lab. A host holds fewer; more would make every copy of the session long."""

NodeLabel = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class SeenNode(Value):
    """A node as its host tells of it.

    ``state`` is the host's own word: DEFINED_ON_CORE, QUEUED, STARTED, BOOTED, STOPPED or DISCONNECTED, or what a later
    release of it says. ``converged``: it has booted, nothing more is waited for.
    """

    label: NodeLabel
    state: Annotated[str, StringConstraints(max_length=40)]
    converged: bool


class LabNodeState(SeenNode):
    """``since`` is when it was first seen so."""

    since: AwareDatetime


class NodesChanged(Value):
    """What is otherwise than before: the nodes that are new or stand in another way, and the labels that are gone."""

    nodes: tuple[SeenNode, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.nodes or self.gone)


def changed_nodes(known: Iterable[LabNodeState], seen: Iterable[SeenNode]) -> NodesChanged:
    """False when *seen* says what is *known*."""
    before = {node.label: (node.state, node.converged) for node in known}
    now = {node.label: node for node in seen}
    nodes = tuple(node for label, node in now.items() if before.get(label) != (node.state, node.converged))
    return NodesChanged(nodes=nodes, gone=tuple(label for label in before if label not in now))
