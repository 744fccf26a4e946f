"""How a list is asked for: page, order, total, and the fields of its rows."""

# No postponed annotations here: FastAPI cannot resolve those of a function that is made at run time.

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_args

import orjson
from fastapi import Query, Response
from pydantic import BaseModel

from control_plane_api.api.pages import Cursor, Limit, PageForm
from control_plane_api.application.listings import Listing
from control_plane_api.application.paging import (
    DEFAULT_PAGE_SIZE,
    MOST_COUNTED,
    Page,
    PageRequest,
    Position,
)
from lcm_core.domain.errors import InputProblem, InvalidInput

FormT = TypeVar("FormT", bound=PageForm)

SPARSE_MEDIA_TYPE = "application/vnd.lcm.sparse+json"
"""A page whose rows hold the fields that were asked for; those of ``application/json`` hold all that their form has."""


@dataclass(frozen=True, slots=True)
class ListRequest(Generic[FormT]):
    """A page of *form* that is asked for; *fields* are those of its rows, None for all that the form has."""

    page: PageRequest
    form: type[FormT]
    fields: frozenset[str] | None = None

    def answer(self, found: Page[Any]) -> FormT | Response:
        """The whole rows of *found*, or of each what was asked for."""
        after = found.next.to_cursor() if found.next is not None else None
        exact = found.total < MOST_COUNTED if found.total is not None else None
        if self.fields is None:
            return self.form.model_validate(
                {"items": list(found.rows), "next_cursor": after, "total": found.total, "total_is_exact": exact}
            )
        items = [row.model_dump(mode="json", include=set(self.fields)) for row in found.rows]
        sparse = {"items": items, "next_cursor": after, "total": found.total, "total_is_exact": exact}
        return Response(orjson.dumps(sparse), media_type=SPARSE_MEDIA_TYPE)


def row_of(form: type[PageForm]) -> type[BaseModel]:
    """The model of one row of *form*."""
    (row,) = get_args(form.model_fields["items"].annotation)
    return row


def list_request(
    listing: Listing, form: type[FormT], whole: type[BaseModel] | None = None
) -> Callable[..., Coroutine[Any, Any, ListRequest[FormT]]]:
    """A dependency that reads a request for a page of *listing*; everything that is not offered is refused.

    *whole* is the model whose fields may be asked for, where the rows of *form* leave some of them out.
    """
    model = whole or row_of(form)
    names = (*model.model_fields, *model.model_computed_fields)
    orders = listing.orders
    sorts = Query(
        description="Order of the rows: an instant, with a minus the newest first. "
        + _told_needs(listing)
        + "Left out: the newest first.",
        json_schema_extra={"enum": list(orders)},
        examples=[orders[0]],
    )
    fields = Query(
        max_length=1000,
        description="Names of the fields that each row shall have, separated by commas; the answer is then "
        f"`{SPARSE_MEDIA_TYPE}`. Possible: {', '.join(names)}.",
        examples=["id"],
    )

    async def read(
        limit: Limit = DEFAULT_PAGE_SIZE,
        cursor: Cursor = None,
        sort: Annotated[str | None, sorts] = None,
        total: Annotated[
            bool, Query(description=f"Whether to count the rows of all pages, to {MOST_COUNTED} at the most.")
        ] = False,
        fields: Annotated[str | None, fields] = None,
    ) -> ListRequest[FormT]:
        if sort is not None:
            listing.order(sort)
        after = Position.from_cursor(cursor, sort or "") if cursor else None
        page = PageRequest(limit, after, sort or "", total)
        return ListRequest(page, form, _fields_in(fields, names) if fields is not None else None)

    return read


def sparse_rows(form: type[PageForm], whole: type[BaseModel] | None = None) -> dict[int | str, dict[str, Any]]:
    """What a route adds to its documentation: the form of an answer to `fields`; *whole* as in ``list_request``."""
    told = f"Some fields of {(whole or row_of(form)).__name__}."
    items = {"type": "array", "items": {"type": "object", "description": told}}
    nothing = {"type": "null"}
    schema = {
        "type": "object",
        "required": ["items", "next_cursor", "total", "total_is_exact"],
        "properties": {
            "items": items,
            "next_cursor": {"anyOf": [{"type": "string"}, nothing]},
            "total": {"anyOf": [{"type": "integer"}, nothing]},
            "total_is_exact": {"anyOf": [{"type": "boolean"}, nothing]},
        },
    }
    return {200: {"content": {SPARSE_MEDIA_TYPE: {"schema": schema}}}}


def _fields_in(text: str, names: Sequence[str]) -> frozenset[str]:
    wanted = frozenset(text.split(","))
    unknown = sorted(wanted.difference(names))
    if unknown:
        told = f"there is no field {unknown[0][:40]!r} in a row of this list; it has {', '.join(names)}"
        raise InvalidInput([InputProblem("/fields", told, "query")], what="request")
    return wanted


def _told_needs(listing: Listing) -> str:
    return "".join(f"By `{instant}` only together with `{needed}`. " for instant, needed in listing.needs.items())
