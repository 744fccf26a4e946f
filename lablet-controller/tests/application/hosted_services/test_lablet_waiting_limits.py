"""How long a session waits in a state is what its definition says, else what the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from structlog.testing import capture_logs

from lablet_controller.application.ports.grading import GradingResult, GradingState
from lcm_core.domain.delivery_terms import WaitingLimits
from lcm_core.domain.enums import LabletSessionStatus, WorkerServiceStatus

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus


async def collecting(world: World, limits: WaitingLimits | None) -> str:
    session_id = world.plane.add_session("worker-1")
    world.plane.change(session_id, limits=limits)
    await world.drive(session_id, S.READY)
    world.plane.change(session_id, status=S.COLLECTING)
    return session_id


@pytest.mark.parametrize(("limits", "seconds"), [(WaitingLimits(grading_seconds=60), 60), (None, 900)])
async def test_a_score_is_waited_for_as_long_as_the_definition_says(
    world: World, monkeypatch: Any, limits: WaitingLimits | None, seconds: float
) -> None:
    async def silent(_ref: object) -> GradingResult:
        return GradingResult(GradingState.GRADING)

    monkeypatch.setattr(world.far.grading, "result", silent)
    session_id = await collecting(world, limits)
    before = world.clock.now()
    await world.drive(session_id, S.STOPPING)
    assert f"no result within {seconds:g} s" in world.session(session_id).outcome_reason
    assert seconds <= (world.clock.now() - before).total_seconds() < seconds + 100


async def test_evidence_is_collected_no_longer_than_the_definition_says(world: World) -> None:
    session_id = await collecting(world, WaitingLimits(collection_seconds=30))
    async with httpx2.AsyncClient() as http:
        fault = {"kind": "error", "match": {"path_regex": "/nodes"}, "status": 503}
        await http.post(f"{world.cml.control_url}/_sim/faults", json=fault)
    before = world.clock.now()
    await world.drive(session_id, S.STOPPING)
    assert (world.clock.now() - before).total_seconds() < 120, "the settings say five minutes"


@pytest.mark.parametrize(("limits", "told"), [(WaitingLimits(teardown_seconds=60), 1), (None, 0)])
async def test_people_are_told_once_of_a_session_that_is_not_gone_in_time(
    world: World, limits: WaitingLimits | None, told: int
) -> None:
    session_id = await collecting(world, limits)
    world.plane.change(session_id, status=S.STOPPING, status_changed_at=world.clock.now())
    world.plane.change_worker("worker-1", private_ip=None, service_status=WorkerServiceStatus.UNAVAILABLE)
    reconciler = world.reconciler()
    with capture_logs() as logs:
        for _ in range(3):
            world.clock.advance(61)
            await reconciler.reconcile(session_id)
    assert len([entry for entry in logs if entry["event"] == "session_teardown_overdue"]) == told
    assert world.session(session_id).status is S.STOPPING
