"""Sessions at risk, and those that ended badly of late: of each only what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from control_plane_api.application.notifications.facts import SessionFact, SessionFacts
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors

_S = LabletSessionStatus
_ENDING = (_S.STOPPING, _S.STOPPED, _S.ARCHIVED, _S.TERMINATED)
_MOST = 1_000
_FIELDS = {"definition_name": 1, "outcome": 1, "outcome_reason": 1, "promise_risk.reason": 1, "status_changed_at": 1}


class MongoSessionsThatGoBadly:
    """``SessionsThatGoBadly``; a thousand of each state at the most."""

    def __init__(self, database: Database) -> None:
        self._sessions = database["lablet_sessions"]

    async def look(self, since: datetime) -> SessionFacts:
        with store_errors("reading lablet_sessions"):
            risky = await self._at_risk()
            ended = [each for status in _ENDING for each in await self._ended(status, instant_text(since))]
        ended.sort(key=lambda each: each["status_changed_at"], reverse=True)
        return SessionFacts(
            at_risk=[_fact(each, each["promise_risk"]["reason"]) for each in sorted(risky, key=lambda row: row["_id"])],
            broken=[_fact(each, each["outcome_reason"]) for each in ended if not each["was_ready"]],
            failed=[
                _fact(each, each["outcome_reason"]) for each in ended if each["outcome"] == SessionOutcome.FAILED.value
            ],
        )

    async def _at_risk(self) -> Sequence[Document]:
        stages: list[dict[str, Any]] = [
            {"$match": {"promise_risk.since": {"$gt": ""}}},
            {"$match": {"status": _S.PENDING.value}},
            {"$limit": _MOST},
            {"$project": _FIELDS},
        ]
        return await (await self._sessions.aggregate(stages)).to_list()

    async def _ended(self, status: LabletSessionStatus, since: str) -> Sequence[Document]:
        """The range of the index is a stage of its own, so that every server reads it from there."""
        stages: list[dict[str, Any]] = [
            {"$match": {"status": status.value, "status_changed_at": {"$gte": since}}},
            {"$match": {"outcome": {"$in": [SessionOutcome.FAILED.value, SessionOutcome.EXPIRED.value]}}},
            {"$sort": {"status_changed_at": -1}},
            {"$limit": _MOST},
            {"$project": {**_FIELDS, "state_history.target": 1}},
        ]
        found = await (await self._sessions.aggregate(stages)).to_list()
        for each in found:
            each["was_ready"] = any(change["target"] == _S.READY.value for change in each.get("state_history", ()))
        return found


def _fact(document: Document, reason: str) -> SessionFact:
    return SessionFact(document["_id"], document["definition_name"], reason)
