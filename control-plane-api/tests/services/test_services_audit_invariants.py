"""The audit finds each kind of broken promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events import cml_worker_capacity_events as capacity_events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.testing.builders import SMALL, a_session, a_worker, made_ready
from control_plane_api.testing.memory_store import MemoryStore
from lcm_core.application.context import CommandContext
from lcm_core.domain.enums import PortProtocol, SessionOutcome
from lcm_core.domain.values import CapacityAllocation, ForeignLab, PortBinding, Timeslot

NOW = datetime(2030, 1, 1, tzinfo=UTC)
STAMP = Stamp(at=NOW, by="tester")
SLOT = Timeslot(start=NOW, end=NOW + timedelta(hours=1))


def _found(change: Callable[[LabletSession, CMLWorker], None]) -> list[tuple[str, str]]:
    """(invariant, message) after a session was placed properly and *change* was made behind the commands' back."""
    store = MemoryStore()
    session, worker = a_session(id="s", stamp=STAMP), made_ready(a_worker(id="w", declared=SMALL))
    state = session.state
    grant = worker.allocate("s", state.requirements, state.port_requests, session.occupation(), STAMP)
    session.schedule("w", grant.ports, "d", STAMP)
    change(session, worker)

    async def keep(uow: Any, ctx: CommandContext) -> None:
        del ctx
        uow.add(session)
        uow.add(worker)

    store.run(CommandContext(actor="t", correlation_id="c", at=NOW), keep)
    return [(finding.invariant, finding.message) for finding in store.audit(audit_invariants())]


def _granted(worker: CMLWorker, session_id: str, ports: tuple[PortBinding, ...] = ()) -> None:
    occupation = a_session(stamp=STAMP).occupation()
    allocation = CapacityAllocation(
        session_id=session_id, vector=SMALL, interval=occupation, ports=ports, allocated_at=NOW
    )
    worker.record(capacity_events.WorkerCapacityAllocatedDomainEvent(at=NOW, by="t", allocation=allocation))


def test_a_proper_placement_is_clean() -> None:
    assert _found(lambda session, worker: None) == []


def test_room_given_away_under_a_session_is_found() -> None:
    found = _found(lambda session, worker: worker.release("s", "oops", STAMP) and None)

    assert [invariant for invariant, _ in found] == ["worker-allocations-match-live-sessions"]
    assert "holds nothing for it" in found[0][1]


def test_room_that_nobody_holds_is_found() -> None:
    found = _found(lambda session, worker: session.unschedule("oops", STAMP, worker_gone=True) and None)

    assert "does not hold any there" in found[0][1]


def test_over_booking_is_found_at_the_commit_that_did_it() -> None:
    found = _found(lambda session, worker: _granted(worker, "t"))

    over = [message for invariant, message in found if invariant == "never-over-declared-capacity"]
    assert over
    assert over[0].startswith("has promised 4 cpu_cores of 2")


def test_a_port_granted_twice_is_found() -> None:
    found = _found(lambda session, worker: _granted(worker, "t", session.state.allocated_ports))

    assert any("port 2000 to s and t" in message for _, message in found)


def test_a_terminated_session_that_kept_its_room_is_found() -> None:
    def end_without_release(session: LabletSession, worker: CMLWorker) -> None:
        del worker
        session.terminate(SessionOutcome.CANCELLED, "oops", STAMP, capacity_released=True)

    found = _found(end_without_release)

    assert ("terminated-sessions-gave-everything-back-once", "is TERMINATED and still holds room on w") in found


def test_a_second_release_is_found() -> None:
    def release_twice(session: LabletSession, worker: CMLWorker) -> None:
        grant = worker.allocation_of("s")
        assert grant is not None
        for _ in range(2):
            worker.record(
                capacity_events.WorkerCapacityReleasedDomainEvent(
                    at=NOW, by="t", session_id="s", released=grant, reason=""
                )
            )

    assert any("do not alternate" in message for _, message in _found(release_twice))


@pytest.mark.parametrize("invariant", audit_invariants(), ids=lambda invariant: invariant.name)
def test_an_empty_log_is_clean(invariant: Any) -> None:
    assert MemoryStore().audit([invariant]) == []


def test_a_grant_of_a_port_that_a_foreign_lab_was_known_to_forward_is_found() -> None:
    def given(_session: LabletSession, worker: CMLWorker) -> None:
        port = PortBinding(node_label="r", protocol=PortProtocol.TCP, outer=2010)
        worker.report_foreign_labs([ForeignLab(lab_id="f", title="Mine", ports=(2010,))], STAMP)
        _granted(worker, "other", (port,))
        worker.release("other", "oops", STAMP)

    found = [message for invariant, message in _found(given) if invariant == "foreign-ports-are-not-granted"]

    assert found == ["has given session other ports [2010], which a foreign lab forwards"]


def test_a_port_that_was_granted_before_the_foreign_lab_came_is_nobodys_fault() -> None:
    def seen(session: LabletSession, worker: CMLWorker) -> None:
        outers = tuple(each.outer for each in session.state.allocated_ports)
        worker.report_foreign_labs([ForeignLab(lab_id="f", title="Mine", ports=outers)], STAMP)

    assert _found(seen) == []
