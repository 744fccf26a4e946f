"""What lablet-controller tells of the nodes of a lab."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from lcm_core.contracts.base import Contract
from lcm_core.domain.lab_nodes import MOST_NODES, SeenNode


class ObserveNodes(Contract):
    """All nodes of lab ``cml_lab_id`` on ``worker_id``; told when one of them changed, recorded only then.

    Word of another lab than the session's, or older than what is on record, is late. Refused once the session is on
    another worker.
    """

    observed_at: AwareDatetime
    cml_lab_id: str
    worker_id: str
    nodes: Annotated[tuple[SeenNode, ...], Field(max_length=MOST_NODES)]
