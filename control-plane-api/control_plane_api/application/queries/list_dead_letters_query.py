"""Inbound events that could not be applied."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.read_side import DeadLetters
from lcm_core.application.mediator import Query
from lcm_core.contracts.inbound_events import DeadLetter


@dataclass(frozen=True, slots=True)
class ListDeadLettersQuery(Query[Page[DeadLetter]]):
    page: PageRequest


class ListDeadLettersQueryHandler:
    def __init__(self, dead_letters: DeadLetters) -> None:
        self._dead_letters = dead_letters

    async def handle(self, query: ListDeadLettersQuery) -> Page[DeadLetter]:
        """Newest first."""
        return await self._dead_letters.page(query.page)
