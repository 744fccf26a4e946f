"""Decisions about the size of the fleet in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from control_plane_api.application.listings import SCALING_DECISIONS as LISTING
from control_plane_api.application.paging import Between, Page, PageRequest
from control_plane_api.application.services.scaling_records import (
    DISRUPTIONS,
    SCALING_DECISIONS,
    SCALING_STANDING,
    SEEN_ON,
    STRAY_DECISIONS,
    STRAY_INSTANCES,
    decision_document,
    decision_of,
)
from control_plane_api.domain.identities import scaling_decision_id
from control_plane_api.integration.repositories.pages_by_time import PageReader
from lcm_core.clock import Clock
from lcm_core.domain.fleet_care import Disruption
from lcm_core.domain.json_form import instant_text, to_json_form
from lcm_core.domain.read_models import (
    ScalingDecision,
    ScalingFinding,
    ScalingKind,
    StrayDecision,
    StrayFinding,
    StrayInstance,
)
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors

Write = ReplaceOne[Document] | UpdateOne | DeleteOne
_RENEWED = ("summary", "answers", "inputs", "last_seen_at")
_NUMBERED = {"_id": {"$gte": "0", "$lt": ":"}}


class MongoScalingRecords:
    """``ScalingRecords``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._decisions = database[SCALING_DECISIONS]
        self._standing = database[SCALING_STANDING]
        self._strays = database[STRAY_INSTANCES]
        self._stray_decisions = database[STRAY_DECISIONS]
        self._disruptions = database[DISRUPTIONS]
        self._clock = clock

    async def record(self, findings: Sequence[ScalingFinding], actor: str) -> int:
        """Three round trips, however many there are."""
        if not findings:
            return 0
        with store_errors(f"writing {SCALING_DECISIONS}"):
            rows = await self._standing.find({"_id": {"$in": [each.standing for each in findings]}}).to_list()
            known = {row["_id"]: row for row in rows}
            plans = [_plan(finding, known.get(finding.standing), actor) for finding in findings]
            decisions: list[Write] = [plan[0] for plan in plans if plan is not None]
            standing: list[Write] = [plan[1] for plan in plans if plan is not None]
            if decisions:
                # the decisions first: what stands must never name one that is not there
                await self._decisions.bulk_write(decisions, ordered=False)
                await self._standing.bulk_write(standing, ordered=False)
        return sum(isinstance(write, ReplaceOne) for write in decisions)

    async def page(self, page: PageRequest, equality: dict[str, Any], between: Between | None) -> Page[ScalingDecision]:
        order = LISTING.order(page.sort or "-at")
        with store_errors(f"reading {SCALING_DECISIONS}"):
            reader = PageReader(self._decisions, LISTING, equality, order, self._clock.now(), between)
            found = await reader.page(page)
        return Page([_decision(each) for each in found.documents], found.next, found.total)

    async def standing(self, kind: ScalingKind, subject: str) -> ScalingDecision | None:
        with store_errors(f"reading {SCALING_STANDING}"):
            stands = await self._standing.find_one({"_id": f"{kind.value}:{subject}"})
            found = await self._decisions.find_one({"_id": stands["decision_id"]}) if stands is not None else None
        return _decision(found) if found is not None else None

    async def replace_strays(
        self, regions: Sequence[str], looked_at: datetime, strays: Sequence[StrayFinding]
    ) -> list[StrayInstance]:
        with store_errors(f"writing {STRAY_INSTANCES}"):
            rows = await self._strays.find({}).to_list()
            before = {row["_id"]: row for row in rows if row["region"] in regions}
            seen = [_flagged(stray, before.get(stray.ec2_instance_id), looked_at) for stray in strays]
            gone = before.keys() - {stray.ec2_instance_id for stray in strays}
            writes: list[Write] = [
                ReplaceOne({"_id": each.ec2_instance_id}, dict(to_json_form(each)), upsert=True) for each in seen
            ]
            writes += [DeleteOne({"_id": id}) for id in sorted(gone)]
            if writes:
                await self._strays.bulk_write(writes, ordered=False)
            if gone:
                await self._stray_decisions.delete_many({"_id": {"$in": sorted(gone)}})
        return await self._with_decisions(seen)

    async def strays(self) -> list[StrayInstance]:
        with store_errors(f"reading {STRAY_INSTANCES}"):
            rows = await self._strays.find({}).to_list()
        found = sorted((StrayInstance.model_validate(row) for row in rows), key=lambda each: each.flagged_at)
        return await self._with_decisions(found)

    async def stray(self, ec2_instance_id: str) -> StrayInstance | None:
        with store_errors(f"reading {STRAY_INSTANCES}"):
            row = await self._strays.find_one({"_id": ec2_instance_id})
        return (await self._with_decisions([StrayInstance.model_validate(row)]))[0] if row is not None else None

    async def _with_decisions(self, strays: Sequence[StrayInstance]) -> list[StrayInstance]:
        if not strays:
            return []
        wanted = {"_id": {"$in": [each.ec2_instance_id for each in strays]}, "decision": {"$ne": None}}
        with store_errors(f"reading {STRAY_DECISIONS}"):
            rows = await self._stray_decisions.find(wanted).to_list()
        decided = {row["_id"]: StrayDecision.model_validate(row["decision"]) for row in rows}
        return [each.model_copy(update={"decision": decided.get(each.ec2_instance_id)}) for each in strays]

    async def disruptions(self, since: datetime) -> list[Disruption]:
        matching = {"at": {"$gte": instant_text(since), "$lt": "9999"}}
        with store_errors(f"reading {DISRUPTIONS}"):
            rows = await self._disruptions.find(matching).to_list()
        return [Disruption(worker_id=row["worker_id"], reason=row["reason"], at=row["at"]) for row in rows]

    async def disruptions_counted(self) -> int:
        with store_errors(f"reading {DISRUPTIONS}"):
            last = await self._disruptions.find(_NUMBERED, {"_id": 1}).sort("_id", -1).limit(1).to_list()
        return int(last[0]["_id"]) if last else 0


def _plan(finding: ScalingFinding, known: Document | None, actor: str) -> tuple[Write, Write] | None:
    """The write of the decision and that of what stands from now on; None for what was told before."""
    at = instant_text(finding.at)
    if known is not None and at <= known["last_seen_at"]:
        return None
    seen: Document = {"last_seen_at": at, SEEN_ON: finding.at}
    if known is not None and not finding.taken and known["answer"] == finding.answer:
        fields = to_json_form(decision_of(finding, actor))
        renewed: Document = {name: fields[name] for name in _RENEWED} | seen
        again = UpdateOne(
            {"_id": known["decision_id"], "last_seen_at": {"$lt": at}}, {"$set": renewed, "$inc": {"count": 1}}
        )
        return again, UpdateOne({"_id": finding.standing}, {"$set": seen})
    document = dict(decision_document(decision_of(finding, actor)))
    stands = {"answer": finding.answer, "decision_id": scaling_decision_id(finding), **seen}
    return (
        ReplaceOne({"_id": document["_id"]}, document, upsert=True),
        ReplaceOne({"_id": finding.standing}, stands, upsert=True),
    )


def _decision(document: Document) -> ScalingDecision:
    return ScalingDecision.model_validate({**document, "id": document["_id"]})


def _flagged(stray: StrayFinding, before: Document | None, looked_at: datetime) -> StrayInstance:
    since = before["flagged_at"] if before is not None else looked_at
    return StrayInstance.model_validate({**stray.model_dump(), "flagged_at": since, "seen_at": looked_at})
