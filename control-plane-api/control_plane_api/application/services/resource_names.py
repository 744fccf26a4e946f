"""What people call the things that entries of the audit are about: one read for each kind, and one
for the sessions of what belongs to a session, however many entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from control_plane_api.application.rows import Rows
from lcm_core.contracts.audit import AuditEntry
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletDefinitionReadModel,
    LabletSessionReadModel,
    ReservationReadModel,
    SubscriptionReadModel,
    WarmPoolReadModel,
    WorkerTemplateReadModel,
)
from lcm_core.side_by_side import side_by_side

_SESSION = "lablet_session"
_OF_A_SESSION = ("user_session", "grading_session", "score_report")
"""Kinds without a name of their own: each is called after its session."""


class ResourceNames:
    """*rows* is where things are read, by kind; a kind that is not in it has no names."""

    def __init__(self, rows: Mapping[str, Rows[Any]]) -> None:
        self._rows = rows

    async def named(self, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
        """*entries* with the names of what there still is; raises ``StoreUnavailable``."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            kind = entry.resource_type
            if kind is not None and kind in self._rows and entry.resource_id:
                wanted[kind].add(entry.resource_id)
        found = await self._found(wanted)
        names = {(kind, row.id): name(row) for kind, name in _NAMES.items() for row in found.get(kind, ())}
        names |= await self._after_sessions(found)
        return [entry.model_copy(update={"resource_name": _name_in(names, entry)}) for entry in entries]

    async def _found(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, list[Any]]:
        kinds = [kind for kind in wanted if kind in _NAMES or kind in _OF_A_SESSION]
        async with side_by_side() as group:
            reading = {kind: group.create_task(self._read(kind, wanted[kind])) for kind in kinds}
        return {kind: task.result() for kind, task in reading.items()}

    async def _after_sessions(self, found: Mapping[str, Sequence[Any]]) -> dict[tuple[str, str], str]:
        parts = {(kind, row.id): row.lablet_session_id for kind in _OF_A_SESSION for row in found.get(kind, ())}
        if not parts:
            return {}
        sessions = {row.id: session_name(row) for row in await self._read(_SESSION, set(parts.values()))}
        return {part: sessions[session_id] for part, session_id in parts.items() if session_id in sessions}

    async def _read(self, kind: str, ids: Iterable[str]) -> list[Any]:
        return await self._rows[kind].by_ids(sorted(ids))


def session_name(row: LabletSessionReadModel) -> str:
    return f"{row.definition_name}, {row.candidate.username}"


def _worker_name(row: CMLWorkerReadModel) -> str:
    return row.name


def _definition_name(row: LabletDefinitionReadModel) -> str:
    return f"{row.name} {row.semantic_version}"


def _template_name(row: WorkerTemplateReadModel) -> str:
    return row.name


def _reservation_name(row: ReservationReadModel) -> str:
    return f"{row.external_id}, {row.candidate.username}" if row.external_id else row.candidate.username


def _pool_name(row: WarmPoolReadModel) -> str:
    return row.definition_name


def _subscription_name(row: SubscriptionReadModel) -> str:
    return row.description or row.url


_NAMES: Mapping[str, Callable[[Any], str]] = {
    _SESSION: session_name,
    "cml_worker": _worker_name,
    "lablet_definition": _definition_name,
    "worker_template": _template_name,
    "reservation": _reservation_name,
    "warm_pool": _pool_name,
    "subscription": _subscription_name,
}


def _name_in(names: Mapping[tuple[str, str], str], entry: AuditEntry) -> str | None:
    return names.get((entry.resource_type or "", entry.resource_id or ""))
