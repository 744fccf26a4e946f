"""Prepared labs on a worker, whatever happens in whatever order: each is one session's or nobody's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from control_plane_api.domain.entities import CMLWorker
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.testing.builders import a_worker, made_ready
from lcm_core.domain.enums import HostLossCause, PortProtocol, WorkerServiceStatus
from lcm_core.domain.errors import CapacityRefused, IllegalTransition, RuleViolation
from lcm_core.domain.values import ForeignLab, PortBinding, PortRange, PortRequest, ResourceVector, Timeslot
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus, idle_holding, spare_room
from lcm_core.testing.examples import examples

START = datetime(2030, 1, 1, 9, tzinfo=UTC)
ROOM = ResourceVector(cpu_cores=16, memory_gb=64, storage_gb=60, nodes=40, ports=6)
LAB = ResourceVector(cpu_cores=2, memory_gb=4, storage_gb=10, nodes=4)
ONE_PORT = PortRange(first=2000, last=2000)
REQUESTS = (PortRequest(node_label="r1", protocol=PortProtocol.SERIAL),)
labs, sessions = st.integers(0, 7).map("lab-{}".format), st.integers(0, 7).map("session-{}".format)


class PreparedLabsMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.worker = made_ready(a_worker(declared=ROOM))
        self.now = START
        self.owner: dict[str, str] = {}
        """Session by prepared lab that it has taken."""

    @property
    def stamp(self) -> Stamp:
        return Stamp(at=self.now, by="test")

    @property
    def slot(self) -> Timeslot:
        return Timeslot(start=self.now, end=self.now + timedelta(hours=1))

    @rule(lab=labs, content=st.sampled_from(["c1", "c2"]))
    def prepare(self, lab: str, content: str) -> None:
        if lab in self.owner:
            return
        wanted = PreparedLab(
            id=lab,
            definition_name="d",
            definition_id="d1",
            definition_version="1.0.0",
            content_hash=content,
            held=idle_holding(LAB, 1),
            reserved_at=self.now,
        )
        before = self._given_up()
        try:
            self.worker.prepare_lab(wanted, REQUESTS, self.slot, self.stamp)
        except CapacityRefused:
            return
        assert self._given_up() == before

    @rule(lab=labs)
    def imported(self, lab: str) -> None:
        try:
            self.worker.lab_prepared(lab, f"cml-{lab}", 3.0, self.stamp)
        except RuleViolation:
            known = self.worker.prepared_lab(lab)
            assert known is None or known.status is not PreparedLabStatus.PREPARING

    @rule(session=sessions, content=st.sampled_from(["c1", "c2"]))
    def schedule(self, session: str, content: str) -> None:
        ready = {
            each.id: each.ports
            for each in self.worker.state.prepared_labs
            if each.status is PreparedLabStatus.READY and each.content_hash == content
        }
        known = self.worker.allocation_of(session)
        try:
            granted = self.worker.allocate(session, LAB, REQUESTS, self.slot, self.stamp, content_hash=content)
        except CapacityRefused:
            return
        if known is None:
            assert not {each.outer for each in granted.ports} & self.worker.foreign_ports
        if known is None and ready:
            assert granted.ports in ready.values()

    @rule(session=sessions)
    def begin(self, session: str) -> None:
        held = self.worker.allocation_of(session)
        lab = self.worker.take_prepared(session, self.stamp)
        if lab is not None:
            assert lab.id not in self.owner
            assert held is not None and lab.ports == held.ports
            self.owner[lab.id] = session

    @rule(session=sessions)
    def give_room_back(self, session: str) -> None:
        self.worker.release(session, "over", self.stamp)

    @rule(lab=labs)
    def discard(self, lab: str) -> None:
        self.worker.discard_prepared([lab], "too old", self.stamp)

    @rule(lab=labs)
    def removed(self, lab: str) -> None:
        self.worker.prepared_removed(lab, "not on the host", self.stamp)

    @rule(ports=st.sets(st.integers(2000, 2007), max_size=3))
    def foreign_labs_are_seen(self, ports: set[int]) -> None:
        foreign = [ForeignLab(lab_id=f"f{port}", title="Mine", ports=(port,)) for port in sorted(ports)]
        if self.worker.report_foreign_labs(foreign, self.stamp):
            assert self.worker.foreign_ports == ports

    @rule(session=sessions)
    def swap_ports(self, session: str) -> None:
        held = self.worker.allocation_of(session)
        if held is None or session in self.owner.values():
            return
        try:
            ports = self.worker.grant_other_ports(session, self.stamp)
        except CapacityRefused:
            assert self.worker.allocation_of(session) == held
            return
        now = self.worker.allocation_of(session)
        assert now is not None
        assert not {each.outer for each in now.ports} & self.worker.foreign_ports
        assert [each.name for each in now.ports] == [each.name for each in held.ports]
        assert (ports is None) == (now == held)

    @invariant()
    def nobody_is_kept_a_lab_on_a_foreign_port(self) -> None:
        idle = {each.outer for lab in self.worker.state.prepared_labs if lab.idle for each in lab.ports}
        assert not idle & self.worker.foreign_ports

    @rule(what=st.sampled_from(["drain", "undo", "lose", "back", "time"]))
    def host(self, what: str) -> None:
        try:
            match what:
                case "drain":
                    self.worker.drain("upgrade", timedelta(0), self.stamp, force=True)
                case "undo":
                    self.worker.cancel_drain(self.stamp)
                case "lose":
                    self.worker.lose_host(HostLossCause.CML_SILENT, "silent", self.now, self.stamp)
                case "back":
                    for status in (WorkerServiceStatus.UNAVAILABLE, WorkerServiceStatus.AVAILABLE):
                        self.worker.report_health(status, None, "looked", self.stamp)
                case _:
                    self.now += timedelta(minutes=20)
        except (IllegalTransition, RuleViolation):
            pass

    @invariant()
    def no_port_is_two_peoples(self) -> None:
        state = self.worker.state
        held = [binding.outer for each in state.allocations for binding in each.ports]
        idle = [binding.outer for each in state.prepared_labs if each.idle for binding in each.ports]
        assert len(set(idle)) == len(idle)
        assert not set(idle) & set(held)

    @invariant()
    def a_claimed_lab_has_the_ports_of_its_session(self) -> None:
        for lab in self.worker.state.prepared_labs:
            if lab.status is PreparedLabStatus.CLAIMED:
                held = self.worker.allocation_of(lab.session_id or "")
                assert held is not None
                assert held.ports == lab.ports

    @invariant()
    def nothing_is_claimable_on_a_host_that_goes(self) -> None:
        if not self.worker.placeable:
            left = {each.status for each in self.worker.state.prepared_labs}
            # a CML that is silent for a moment keeps what it has
            going = self.worker.host_is_lost or self.worker.state.status.value == "DRAINING"
            assert not going or left <= {PreparedLabStatus.REMOVING}

    @invariant()
    def a_session_has_at_most_one_lab_and_a_lab_one_session(self) -> None:
        claims = [each.session_id for each in self.worker.state.prepared_labs if each.session_id is not None]
        assert len(set(claims)) == len(claims)
        assert not set(self.owner) & {each.id for each in self.worker.state.prepared_labs}

    @invariant()
    def replay_tells_the_same(self) -> None:
        replayed = CMLWorker.from_events(self.worker.id, self.worker.pending_events)
        assert replayed.state == self.worker.state

    def _given_up(self) -> set[str]:
        labs = self.worker.state.prepared_labs
        return {each.id for each in labs if each.status is PreparedLabStatus.REMOVING}


PreparedLabsMachine.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=25, deadline=None)
TestPreparedLabs = PreparedLabsMachine.TestCase


def a_ready_lab(worker: CMLWorker, number: int, stamp: Stamp, held: ResourceVector) -> PreparedLab:
    lab = PreparedLab(
        id=f"lab-{number}",
        definition_name="d",
        definition_id="d1",
        definition_version="1.0.0",
        content_hash="c1",
        held=held,
        reserved_at=stamp.at,
    )
    near = Timeslot(start=stamp.at, end=stamp.at + timedelta(hours=1))
    worker.prepare_lab(lab, REQUESTS, near, stamp)
    worker.lab_prepared(lab.id, f"cml-{number}", 3.0, stamp)
    found = worker.prepared_lab(lab.id)
    assert found is not None
    return found


def test_a_session_is_never_refused_for_the_sake_of_prepared_labs() -> None:
    worker, stamp = made_ready(a_worker(declared=ROOM)), Stamp(at=START, by="test")
    near = Timeslot(start=START, end=START + timedelta(hours=1))
    for number in range(6):
        a_ready_lab(worker, number, stamp, ResourceVector(storage_gb=10, nodes=4, ports=1))
    full = spare_room(worker.state.declared, worker.state.port_range, (), worker.state.prepared_labs, near, stamp.at)
    assert (full.storage_gb, full.ports) == (0, 0)

    granted = worker.allocate("somebody", LAB.model_copy(update={"ports": 1}), REQUESTS, near, stamp)

    given_up = [each for each in worker.state.prepared_labs if each.status is PreparedLabStatus.REMOVING]
    assert [each.id for each in given_up] == ["lab-0"]
    assert given_up[0].reason == "gave way to session somebody"
    prepared = {binding.outer for each in worker.state.prepared_labs if each.idle for binding in each.ports}
    assert granted.ports[0].outer not in prepared


def test_a_session_that_is_called_off_before_it_began_leaves_its_lab_to_the_next_one() -> None:
    worker, stamp = made_ready(a_worker(declared=ROOM)), Stamp(at=START, by="test")
    near = Timeslot(start=START, end=START + timedelta(hours=1))
    lab = a_ready_lab(worker, 1, stamp, ResourceVector(storage_gb=10, nodes=4, ports=1))
    worker.allocate("first", LAB, REQUESTS, near, stamp, content_hash="c1")
    worker.release("first", "not wanted", stamp)

    granted = worker.allocate("second", LAB, REQUESTS, near, stamp, content_hash="c1")

    assert granted.ports == lab.ports
    assert (worker.take_prepared("first", stamp), worker.take_prepared("second", stamp)) == (
        None,
        worker_lab(lab, "second"),
    )


def test_a_lab_whose_port_was_lent_for_another_time_is_given_back_to_nobody() -> None:
    declared = ROOM.model_copy(update={"ports": 1})
    worker, stamp = made_ready(a_worker(declared=declared, port_range=ONE_PORT)), Stamp(at=START, by="test")
    now = Timeslot(start=START, end=START + timedelta(hours=1))
    later = Timeslot(start=START + timedelta(hours=2), end=START + timedelta(hours=3))
    needs = LAB.model_copy(update={"ports": 1})
    lab = a_ready_lab(worker, 1, stamp, ResourceVector(storage_gb=10, nodes=4, ports=1))
    worker.allocate("first", needs, REQUESTS, now, stamp, content_hash="c1")
    lent = worker.allocate("later", needs, REQUESTS, later, stamp)
    assert [each.outer for each in lent.ports] == [each.outer for each in lab.ports]

    worker.release("first", "not wanted", stamp)

    assert [each.status for each in worker.state.prepared_labs] == [PreparedLabStatus.REMOVING]


def worker_lab(lab: PreparedLab, session_id: str) -> PreparedLab:
    return lab.model_copy(update={"status": PreparedLabStatus.CLAIMED, "session_id": session_id})


def test_a_lab_that_a_session_took_is_never_handed_over_again() -> None:
    worker, stamp = made_ready(a_worker(declared=ROOM)), Stamp(at=START, by="test")
    near = Timeslot(start=START, end=START + timedelta(hours=1))
    a_ready_lab(worker, 1, stamp, ResourceVector(storage_gb=10, nodes=4, ports=1))
    worker.allocate("first", LAB, REQUESTS, near, stamp, content_hash="c1")
    worker.take_prepared("first", stamp)
    worker.release("first", "over", stamp)

    worker.allocate("second", LAB, REQUESTS, near, stamp, content_hash="c1")

    assert worker.state.prepared_labs == ()
    assert worker.take_prepared("second", stamp) is None


def test_a_narrow_port_range_makes_a_lab_give_its_port_up() -> None:
    declared = ROOM.model_copy(update={"ports": 1})
    worker, stamp = made_ready(a_worker(declared=declared)), Stamp(at=START, by="test")
    near = Timeslot(start=START, end=START + timedelta(hours=1))
    a_ready_lab(worker, 1, stamp, ResourceVector(storage_gb=10, nodes=4, ports=1))

    granted = worker.allocate("somebody", LAB.model_copy(update={"ports": 1}), REQUESTS, near, stamp)

    assert isinstance(granted.ports[0], PortBinding)
    assert [each.status for each in worker.state.prepared_labs] == [PreparedLabStatus.REMOVING]
