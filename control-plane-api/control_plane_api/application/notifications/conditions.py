"""Which conditions hold: one rule for each kind or pair of kinds. Pure: facts in, conditions out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from control_plane_api.application.notifications.facts import Facts, SessionFact, SessionFacts
from control_plane_api.application.notifications.fleet_conditions import (
    fleet_budget,
    region_capacity,
    region_limit,
    worker_failed,
    worker_lost,
    worker_storage,
)
from control_plane_api.application.notifications.rule import Open, Rule
from control_plane_api.domain.entities import Condition
from lcm_core.domain.notifications import (
    FLEET,
    MOST_THINGS,
    NotificationKind,
    NotificationSeverity,
    Thing,
)

_K, _V = NotificationKind, NotificationSeverity
_LONGEST_TEXT = 1_000
_NO_SESSIONS = SessionFacts((), (), ())


@dataclass(frozen=True, slots=True)
class Judgement:
    """*holding* of the kinds that were *judged*; of other kinds nothing is known."""

    holding: Sequence[Condition]
    judged: Set[NotificationKind]


def judge(facts: Facts, is_open: Open) -> Judgement:
    """*is_open* tells whether something is told of a thing under a kind now: it takes less to stay than to begin."""
    terms = facts.policy.notifications
    holding: list[Condition] = []
    judged: set[NotificationKind] = set(terms.muted)
    for rule in RULES:
        if rule.kind in terms.muted or getattr(facts, rule.needs) is None:
            continue
        judged.add(rule.kind)
        holding += rule.find(facts, is_open)
    return Judgement(holding, judged)


def _sessions(found: Iterable[SessionFact]) -> tuple[Thing, ...]:
    return tuple(
        Thing(kind="lablet_session", id=each.id, name=each.definition_name) for each in islice(found, MOST_THINGS)
    )


def _many(count: int, one: str, several: str) -> str:
    return f"1 {one}" if count == 1 else f"{count} {several}"


def _promises_at_risk(facts: Facts, _: Open) -> Iterator[Condition]:
    found = (facts.sessions or _NO_SESSIONS).at_risk
    if len(found) >= facts.policy.notifications.promises_at_risk:
        told = _many(len(found), "session", "sessions")
        text = f"{told} may begin late. {found[0].reason}"[:_LONGEST_TEXT]
        yield Condition(_K.PROMISES_AT_RISK, FLEET, _V.CRITICAL, text, len(found), _sessions(found))


def _promises_broken(facts: Facts, _: Open) -> Iterator[Condition]:
    found = (facts.sessions or _NO_SESSIONS).broken
    terms = facts.policy.notifications
    if len(found) >= terms.promises_broken:
        told = _many(len(found), "session", "sessions")
        text = (
            f"{told} of the last {terms.failures_within_minutes} minutes ended without having been ready. "
            f"The last one: {found[0].reason}"
        )
        yield Condition(_K.PROMISES_BROKEN, FLEET, _V.CRITICAL, text[:_LONGEST_TEXT], len(found), _sessions(found))


def _sessions_failed(facts: Facts, _: Open) -> Iterator[Condition]:
    terms = facts.policy.notifications
    by_definition: dict[str, list[SessionFact]] = defaultdict(list)
    for each in (facts.sessions or _NO_SESSIONS).failed:
        by_definition[each.definition_name].append(each)
    for name, found in by_definition.items():
        if len(found) >= terms.sessions_failed:
            told = _many(len(found), "session", "sessions")
            text = (
                f"{told} of {name} failed within the last {terms.failures_within_minutes} minutes. "
                f"The last one: {found[0].reason}"
            )
            subject = Thing(kind="lablet_definition_name", id=name, name=name)
            yield Condition(_K.SESSIONS_FAILED, subject, _V.WARNING, text[:_LONGEST_TEXT], len(found), _sessions(found))


def _warm_pool_suspended(facts: Facts, _: Open) -> Iterator[Condition]:
    for pool in facts.pools or ():
        subject = Thing(kind="warm_pool", id=pool.id, name=pool.definition_name)
        text = f"The warm pool of {pool.definition_name} has stopped: {pool.status_reason}"
        yield Condition(_K.WARM_POOL_SUSPENDED, subject, _V.WARNING, text[:_LONGEST_TEXT])


def _webhook_paused(facts: Facts, _: Open) -> Iterator[Condition]:
    for row in facts.webhooks or ():
        subject = Thing(kind="subscription", id=row.id, name=row.description[:300] or row.owner_id)
        text = f"Nothing is sent to the receiver of {row.owner_id}: {row.status_reason}"
        yield Condition(_K.WEBHOOK_PAUSED, subject, _V.WARNING, text[:_LONGEST_TEXT])


def _inbound_dead_letters(facts: Facts, _: Open) -> Iterator[Condition]:
    count = facts.counts.inbound_dead if facts.counts else 0
    if count >= facts.policy.notifications.inbound_dead_letters:
        text = f"{_many(count, 'inbound event waits', 'inbound events wait')} for a person."
        yield Condition(_K.INBOUND_DEAD_LETTERS, FLEET, _V.WARNING, text, count)


def _outbound_dead_letters(facts: Facts, _: Open) -> Iterator[Condition]:
    count = facts.counts.outbound_dead if facts.counts else 0
    if count >= facts.policy.notifications.outbound_dead_letters:
        text = f"{_many(count, 'outbound event', 'outbound events')} could not be delivered."
        yield Condition(_K.OUTBOUND_DEAD_LETTERS, FLEET, _V.WARNING, text, count)


def _deliveries_waiting(facts: Facts, _: Open) -> Iterator[Condition]:
    """Told in hundreds: it changes all the time."""
    count = facts.counts.deliveries_waiting if facts.counts else 0
    if count >= facts.policy.notifications.deliveries_waiting:
        told = count // 100 * 100 or count
        text = f"{told} outbound events or more wait to be delivered."
        yield Condition(_K.DELIVERIES_WAITING, FLEET, _V.WARNING, text, told)


def _without_leader(facts: Facts, _: Open) -> Iterator[Condition]:
    least = timedelta(seconds=facts.policy.notifications.leaderless_seconds)
    for service, since in (facts.leaderless_since or {}).items():
        if facts.at - since >= least:
            text = f"Nobody leads {service} since {since:%H:%M:%S} UTC or longer."
            yield Condition(_K.RECONCILER_WITHOUT_LEADER, _service(service), _V.CRITICAL, text)


def _reconciler_paused(facts: Facts, _: Open) -> Iterator[Condition]:
    least = timedelta(minutes=facts.policy.notifications.paused_minutes)
    for view in facts.reconcilers or ():
        if view.pause is not None and facts.at - view.pause.since >= least:
            text = (
                f"{view.service.value} is paused since {view.pause.since:%Y-%m-%d %H:%M} UTC, by {view.pause.by}: "
                f"{view.pause.reason}"
            )
            yield Condition(_K.RECONCILER_PAUSED, _service(view.service.value), _V.WARNING, text[:_LONGEST_TEXT])


def _service_not_ready(facts: Facts, _: Open) -> Iterator[Condition]:
    least = timedelta(seconds=facts.policy.notifications.not_ready_seconds)
    for each in facts.not_ready or ():
        if facts.at - each.since >= least:
            text = f"{each.service} is not ready since {each.since:%H:%M:%S} UTC or longer: {each.reason}"
            yield Condition(_K.SERVICE_NOT_READY, _service(each.service), _V.CRITICAL, text[:_LONGEST_TEXT])


def _service(name: str) -> Thing:
    return Thing(kind="service", id=name, name=name)


RULES: tuple[Rule, ...] = (
    Rule(_K.PROMISES_AT_RISK, "sessions", _promises_at_risk),
    Rule(_K.PROMISES_BROKEN, "sessions", _promises_broken),
    Rule(_K.SESSIONS_FAILED, "sessions", _sessions_failed),
    Rule(_K.WORKER_FAILED, "workers", worker_failed),
    Rule(_K.WORKER_LOST, "workers", worker_lost),
    Rule(_K.WORKER_STORAGE, "workers", worker_storage),
    Rule(_K.REGION_CAPACITY, "workers", region_capacity),
    Rule(_K.REGION_LIMIT, "workers", region_limit),
    Rule(_K.FLEET_BUDGET, "workers", fleet_budget),
    Rule(_K.WARM_POOL_SUSPENDED, "pools", _warm_pool_suspended),
    Rule(_K.INBOUND_DEAD_LETTERS, "counts", _inbound_dead_letters),
    Rule(_K.OUTBOUND_DEAD_LETTERS, "counts", _outbound_dead_letters),
    Rule(_K.DELIVERIES_WAITING, "counts", _deliveries_waiting),
    Rule(_K.WEBHOOK_PAUSED, "webhooks", _webhook_paused),
    Rule(_K.RECONCILER_WITHOUT_LEADER, "leaderless_since", _without_leader),
    Rule(_K.RECONCILER_PAUSED, "reconcilers", _reconciler_paused),
    Rule(_K.SERVICE_NOT_READY, "not_ready", _service_not_ready),
)
