"""Puts the granted ports into a topology before it is imported."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from lablet_controller.application.services.port_tag_spots import PortTagSpots, Spot, locate_port_tags
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.port_tags import render
from lcm_core.domain.values import PortBinding

_KEPT_CONTENTS = 64


def rewrite_topology(text: str, spots: PortTagSpots, bindings: Iterable[PortBinding]) -> str:
    """*text* with every port tag saying the port that was granted; nothing else changes.

    The same change is made in the smart annotations, because CML draws one per tag, and wherever else a placeholder of
    a tag stands in a text. A port tag without a binding is
    refused: a host would forward a port that belongs to another session.
    """
    granted = {(each.node_label, each.protocol, each.inner): each.outer for each in bindings}
    changes: dict[int, tuple[Spot, str]] = {}
    renamed: dict[str, str] = {}
    ports: dict[str, set[int]] = {}
    for found in spots.on_nodes:
        outer = granted.get((found.node_label, found.tag.protocol, found.tag.inner))
        if outer is None:
            raise _invalid(found.spot, f"no port was granted for {found.spot.text!r} of node {found.node_label!r}")
        written = render(found.tag, outer)
        _note(changes, found.spot, written)
        # two nodes may carry the same literal; CML adds the second one's annotation by itself
        renamed.setdefault(found.spot.text, written)
        if found.tag.placeholder is not None:
            ports.setdefault(found.tag.placeholder, set()).add(outer)
    for spot in spots.on_annotations:
        if spot.text in renamed:
            _note(changes, spot, renamed[spot.text])
    for spot in spots.placeholders:
        _note(changes, spot, _the_port(spot, ports))
    return _spliced(text, changes)


def _the_port(spot: Spot, ports: dict[str, set[int]]) -> str:
    """Refused when the same name stands for several ports: a text would tell the learner the wrong one."""
    found = ports[spot.text[2:-1]]
    if len(found) > 1:
        raise _invalid(spot, f"{spot.text} in a text stands for {len(found)} ports; give each port a name of its own")
    return str(next(iter(found)))


def _note(changes: dict[int, tuple[Spot, str]], spot: Spot, written: str) -> None:
    known = changes.get(spot.start)
    if known is not None and known[1] != written:
        raise _invalid(spot, "this tag is shared by two nodes through a YAML alias; write it out for each of them")
    changes[spot.start] = (spot, written)


def _spliced(text: str, changes: dict[int, tuple[Spot, str]]) -> str:
    parts: list[str] = []
    position = 0
    for start in sorted(changes):
        spot, written = changes[start]
        parts += (text[position:start], spot.quote, written, spot.quote)
        position = spot.end
    parts.append(text[position:])
    return "".join(parts)


def _invalid(spot: Spot, message: str) -> InvalidInput:
    return InvalidInput([InputProblem(spot.pointer, message)], what="topology", code="topology-invalid")


class TopologyRewriter:
    """Remembers where the tags of recently used contents are: finding them takes most of the time."""

    def __init__(self, kept: int = _KEPT_CONTENTS) -> None:
        self._kept = kept
        self._spots: OrderedDict[str, PortTagSpots] = OrderedDict()

    async def rewrite(self, content_hash: str, text: str, bindings: Iterable[PortBinding]) -> str:
        """*content_hash* identifies *text*; raises ``InvalidInput``."""
        spots = self._spots.get(content_hash)
        if spots is None:
            # a large topology takes a good part of a second to scan: not on the event loop
            spots = await asyncio.to_thread(locate_port_tags, text)
            self._spots[content_hash] = spots
            if len(self._spots) > self._kept:
                self._spots.popitem(last=False)
        self._spots.move_to_end(content_hash)
        return rewrite_topology(text, spots, bindings)
