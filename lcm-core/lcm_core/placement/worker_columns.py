"""What the rules read of a worker besides its bookings, as arrays with one column per worker."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.read_models import ScoringWeights
from lcm_core.domain.values import RESOURCE_DIMENSIONS, ResourceVector
from lcm_core.placement.facts import AMI, LICENSE, STATUS, VIRTUALIZATION, Facts
from lcm_core.placement.filters import Readiness, ami_mismatch
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.placement.occupancy import ROWS, Int32
from lcm_core.placement.scoring import busy_points

NO_LIMIT = 2**30
"""More than anybody holds; small enough that sums with it stay within 32 bits."""
_LARGEST_AMOUNT = 2**29
_MOST_ANSWERS = 256

_Kind = tuple[object, ...]
_Question = tuple[object, ...]


class WorkerColumns:
    """A vacant column is never placeable and of no kind.

    ``declared`` is in RESOURCE_DIMENSIONS, ``capacity`` in the rows of the grid: with the nodes that the licence
    covers, and no more ports than the range has.
    """

    def __init__(self, columns: int) -> None:
        self.ids: list[str] = [""] * columns
        self.placeable = np.zeros(columns, np.bool_)
        self.vacant = np.ones(columns, np.bool_)
        self.supply = np.full(columns, WorkerSupply.GONE, np.int8)
        self.available_from = np.full(columns, -np.inf)
        self.declared: Int32 = np.zeros((len(RESOURCE_DIMENSIONS), columns), np.int32)
        self.capacity: Int32 = np.zeros((len(ROWS), columns), np.int32)
        self.bookings: Int32 = np.zeros(columns, np.int32)
        self._bonus: tuple[ScoringWeights, NDArray[np.float64]] | None = None
        self.port_room: Int32 = np.full(columns, NO_LIMIT, np.int32)
        self._port_ranges = [NO_LIMIT] * columns
        self._ports_held = [0] * columns
        self._least_port_room = NO_LIMIT
        self._kind_of = np.zeros(columns, np.intp)
        self._kinds: dict[_Kind, tuple[int, WorkerSnapshot | None]] = {(): (0, None)}
        self._answers: dict[_Question, Facts] = {}
        self._prepared: dict[str, set[int]] = {}
        self._prepared_at: list[frozenset[str]] = [frozenset()] * columns

    def grow(self, columns: int) -> None:
        bigger, here = WorkerColumns(columns), len(self.ids)
        for name in ("ids", "_port_ranges", "_ports_held", "_prepared_at"):
            getattr(bigger, name)[:here] = getattr(self, name)
        for name in ("placeable", "vacant", "supply", "available_from", "bookings", "port_room", "_kind_of"):
            getattr(bigger, name)[:here] = getattr(self, name)
        bigger.capacity[:, :here], bigger.declared[:, :here] = self.capacity, self.declared
        bigger._least_port_room, bigger._kinds = self._least_port_room, self._kinds
        bigger._prepared = self._prepared
        self.__dict__.update(bigger.__dict__)

    def describe(self, column: int, worker: WorkerSnapshot) -> None:
        kind: _Kind = (
            worker.license_type,
            worker.ami_name,
            worker.cml_version,
            worker.template_ami,
            worker.nested_virtualization,
        )
        self.ids[column] = worker.id
        self.vacant[column] = False
        self.placeable[column] = worker.placeable
        self.supply[column] = worker.supply
        ready = worker.available_from
        self.available_from[column] = -np.inf if ready is None else ready.timestamp()
        self.capacity[0, column] = NO_LIMIT if worker.licensed_nodes is None else min(worker.licensed_nodes, NO_LIMIT)
        self.declared[:, column] = amounts_of(worker.declared)[1:]
        self.capacity[1:, column] = amounts_of(worker.usable)[1:]
        self._port_ranges[column] = worker.ports_of_ours
        self._set_ports(column, self._ports_held[column])
        self._kind_of[column] = self._kinds.setdefault(kind, (len(self._kinds), worker))[0]
        self._set_prepared(column, worker.prepared)
        self._answers.clear()

    def vacate(self, column: int) -> None:
        self.ids[column] = ""
        self.vacant[column] = True
        self.placeable[column] = False
        self.supply[column] = WorkerSupply.GONE
        self.capacity[:, column] = self.declared[:, column] = 0
        self._port_ranges[column] = self.port_room[column] = NO_LIMIT
        self._kind_of[column] = 0
        self._set_prepared(column, frozenset())
        self._answers.clear()

    def count_booking(self, column: int, more: int, ports: int) -> None:
        """One booking more or less, with its ports."""
        before = self.bookings[column]
        self.bookings[column] = before + more
        if (before == 0) != (before + more == 0):
            self._bonus = None
        self._set_ports(column, self._ports_held[column] + ports)

    def _set_ports(self, column: int, held: int) -> None:
        """How many ports can be chosen at the least; the rule itself may find more."""
        room = self._port_ranges[column] - held
        self._ports_held[column] = held
        self.port_room[column] = room
        self._least_port_room = min(self._least_port_room, room)

    def prepared(self, content_hash: str) -> NDArray[np.intp] | None:
        """The columns of workers on which a lab of that content stands ready; None without any."""
        columns = self._prepared.get(content_hash)
        return np.array(sorted(columns), np.intp) if columns else None

    def _set_prepared(self, column: int, contents: frozenset[str]) -> None:
        for gone in self._prepared_at[column] - contents:
            self._prepared[gone].discard(column)
            if not self._prepared[gone]:
                del self._prepared[gone]
        for more in contents - self._prepared_at[column]:
            self._prepared.setdefault(more, set()).add(column)
        self._prepared_at[column] = contents

    def bonus(self, weights: ScoringWeights) -> NDArray[np.float64]:
        """The ``busy_points`` of all; not to be written to."""
        if self._bonus is None or self._bonus[0] is not weights:
            self._bonus = (weights, busy_points(self.bookings, weights))
        return self._bonus[1]

    def short_of_ports(self, wanted: int) -> NDArray[np.intp]:
        """Columns that may not have *wanted* ports to choose from."""
        if wanted > self._least_port_room:
            self._least_port_room = int(self.port_room.min())
        if wanted <= self._least_port_room:
            return _NONE
        return np.flatnonzero(self.port_room < wanted)

    def facts(self, request: PlacementRequest, readiness: Readiness) -> Facts:
        """The first failing check that is not about amounts, of workers that have one; not to be written to."""
        wanted = request.license_affinity, request.ami.name_pattern, request.ami.min_version
        question: _Question = (*wanted, request.nested_virtualization, readiness)
        if readiness is Readiness.BY_START:
            unready = self._answered((*question[:-1], Readiness.ANY), request)
            return np.where(self._too_late(request.serve_by, request.asap), STATUS, unready)
        return self._answered(question, request)

    def _answered(self, question: _Question, request: PlacementRequest) -> Facts:
        known = self._answers.get(question)
        if known is not None:
            return known
        by_kind = np.array([_facts_of(kind, request) for _, kind in self._kinds.values()], np.uint16)
        out = ~self.placeable if question[-1] is Readiness.NOW else self.vacant
        if len(self._answers) >= _MOST_ANSWERS:
            self._answers.clear()
        found = self._answers[question] = np.where(out, STATUS, by_kind[self._kind_of])
        return found

    def _too_late(self, by: datetime, asap: bool) -> NDArray[np.bool_]:
        gone = self.supply == WorkerSupply.GONE
        return gone if asap else gone | (self.available_from > by.timestamp())


_NONE = np.zeros(0, np.intp)


def amounts_of(vector: ResourceVector) -> Int32:
    """One column of the grid: the nodes count twice, against the licence and against the host."""
    amounts = [min(int(getattr(vector, name)), _LARGEST_AMOUNT) for name in RESOURCE_DIMENSIONS]
    return np.array([amounts[RESOURCE_DIMENSIONS.index("nodes")], *amounts], np.int32)


def _facts_of(kind: WorkerSnapshot | None, request: PlacementRequest) -> int:
    if kind is None:
        return STATUS
    if kind.license_type not in request.license_affinity:
        return LICENSE
    if ami_mismatch(kind, request) is not None:
        return AMI
    return VIRTUALIZATION if request.nested_virtualization and not kind.nested_virtualization else 0
