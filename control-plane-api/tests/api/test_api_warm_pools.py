"""Warm pools over HTTP: operators set, pause, drain and resume them; everybody who may look sees how they do."""

from __future__ import annotations

from control_plane_api.testing.builders import Recorder, a_definition
from control_plane_api.testing.running_control_plane import RunningControlPlane

POOLS = "/api/v1/warm-pools"


async def test_an_operator_makes_pauses_drains_and_resumes_a_pool(control_plane: RunningControlPlane) -> None:
    definition = a_definition(id="def-warm")
    await Recorder(control_plane.db).commit(definition)
    body = {"definition_name": definition.state.name, "policy": {"depth": 2}, "reason": "exams"}
    async with control_plane.client("operator", subject="olga") as operator:
        made = await operator.post(POOLS, json=body, headers={"Idempotency-Key": "pool-1"})
        assert made.status_code == 201, made.text
        repeated = await operator.post(POOLS, json=body, headers={"Idempotency-Key": "pool-1"})
        where = made.headers["Location"]
        assert (repeated.headers["Idempotent-Replayed"], repeated.headers["Location"]) == ("true", where)
        seen = []
        for action in ("pause", "drain", "resume"):
            answer = await operator.post(f"{where}/{action}", json={"reason": f"to {action}"})
            pool = answer.json()["pool"]
            seen.append((pool["status"], pool["status_reason"], pool["status_changed_by"]))
        stale = await operator.put(
            where, json={"policy": {"depth": 4}, "reason": "more"}, headers={"If-Match": made.headers["ETag"]}
        )
        changed = await operator.put(where, json={"policy": {"depth": 4}, "reason": "more"})
        listed = (await operator.get(POOLS)).json()
        of_it, of_none = [
            (await operator.get(POOLS, params={"definition_name": name})).json()
            for name in (definition.state.name, "nobody-heard-of-it")
        ]
    assert seen == [
        ("PAUSED", "to pause", "olga"),
        ("DRAINED", "to drain", "olga"),
        ("ACTIVE", "to resume", "olga"),
    ]
    assert (stale.status_code, changed.status_code) == (412, 200)
    assert [(each["target"], each["wanted_version"], each["ready"]) for each in listed] == [(4, "1.0.0", 0)]
    assert ([each["pool"]["id"] for each in of_it], of_none) == ([listed[0]["pool"]["id"]], [])
    assert (listed[0]["measures"]["hits"], listed[0]["measures"]["misses"]) == (0, 0)


async def test_who_may_only_look_changes_no_pool_and_nonsense_is_a_problem(control_plane: RunningControlPlane) -> None:
    body = {"definition_name": "nobody-heard-of-it", "policy": {"depth": 2}, "reason": "exams"}
    async with control_plane.client("viewer") as viewer:
        assert (await viewer.get(POOLS)).status_code == 200
        assert (await viewer.post(POOLS, json=body)).status_code == 403
        assert (await viewer.get(f"{POOLS}/none")).status_code == 404
    async with control_plane.client("operator") as operator:
        unknown = await operator.post(POOLS, json=body)
        too_deep = await operator.post(POOLS, json={**body, "policy": {"depth": 9, "most": 3}})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#/definition_name")
    assert too_deep.status_code == 422
