"""Which conditions hold, as pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from control_plane_api.application.notifications.conditions import RULES, judge
from control_plane_api.application.notifications.facts import Facts, NotReady, SessionFact, SessionFacts
from control_plane_api.application.services.work_counts import WorkCounts
from control_plane_api.domain.entities import Condition, read_model_of
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.builders import a_worker
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.notifications import (
    GUIDES,
    MOST_THINGS,
    NotificationKind,
    NotificationSeverity,
    NotificationTerms,
)
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerMetrics

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
_K, _V = NotificationKind, NotificationSeverity


def told(facts: Facts, *open_kinds: NotificationKind) -> list[Condition]:
    return list(judge(facts, lambda kind, _: kind in open_kinds).holding)


def policy(**terms: object) -> FleetPolicy:
    return FleetPolicy(notifications=NotificationTerms.model_validate(terms), max_workers_per_region=20)


def worker(storage_percent: float = 0, **changes: object) -> CMLWorkerReadModel:
    row = read_model_of(a_worker(), CMLWorkerReadModel)
    metrics = WorkerMetrics(observed_at=NOW, storage_percent=storage_percent)
    return row.model_copy(update={"status": CMLWorkerStatus.RUNNING, "metrics": metrics, **changes})


def counts(**changes: int) -> WorkCounts:
    nothing = dict.fromkeys(
        ("to_place", "inbound_to_apply", "inbound_parked", "inbound_dead", "deliveries_waiting", "outbound_dead"), 0
    )
    return WorkCounts(**(nothing | changes), deliveries_since=None, newest_commit_at=None)


def test_every_kind_has_a_rule_and_says_what_to_do() -> None:
    assert [rule.kind for rule in RULES] == list(NotificationKind)
    assert set(GUIDES) == set(NotificationKind)
    assert all(guide.title and guide.advice for guide in GUIDES.values())


def test_without_facts_nothing_holds_and_nothing_is_judged() -> None:
    judgement = judge(Facts(at=NOW, policy=policy(muted=["worker_lost"])), lambda *_: True)

    assert (list(judgement.holding), set(judgement.judged)) == ([], {_K.WORKER_LOST})


@pytest.mark.parametrize(
    ("percent", "is_open", "severity"),
    [(79, False, None), (80, False, _V.WARNING), (76, True, _V.WARNING), (74, True, None), (90, False, _V.CRITICAL)],
)
def test_a_share_takes_less_to_stay_than_to_begin(
    percent: float, is_open: bool, severity: NotificationSeverity | None
) -> None:
    facts = Facts(at=NOW, policy=policy(), workers=[worker(percent)])

    found = [each for each in told(facts, *([_K.WORKER_STORAGE] if is_open else [])) if each.kind is _K.WORKER_STORAGE]

    assert [each.severity for each in found] == ([severity] if severity else [])


def test_a_share_is_told_in_steps_so_that_it_is_not_told_all_the_time() -> None:
    texts = {
        each.text
        for percent in (85, 86.4, 89.9)
        for each in told(Facts(at=NOW, policy=policy(), workers=[worker(percent)]))
        if each.kind is _K.WORKER_STORAGE
    }

    assert len(texts) == 1


def test_a_region_at_its_limit_is_critical() -> None:
    full = Facts(at=NOW, policy=policy(), workers=[worker() for _ in range(20)])
    nearly = Facts(at=NOW, policy=policy(), workers=[worker() for _ in range(18)])
    some = Facts(at=NOW, policy=policy(), workers=[worker() for _ in range(17)])

    found = [[each.severity for each in told(facts) if each.kind is _K.REGION_LIMIT] for facts in (full, nearly, some)]

    assert found == [[_V.CRITICAL], [_V.WARNING], []]


def test_cost_is_told_only_where_a_budget_is_set_and_passed() -> None:
    rows = [worker(cost_per_hour_usd=4.0), worker(cost_per_hour_usd=4.0)]

    found = [
        [each.text for each in told(Facts(at=NOW, policy=terms, workers=rows)) if each.kind is _K.FLEET_BUDGET]
        for terms in (policy(), policy(fleet_budget_usd_per_hour=8), policy(fleet_budget_usd_per_hour=7.5))
    ]

    assert found == [[], [], ["The workers that run cost 8.00 USD an hour; 7.50 USD are planned."]]


def test_of_very_many_things_some_are_named() -> None:
    risky = [SessionFact(str(number), "two-routers", "late") for number in range(40)]

    [found] = told(Facts(at=NOW, policy=policy(), sessions=SessionFacts(risky, [], [])))

    assert (found.count, len(found.things)) == (40, MOST_THINGS)


def test_deliveries_are_told_in_hundreds() -> None:
    [found] = told(Facts(at=NOW, policy=policy(), counts=counts(deliveries_waiting=1_234)))

    assert (found.kind, found.count) == (_K.DELIVERIES_WAITING, 1_200)


def test_a_dead_letter_is_enough_unless_the_threshold_says_otherwise() -> None:
    facts = counts(inbound_dead=2, outbound_dead=1)

    usual = told(Facts(at=NOW, policy=policy(), counts=facts))
    patient = told(Facts(at=NOW, policy=policy(inbound_dead_letters=3, outbound_dead_letters=2), counts=facts))

    assert [(each.kind, each.count) for each in usual] == [(_K.INBOUND_DEAD_LETTERS, 2), (_K.OUTBOUND_DEAD_LETTERS, 1)]
    assert patient == []


def test_a_service_is_told_of_after_its_time() -> None:
    down = [NotReady("lablet-controller", NOW - timedelta(seconds=60), "mongodb: away")]

    found = told(Facts(at=NOW, policy=policy(), not_ready=down))
    patient = told(Facts(at=NOW, policy=policy(not_ready_seconds=61), not_ready=down))

    assert ([each.subject.id for each in found], patient) == (["lablet-controller"], [])
