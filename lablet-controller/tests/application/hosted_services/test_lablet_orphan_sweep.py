"""Labs and delivery sessions that took effect after everybody had looked, on simulated far ends."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from lablet_controller.application.hosted_services.orphan_sweep import OrphanSweep, labs_resync_requests
from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.ports.lds import LdsBooking
from lablet_controller.application.services.foreign_ports import ForeignPorts
from lablet_controller.application.services.orphans import Orphans
from lablet_controller.domain.lab_title import lab_title
from lcm_core.coordination import KeyValue, WatchEvent, WatchEventKind
from lcm_core.domain.enums import LabletSessionStatus, WorkerServiceStatus
from lcm_core.domain.values import Candidate
from lcm_core.reconcile import Done, RequeueAfter, Result

from ...conftest import CHAIN

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus
WORKER, DEPLOYMENT, GRACE = "worker-1", "lds:local", 60


class Sweep:
    def __init__(self, world: World) -> None:
        client, far, clock = world.plane.client, world.far, world.clock
        self.clock = clock
        self.reconciler = OrphanSweep(
            client,
            far.labs,
            Orphans(client, far.labs, far.lds, clock, grace_seconds=GRACE),
            ForeignPorts(client, far.labs),
            far.lds,
            GRACE,
        )

    async def twice(self, key: str) -> Result:
        """Two looks, the whole grace apart."""
        await self.reconciler.reconcile(key)
        self.clock.advance(GRACE)
        return await self.reconciler.reconcile(key)


@pytest.fixture
def sweep(world: World) -> Sweep:
    return Sweep(world)


async def late_import(world: World, session_id: str) -> str:
    """What an import makes whose sender died, and which CML finished long after."""
    host = CmlHost(WORKER, world.cml.address)
    lab = await world.far.labs.import_lab(host, CHAIN, lab_title("Chain", session_id))
    await world.far.labs.start_lab(host, lab.lab_id)
    return lab.lab_id


async def late_delivery(world: World, session_id: str) -> None:
    slot = world.session(session_id).timeslot
    await world.far.lds.create_session_with_part(
        LdsBooking(session_id, Candidate(username="ada"), slot.start, slot.end, "Exam NET 1.0 Form1", "")
    )


async def ended(world: World) -> str:
    session_id = world.plane.add_session(WORKER)
    world.plane.change(session_id, terminate_requested=True)
    await world.drive(session_id, S.TERMINATED)
    return session_id


async def test_a_lab_that_came_up_after_its_session_had_ended_is_removed(world: World, sweep: Sweep) -> None:
    await late_import(world, await ended(world))
    assert await sweep.twice(WORKER) == Done()
    assert world.lab_titles() == []


async def test_nothing_is_removed_at_first_sight(world: World, sweep: Sweep) -> None:
    await late_import(world, await ended(world))
    assert isinstance(await sweep.reconciler.reconcile(WORKER), RequeueAfter)
    sweep.clock.advance(GRACE - 1)
    assert isinstance(await sweep.reconciler.reconcile(WORKER), RequeueAfter)
    assert len(world.lab_titles()) == 1


async def test_of_two_labs_of_a_session_the_one_that_it_uses_stays(world: World, sweep: Sweep) -> None:
    session_id = world.plane.add_session(WORKER)
    await world.drive(session_id, S.READY)
    second = await late_import(world, session_id)
    assert await sweep.twice(WORKER) == Done()
    labs = set(world.cml.runtime.host.labs)
    assert labs == {world.session(session_id).cml_lab_id}
    assert second not in labs


async def test_labs_of_people_and_of_other_installations_stay(world: World, sweep: Sweep) -> None:
    host = CmlHost(WORKER, world.cml.address)
    for title in ("My own lab", lab_title("Chain", str(uuid.uuid4()))):
        await world.far.labs.import_lab(host, CHAIN, title)
    assert await sweep.twice(WORKER) == Done()
    assert len(world.lab_titles()) == 2


async def test_a_delivery_session_that_came_too_late_is_archived(world: World, sweep: Sweep) -> None:
    session_id = await ended(world)
    await late_delivery(world, session_id)
    assert await sweep.twice(DEPLOYMENT) == Done()
    assert [each["open"] for each in await world.lds_sessions()] == [False]


async def test_a_delivery_session_in_use_stays_open(world: World, sweep: Sweep) -> None:
    session_id = world.plane.add_session(WORKER)
    await world.drive(session_id, S.READY)
    assert await sweep.twice(DEPLOYMENT) == Done()
    assert [each["open"] for each in await world.lds_sessions()] == [True]


async def test_hosts_that_do_not_answer_are_not_searched(world: World, sweep: Sweep) -> None:
    assert set(await sweep.reconciler.list_keys()) == {WORKER, DEPLOYMENT}
    world.plane.change_worker(WORKER, service_status=WorkerServiceStatus.UNAVAILABLE)
    assert await sweep.reconciler.list_keys() == [DEPLOYMENT]
    assert await sweep.reconciler.reconcile(WORKER) == Done()


async def test_a_prepared_lab_that_came_up_after_its_removal_was_proven_is_removed(world: World, sweep: Sweep) -> None:
    ours = str(uuid.uuid4())
    world.plane.change_worker(WORKER, past_prepared_labs=(ours,))
    for prepared in (ours, str(uuid.uuid4())):
        await late_import(world, prepared)
    assert await sweep.twice(WORKER) == Done()
    assert len(world.lab_titles()) == 1
    assert not any(title.endswith(ours) for title in world.lab_titles())


async def test_a_prepared_lab_that_a_session_has_taken_stays(world: World, sweep: Sweep) -> None:
    prepared = str(uuid.uuid4())
    lab_id = await late_import(world, prepared)
    session_id = world.plane.add_session(WORKER)
    world.plane.change(session_id, status=S.INSTANTIATING, cml_lab_id=lab_id)
    world.plane.change_worker(WORKER, past_prepared_labs=(prepared,))
    assert await sweep.twice(WORKER) == Done()
    assert list(world.cml.runtime.host.labs) == [lab_id]
    assert world.plane.worker(WORKER).foreign_labs == ()


async def test_the_sweep_reports_foreign_labs_and_strays_with_their_ports_and_forgets_those_that_went(
    world: World, sweep: Sweep
) -> None:
    host = CmlHost(WORKER, world.cml.address)
    own = await world.far.labs.import_lab(host, CHAIN, "My own lab")
    stranger = await late_import(world, str(uuid.uuid4()))
    used = world.plane.add_session(WORKER)
    await world.drive(used, S.READY)
    await sweep.reconciler.reconcile(WORKER)
    told = {lab.lab_id: lab.ports for lab in world.plane.worker(WORKER).foreign_labs}
    assert told == {own.lab_id: (5041, 5042), stranger: (5041, 5042)}
    written = len(world.plane.writes)
    await sweep.reconciler.reconcile(WORKER)
    assert len(world.plane.writes) == written, "what is known is not told again"
    await world.far.labs.delete_lab(host, own.lab_id)
    await sweep.reconciler.reconcile(WORKER)
    assert [lab.lab_id for lab in world.plane.worker(WORKER).foreign_labs] == [stranger]


def test_a_host_is_looked_at_when_somebody_asks_anew() -> None:
    watched = labs_resync_requests("/lcm")

    def told(at: str | None) -> str | None:
        value = json.dumps({"labs_resync_requested_at": at, "version": 1}).encode()
        kv = KeyValue("/lcm/workers/w-1/desired", value, create_revision=1, mod_revision=1, version=1, lease_id=0)
        return watched.key_of(WatchEvent(WatchEventKind.PUT, kv))

    first, second = "2030-01-01T00:00:00Z", "2030-01-01T00:01:00Z"
    assert [told(first), told(first), told(second), told(second), told(None)] == [None, None, "w-1", None, None]
