from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lcm_core.domain.enums import LabletSessionStatus

from .conftest import event, launched

if TYPE_CHECKING:
    from .conftest import Endpoint
else:
    Endpoint = Any

S = LabletSessionStatus


async def test_pauses_are_told_each_once(endpoint: Endpoint) -> None:
    await endpoint.fate(endpoint.started())
    assert await endpoint.fate(endpoint.tells("paused", "p-1")) == "applied"
    assert endpoint.plane.paused == {endpoint.session_id}
    assert await endpoint.fate(endpoint.tells("paused", "p-3")) == "unchanged"
    assert await endpoint.fate(endpoint.tells("resumed", "p-2")) == "applied"
    assert endpoint.plane.paused == set()
    assert endpoint.status is S.RUNNING


@pytest.mark.parametrize("what", ["paused", "resumed"])
async def test_a_pause_that_overtook_the_login_brings_it_along(endpoint: Endpoint, lds_system: Any, what: str) -> None:
    await launched(endpoint, lds_system, "login")
    await endpoint.fate(endpoint.tells(what, "p-1"))
    assert endpoint.status is S.RUNNING
    assert [action for _, action in endpoint.plane.writes] == ["session-started", f"session-{what}"]
    assert await endpoint.fate(endpoint.started()) == "unchanged"


async def test_a_fault_ends_the_work_and_what_was_done_is_collected(endpoint: Endpoint) -> None:
    await endpoint.fate(endpoint.started())
    assert await endpoint.fate(endpoint.tells("faulted", "f-1", error="disk full")) == "applied"
    assert endpoint.status is S.COLLECTING
    assert await endpoint.fate(endpoint.ended()) == "unchanged"


@pytest.mark.parametrize(("came", "status"), [(True, S.COLLECTING), (False, S.STOPPING)])
async def test_a_fault_that_overtook_the_login_collects_only_when_there_was_one(
    endpoint: Endpoint, lds_system: Any, came: bool, status: LabletSessionStatus
) -> None:
    await launched(endpoint, lds_system, *(["login"] if came else []))
    assert await endpoint.fate(endpoint.tells("faulted", "f-1", error="disk full")) == "applied"
    assert endpoint.status is status
    if not came:
        assert endpoint.plane.session(endpoint.session_id).outcome_reason == "disk full"


@pytest.mark.parametrize("what", ["paused", "resumed", "faulted"])
async def test_news_of_a_delivery_before_the_session_is_ready_waits_for_it(endpoint: Endpoint, what: str) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.INSTANTIATING, lds_session_id=None)
    assert await endpoint.fate(endpoint.tells(what, "e-1")) == "parked"
    [record] = endpoint.plane.inbox.records.values()
    assert record.session_id == endpoint.session_id


@pytest.mark.parametrize("what", ["paused", "resumed", "faulted"])
async def test_late_news_of_a_delivery_changes_nothing(endpoint: Endpoint, what: str) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.STOPPED)
    assert await endpoint.fate(endpoint.tells(what, "e-1")) == "unchanged"
    assert endpoint.status is S.STOPPED


async def test_a_review_is_told_once_and_the_score_comes_after_it(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.GRADING)
    assert await endpoint.fate(endpoint.reviewing("r-1")) == "applied"
    assert await endpoint.fate(endpoint.reviewing("r-2")) == "unchanged"
    assert endpoint.status is S.GRADING
    assert await endpoint.fate(endpoint.completed()) == "applied"
    assert await endpoint.fate(endpoint.reviewing("r-3")) == "unchanged"


@pytest.mark.parametrize(
    ("type", "data", "wrong"),
    [
        ("lds.session.paused", {"session_id": ""}, "session_id"),
        ("lds.session.resumed", {"session_id": "s", "resumed_at": "soon"}, "resumed_at"),
        ("lds.session.faulted", {"session_id": "s", "error": 5}, "error"),
        ("grading.session.review", {"grading_session_id": "g-1"}, "lablet_session_id"),
    ],
)
async def test_data_that_is_not_valid_is_kept_with_what_is_wrong(
    endpoint: Endpoint, type: str, data: dict[str, Any], wrong: str
) -> None:
    assert await endpoint.fate(event(type, "e-9", data)) == "dead_lettered"
    [letter] = endpoint.plane.dead_letters
    assert wrong in letter["reason"]


async def test_a_review_that_overtook_the_end_waits_for_the_grading(endpoint: Endpoint) -> None:
    assert await endpoint.fate(endpoint.reviewing("r-1")) == "parked"
