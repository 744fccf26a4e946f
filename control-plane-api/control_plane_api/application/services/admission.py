"""Has room held for bookings: plans on the book of the fleet, and takes the room from the worker aggregates.

The plan may be made on old facts. A worker that says no is looked at as it really is and the rest is planned again; so
it is when somebody else has planned a worker first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from control_plane_api.application.services.fleet_book import Fleet
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.moving import Moving, move_promises, promised_beside
from control_plane_api.application.services.region_places import Place, next_place
from control_plane_api.application.services.room import require_licence, require_virtualization
from control_plane_api.domain.entities import CMLWorker, LabletSession, WorkerTemplate, read_model_of
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import worker_template_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.commit import stream_id
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import CapacityRefused, VersionConflict
from lcm_core.domain.read_models import CMLWorkerReadModel, ScaleUpDemand
from lcm_core.placement.admission import AdmissionPlanner
from lcm_core.placement.admission_plan import AdmissionPlan, FleetLimits, Movable, Opening, Promise
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.making_room import Move
from lcm_core.placement.refusal import Refusal
from lcm_core.placement.snapshots import worker_snapshot

_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """Room for one booking, asked for by whom *stamp* names."""

    request: PlacementRequest
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Held:
    """*worker* holds the room as soon as this unit of work is committed."""

    worker: CMLWorker


@dataclass(slots=True)
class _Work:
    """One admission under way: the workers that were met, as they are now, and what was found."""

    uow: UnitOfWork
    exclude: Collection[str]
    moves: int
    met: dict[str, CMLWorker] = field(default_factory=dict[str, CMLWorker])
    found: dict[str, Held | Refusal] = field(default_factory=dict[str, "Held | Refusal"])
    opened: dict[str, CMLWorker] = field(default_factory=dict[str, CMLWorker])
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    """The last place of each region that a worker of this commit has taken."""


class Admission:
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._planner = AdmissionPlanner()

    async def hold(
        self,
        uow: UnitOfWork,
        wishes: Sequence[Wish],
        at: datetime,
        *,
        exclude: Collection[str] = (),
        all_or_nothing: bool = False,
    ) -> dict[str, Held | Refusal]:
        """By session: who holds its room, or why nobody can. Room is taken in the order of *wishes*.

        With *all_or_nothing* a first refusal ends it; the caller then raises, so that nothing is kept.
        """
        policy = await fleet_policy(uow)
        limits = FleetLimits(policy.max_workers_per_region, at + timedelta(days=policy.booking_horizon_days))
        work = _Work(uow, exclude, policy.moves_to_make_room)
        waiting = list(wishes)
        for _ in range(_ROUNDS):
            waiting = await self._round(work, waiting, limits, at)
            refused = any(isinstance(each, Refusal) for each in work.found.values())
            if not waiting or (all_or_nothing and refused):
                return work.found
        # The fleet changes faster than it is looked at: the mediator runs the command again on a fresh unit of work.
        raise VersionConflict(next((each.stream for each in work.met.values()), "fleet"), 1)

    async def _round(self, work: _Work, waiting: list[Wish], limits: FleetLimits, at: datetime) -> list[Wish]:
        """Plan *waiting* and take the room; those whose worker said no come back."""
        snapshot = self._as_met(await self._fleet.view(at), work.met.values(), at)
        plan = await self._planned(work, [wish.request for wish in waiting], snapshot, limits)
        openings = {opening.id: opening for opening in plan.openings}
        work.opened.clear()
        await self._meet_all(work, _workers_of(plan) - set(openings))
        again: list[Wish] = []
        for wish, outcome in zip(waiting, plan.outcomes, strict=True):
            if isinstance(outcome, Refusal):
                work.found[outcome.session_id] = outcome
                continue
            opening = openings.get(outcome.worker_id)
            await self._move(work, outcome.moves, wish.stamp)
            worker = (
                await self._meet(work, outcome.worker_id)
                if opening is None
                else await self._open(work, opening, snapshot, wish.stamp)
            )
            if worker is not None and self._took(worker, wish):
                work.found[wish.request.session_id] = Held(worker)
            else:
                again.append(wish)
        return again

    async def _planned(
        self, work: _Work, requests: list[PlacementRequest], snapshot: FleetSnapshot, limits: FleetLimits
    ) -> AdmissionPlan:
        """Where a worker would have to be opened, or nobody has room, others move if that helps."""
        plan = self._planner.admit(requests, snapshot, limits, work.exclude)
        if not work.moves or not plan.moving_may_help:
            return plan
        movable = await promised_beside(work.uow, requests, snapshot)
        if not movable:
            return plan
        return self._planner.admit(requests, snapshot, limits, work.exclude, Movable(movable, work.moves))

    async def _move(self, work: _Work, moves: Sequence[Move], stamp: Stamp) -> None:
        """Raises VersionConflict when the fleet turned out to be another one than these moves were planned for."""
        if not moves:
            return
        found = await work.uow.find_many(LabletSession, [move.session_id for move in moves])
        sessions = {session.id: session for session in found}
        movings = [
            Moving(
                sessions.get(move.session_id),
                work.met.get(move.from_worker_id),
                work.met.get(move.to_worker_id),
                move.why,
            )
            for move in moves
        ]
        stuck = move_promises(movings, stamp)
        if stuck is not None:
            for move in moves:
                self._fleet.doubt(move.from_worker_id)
                self._fleet.doubt(move.to_worker_id)
            target = movings[stuck].target
            raise VersionConflict(stream_id(CMLWorker.kind, moves[stuck].to_worker_id), target.version if target else 0)

    @staticmethod
    async def _meet_all(work: _Work, ids: Collection[str]) -> None:
        unmet = sorted(id for id in ids if id not in work.met)
        work.met |= {worker.id: worker for worker in await work.uow.find_many(CMLWorker, unmet)} if unmet else {}

    async def _meet(self, work: _Work, id: str) -> CMLWorker | None:
        worker = work.met.get(id) or await work.uow.find(CMLWorker, id)
        if worker is not None:
            work.met[id] = worker
        return worker

    def _took(self, worker: CMLWorker, wish: Wish) -> bool:
        request = wish.request
        try:
            require_licence(request.license_affinity, worker, request.session_id)
            require_virtualization(request.nested_virtualization, worker, request.session_id)
            worker.promise(request.session_id, request.requirements, request.interval, wish.stamp)
        except CapacityRefused:
            self._fleet.doubt(worker.id)
            return False
        return True

    async def _open(self, work: _Work, opening: Opening, snapshot: FleetSnapshot, stamp: Stamp) -> CMLWorker | None:
        """The planned worker of *opening*; None when the fleet turned out to be another one than it was planned for."""
        known = work.opened.get(opening.id)
        if known is not None:
            return known
        place = await self._place(work, opening.region, snapshot)
        if place is None:
            return None
        template = await work.uow.find(WorkerTemplate, worker_template_id(opening.template_name))
        if template is None or not template.state.enabled:
            self._fleet.doubt_templates()
            return None
        demand = ScaleUpDemand(key=f"planned-{place.region}-{place.number}", reason="promised to bookings")
        order = template.order(f"{template.state.name}-{place.id[:8]}")
        worker = CMLWorker.request(place.id, order, demand, stamp, planned=opening.can_wait)
        work.uow.add(worker)
        work.places[place.region] = place
        work.met[place.id] = work.opened[opening.id] = worker
        return worker

    async def _place(self, work: _Work, region: str, snapshot: FleetSnapshot) -> Place | None:
        """The next of *region*; None when it has workers that *snapshot* does not know.

        Counted once for all that one commit opens: whoever adds a worker meanwhile takes the first of these places.
        """
        last = work.places.get(region)
        if last is not None:
            place = Place(region, last.number + 1)
        else:
            place = await next_place(work.uow, region)
            unknown = set(await self._fleet.alive_in(region)) - {worker.id for worker in snapshot.workers}
            if unknown:
                for id in unknown:
                    self._fleet.doubt(id)
                return None
        return place

    @staticmethod
    def _as_met(snapshot: FleetSnapshot, met: Iterable[CMLWorker], at: datetime) -> FleetSnapshot:
        """*snapshot*, corrected by the workers that were met."""
        known = {worker.id: worker for worker in snapshot.workers}
        templates = {template.name: template for template in snapshot.templates}
        for worker in met:
            row = read_model_of(worker, CMLWorkerReadModel)
            known[worker.id] = worker_snapshot(row, templates.get(row.template_name), at=at)
            if row.status is CMLWorkerStatus.TERMINATED:
                del known[worker.id]
        return replace(snapshot, workers=tuple(known[id] for id in sorted(known)))


def _workers_of(plan: AdmissionPlan) -> set[str]:
    """Ids of all workers that give or take room, those that are to be opened included."""
    promised = {each.worker_id for each in plan.outcomes if isinstance(each, Promise)}
    return promised.union(*((move.from_worker_id, move.to_worker_id) for move in plan.moves))


def refused(refusal: Refusal, lead: timedelta, duration: timedelta) -> CapacityRefused:
    """*refusal* for whoever booked: alternatives become slots of the learner, without what comes before and after."""
    starts = [slot.start + lead for slot in refusal.alternatives]
    return CapacityRefused(
        f"Nobody can hold this booking: {refusal.summary}.",
        facts={
            "reason_counts": dict(refusal.reason_counts),
            "workers": refusal.workers,
            "templates": refusal.templates,
            "details": dict(refusal.details),
            "alternatives": [{"start": start.isoformat(), "end": (start + duration).isoformat()} for start in starts],
        },
    )
