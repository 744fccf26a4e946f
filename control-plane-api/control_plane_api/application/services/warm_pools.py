"""What is wanted in the warm pools, what there is, and what came of them: read together, for keepers and for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from control_plane_api.application.rows import Rows
from control_plane_api.domain.identities import warm_pool_id
from lcm_core.clock import Clock
from lcm_core.domain.enums import CMLWorkerStatus, LabletDefinitionStatus, LabletSessionStatus
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    ExpectedStarts,
    LabletDefinitionReadModel,
    LabletSessionReadModel,
    PlacedPreparedLab,
    WarmPoolDemand,
    WarmPoolMeasures,
    WarmPoolReadModel,
    WarmPoolReport,
    WarmPoolsOverview,
)
from lcm_core.domain.warm_pool import PreparedLabStatus, WarmPoolPolicy, pool_target

_BEGINNING = (LabletSessionStatus.SCHEDULED, LabletSessionStatus.INSTANTIATING)
_STANDING = tuple(
    status for status in CMLWorkerStatus if status not in (CMLWorkerStatus.TERMINATED, CMLWorkerStatus.FAILED)
)
_MEASURED = timedelta(days=7)


class WarmStarts(Protocol):
    """What is kept of how sessions began."""

    async def measures(self, definition_names: Sequence[str], since: datetime) -> Mapping[str, WarmPoolMeasures]:
        """Of each definition what came of its pool since then, zeros where nothing began."""
        ...


@dataclass(frozen=True, slots=True)
class _Booking:
    """Room that is promised and not granted yet."""

    session_id: str
    worker_id: str
    begins_at: datetime


class WarmPools:
    def __init__(
        self,
        pools: Rows[WarmPoolReadModel],
        definitions: Rows[LabletDefinitionReadModel],
        workers: Rows[CMLWorkerReadModel],
        sessions: Rows[LabletSessionReadModel],
        starts: WarmStarts,
        clock: Clock,
    ) -> None:
        self._pools = pools
        self._definitions = definitions
        self._workers = workers
        self._sessions = sessions
        self._starts = starts
        self._clock = clock

    async def overview(self) -> WarmPoolsOverview:
        """Without a pool nothing else is read."""
        pools = await self._pools.where()
        if not pools:
            return WarmPoolsOverview()
        now = self._clock.now()
        bookings = _promised(await self._standing_workers(), now + _furthest(pools))
        beginning = await self._sessions.in_any("status", [status.value for status in _BEGINNING])
        return WarmPoolsOverview(
            pools=tuple(await self._demands(pools, bookings, now)),
            busy_worker_ids=frozenset(each.worker_id for each in beginning if each.worker_id is not None),
            waiting_sessions=sum(each.begins_at <= now for each in bookings),
        )

    async def reports(self, definition_name: str | None = None) -> list[WarmPoolReport]:
        """Every pool, or the one of *definition_name* if it has one."""
        if definition_name is None:
            return await self._reports(await self._pools.where())
        pool = await self._pools.find(warm_pool_id(definition_name))
        return await self._reports([pool] if pool is not None else [])

    async def report(self, pool_id: str) -> WarmPoolReport:
        """Raises NotFound."""
        return (await self._reports([await self._pools.get(pool_id)]))[0]

    async def _reports(self, pools: Sequence[WarmPoolReadModel]) -> list[WarmPoolReport]:
        if not pools:
            return []
        now = self._clock.now()
        workers = await self._standing_workers()
        demands = await self._demands(pools, _promised(workers, now + _furthest(pools)), now)
        labs: dict[str, list[PlacedPreparedLab]] = defaultdict(list)
        for worker in workers:
            for lab in worker.prepared_labs:
                placed = PlacedPreparedLab(worker_id=worker.id, worker_name=worker.name, lab=lab)
                labs[lab.definition_name].append(placed)
        measures = await self._starts.measures([pool.definition_name for pool in pools], now - _MEASURED)
        by_name = {demand.pool.definition_name: demand for demand in demands}
        return [_told(by_name[name], labs[name], measures[name], now) for name in sorted(by_name)]

    async def _demands(
        self, pools: Sequence[WarmPoolReadModel], bookings: Sequence[_Booking], now: datetime
    ) -> list[WarmPoolDemand]:
        sessions = {each.id: each for each in await self._sessions.by_ids([each.session_id for each in bookings])}
        versions: dict[str, list[LabletDefinitionReadModel]] = defaultdict(list)
        for each in await self._definitions.in_any("name", [pool.definition_name for pool in pools], status=_ACTIVE):
            versions[each.name].append(each)
        demands: list[WarmPoolDemand] = []
        for pool in pools:
            wanted = newest(versions[pool.definition_name])
            expected = _expected(pool.policy, wanted, bookings, sessions, now)
            demands.append(WarmPoolDemand(pool=pool, wanted=wanted, expected=expected))
        return demands

    async def _standing_workers(self) -> list[CMLWorkerReadModel]:
        return await self._workers.in_any("status", [status.value for status in _STANDING])


_ACTIVE = LabletDefinitionStatus.ACTIVE.value


def newest(definitions: Iterable[LabletDefinitionReadModel]) -> LabletDefinitionReadModel | None:
    """The highest semantic version."""
    return max(definitions, key=lambda each: tuple(map(int, each.semantic_version.split("."))), default=None)


def _told(
    demand: WarmPoolDemand, labs: Sequence[PlacedPreparedLab], measures: WarmPoolMeasures, now: datetime
) -> WarmPoolReport:
    pool, wanted = demand.pool, demand.wanted
    expected = sum(each.sessions for each in demand.expected)
    count = Counter(each.lab.status for each in labs)
    return WarmPoolReport(
        pool=pool,
        wanted_definition_id=wanted.id if wanted is not None else None,
        wanted_version=wanted.semantic_version if wanted is not None else None,
        expected_starts=expected,
        target=pool_target(pool.policy, pool.status, expected) if wanted is not None else 0,
        ready=count[PreparedLabStatus.READY],
        preparing=count[PreparedLabStatus.PREPARING],
        claimed=count[PreparedLabStatus.CLAIMED],
        removing=count[PreparedLabStatus.REMOVING],
        failures_counted=len(pool.failures_that_count(now)),
        measures=measures,
        labs=tuple(sorted(labs, key=lambda each: (each.lab.reserved_at, each.lab.id))),
    )


def _furthest(pools: Iterable[WarmPoolReadModel]) -> timedelta:
    return timedelta(minutes=max(pool.policy.look_ahead_minutes for pool in pools))


def _promised(workers: Iterable[CMLWorkerReadModel], until: datetime) -> list[_Booking]:
    """Every booking has its room promised by a worker: there, those that begin soon are found without a search."""
    return [
        _Booking(held.session_id, worker.id, held.interval.start)
        for worker in workers
        for held in worker.allocations
        if not held.granted and held.interval.start <= until
    ]


def _expected(
    policy: WarmPoolPolicy,
    wanted: LabletDefinitionReadModel | None,
    bookings: Iterable[_Booking],
    sessions: Mapping[str, LabletSessionReadModel],
    now: datetime,
) -> tuple[ExpectedStarts, ...]:
    """Bookings of the wanted content; one that was made for another version could not use the lab."""
    if wanted is None:
        return ()
    until = now + timedelta(minutes=policy.look_ahead_minutes)
    counts: Counter[str] = Counter()
    for booking in bookings:
        session = sessions.get(booking.session_id)
        if session is None or session.status is not LabletSessionStatus.PENDING or session.terminate_requested:
            continue
        if booking.begins_at <= until and session.content_hash == wanted.content_hash:
            counts[booking.worker_id] += 1
    return tuple(ExpectedStarts(worker_id=id, sessions=count) for id, count in sorted(counts.items()))
