"""What was observed of workers, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from control_plane_api.testing.builders import Recorder, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane

NOW = datetime.now(UTC)


def observed(minutes_ago: float, **figures: Any) -> dict[str, Any]:
    at = NOW - timedelta(minutes=minutes_ago)
    return {"metrics": {"observed_at": at.isoformat(), **figures}}


async def test_what_a_service_measures_is_a_chart_for_whoever_may_look(control_plane: RunningControlPlane) -> None:
    worker = made_ready(a_worker())
    await Recorder(control_plane.db).commit(worker)
    async with control_plane.client("service") as service:
        for minutes_ago, cpu in ((9, 10.0), (5, 90.0)):
            where = f"/api/internal/workers/{worker.id}/metrics"
            (await service.post(where, json=observed(minutes_ago, cpu_percent=cpu, labs=1))).raise_for_status()
    async with control_plane.client("viewer") as viewer:
        chart = (await viewer.get(f"/api/v1/workers/{worker.id}/metrics", params={"step": 60})).json()
    assert {each["name"]: each["mean"] for each in chart["series"]} == {"cpu_percent": [10, 90], "labs": [1, 1]}
    assert (len(chart["at"]), chart["step_seconds"], chart["resolution_seconds"]) == (2, 60, 0)


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"from": "yesterday"}, 422),
        ({"step": 0}, 422),
        ({"from": "2030-01-02T00:00:00Z", "to": "2030-01-01T00:00:00Z"}, 422),
    ],
)
async def test_a_question_that_makes_no_sense_gets_a_problem(
    control_plane: RunningControlPlane, params: dict[str, Any], status: int
) -> None:
    async with control_plane.client("viewer") as viewer:
        answer = await viewer.get("/api/v1/workers/w-1/metrics", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_chart_of_an_unknown_worker_is_not_found(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("viewer") as viewer:
        assert (await viewer.get("/api/v1/workers/nobody/metrics")).status_code == 404


async def test_workers_that_are_not_what_they_should_be_are_listed(control_plane: RunningControlPlane) -> None:
    drifting, sound = made_ready(a_worker()), made_ready(a_worker())
    await Recorder(control_plane.db).commit(drifting)
    await Recorder(control_plane.db).commit(sound)
    finding = {"what": "memory", "declared": "192 GB", "measured": "128 GB"}
    async with control_plane.client("service") as service:
        where = f"/api/internal/workers/{drifting.id}/findings"
        (await service.post(where, json={"drift": [finding]})).raise_for_status()
    async with control_plane.client("viewer") as viewer:
        listed = (await viewer.get("/api/v1/workers/drift")).json()
        other = (await viewer.get("/api/v1/workers/drift", params={"what": "cml_version"})).json()
    assert [(row["worker_id"], row["drift"][0]["measured"]) for row in listed] == [(drifting.id, "128 GB")]
    assert other == []
