from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lablet_controller.api.controllers.events_controller import EVENTS_ROUTE
from lablet_controller.integration.services.lds_spi import LdsSpiClient
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import FarEndError

from .conftest import event, launched

if TYPE_CHECKING:
    from .conftest import Endpoint
else:
    Endpoint = Any

S = LabletSessionStatus
AWAY = FarEndError("control-plane-api", "away", retryable=True)


@pytest.mark.parametrize("mode", ["structured", "binary"])
async def test_a_login_moves_the_session_in_either_mode(endpoint: Endpoint, mode: str) -> None:
    assert await endpoint.fate(endpoint.started(), mode) == "applied"
    assert endpoint.status is S.RUNNING


async def test_a_batch_is_applied_in_its_order(endpoint: Endpoint) -> None:
    answer = await endpoint.post([endpoint.started(), endpoint.ended()])
    assert [each["fate"] for each in answer.json()["events"]] == ["applied", "applied"]
    assert endpoint.status is S.COLLECTING


async def test_an_event_without_a_time_is_taken(endpoint: Endpoint) -> None:
    data = {"session_id": endpoint.lds_session_id}
    minimal = {"specversion": "1.0", "id": "1", "source": "s", "type": "lds.session.started", "data": data}
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
    answer = await endpoint.http.post(EVENTS_ROUTE, json=minimal, headers=headers)
    assert answer.json()["events"][0]["fate"] == "applied"


async def test_a_duplicate_changes_nothing(endpoint: Endpoint) -> None:
    await endpoint.fate(endpoint.started())
    await endpoint.fate(endpoint.ended())
    assert await endpoint.fate(endpoint.started()) == "applied"
    assert endpoint.status is S.COLLECTING
    assert [action for _, action in endpoint.plane.writes] == ["session-started", "session-ended"]


async def test_an_end_that_overtook_its_login_counts_for_both(endpoint: Endpoint, lds_system: Any) -> None:
    await launched(endpoint, lds_system, "login", "finish")
    assert await endpoint.fate(endpoint.ended()) == "applied"
    assert endpoint.status is S.COLLECTING
    assert await endpoint.fate(endpoint.started()) == "unchanged"
    assert endpoint.status is S.COLLECTING


async def test_a_session_that_was_closed_before_anybody_came_is_a_no_show(
    endpoint: Endpoint, lds: LdsSpiClient
) -> None:
    info = await lds.find_session(endpoint.session_id)
    assert info is not None
    await lds.archive_session(info.ref)
    assert await endpoint.fate(endpoint.ended(reason="released")) == "applied"
    session = endpoint.plane.session(endpoint.session_id)
    assert (session.status, session.outcome) == (S.STOPPING, "no_show")


async def test_a_late_event_changes_nothing(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.STOPPED)
    assert await endpoint.fate(endpoint.started()) == "unchanged"
    assert await endpoint.fate(endpoint.ended()) == "unchanged"
    assert endpoint.status is S.STOPPED


async def test_an_event_before_the_session_is_ready_waits_for_it(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.INSTANTIATING)
    assert await endpoint.fate(endpoint.started()) == "parked"
    await endpoint.applies_what_is_parked()
    assert endpoint.status is S.INSTANTIATING
    endpoint.plane.change(endpoint.session_id, status=S.READY)
    await endpoint.applies_what_is_parked()
    assert endpoint.status is S.RUNNING
    assert await endpoint.fate(endpoint.started()) == "applied"


async def test_an_early_event_whose_session_never_gets_there_becomes_a_dead_letter(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.INSTANTIATING)
    await endpoint.fate(endpoint.started())
    endpoint.clock.advance(7200)
    await endpoint.applies_what_is_due()
    [letter] = endpoint.plane.dead_letters
    assert "still too early 7200 s after it came" in letter["reason"]
    assert await endpoint.fate(endpoint.started()) == "dead_lettered"


async def test_what_could_not_be_applied_is_kept_and_applied_when_it_can_be(endpoint: Endpoint) -> None:
    endpoint.plane.sessions_fail = AWAY
    assert await endpoint.fate(endpoint.started()) == "received"
    endpoint.plane.sessions_fail = None
    assert endpoint.status is S.READY
    endpoint.clock.advance(10)
    await endpoint.applies_what_is_due()
    assert endpoint.status is S.RUNNING


@pytest.mark.parametrize(("failure", "attempts"), [(RuntimeError("a defect"), 10), (AWAY, 121)])
async def test_an_event_that_always_fails_ends_as_a_dead_letter(
    endpoint: Endpoint, failure: Exception, attempts: int
) -> None:
    endpoint.plane.sessions_fail = failure
    await endpoint.fate(endpoint.started())
    for _ in range(125):
        endpoint.clock.advance(60)
        await endpoint.applies_what_is_due()
    [letter] = endpoint.plane.dead_letters
    assert f"given up after {attempts} attempts" in letter["reason"]


async def test_a_batch_is_kept_in_one_round_trip(endpoint: Endpoint) -> None:
    await endpoint.post([endpoint.started(), endpoint.ended(), endpoint.started()])
    assert endpoint.plane.inbox.kept == 1
    assert len(endpoint.plane.inbox.records) == 2


async def test_a_replayed_event_is_applied_when_what_kept_it_from_that_is_mended(endpoint: Endpoint) -> None:
    session = endpoint.plane.sessions.pop(endpoint.session_id)
    assert await endpoint.fate(endpoint.started()) == "ignored"
    endpoint.plane.sessions[session.id] = session
    [record] = endpoint.plane.inbox.records.values()
    endpoint.plane.inbox.replay(record.id)
    await endpoint.applies_what_is_due()
    assert endpoint.status is S.RUNNING


async def test_a_score_ends_grading(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.GRADING)
    assert await endpoint.fate(endpoint.completed()) == "applied"
    assert (endpoint.status, endpoint.plane.session(endpoint.session_id).score) == (S.STOPPING, 7)


async def test_a_failed_grading_is_told_with_its_reason(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.GRADING)
    data = {"grading_session_id": "g-1", "external_id": endpoint.session_id, "error": "no rules"}
    assert await endpoint.fate(event("grading.session.failed", "e-9", data)) == "applied"
    assert endpoint.plane.session(endpoint.session_id).outcome_reason == "no rules"


async def test_a_session_nobody_knows_is_ignored(endpoint: Endpoint) -> None:
    data = {"session_id": "unheard-of", "auth_id": "unheard-of"}
    assert await endpoint.fate(event("lds.session.started", "e-9", data)) == "ignored"
    assert endpoint.plane.dead_letters == []
    [record] = endpoint.plane.inbox.records.values()
    assert (record.event_id, record.reason) == ("e-9", "unknown session: There is no session 'unheard-of'.")


async def test_a_type_nobody_listens_to_is_ignored(endpoint: Endpoint) -> None:
    assert await endpoint.fate(event("lds.session.coffee", "e-9", {})) == "ignored"


async def test_an_event_that_can_never_be_applied_becomes_a_dead_letter(endpoint: Endpoint) -> None:
    assert await endpoint.fate(event("lds.session.started", "e-9", {"session_id": 5})) == "dead_lettered"
    [letter] = endpoint.plane.dead_letters
    assert (letter["id"], letter["type"], letter["data"]) == ("e-9", "lds.session.started", {"session_id": 5})
    assert "session_id" in letter["reason"]


async def test_a_score_that_overtook_the_end_waits_for_the_grading(endpoint: Endpoint) -> None:
    endpoint.plane.change(endpoint.session_id, status=S.RUNNING)
    assert await endpoint.fate(endpoint.completed()) == "parked"
    endpoint.plane.change(endpoint.session_id, status=S.GRADING)
    await endpoint.applies_what_is_parked()
    assert (endpoint.status, endpoint.plane.session(endpoint.session_id).score) == (S.STOPPING, 7)


async def test_while_the_control_plane_is_away_the_sender_is_asked_to_come_again(endpoint: Endpoint) -> None:
    endpoint.plane.away = True
    assert (await endpoint.post(endpoint.started())).status_code == 503
    endpoint.plane.away = False
    assert await endpoint.fate(endpoint.started()) == "applied"


@pytest.mark.parametrize(
    ("headers", "body", "why"),
    [
        ({"content-type": "application/json"}, b"{}", "no CloudEvent"),
        ({"content-type": "application/cloudevents+json"}, b"{", "Expecting"),
        ({"content-type": "application/cloudevents+json"}, b"[]", "list"),
        ({"content-type": "application/cloudevents+json"}, b'{"type":"t","source":"s","specversion":"1.0"}', "id"),
        ({"content-type": "application/cloudevents+json"}, b'{"id":"1","type":"t","source":"s"}', "specversion"),
        (
            {"content-type": "application/cloudevents+json"},
            b'{"id":"1","type":"t","source":"s","specversion":"9.9"}',
            "specversion",
        ),
        ({"ce-type": "t", "ce-source": "s", "ce-specversion": "1.0"}, b"{}", "id"),
        ({"content-type": "application/cloudevents-batch+json"}, b"{}", "array"),
        ({"content-type": "application/cloudevents-batch+json"}, b'[{"id":"1"}]', "event 0"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[" * 15_000, "not JSON"),
        (
            {"content-type": "application/cloudevents+json"},
            b'{"id":"1","type":"t","source":"s","specversion":"1.0","data":{"a":NaN}}',
            "JSON compliant",
        ),
        (
            {"content-type": "application/cloudevents+json"},
            b'{"id":"1","type":"t","source":"s","specversion":"1.0","data":"\\ud800"}',
            "surrogates",
        ),
    ],
)
async def test_what_is_no_cloud_event_is_refused_with_the_reason(
    endpoint: Endpoint, headers: dict[str, str], body: bytes, why: str
) -> None:
    answer = await endpoint.http.post(EVENTS_ROUTE, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert why in answer.json()["detail"]
    assert endpoint.plane.inbox.records == {}


@pytest.mark.parametrize(("roles", "status"), [(None, 401), (["service"], 403), (["admin"], 403)])
async def test_only_event_sources_may_send(endpoint: Endpoint, roles: list[str] | None, status: int) -> None:
    headers = {"Authorization": f"Bearer {endpoint.issuer.token(roles)}" if roles else ""}
    answer = await endpoint.http.post(EVENTS_ROUTE, json={}, headers=headers)
    assert answer.status_code == status
    assert endpoint.plane.inbox.records == {}


async def test_an_oversized_body_is_refused(endpoint: Endpoint) -> None:
    answer = await endpoint.post(endpoint.started(padding="x" * 30_000))
    assert answer.status_code == 413
    assert endpoint.plane.inbox.records == {}
