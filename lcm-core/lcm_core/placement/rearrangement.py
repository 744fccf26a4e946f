"""The fleet as a board on which promises are moved: what may go where, and in which order, one move at a time.

A search finds where everything ends up; between here and there each single move must fit at every instant, since each
is its own transaction and the next one may never come. What was found by numbers is replayed by the rules with which
the worker aggregate grants room before anybody is told of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, compress

from lcm_core.domain.capacity import shortfalls
from lcm_core.domain.values import CapacityAllocation, ResourceVector
from lcm_core.placement.filters import FIT_FILTERS, first_rejection, grantable_ports
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.placement.packed_room import Claim, RoomCode
from lcm_core.placement.packing_model import Kind, Layout, Model

_MOST_ASIDES = 3
_SPARES = 3
_SUITABLE = tuple(each for each in FIT_FILTERS if each.reason.value in ("license", "ami", "virtualization"))


@dataclass(frozen=True, slots=True)
class Step:
    """One booking, by item, from one worker to another, by their places on the board.

    ``aside`` tells that it only steps aside, so that others can pass, and moves again.
    """

    item: int
    source: int
    target: int
    aside: bool = False


class Board:
    """Workers that are in use, and the bookings on them that may move.

    Of the empty workers, at most a few of each template are on the board: for bookings that step aside, and to be used
    in place of dearer ones. Left out are those that are going, and those over their capacity because of an overrun:
    nothing can be counted on there. *guest* is a request without room that looks for it.
    """

    def __init__(
        self, fleet: FleetSnapshot, movable: Iterable[PlacementRequest], guest: PlacementRequest | None = None
    ) -> None:
        self._fleet = fleet
        asked = {each.session_id: each for each in movable if each.interval.start > fleet.at}
        staying = [worker for worker in fleet.workers if worker.supply is not WorkerSupply.GONE]
        used = sorted((each for each in staying if each.allocations), key=lambda each: each.id) + _spares(staying)
        bookings = [
            asked[held.session_id]
            for worker in used
            for held in worker.allocations
            if held.session_id in asked and held.interval.start > fleet.at
        ]
        wanted = [Claim.over(each.requirements, each.interval) for each in (*bookings, *((guest,) if guest else ()))]
        claims = [[Claim.of(held, fleet.at) for held in worker.allocations] for worker in used]
        capacities = [usable_capacity(worker) for worker in used]
        code = RoomCode(wanted, chain.from_iterable(claims), capacities)
        sound = [not code.overfull(room, held) for room, held in zip(capacities, claims, strict=True)]
        self.workers = list(compress(used, sound))
        self.capacities = list(compress(capacities, sound))
        """What may be held at once on each of ``workers``."""
        ids = {held.session_id for worker in self.workers for held in worker.allocations}
        self.requests = sorted((each for each in bookings if each.session_id in ids), key=lambda each: each.session_id)
        self.guest = len(self.requests) if guest else None
        if guest:
            self.requests.append(guest)
        self._items = {each.session_id: item for item, each in enumerate(self.requests)}
        self.model = self._model(code)
        self.layout = self._layout()

    def staying(self, at: int) -> list[Claim]:
        """What this worker holds that does not move."""
        held = (each for each in self.workers[at].allocations if each.session_id not in self._items)
        return [Claim.of(each, self._fleet.at) for each in held]

    def releasable(self, at: int) -> bool:
        """Whether there is anything on this worker and all of it may move."""
        held = self.workers[at].allocations
        return bool(held) and all(each.session_id in self._items for each in held)

    def _model(self, code: RoomCode) -> Model:
        free = (code.free(room, self.staying(at)) for at, room in enumerate(self.capacities))
        claims = [Claim.over(each.requirements, each.interval) for each in self.requests]
        spans = [code.span(claim) for claim in claims]
        return Model(
            guards=code.guards,
            needs=tuple(code.need(claim) for claim in claims),
            guards_over=tuple(code.guards_over(claim) for claim in claims),
            allowed=tuple(self._allowed()),
            kinds=tuple(Kind(each, 0.0) for each in free),
            rooms=0,
            shares=(),
            starts=tuple(first for first, _ in spans),
            lengths=tuple(last - first for first, last in spans),
        )

    def _allowed(self) -> list[int]:
        """For each request a bit for each worker whose licence, image and readiness suit."""
        sorts: dict[tuple[object, ...], list[int]] = {}
        for at, worker in enumerate(self.workers):
            sorts.setdefault(_sort(worker), []).append(at)
        suits: dict[tuple[object, ...], int] = {}
        later = [
            (1 << at, worker.available_from)
            for at, worker in enumerate(self.workers)
            if worker.available_from is not None
        ]
        return [_in_time(each, later) & self._suiting(each, sorts, suits) for each in self.requests]

    def _suiting(
        self,
        request: PlacementRequest,
        sorts: Mapping[tuple[object, ...], Sequence[int]],
        suits: dict[tuple[object, ...], int],
    ) -> int:
        """By licence and image; *suits* remembers what was found for that wish."""
        wish = _wish(request)
        if wish not in suits:
            suits[wish] = sum(
                1 << at
                for places in sorts.values()
                if first_rejection(_emptied(self.workers[places[0]]), request, self._fleet.at, _SUITABLE) is None
                for at in places
            )
        return suits[wish]

    def _layout(self) -> Layout:
        layout = Layout(self.model)
        for at, worker in enumerate(self.workers):
            if worker.allocations:
                layout.open(self.model, at)
            for held in sorted(worker.allocations, key=lambda each: each.session_id):
                if held.session_id in self._items:
                    layout.add(self.model, at, self._items[held.session_id])
        return layout

    def swapped(self, after: Layout) -> list[Step]:
        """The moves to another layout when all of them are made at once: each item that lies elsewhere, one time."""
        here, there = self.layout.whereabouts(), after.whereabouts()
        return [Step(item, here[item], there[item]) for item in sorted(here) if here[item] != there[item]]

    def steps(self, after: Layout, most: int) -> list[Step] | None:
        """At most *most* moves to another layout, in an order in which each fits; None when none is found.

        Bins of *after* are told by their kinds, which are the places of the board's workers.
        """
        model = self.model
        here, there = self.layout.whereabouts(), after.whereabouts()
        free = {at: kind.free for at, kind in enumerate(model.kinds)}
        free |= dict(zip(self.layout.kinds, self.layout.free, strict=True))
        waiting = sorted(item for item in there if here.get(item) != there[item])
        found: list[Step] = []
        asides: Counter[int] = Counter()
        if self.guest in waiting:
            waiting.remove(self.guest)
        while waiting and len(found) < most:
            item = next((each for each in waiting if model.fits(free[there[each]], each)), None)
            if item is not None:
                step = Step(item, here[item], there[item])
                waiting.remove(item)
            else:
                aside = self._aside(waiting, here, there, free, asides)
                if aside is None:
                    return None
                step = aside
                asides[step.item] += 1
            free[step.source] += model.needs[step.item]
            free[step.target] -= model.needs[step.item]
            here[step.item] = step.target
            found.append(step)
        return None if waiting else found

    def _aside(
        self,
        waiting: Sequence[int],
        here: Mapping[int, int],
        there: Mapping[int, int],
        free: Mapping[int, int],
        asides: Mapping[int, int],
    ) -> Step | None:
        """Who steps aside, and where: one that lets another pass, onto a worker to which nobody else is bound."""
        model = self.model
        bound: dict[int, list[int]] = {}
        for each in waiting:
            bound.setdefault(there[each], []).append(each)
        best: tuple[int, int, int, int] | None = None
        for item in waiting:
            if asides.get(item, 0) >= _MOST_ASIDES:
                continue
            places = (at for at, left in free.items() if at != here[item] and self._may_go(item, at, left))
            target = min(((len(bound.get(at, ())), at) for at in places), default=None)
            if target is None:
                continue
            room = free[here[item]] + model.needs[item]
            blocks = not any(model.fits(room, each) for each in bound.get(here[item], ()))
            rank = (blocks, asides.get(item, 0) * 100 + target[0], item, target[1])
            best = rank if best is None or rank < best else best
            if not blocks and not rank[1]:
                break  # no later one is better
        return Step(best[2], here[best[2]], best[3], aside=True) if best else None

    def _may_go(self, item: int, at: int, left: int) -> bool:
        return bool(self.model.allowed[item] >> at & 1) and self.model.fits(left, item)

    def moved_at_once(self, steps: Sequence[Step]) -> list[WorkerSnapshot] | None:
        """The workers after all sources have let go and all targets have taken; None when a filter refuses one."""
        now, after = self._fleet.at, list(self.workers)
        held = {each.session_id: each for worker in self.workers for each in worker.allocations}
        for step in steps:
            gone = self.requests[step.item].session_id
            stay = tuple(each for each in after[step.source].allocations if each.session_id != gone)
            after[step.source] = replace(after[step.source], allocations=stay)
        for step in steps:
            request = self.requests[step.item]
            if not self._takes(step, after[step.target].allocations, now):
                return None
            after[step.target] = after[step.target].holding(_promised(held[request.session_id]))
        return after

    def replayed(self, steps: Iterable[Step]) -> list[WorkerSnapshot] | None:
        """The workers after these steps, each judged by the rules; None when one of them is refused."""
        now = self._fleet.at
        inside: dict[int, dict[str, CapacityAllocation]] = {}

        def held_by(at: int) -> dict[str, CapacityAllocation]:
            if at not in inside:
                inside[at] = {held.session_id: held for held in self.workers[at].allocations}
            return inside[at]

        for step in steps:
            if not self._takes(step, held_by(step.target).values(), now):
                return None
            id = self.requests[step.item].session_id
            held_by(step.target)[id] = _promised(held_by(step.source).pop(id))
        return [
            replace(worker, allocations=tuple(inside[at].values())) if at in inside else worker
            for at, worker in enumerate(self.workers)
        ]

    def _takes(self, step: Step, holding: Iterable[CapacityAllocation], now: datetime) -> bool:
        """Whether the step's target, which is *holding* that, takes its booking: what ``FIT_FILTERS`` ask, each once.

        Licence, image and virtualization were asked when the board was made; nothing about them changes here. Nodes
        that the licence covers and ports of the range are part of what may be held at once.
        """
        request, worker = self.requests[step.item], self.workers[step.target]
        start, end = request.interval.start, request.interval.end
        held = tuple(each for each in holding if each.meets(start, end, now) and each.session_id != request.session_id)
        if not self.model.allowed[step.item] >> step.target & 1:
            return False
        if shortfalls(self.capacities[step.target], held, request.requirements, request.interval, now):
            return False
        if not request.port_requests:
            return True
        return grantable_ports(replace(worker, allocations=held), request, now) == len(request.port_requests)


def _spares(workers: Iterable[WorkerSnapshot]) -> list[WorkerSnapshot]:
    """Empty workers, few of each template, those nearest to serving first."""
    of_template: dict[str, list[WorkerSnapshot]] = {}
    for worker in sorted(workers, key=lambda each: (each.supply, each.id)):
        if not worker.allocations:
            of_template.setdefault(worker.template_name, []).append(worker)
    return [worker for name in sorted(of_template) for worker in of_template[name][:_SPARES]]


def usable_capacity(worker: WorkerSnapshot) -> ResourceVector:
    """What may be held at once: the licence bounds the nodes, the range the ports."""
    declared, licensed = worker.declared, worker.licensed_nodes
    return declared.model_copy(
        update={
            "nodes": declared.nodes if licensed is None else min(declared.nodes, licensed),
            "ports": worker.usable.ports,
        }
    )


def _wish(request: PlacementRequest) -> tuple[object, ...]:
    return request.license_affinity, request.ami.name_pattern, request.ami.min_version, request.nested_virtualization


def _sort(worker: WorkerSnapshot) -> tuple[object, ...]:
    return (
        worker.license_type,
        worker.ami_name,
        worker.cml_version,
        worker.template_ami,
        worker.nested_virtualization,
    )


def _emptied(worker: WorkerSnapshot) -> WorkerSnapshot:
    """Without a node limit too: the nodes are counted with the other dimensions."""
    return replace(worker, allocations=(), node_limit=2**31)


def _in_time(request: PlacementRequest, later: Iterable[tuple[int, datetime]]) -> int:
    """*later* has the bits of workers that are not ready yet, with the time at which they are."""
    if request.asap:
        return -1
    return ~sum(bit for bit, ready in later if ready > request.serve_by)


def _promised(held: CapacityAllocation) -> CapacityAllocation:
    if not held.granted and not held.ports:
        return held
    return held.model_copy(update={"ports": (), "granted": False})
