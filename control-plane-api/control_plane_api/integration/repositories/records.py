"""What is kept beside the aggregates: content, evidence, placement decisions and batches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from control_plane_api.application.listings import PLACEMENT_DECISIONS as LISTING
from control_plane_api.application.listings import Order
from control_plane_api.application.paging import Between, Page, PageRequest
from control_plane_api.application.queries.get_reservation_batch_query import KeptBatch
from control_plane_api.domain.identities import evidence_id
from control_plane_api.integration.repositories.pages_by_time import PageReader
from lcm_core.clock import Clock
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.contracts.reservations import AlternativeSlot, SeatRefusal
from lcm_core.contracts.sessions import DeviceCollection
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import PlacementDecision, PlacementDecisionRow
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors

CONTENT_PACKAGES = "content_packages"
EVIDENCE = "evidence"
PLACEMENT_DECISIONS = "placement_decisions"
RESERVATION_BATCHES = "reservation_batches"

DecisionT = TypeVar("DecisionT", bound=PlacementDecisionRow)


class MongoContentStore:
    """``ContentStore``: packages by their hash."""

    def __init__(self, database: Database) -> None:
        self._packages = database[CONTENT_PACKAGES]

    async def content(self, content_hash: str) -> ContentPackage:
        with store_errors(f"reading {CONTENT_PACKAGES}"):
            found = await self._packages.find_one({"_id": content_hash})
        if found is None:
            raise NotFound("content package", content_hash)
        fields = {name: found[name] for name in ContentPackage.model_fields if name in found}
        return ContentPackage.model_validate({**fields, "hash": content_hash})


class MongoSessionRecords:
    """``SessionRecords``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._evidence = database[EVIDENCE]
        self._decisions = database[PLACEMENT_DECISIONS]
        self._clock = clock

    async def evidence(self, session_id: str, collection: int = 1) -> Sequence[DeviceCollection]:
        with store_errors(f"reading {EVIDENCE}"):
            found = await self._evidence.find_one({"_id": evidence_id(session_id, collection)})
        return [DeviceCollection.model_validate(each) for each in found["devices"]] if found is not None else []

    async def placement_decisions(self, session_id: str) -> Sequence[PlacementDecisionRow]:
        with store_errors(f"reading {PLACEMENT_DECISIONS}"):
            found = await self._decisions.find({"session_id": session_id}, dict.fromkeys(_LONG, 0)).to_list()
        rows = [_decision(each, PlacementDecisionRow) for each in found]
        return sorted(rows, key=lambda row: row.at, reverse=True)

    async def placement_decision(self, id: str) -> PlacementDecision:
        with store_errors(f"reading {PLACEMENT_DECISIONS}"):
            found = await self._decisions.find_one({"_id": id})
        if found is None:
            raise NotFound("placement decision", id)
        return _decision(found, PlacementDecision)

    async def page_of_decisions(
        self,
        order: Order,
        page: PageRequest,
        equality: Mapping[str, Any],
        between: Between | None,
        fields: Collection[str] | None = None,
    ) -> Page[PlacementDecisionRow]:
        without = [name for name in _LONG if name not in (fields or ())]
        with store_errors(f"reading {PLACEMENT_DECISIONS}"):
            reader = PageReader(self._decisions, LISTING, equality, order, self._clock.now(), between, without)
            found = await reader.page(page)
        model = PlacementDecisionRow if len(without) == len(_LONG) else PlacementDecision
        return Page([_decision(each, model) for each in found.documents], found.next, found.total)


_LONG = tuple(sorted(PlacementDecision.model_fields.keys() - PlacementDecisionRow.model_fields.keys()))


def _decision(document: Document, model: type[DecisionT]) -> DecisionT:
    return model.model_validate({**document, "id": document["_id"]})


class MongoReservationBatches:
    """``ReservationBatches``."""

    def __init__(self, database: Database) -> None:
        self._batches = database[RESERVATION_BATCHES]

    async def find(self, id: str) -> KeptBatch | None:
        with store_errors(f"reading {RESERVATION_BATCHES}"):
            found = await self._batches.find_one({"_id": id})
        if found is None:
            return None
        return KeptBatch(
            reservation_ids=tuple(found["reservation_ids"]),
            refused=tuple(SeatRefusal.model_validate(each) for each in found["refused"]),
            alternatives=tuple(AlternativeSlot.model_validate(each) for each in found["alternatives"]),
        )
