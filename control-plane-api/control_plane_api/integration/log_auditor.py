"""Runs the kernel's verification, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.anchors import LogAnchors
from lcm_core.domain.errors import Conflict
from lcm_core.eventstore.anchor_check import check_anchors
from lcm_core.eventstore.audit import verify_stream, verify_streams
from lcm_core.eventstore.audit_report import AuditReport, Invariant
from lcm_core.eventstore.collections import Database


class LogAuditor:
    """``Auditor``; *invariants* makes new ones for each run, since they keep what they observe."""

    def __init__(self, database: Database, invariants: Callable[[], Sequence[Invariant]], anchors: LogAnchors) -> None:
        self._database = database
        self._anchors = anchors
        self._invariants = invariants
        self._running = asyncio.Lock()

    async def verify(self, stream: str | None, anchors: bool) -> AuditReport:
        store = self._anchors.store if anchors else None
        if self._running.locked():
            raise Conflict("The log is being verified already; wait for that to end.", code="audit-running")
        async with self._running:
            if stream is not None:
                report = await verify_stream(self._database, EVENTS, AGGREGATES, stream)
            else:
                report = await verify_streams(self._database, EVENTS, AGGREGATES, self._invariants())
            if store is not None:
                report.take_in(await check_anchors(self._database, store))
            return report
