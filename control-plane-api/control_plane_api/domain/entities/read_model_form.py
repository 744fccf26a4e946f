"""An aggregate, and a stored document of one, as the read model of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from control_plane_api.domain.events.registry import StampedEvent
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.read_models.base import AggregateReadModel

ReadModelT = TypeVar("ReadModelT", bound=AggregateReadModel)


def read_model_of(aggregate: AnyAggregate, model: type[ReadModelT]) -> ReadModelT:
    """As it is, or with pending events as it will be once they are committed. Raises LookupError without any event.

    The state's values are taken as they are: a state has the fields of its read model, validated when they came in, and
    nothing in them can be changed. A worker holds hundreds of bookings, and is looked at for each new one.
    """
    last = aggregate.pending_events[-1] if aggregate.pending_events else None
    fields = model.model_fields
    state: BaseModel = aggregate.state
    values = {name: value for name, value in vars(state).items() if name in fields}
    values |= {
        "id": aggregate.id,
        "version": version_of(aggregate),
        "updated_at": last.at if isinstance(last, StampedEvent) else aggregate.updated_at,
    }
    return model.model_construct(set(values), **values)


def version_of(aggregate: AnyAggregate) -> int:
    """The version after the commit of what is pending."""
    return aggregate.version + (1 if aggregate.pending_events else 0)


def read_model_from_document(document: Mapping[str, Any], model: type[ReadModelT]) -> ReadModelT:
    """A current-state document as stored; its keys are the read model's fields, ``_id`` its id."""
    return model.model_validate({**cast("dict[str, Any]", document), "id": document["_id"]})
