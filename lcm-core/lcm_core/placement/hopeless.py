"""Shapes of requests that fit nowhere, so that a long queue of them is judged once.

Room that is taken changes nothing for a shape that fits nowhere already; only growth does: a worker that comes up or
leaves a check behind, room that is given back.
"""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.filters import Readiness
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.fleet_index import FleetIndex

_MOST_SHAPES = 4096
_Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    growth: int
    told: CompactExplanation


class HopelessShapes:
    """What is known of one index; another one makes it forget."""

    def __init__(self) -> None:
        self._index: FleetIndex | None = None
        self._known: dict[_Shape, _Known] = {}

    def known(
        self, request: PlacementRequest, index: FleetIndex, readiness: Readiness, *, exact: bool
    ) -> CompactExplanation | None:
        """The explanation that was given when *request*'s shape was found to fit nowhere, if that still holds.

        With *exact* only if it is still true in every detail; without, others may have taken more room since.
        """
        if self._index is not index or not self._known:
            return None
        shape = _shape(request, readiness)
        known = self._known.get(shape)
        if known is None or index.held_for(request.session_id):
            return None
        if known.growth != index.growth:
            del self._known[shape]
            return None
        return None if exact and known.told.index_version != index.version else known.told

    def remember(self, told: CompactExplanation, index: FleetIndex) -> None:
        if index.held_for(told.request.session_id):
            return  # what it holds is its own: the answer is nobody else's
        if self._index is not index or len(self._known) >= _MOST_SHAPES:
            self._index = index
            self._known.clear()
        self._known[_shape(told.request, told.readiness)] = _Known(index.growth, told)


def _shape(request: PlacementRequest, readiness: Readiness) -> _Shape:
    return (
        *(amount for _, amount in request.requirements.dimensions()),
        request.license_affinity,
        request.ami.name_pattern,
        request.ami.min_version,
        request.nested_virtualization,
        len(request.port_requests),
        request.interval.start,
        request.interval.end,
        request.serve_by,
        request.asap,
        readiness,
    )
