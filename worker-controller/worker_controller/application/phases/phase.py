"""What all phases have in common."""

from __future__ import annotations

from typing import Protocol

from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import Result


class Phase(Protocol):
    """Handles the workers of one status, or of a few that are handled alike."""

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        """Look at the world, do at most one idempotent step, say when to look again."""
        ...
