"""What every service runs with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.services.service_settings import KEPT, ServiceSettingsBook
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.contracts.service_settings import ServiceSettingsReport


@dataclass(frozen=True, slots=True)
class ListServiceSettingsQuery(Query[Sequence[ServiceSettingsReport]]):
    pass


class ListServiceSettingsQueryHandler:
    def __init__(self, book: ServiceSettingsBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    async def handle(self, query: ListServiceSettingsQuery) -> Sequence[ServiceSettingsReport]:
        """Without instances that are gone."""
        del query
        oldest = self._clock.now() - KEPT
        return [report for report in await self._book.reports() if report.reported_at >= oldest]
