"""Runs the kernel's verification, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from lcm_core.domain.errors import Conflict
from lcm_core.eventstore.audit import verify_streams
from lcm_core.eventstore.audit_report import AuditReport, Invariant
from lcm_core.eventstore.collections import Database


class LogAuditor:
    """``Auditor``; *invariants* makes new ones for each run, since they keep what they observe."""

    def __init__(self, database: Database, invariants: Callable[[], Sequence[Invariant]]) -> None:
        self._database = database
        self._invariants = invariants
        self._running = asyncio.Lock()

    async def verify(self) -> AuditReport:
        if self._running.locked():
            raise Conflict("The log is being verified already; wait for that to end.", code="audit-running")
        async with self._running:
            return await verify_streams(self._database, EVENTS, AGGREGATES, self._invariants())
