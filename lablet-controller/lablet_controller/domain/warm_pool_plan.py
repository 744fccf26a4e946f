"""What is to be done for the warm pools: how many labs where, which are given up, and who is served first.

Numbers in, decisions out: no clock, no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import ResourceVector
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus

TOO_OLD, OTHER_VERSION, TOO_MANY, DRAINED = (
    "too old",
    "of another version than is wanted",
    "more than are wanted",
    "the pool is drained",
)


@dataclass(frozen=True, slots=True)
class WantedLab:
    """The version that is kept prepared, and what one idle lab of it holds."""

    definition_id: str
    content_hash: str
    held: ResourceVector
    license_affinity: tuple[LicenseType, ...]


@dataclass(frozen=True, slots=True)
class PoolWish:
    """``target`` idle labs in all; ``where`` says how many of them on which worker, if they could be chosen freely.

    ``keeps`` is False for a pool whose labs are all to go; ``fills`` is False for one that is only used up.
    """

    definition_name: str
    wanted: WantedLab | None
    target: int
    max_age: timedelta
    fills: bool = True
    keeps: bool = True
    where: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class PoolHost:
    """A worker as the pools see it. ``busy`` while a session begins on it; ``spare`` is what nobody holds."""

    worker_id: str
    accepts: bool
    reachable: bool
    busy: bool
    license_type: LicenseType
    spare: ResourceVector
    labs: tuple[PreparedLab, ...] = ()


@dataclass(frozen=True, slots=True)
class Discard:
    worker_id: str
    lab_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do on a host. ``lab`` is None for a lab that does not exist yet."""

    worker_id: str
    definition_id: str = ""
    lab: PreparedLab | None = None


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """``removals`` and ``preparations`` are for now; ``outstanding`` is what is left for later, for people's sake or
    for want of hands."""

    discards: tuple[Discard, ...] = ()
    removals: tuple[Work, ...] = ()
    preparations: tuple[Work, ...] = ()
    outstanding: int = 0


def plan_pools(
    wishes: Sequence[PoolWish], hosts: Sequence[PoolHost], now: datetime, *, people_wait: bool, hands: int
) -> PoolPlan:
    """At most *hands* things at once on hosts, one on each, and none where people are served just now.

    While *people_wait* for a host anywhere, nothing is done on any.
    """
    discards = discards_due(wishes, hosts, now)
    given_up = {lab_id for each in discards for lab_id in each.lab_ids}
    removals = _removals(hosts)
    resumed = _preparing(hosts, given_up)
    missing = {wish.definition_name: _missing(wish, hosts, given_up) for wish in wishes}
    outstanding = len(removals) + len(resumed) + sum(missing.values())
    if people_wait:
        return PoolPlan(discards=discards, outstanding=outstanding)
    free = {host.worker_id: host for host in hosts if host.reachable and not host.busy}
    chosen: list[Work] = []
    for work in (*resumed, *removals):
        if len(chosen) < hands and free.pop(work.worker_id, None) is not None:
            chosen.append(work)
    begun = _begin(wishes, missing, hosts, free, hands - len(chosen), given_up)
    prepared = [work for work in chosen if work in resumed]
    return PoolPlan(
        discards=discards,
        removals=tuple(work for work in chosen if work in removals),
        preparations=(*prepared, *begun),
        outstanding=outstanding - len(chosen) - len(begun),
    )


def discards_due(wishes: Iterable[PoolWish], hosts: Sequence[PoolHost], now: datetime) -> tuple[Discard, ...]:
    """Idle labs that are too old, of another version, of a drained pool, or more than are wanted."""
    found: dict[tuple[str, str], list[str]] = {}
    for wish in wishes:
        kept: list[tuple[str, PreparedLab]] = []
        for worker_id, lab in _labs(hosts, wish.definition_name):
            why = _why_to_go(wish, lab, now)
            if why is None:
                kept.append((worker_id, lab))
            else:
                found.setdefault((worker_id, why), []).append(lab.id)
        for worker_id, lab in _surplus(wish, kept):
            found.setdefault((worker_id, TOO_MANY), []).append(lab.id)
    return tuple(Discard(worker_id, tuple(ids), why) for (worker_id, why), ids in sorted(found.items()))


def _why_to_go(wish: PoolWish, lab: PreparedLab, now: datetime) -> str | None:
    if not wish.keeps:
        return DRAINED
    if wish.wanted is None or lab.content_hash != wish.wanted.content_hash:
        return OTHER_VERSION
    return TOO_OLD if now - lab.reserved_at >= wish.max_age else None


def _surplus(wish: PoolWish, labs: Sequence[tuple[str, PreparedLab]]) -> Sequence[tuple[str, PreparedLab]]:
    """Those that nobody is expected at go first, then the oldest. A pool that is only used up has none too many."""
    too_many = len(labs) - wish.target
    if not wish.fills or too_many <= 0:
        return ()
    wanted_there = Counter(wish.where)
    order: list[tuple[bool, datetime, str, tuple[str, PreparedLab]]] = []
    for worker_id, lab in sorted(labs, key=lambda each: (each[1].reserved_at, each[1].id), reverse=True):
        needed = wanted_there[worker_id] > 0
        wanted_there[worker_id] -= 1
        order.append((needed, lab.reserved_at, lab.id, (worker_id, lab)))
    order.sort(key=lambda each: each[:3])
    return [each[3] for each in order[:too_many]]


def _labs(hosts: Iterable[PoolHost], definition_name: str) -> list[tuple[str, PreparedLab]]:
    return [
        (host.worker_id, lab)
        for host in hosts
        for lab in host.labs
        if lab.idle and lab.definition_name == definition_name
    ]


def _removals(hosts: Iterable[PoolHost]) -> list[Work]:
    return [
        Work(host.worker_id, lab=lab)
        for host in hosts
        if host.reachable
        for lab in host.labs
        if lab.status is PreparedLabStatus.REMOVING
    ]


def _preparing(hosts: Iterable[PoolHost], given_up: Collection[str]) -> list[Work]:
    """Begun, and not told to be ready: whoever began it may have died over it."""
    return [
        Work(host.worker_id, lab.definition_id, lab)
        for host in hosts
        if host.reachable
        for lab in host.labs
        if lab.status is PreparedLabStatus.PREPARING and lab.id not in given_up
    ]


def _missing(wish: PoolWish, hosts: Iterable[PoolHost], given_up: Collection[str]) -> int:
    if wish.wanted is None or not wish.fills:
        return 0
    idle = sum(lab.id not in given_up for _, lab in _labs(hosts, wish.definition_name))
    return max(0, wish.target - idle)


def _begin(
    wishes: Sequence[PoolWish],
    missing: Mapping[str, int],
    hosts: Sequence[PoolHost],
    free: dict[str, PoolHost],
    hands: int,
    given_up: Collection[str],
) -> list[Work]:
    """New labs, one by one for the pool that lacks most of what it wants. Uses up *free*."""
    lacking = dict(missing)
    begun: list[Work] = []
    for _ in range(max(0, hands)):
        for wish in sorted(wishes, key=lambda each: (-_lack(each, lacking), each.definition_name)):
            wanted = wish.wanted
            if wanted is None or lacking[wish.definition_name] <= 0:
                continue
            host = _place(wish, wanted, hosts, free, given_up)
            if host is not None:
                del free[host.worker_id]
                lacking[wish.definition_name] -= 1
                begun.append(Work(host.worker_id, wanted.definition_id))
                break
        else:
            break
    return begun


def _lack(wish: PoolWish, lacking: Mapping[str, int]) -> float:
    return lacking[wish.definition_name] / wish.target if wish.target else 0.0


def _place(
    wish: PoolWish,
    wanted: WantedLab,
    hosts: Sequence[PoolHost],
    free: Mapping[str, PoolHost],
    given_up: Collection[str],
) -> PoolHost | None:
    """Where sessions are expected and labs lack. A host that is only busy is waited for; else wherever there is room,
    spread."""
    there = Counter(worker_id for worker_id, lab in _labs(hosts, wish.definition_name) if lab.id not in given_up)
    fitting = [host for host in hosts if _fits(host, wanted)]
    short = {host.worker_id: wish.where.get(host.worker_id, 0) - there[host.worker_id] for host in fitting}
    if any(lack > 0 for lack in short.values()):
        fitting = [host for host in fitting if short[host.worker_id] > 0]
    ready = [host for host in fitting if host.worker_id in free]
    return min(
        ready,
        key=lambda host: (-short[host.worker_id], there[host.worker_id], -host.spare.storage_gb, host.worker_id),
        default=None,
    )


def _fits(host: PoolHost, wanted: WantedLab) -> bool:
    return host.accepts and host.license_type in wanted.license_affinity and host.spare.covers(wanted.held)
