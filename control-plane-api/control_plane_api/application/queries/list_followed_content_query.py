"""The buckets that are watched: those of the newest versions whose content came from one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.definitions import FollowedContent
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.read_models import LabletDefinitionReadModel

_IN_USE = [LabletDefinitionStatus.PENDING_SYNC.value, LabletDefinitionStatus.ACTIVE.value]


@dataclass(frozen=True, slots=True)
class ListFollowedContentQuery(Query[Sequence[FollowedContent]]): ...


class ListFollowedContentQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel]) -> None:
        self._definitions = definitions

    async def handle(self, query: ListFollowedContentQuery) -> Sequence[FollowedContent]:
        """A definition that was uploaded is followed from its first synchronisation on, one without content at once."""
        del query
        rows = await self._definitions.in_any("status", _IN_USE)
        return [
            FollowedContent(definition_id=row.id, content_bucket=row.content_bucket, fingerprint=row.sync.fingerprint)
            for row in rows
            if row.content_bucket and row.replaced_by is None and (row.sync.fingerprint or not row.content_hash)
        ]
