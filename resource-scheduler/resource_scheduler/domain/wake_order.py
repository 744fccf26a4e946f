"""Who of those that wait for room is looked at again, and in which order, when there may be some."""

from __future__ import annotations

from collections.abc import Iterable

from lcm_core.placement.batch import place_batch
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.fleet_index import FleetIndex

Shape = tuple[object, ...]


def shape_of(request: PlacementRequest) -> Shape:
    """What decides whether a request fits: where one of a shape finds no room, none of that shape does.

    The room that is held for a session already is its own: it tells apart those that hold some.
    """
    ports = tuple(sorted(each.protocol.value for each in request.port_requests))
    return (
        request.requirements,
        request.license_affinity,
        request.ami,
        request.nested_virtualization,
        ports,
        request.interval,
        request.serve_by,
        request.asap,
        request.promised_worker_id,
    )


def who_may_come(waiting: Iterable[PlacementRequest], fleet: FleetSnapshot, engine: PlacementEngine) -> list[str]:
    """As many as the room on placeable workers takes now, in the order of the queue; the others would come in vain."""
    placed = place_batch(waiting, FleetIndex.of(fleet), engine)
    return [each.request.session_id for each in placed if each.worker is not None]
