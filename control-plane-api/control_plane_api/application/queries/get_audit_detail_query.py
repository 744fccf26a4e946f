"""What one commit changed: the state before and after, by replay of its stream up to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from control_plane_api.application.read_side import EventLog
from control_plane_api.application.services.audit_entries import entry_of
from control_plane_api.application.services.resource_names import ResourceNames
from control_plane_api.application.services.state_difference import differences
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from lcm_core.application.mediator import Query
from lcm_core.contracts.audit import AuditDetail
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import Conflict, NotFound
from lcm_core.domain.json_form import to_json_form

MOST_REPLAYED = 20_000
_AT_A_TIME = 200
_COMMIT_ID = re.compile(r"(?P<stream>(?P<kind>[a-z_]+)-(?P<id>.+))@(?P<version>[1-9][0-9]{0,8})")
_KINDS = {aggregate.kind: aggregate for aggregate in AGGREGATES}


@dataclass(frozen=True, slots=True)
class GetAuditDetailQuery(Query[AuditDetail]):
    commit_id: str


class GetAuditDetailQueryHandler:
    def __init__(self, events: EventLog, names: ResourceNames) -> None:
        self._events = events
        self._names = names

    async def handle(self, query: GetAuditDetailQuery) -> AuditDetail:
        """Raises ``NotFound``; ``Conflict`` for a stream too long to replay, or one with a hole."""
        named = _COMMIT_ID.fullmatch(query.commit_id)
        if named is None or named["kind"] not in _KINDS:
            raise NotFound("commit", query.commit_id)
        stream, version = named["stream"], int(named["version"])
        wanted = await self._events.commits(stream, first=version, last=version)
        if not wanted:
            raise NotFound("commit", query.commit_id)
        if version > MOST_REPLAYED:
            raise Conflict(
                f"{query.commit_id} stands behind {version - 1} others; no more than {MOST_REPLAYED} are replayed. "
                "Its events are listed by the search.",
                code="history-too-long",
            )
        aggregate = _KINDS[named["kind"]](named["id"])
        await self._replay(aggregate, stream, first=1, last=version - 1)
        before = _state(aggregate) if version > 1 else None
        _apply(aggregate, wanted[0])
        after = _state(aggregate)
        (entry,) = await self._names.named([entry_of(wanted[0])])
        return AuditDetail(
            entry=entry,
            prev_hash=wanted[0].prev_hash,
            hash=wanted[0].hash,
            before=dict(before) if before is not None else None,
            after=dict(after),
            differences=differences(before, after),
        )

    async def _replay(self, aggregate: AnyAggregate, stream: str, *, first: int, last: int) -> None:
        for start in range(first, last + 1, _AT_A_TIME):
            for commit in await self._events.commits(stream, first=start, last=min(last, start + _AT_A_TIME - 1)):
                _apply(aggregate, commit)


def _apply(aggregate: AnyAggregate, commit: Commit) -> None:
    if commit.version != aggregate.version + 1:
        raise Conflict(
            f"Commit {aggregate.version + 1} of {commit.stream} is missing; verify the log to see what else is.",
            code="history-has-a-hole",
        )
    events = [EVENTS.decode(event.type, event.data) for event in commit.events]
    aggregate.replay_commit(events, head_hash=commit.hash, at=commit.at)


def _state(aggregate: AnyAggregate) -> Mapping[str, Any]:
    return to_json_form(aggregate.state)
