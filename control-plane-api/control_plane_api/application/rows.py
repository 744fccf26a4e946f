"""What queries need of the read side: read models of one kind, found in ways that an index serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from control_plane_api.application.listings import Listing, Order
from control_plane_api.application.paging import Between, Page, PageRequest
from lcm_core.domain.read_models.base import AggregateReadModel

RowT = TypeVar("RowT", bound=AggregateReadModel)


class Completed(Protocol[RowT]):
    """Adds to rows what is kept beside the log, for those whose current-state document is not all of them."""

    async def completed(self, rows: Sequence[RowT]) -> list[RowT]:
        """*rows* in their order, with what is known beside the log now. Raises ``StoreUnavailable``."""
        ...


class Rows(Protocol[RowT]):
    """All of one kind; every method raises ``StoreUnavailable`` when the database does not answer."""

    async def find(self, id: str) -> RowT | None: ...

    async def get(self, id: str) -> RowT:
        """Raises ``NotFound``."""
        ...

    async def where(self, **equality: Any) -> list[RowT]:
        """Every one with these values, in no order; for sets that are known to be small."""
        ...

    async def by_ids(self, ids: Sequence[str]) -> list[RowT]:
        """Those of *ids* that exist, in no order."""
        ...

    async def in_any(self, field: str, values: Sequence[str], **equality: Any) -> list[RowT]:
        """Those whose *field* is one of *values*."""
        ...

    async def since(self, field: str, at: str, most: int, **equality: Any) -> list[RowT]:
        """Those whose instant *field* is *at* or later, the newest first, at most *most*."""
        ...

    async def page(
        self,
        listing: Listing,
        order: Order,
        page: PageRequest,
        equality: Mapping[str, Any],
        *,
        between: Between | None = None,
    ) -> Page[RowT]:
        """Rows of *listing* in *order*; *between* bounds its instant, and is needed for one in the future."""
        ...


class CompletedRows(Rows[RowT], Completed[RowT], Protocol[RowT]):
    """``Rows`` that are completed when they are read."""
