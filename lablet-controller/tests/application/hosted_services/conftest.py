"""A session's whole life against real far ends, with the record kept in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import httpx2
import pytest

from lablet_controller.application.hosted_services.lablet_reconciler import LabletReconciler
from lablet_controller.application.hosted_services.session_phases import FarEnds, SessionPolicy, session_phases
from lablet_controller.application.services.interruptions import Interruptions
from lablet_controller.integration.services.cml_labs_spi import CmlLabsSpi
from lablet_controller.integration.services.console_spi import CmlConsoleSpi
from lablet_controller.integration.services.grading_spi import GradingSpiClient
from lablet_controller.integration.services.lds_spi import LdsSpiClient
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.reconcile import Done, Failed, RequeueAfter, Result
from lcm_core.testing.manual_clock import ManualClock
from lcm_simulators.cml.testing import RunningHost
from lcm_simulators.grading.testing import RunningGrading
from lcm_simulators.lds.testing import RunningLds

from ...conftest import CHAIN
from ...fake_control_plane import FakeControlPlane

CONTENT_XML = """<lab_content><device>
<device device_label="R1" user_access_mode="local" category="router"/></device></lab_content>"""
RULES = """
cut_score: 1
sections:
  - name: Routing
    items:
      - {name: OSPF, device: R1, command: show running-config, pattern: '^router ospf 1$', points: 2}
      - {name: Names, device: R1, command: show version, pattern: 'nowhere to be found', points: 1}
"""
PACKAGE = ContentPackage(hash="a" * 64, topology_yaml=CHAIN, content_xml=CONTENT_XML, grading_yaml=RULES)


ORDER = tuple(LabletSessionStatus)


class Mortal:
    """A far end whose caller dies once at every kind of call: just before it, or just after it took effect."""

    def __init__(self, far_end: Any, when: str) -> None:
        self._far_end = far_end
        self._when = when
        self._died_at: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._far_end, name)

        async def mortal(*args: Any, **options: Any) -> Any:
            first_time = name not in self._died_at
            self._died_at.add(name)
            if first_time and self._when == "before":
                raise asyncio.CancelledError
            answer = await call(*args, **options)
            if first_time and self._when == "after":
                raise asyncio.CancelledError
            return answer

        return mortal


class Nobody:
    """A far end that never answers."""

    def __getattr__(self, name: str) -> Any:
        async def silent(*_: Any, **__: Any) -> Any:
            raise FarEndError("cml", f"nobody answers {name}", retryable=True)

        return silent


@dataclass(slots=True)
class World:
    """Everything a session touches, and how it is driven."""

    plane: FakeControlPlane
    clock: ManualClock
    far: FarEnds
    cml: RunningHost
    lds_url: str
    policy: SessionPolicy
    grading_url: str = ""
    deaths: int = 0

    def reconciler(self, interruptions: Interruptions | None = None) -> LabletReconciler:
        """As a process that has just started: nothing is remembered but *interruptions*."""
        return LabletReconciler(
            self.plane.client,
            session_phases(self.plane.client, self.far, self.clock, self.policy, interruptions),
            self.clock,
        )

    def session(self, session_id: str) -> LabletSessionReadModel:
        return self.plane.session(session_id)

    async def drive(self, session_id: str, until: LabletSessionStatus, *, rounds: int = 300) -> None:
        """Reconcile until there or past it, turning the clock instead of waiting; after a death, start over."""
        reconciler = self.reconciler()
        for _ in range(rounds):
            if ORDER.index(self.session(session_id).status) >= ORDER.index(until):
                return
            try:
                result = await reconciler.reconcile(session_id)
            except asyncio.CancelledError:
                self.deaths += 1
                reconciler = self.reconciler()
                continue
            self._pass_time(result)
        session = self.session(session_id)
        pytest.fail(f"still {session.status} after {rounds} rounds; last step: {session.steps[-1:]}")

    async def once(self, session_id: str) -> Result:
        return await self.reconciler().reconcile(session_id)

    def _pass_time(self, result: Result) -> None:
        match result:
            case RequeueAfter(seconds):
                self.clock.advance(seconds)
            case Failed(reason):
                pytest.fail(f"failed: {reason}")
            case Done():
                return

    async def lds_sessions(self) -> list[dict[str, object]]:
        async with httpx2.AsyncClient() as http:
            return (await http.get(f"{self.lds_url}/_sim/sessions")).json()

    async def learner(self, session_id: str, *what: str) -> None:
        """Log in, finish: as the learner does on the delivery page."""
        url = self.session(session_id).login_url or ""
        token = url.rpartition("/")[2]
        async with httpx2.AsyncClient(base_url=self.lds_url) as http:
            for each in what:
                assert (await http.post(f"/api/learner/{token}/{each}")).status_code == 200

    async def learners_page(self, session_id: str) -> str:
        async with httpx2.AsyncClient() as http:
            await self.learner(session_id, "login")
            return (await http.get(self.session(session_id).login_url or "")).text

    def lab_titles(self) -> list[str]:
        return [lab.title for lab in self.cml.runtime.host.labs.values()]

    def die_at_every_call(self, when: str) -> None:
        far = self.far
        self.far = replace(
            far, labs=Mortal(far.labs, when), lds=Mortal(far.lds, when), grading=Mortal(far.grading, when)
        )  # pyright: ignore[reportArgumentType] - it passes every call on

    async def drive_once(self, session_id: str) -> None:
        """One look at it by a process that has just started, and the time that it asks for; it may die of it."""
        try:
            self._pass_time(await self.once(session_id))
        except asyncio.CancelledError:
            self.deaths += 1

    def with_grading(self, grading: Any) -> FarEnds:
        return replace(self.far, grading=grading)

    def without_grading_engine(self) -> None:
        self.far = replace(self.far, grading=None)


@pytest.fixture
async def world(
    cml: RunningHost,
    labs: CmlLabsSpi,
    consoles: CmlConsoleSpi,
    lds_system: RunningLds,
    lds: LdsSpiClient,
    grading_engine: RunningGrading,
    grading: GradingSpiClient,
) -> AsyncIterator[World]:
    clock = ManualClock(datetime.now(UTC))
    plane = FakeControlPlane(clock, PACKAGE)
    plane.add_worker("worker-1", cml.address)
    far = FarEnds(labs=labs, consoles=consoles, lds=lds, grading=grading)
    yield World(plane, clock, far, cml, lds_system.url, SessionPolicy(), grading_engine.url)


@pytest.fixture
async def engine_world(grading_engine: RunningGrading, grading: GradingSpiClient) -> World:
    """For sessions of which nothing is on a host any more: a grading engine, and no other far end."""
    clock, nobody = ManualClock(datetime.now(UTC)), cast(Any, Nobody())
    plane = FakeControlPlane(clock, PACKAGE)
    plane.add_worker("worker-1", "127.0.0.1")
    far = FarEnds(labs=nobody, consoles=nobody, lds=nobody, grading=grading)
    return World(plane, clock, far, nobody, "", SessionPolicy(), grading_engine.url)
