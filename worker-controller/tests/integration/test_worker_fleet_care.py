"""The fleet looks after itself: against control-plane-api, an AWS account and CML hosts, all over sockets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from control_plane_api.testing.command_world import CONTENT, TWO_ROUTERS
from lcm_core.contracts.sessions import ScheduleSession
from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerDesiredStatus, WorkerOrigin
from lcm_core.domain.read_models import PlacementDecision, PlacementOutcome

from .conftest import TEMPLATE, Surroundings, awaited

pytestmark = pytest.mark.stack

QUICK = {"stray_young_seconds": 0, "discovery_seconds": 0.2, "scale_down_check_seconds": 0.2}
GIVING_UP = {
    **QUICK,
    "scale_down_enabled": True,
    "scale_down_idle_seconds": 0,
    "scale_down_cooldown_seconds": 0,
    "scale_down_look_ahead_seconds": 0,
}


async def in_account(around: Surroundings, **request: Any) -> str:
    """An instance that somebody made without LCM."""
    ec2 = around.account.client("ec2")
    images = ec2.describe_images(Filters=[{"Name": "name", "Values": ["CML-2.9*"]}])["Images"]
    facts = {
        "ImageId": images[0]["ImageId"],
        "InstanceType": "m5zn.metal",
        "SubnetId": around.account.subnet_id,
        "MinCount": 1,
        "MaxCount": 1,
    }
    made = await asyncio.to_thread(ec2.run_instances, **(facts | request))
    return made["Instances"][0]["InstanceId"]


def tagged(around: Surroundings, **more: str) -> dict[str, Any]:
    """As an instance of this fleet; *more* are tags under ``lcm:``."""
    tags = {"lcm:fleet": around.account.fleet, "lcm:managed-by": "worker-controller"}
    tags |= {f"lcm:{key.replace('_', '-')}": value for key, value in more.items()}
    rows = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"TagSpecifications": [{"ResourceType": "instance", "Tags": rows}]}


async def instance(around: Surroundings, instance_id: str) -> tuple[str, dict[str, str]]:
    """(state, tags)"""
    ec2 = around.account.client("ec2")
    found = await asyncio.to_thread(ec2.describe_instances, InstanceIds=[instance_id])
    row = found["Reservations"][0]["Instances"][0]
    return row["State"]["Name"], {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}


async def until_state(around: Surroundings, instance_id: str, *states: str) -> None:
    async def look() -> bool | None:
        return True if (await instance(around, instance_id))[0] in states else None

    await awaited(look, 30)


async def policy(around: Surroundings, **care: Any) -> None:
    async with around.control_plane.client("admin") as admin:
        current = (await admin.get("/api/v1/system/settings")).json()["policy"]
        changed = {**current, "care": {**current["care"], **care}, "drain_look_ahead_seconds": 0}
        body = {"policy": changed, "reason": "test"}
        (await admin.put("/api/v1/system/settings", json=body)).raise_for_status()


async def asked(around: Surroundings, path: str, **params: Any) -> Any:
    async with around.control_plane.client("viewer") as viewer:
        return (await viewer.get(f"/api/v1/{path}", params=params)).raise_for_status().json()


async def decided(around: Surroundings, **params: Any) -> list[dict[str, Any]]:
    """The decisions that match, as soon as there is one."""

    async def look() -> list[dict[str, Any]] | None:
        return (await asked(around, "scaling-decisions", **params))["items"] or None

    return await awaited(look, 20)


async def imported(around: Surroundings, instance_id: str, **changes: Any) -> str:
    body = {
        "region": "us-east-1",
        "ec2_instance_id": instance_id,
        "template_name": "enterprise-large",
        "reason": "made by hand",
    }
    async with around.control_plane.client("operator") as operator:
        answer = await operator.post("/api/v1/workers/import", json=body | changes)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def test_an_instance_that_exists_is_imported_and_serves(surroundings: Surroundings) -> None:
    instance_id = await in_account(surroundings)
    async with surroundings.service(**QUICK):
        worker_id = await imported(surroundings, instance_id)
        up = await surroundings.until_status(worker_id, W.RUNNING)
        assert (up.ec2_instance_id, up.origin, up.placeable) == (instance_id, WorkerOrigin.IMPORTED, True)
        _, tags = await instance(surroundings, instance_id)
        assert (tags["lcm:worker-id"], tags["lcm:template"]) == (worker_id, "enterprise-large")
        kinds = {each["kind"] for each in await decided(surroundings, worker_id=worker_id, taken=True)}
        assert kinds >= {"import", "adoption"}
    assert [state for _, state in surroundings.instances()] == ["running"]


async def test_a_stopped_instance_is_imported_and_started(surroundings: Surroundings) -> None:
    instance_id = await in_account(surroundings)
    await until_state(surroundings, instance_id, "running")
    await asyncio.to_thread(surroundings.account.client("ec2").stop_instances, InstanceIds=[instance_id])
    await until_state(surroundings, instance_id, "stopped")
    async with surroundings.service(**QUICK):
        worker_id = await imported(surroundings, instance_id)
        assert (await surroundings.until_status(worker_id, W.RUNNING)).ec2_instance_id == instance_id


@pytest.mark.parametrize(
    ("request_", "changes", "why"),
    [
        ({}, {"ec2_instance_id": "i-0000000000000000f"}, "EC2 knows no instance"),
        ({"InstanceType": "t3.micro"}, {}, "is of type t3.micro"),
    ],
)
async def test_what_cannot_be_imported_is_refused_with_the_reason_and_left_alone(
    surroundings: Surroundings, request_: dict[str, Any], changes: dict[str, Any], why: str
) -> None:
    instance_id = await in_account(surroundings, **request_)
    async with surroundings.service(**QUICK):
        worker_id = await imported(surroundings, instance_id, **changes)
        failed = await surroundings.until_status(worker_id, W.FAILED)
        assert why in failed.failure
    await until_state(surroundings, instance_id, "running")
    assert (await instance(surroundings, instance_id))[1] == {}


async def test_an_unknown_instance_is_flagged_until_policy_adopts_it(surroundings: Surroundings) -> None:
    tags = tagged(surroundings, worker_id="gone-for-long", template="enterprise-large")
    instance_id = await in_account(surroundings, **tags)
    async with surroundings.service(**QUICK):

        async def flagged() -> dict[str, Any] | None:
            return next(iter(await asked(surroundings, "stray-instances")), None)

        flag = await awaited(flagged, 20)
        assert (flag["ec2_instance_id"], flag["kind"]) == (instance_id, "unknown")
        assert "lcm stray" in flag["what_to_do"]
        kept = await decided(surroundings, kind="stray", taken=False)
        assert (kept[0]["decided_by"], kept[0]["ec2_instance_id"]) == ("policy", instance_id)

        await policy(surroundings, orphans="adopt")
        (adoption,) = await decided(surroundings, kind="adoption")
        up = await surroundings.until_status(adoption["worker_id"], W.RUNNING)
        assert (up.ec2_instance_id, up.origin) == (instance_id, WorkerOrigin.ADOPTED)

        async def resolved() -> bool | None:
            return None if await asked(surroundings, "stray-instances") else True

        await awaited(resolved, 20)
        assert (await instance(surroundings, instance_id))[1]["lcm:worker-id"] == up.id


async def test_an_unknown_instance_goes_when_its_grace_is_over(surroundings: Surroundings) -> None:
    await policy(surroundings, orphans="terminate_after_grace", orphan_grace_seconds=0)
    instance_id = await in_account(surroundings, **tagged(surroundings, worker_id="gone-for-long"))
    async with surroundings.service(**QUICK):
        await until_state(surroundings, instance_id, "terminated")
        taken = await decided(surroundings, kind="stray", taken=True)
        assert taken[0]["inputs"]["did"] == "terminated"


async def test_of_two_instances_of_a_worker_the_one_on_record_stays(surroundings: Surroundings) -> None:
    async with surroundings.service(**QUICK):
        worker_id = await surroundings.ask_for_worker()
        up = await surroundings.until_status(worker_id, W.RUNNING)
        second = await in_account(surroundings, **tagged(surroundings, worker_id=worker_id))
        await until_state(surroundings, second, "terminated")
        assert surroundings.instances() == [(worker_id, "running")]
        assert (await surroundings.worker(worker_id)).ec2_instance_id == up.ec2_instance_id


async def test_the_record_of_a_stopped_worker_whose_instance_is_gone_is_closed_also_after_a_restart(
    surroundings: Surroundings,
) -> None:
    async with surroundings.service(**QUICK):
        worker_id = await surroundings.ask_for_worker()
        up = await surroundings.until_status(worker_id, W.RUNNING)
        rest = SetDesiredStatus(desired_status=WorkerDesiredStatus.STOPPED, reason="night")
        await surroundings.client.workers.set_desired_status(worker_id, rest)
        await surroundings.until_status(worker_id, W.STOPPED)
    await asyncio.to_thread(surroundings.account.client("ec2").terminate_instances, InstanceIds=[up.ec2_instance_id])
    async with surroundings.service(**QUICK):
        await surroundings.until_status(worker_id, W.TERMINATED)


async def test_an_idle_worker_is_drained_stopped_and_after_its_retention_removed(surroundings: Surroundings) -> None:
    await policy(surroundings, retention_seconds=None)
    async with surroundings.service(**GIVING_UP):
        worker_id = await surroundings.ask_for_worker()
        await surroundings.until_status(worker_id, W.STOPPED)
        drain = (await decided(surroundings, kind="drain", worker_id=worker_id))[0]
        assert (drain["taken"], drain["inputs"]["disruption"], drain["actor"]) == (True, "idle", "worker-controller")
        assert [each["name"] for each in drain["answers"]][:2] == ["enabled", "idle_detection"]

        kept = (await decided(surroundings, kind="retention", worker_id=worker_id))[0]
        assert (kept["taken"], kept["decided_by"]) == (False, "retention")
        standing = await asked(surroundings, f"workers/{worker_id}/scale-down")
        assert standing["retention"]["decided_by"] == "retention"

        await policy(surroundings, retention_seconds=0)
        await surroundings.until_status(worker_id, W.TERMINATED)
        assert surroundings.instances() == []


async def test_budgets_and_windows_keep_idle_workers_and_say_so(surroundings: Surroundings) -> None:
    spent = [{"most_workers": 1, "window_seconds": 3600}]
    await policy(surroundings, retention_seconds=None, budgets=spent)
    async with surroundings.service(**GIVING_UP):
        first, second = [await surroundings.ask_for_worker() for _ in range(2)]

        async def one_kept() -> str | None:
            rows = [await surroundings.worker(each) for each in (first, second)]
            at_rest = [row for row in rows if row.status is W.STOPPED]
            running = [row for row in rows if row.status is W.RUNNING]
            return running[0].id if len(at_rest) == len(running) == 1 else None

        left = await awaited(one_kept, 40)
        await decided_by(surroundings, left, "budget")
        days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        never = [{"kind": "blackout", "days": days, "start": "00:00", "minutes": 1440}]
        await policy(surroundings, budgets=[], windows=never)
        await decided_by(surroundings, left, "window")
        await policy(surroundings, windows=[])
        await surroundings.until_status(left, W.STOPPED)


async def decided_by(around: Surroundings, worker_id: str, guard: str) -> None:
    async def look() -> bool | None:
        standing = (await asked(around, f"workers/{worker_id}/scale-down"))["scale_down"]
        return True if standing is not None and standing["decided_by"] == guard else None

    await awaited(look, 20)


async def a_session_on(around: Surroundings, worker_id: str) -> str:
    lab = {
        "name": "two-routers",
        "form_qualified_name": "Exam CCNP v1 LAB 1.1",
        "topology_yaml": TWO_ROUTERS,
        "content_xml": CONTENT,
        "license_affinity": ["ENTERPRISE"],
    }
    async with around.control_plane.client("admin") as admin:
        definition = (await admin.post("/api/v1/lablet-definitions", json=lab)).raise_for_status().json()
        wish = {
            "definition_id": definition["id"],
            "candidate": {"username": "ada"},
            "duration_minutes": 60,
            "start": (datetime.now(UTC) + timedelta(seconds=5)).isoformat(),
        }
        booked = (await admin.post("/api/v1/reservations", json=wish)).raise_for_status().json()
    session_id = booked["session"]["id"]
    decision = PlacementDecision(
        id=uuid4().hex,
        session_id=session_id,
        at=datetime.now(UTC),
        outcome=PlacementOutcome.ASSIGN,
        worker_id=worker_id,
        summary="1/1 workers",
        engine_version="test",
    )
    await around.client.sessions.schedule(session_id, ScheduleSession(worker_id=worker_id, decision=decision))
    return session_id


async def drained_with_somebody_on_it(around: Surroundings) -> tuple[str, str]:
    """(worker, session); the deadline of the drain is a second."""
    async with around.control_plane.client("admin") as admin:
        (template,) = (await admin.get("/api/v1/worker-templates")).raise_for_status().json()
        changed = await admin.put(
            f"/api/v1/worker-templates/{template['id']}",
            json=TEMPLATE | {"drain_timeout_seconds": 1},
            headers={"If-Match": f'"{template["version"]}"'},
        )
        assert changed.is_success, changed.text
    worker_id = await around.ask_for_worker()
    await around.until_status(worker_id, W.RUNNING)
    session_id = await a_session_on(around, worker_id)
    async with around.control_plane.client("operator") as operator:
        body = {"reason": "upgrade", "force": True}
        (await operator.post(f"/api/v1/workers/{worker_id}/drain", json=body)).raise_for_status()
    return worker_id, session_id


async def test_a_drain_beyond_its_deadline_waits_warns_or_is_cut_short_as_the_policy_says(
    surroundings: Surroundings,
) -> None:
    async with surroundings.service(**QUICK, liveness_close_seconds=0.2):
        worker_id, session_id = await drained_with_somebody_on_it(surroundings)
        warned = await surroundings.until(worker_id, lambda row: row.drain_overrun is not None)
        assert (warned.status, warned.drain_overrun) == (W.DRAINING, "warn")
        (kept,) = await decided(surroundings, kind="drain_deadline", worker_id=worker_id)
        assert (kept["taken"], kept["inputs"]["first_sessions"]) == (False, session_id)

        await policy(surroundings, drain_deadline="force_stop")
        stopped = await surroundings.until_status(worker_id, W.STOPPED)
        assert stopped.host_loss is not None
        cut = (await decided(surroundings, kind="drain_deadline", worker_id=worker_id, taken=True))[0]
        assert cut["inputs"]["sessions"] == 1


async def test_a_drain_can_be_taken_back_while_somebody_is_on_it(surroundings: Surroundings) -> None:
    async with surroundings.service(**QUICK):
        worker_id, _ = await drained_with_somebody_on_it(surroundings)
        async with surroundings.control_plane.client("operator") as operator:
            answer = await operator.post(f"/api/v1/workers/{worker_id}/undrain", json={"reason": "not today"})
            assert answer.is_success, answer.text
        back = await surroundings.until(worker_id, lambda row: row.placeable)
        assert (back.status, back.drain_deadline_at) == (W.RUNNING, None)
        decisions = (await asked(surroundings, "scaling-decisions", worker_id=worker_id))["items"]
        # What keeps it from being scaled down is judged meanwhile, and may stand between the two.
        asked_for = [each["kind"] for each in decisions if each["kind"] != "scale_down"]
        assert asked_for[:2] == ["cancel_drain", "drain"]
