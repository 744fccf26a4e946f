"""How closely a serving worker is watched, and what AWS says about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, LicenseStatus, WorkerServiceStatus
from lcm_core.domain.read_models import WorkerMetrics
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot
from lcm_core.testing.placement_builders import NOW, a_worker_row
from worker_controller.domain.cloud import (
    CloudFigures,
    InstanceStatus,
    PlannedEvent,
    impairment,
    is_burstable,
    planned,
)
from worker_controller.domain.observing import Attention, Pauses, attention_for

IDLE = a_worker_row("w-1").model_copy(update={"allocations": (), "metrics": None})


def session(begins_in_minutes: float, ends_in_minutes: float) -> CapacityAllocation:
    start, end = (NOW + timedelta(minutes=each) for each in (begins_in_minutes, ends_in_minutes))
    slot = Timeslot(start=start, end=end)
    return CapacityAllocation(session_id="s", vector=ResourceVector(), interval=slot, allocated_at=NOW)


@pytest.mark.parametrize(
    ("begins", "ends", "attention"),
    [
        (60, 120, Attention.IDLE),
        (2, 60, Attention.CLOSE),
        (-2, 60, Attention.CLOSE),
        (-30, 60, Attention.STEADY),
        (-60, 2, Attention.CLOSE),
        (-60, -2, Attention.CLOSE),
        (-90, -30, Attention.STEADY),
    ],
)
def test_sessions_that_begin_or_end_draw_attention(begins: float, ends: float, attention: Attention) -> None:
    worker = IDLE.model_copy(update={"allocations": (session(begins, ends),)})
    assert attention_for(worker, NOW, edge_seconds=180) is attention


@pytest.mark.parametrize(
    "trouble",
    [
        {"service_status": WorkerServiceStatus.UNAVAILABLE},
        {"service_status": WorkerServiceStatus.UNKNOWN},
        {"status": CMLWorkerStatus.DRAINING},
        {"license": IDLE.license.model_copy(update={"status": LicenseStatus.EXPIRED})},
    ],
)
def test_trouble_draws_attention(trouble: dict[str, Any]) -> None:
    assert attention_for(IDLE.model_copy(update=trouble), NOW, 180) is Attention.CLOSE


def test_nodes_that_run_for_no_session_keep_a_worker_from_being_idle() -> None:
    metrics = WorkerMetrics(observed_at=NOW, nodes_running=3)
    assert attention_for(IDLE.model_copy(update={"metrics": metrics}), NOW, 180) is Attention.STEADY
    assert attention_for(IDLE, NOW, 180) is Attention.IDLE


def test_the_pause_follows_the_attention() -> None:
    pauses = Pauses(5, 15, 30)
    assert [pauses.under(each) for each in Attention] == [5, 15, 30]


@pytest.mark.parametrize(
    ("kind", "burstable"), [("t3.large", True), ("t4g.small", True), ("m5zn.metal", False), ("trn1.2xlarge", False)]
)
def test_burstable_types_are_those_that_earn_credits(kind: str, burstable: bool) -> None:
    assert is_burstable(kind) is burstable


def test_the_status_itself_counts_more_than_the_figure_that_lags_behind() -> None:
    failed = CloudFigures(status_check_failed=True)
    assert impairment(InstanceStatus("system"), None) == "EC2 status checks fail: system"
    assert impairment(InstanceStatus(), failed) == ""
    assert "CloudWatch" in impairment(None, failed)
    assert impairment(None, None) == ""


def test_the_next_event_is_the_first_that_is_still_to_come() -> None:
    day = datetime(2030, 1, 1, tzinfo=UTC)
    events = [
        PlannedEvent("instance-reboot", day, "[Completed] The instance is scheduled for a reboot"),
        PlannedEvent("system-maintenance", day + timedelta(days=3)),
        PlannedEvent("instance-retirement", day + timedelta(days=2), "degraded hardware"),
    ]
    found = InstanceStatus("", planned(events)).next_event
    assert found is not None
    assert found.reason == "instance-retirement: degraded hardware"
