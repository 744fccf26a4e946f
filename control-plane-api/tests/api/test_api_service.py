from __future__ import annotations

from control_plane_api.testing.running_control_plane import RunningControlPlane


async def test_is_ready_once_its_dependencies_answer(control_plane: RunningControlPlane) -> None:
    async with control_plane.client() as anybody:
        answer = await anybody.get("/health/ready")
    assert answer.status_code == 200, answer.text
    assert {check["name"] for check in answer.json()["checks"]} >= {"mongodb", "etcd", "change-feed"}


async def test_an_unknown_api_path_is_a_problem_document(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("admin") as admin:
        answer = await admin.get("/api/v1/nothing-here")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-route")
