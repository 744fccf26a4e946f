"""Who changed what of the settings of the system, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, cast

from pydantic import AwareDatetime, BaseModel, Field

from control_plane_api.application.queries.get_fleet_policy_query import FleetPolicies
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.domain.events.system_settings_events import FleetPolicy, SystemSettingsUpdatedDomainEvent
from control_plane_api.domain.identities import SYSTEM_SETTINGS_ID
from lcm_core.application.mediator import Query
from lcm_core.domain.commit import Commit, stream_id
from lcm_core.domain.json_form import to_json_form

_STREAM = stream_id("system_settings", SYSTEM_SETTINGS_ID)


class ChangedSetting(BaseModel):
    """``path`` leads to it, such as ``care.orphan_grace_seconds``; null stands for what is not set."""

    path: str
    before: Any
    after: Any


class PolicyChange(BaseModel):
    version: int
    at: AwareDatetime
    by: str
    reason: str
    changes: list[ChangedSetting] = Field(description="Compared with the version before, the first with the defaults.")


class Commits(Protocol):
    async def commits(self, stream: str, *, first: int, last: int) -> Sequence[Commit]:
        """Those that exist, in order."""
        ...


@dataclass(frozen=True, slots=True)
class ListPolicyChangesQuery(Query[Sequence[PolicyChange]]):
    limit: int


class ListPolicyChangesQueryHandler:
    def __init__(self, policies: FleetPolicies, log: Commits) -> None:
        self._policies = policies
        self._log = log

    async def handle(self, query: ListPolicyChangesQuery) -> Sequence[PolicyChange]:
        """The last first."""
        last = (await self._policies.current()).version
        first = max(1, last - query.limit)
        found = await self._log.commits(_STREAM, first=first, last=last) if last else ()
        known = [(commit.version, _update_of(commit)) for commit in found]
        if not known:
            return []
        before: list[tuple[int, FleetPolicy]] = [(version, update.policy) for version, update in known]
        if known[0][0] == 1:
            before.insert(0, (0, FleetPolicy()))
            updates = known
        else:
            updates = known[1:]
        changes = [
            PolicyChange(
                version=version,
                at=update.at,
                by=update.by,
                reason=update.reason,
                changes=list(_differences("", to_json_form(old[1]), to_json_form(new[1]))),
            )
            for (version, update), (old, new) in zip(updates, pairwise(before), strict=True)
        ]
        return changes[::-1][: query.limit]


def _update_of(commit: Commit) -> SystemSettingsUpdatedDomainEvent:
    [recorded] = commit.events
    return cast("SystemSettingsUpdatedDomainEvent", EVENTS.decode(recorded.type, recorded.data))


def _differences(path: str, before: Any, after: Any) -> Iterator[ChangedSetting]:
    """Down to the single setting; lists are settings as a whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        old, new = cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after)
        for name in dict.fromkeys((*old, *new)):
            yield from _differences(f"{path}.{name}".lstrip("."), old.get(name), new.get(name))
    elif before != after:
        yield ChangedSetting(path=path, before=before, after=after)
