from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lablet_controller.domain.orphans import why_delivery_is_orphaned, why_lab_is_orphaned
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.testing.manual_clock import ManualClock

from ..fake_control_plane import FakeControlPlane

S = LabletSessionStatus
ENDED = (S.STOPPED, S.ARCHIVED, S.TERMINATED)


def session(status: S, **changes: object) -> LabletSessionReadModel:
    plane = FakeControlPlane(ManualClock(datetime.now(UTC)), ContentPackage(hash="h", topology_yaml=""))
    made = plane.session(plane.add_session("w"))
    return made.model_copy(update={"status": status, "cml_lab_id": "lab", "lds_session_id": "lds", **changes})


@pytest.mark.parametrize("status", [each for each in S if each not in ENDED])
def test_the_lab_of_a_session_that_goes_on_is_left_alone(status: S) -> None:
    assert why_lab_is_orphaned(session(status), "w", "lab") is None


@pytest.mark.parametrize("status", ENDED)
def test_a_lab_of_a_session_whose_lab_was_proven_gone_is_orphaned(status: S) -> None:
    assert status.value in (why_lab_is_orphaned(session(status), "w", "lab") or "")


def test_a_lab_whose_session_went_on_elsewhere_is_orphaned() -> None:
    assert "worker other" in (why_lab_is_orphaned(session(S.READY, worker_id="other"), "w", "lab") or "")


def test_a_second_lab_of_a_session_is_orphaned_once_the_session_uses_one() -> None:
    assert "twice" in (why_lab_is_orphaned(session(S.READY), "w", "second") or "")
    assert why_lab_is_orphaned(session(S.INSTANTIATING, cml_lab_id=None), "w", "first") is None


def test_what_a_session_that_waits_for_a_worker_left_may_be_used_again() -> None:
    assert why_lab_is_orphaned(session(S.PENDING, worker_id=None, cml_lab_id=None), "w", "lab") is None


@pytest.mark.parametrize(
    ("status", "orphaned"), [(S.READY, False), (S.STOPPED, False), (S.ARCHIVED, True), (S.TERMINATED, True)]
)
def test_a_delivery_is_orphaned_when_its_session_has_closed_it(status: S, orphaned: bool) -> None:
    assert (why_delivery_is_orphaned(session(status), "lds") is not None) is orphaned


def test_a_second_delivery_is_orphaned_once_the_session_uses_one() -> None:
    assert why_delivery_is_orphaned(session(S.READY), "second") is not None
    assert why_delivery_is_orphaned(session(S.INSTANTIATING, lds_session_id=None), "first") is None
