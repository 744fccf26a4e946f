"""Read models straight from the current-state documents: the same fields, with ``_id`` as ``id``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from control_plane_api.application.listings import Listing, Order
from control_plane_api.application.paging import Between, Page, PageRequest
from control_plane_api.domain.entities import read_model_from_document
from control_plane_api.integration.repositories.pages_by_time import PageReader
from lcm_core.clock import Clock
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models.base import AggregateReadModel
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors

_NEVER = "9999"

ModelT = TypeVar("ModelT", bound=AggregateReadModel)


class ReadModels(Generic[ModelT]):
    """All documents of one collection as *model*; *noun* names one of them in messages."""

    def __init__(self, database: Database, collection: str, model: type[ModelT], noun: str, clock: Clock) -> None:
        self._collection = database[collection]
        self._model = model
        self._noun = noun
        self._clock = clock
        self._doing = f"reading {collection}"

    async def find(self, id: str) -> ModelT | None:
        with store_errors(self._doing):
            document = await self._collection.find_one({"_id": id})
        return self._read(document) if document is not None else None

    async def get(self, id: str) -> ModelT:
        """Raises ``NotFound``."""
        found = await self.find(id)
        if found is None:
            raise NotFound(self._noun, id)
        return found

    async def where(self, **equality: Any) -> list[ModelT]:
        """Every document with these values, in no order; for sets that are known to be small, such as live ones."""
        with store_errors(self._doing):
            return [self._read(document) for document in await self._collection.find(equality).to_list()]

    async def by_ids(self, ids: Sequence[str]) -> list[ModelT]:
        """Those of *ids* that exist, in no order."""
        if not ids:
            return []
        return await self.where(_id={"$in": list(ids)})

    async def since(self, field: str, at: str, most: int, **equality: Any) -> list[ModelT]:
        """Documents whose instant *field* is *at* or later, the newest first, at most *most*."""
        matching = {**equality, field: {"$gte": at, "$lt": _NEVER}}
        with store_errors(self._doing):
            found = self._collection.find(matching).sort(field, -1).limit(most)
            return [self._read(document) for document in await found.to_list()]

    async def in_any(self, field: str, values: Sequence[str], **equality: Any) -> list[ModelT]:
        """Documents whose *field* is one of *values*, in no order.

        One query, so that one whose value changes meanwhile is neither missed nor read twice. The other filters are a
        stage of their own: in one stage with them, not every server would use the index of *field* any more.
        """
        stages: list[Document] = [{"$match": {field: {"$in": list(values)}}}]
        if equality:
            stages.append({"$match": equality})
        with store_errors(self._doing):
            found = await (await self._collection.aggregate(stages)).to_list()
        return [self._read(document) for document in found]

    async def page(
        self,
        listing: Listing,
        order: Order,
        page: PageRequest,
        equality: Mapping[str, Any],
        *,
        between: Between | None = None,
    ) -> Page[ModelT]:
        """Rows of *listing* in *order*."""
        with store_errors(self._doing):
            reader = PageReader(self._collection, listing, equality, order, self._clock.now(), between)
            found = await reader.page(page)
        return Page([self._read(document) for document in found.documents], found.next, found.total)

    def _read(self, document: Document) -> ModelT:
        return read_model_from_document(document, self._model)
