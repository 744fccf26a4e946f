"""Which events somebody may ask for."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.subscriptions import EventFilter, pattern_matches_one_of


def checked_filter(filter: EventFilter, scope: str | None) -> EventFilter:
    """*filter* for somebody who sees what belongs to *scope*, or everything when there is none.

    Raises ``InvalidInput`` for a type that no event has, and for an owner that is somebody else.
    """
    published = frozenset(event.wire_type() for event in EVENTS if event.published)
    problems = [
        InputProblem(f"/filter/types/{place}", f"{each!r} is no event that is sent; see /api/v1/event-catalogue")
        for place, each in enumerate(filter.types)
        if not pattern_matches_one_of(each, published)
    ]
    if scope is not None and filter.owner_id not in (None, scope):
        problems.append(InputProblem("/filter/owner_id", "only events of your own bookings can be asked for"))
    if problems:
        raise InvalidInput(problems, what="subscription")
    return filter if scope is None else filter.model_copy(update={"owner_id": scope})
