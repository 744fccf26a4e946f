"""The state machine of nodes and labs, driven at random."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lcm_core.testing.examples import examples
from lcm_simulators.cml.model import lifecycle
from lcm_simulators.cml.model.admission import Machine, Usage
from lcm_simulators.cml.model.definitions import MIB
from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.host import Host, new_host
from lcm_simulators.cml.model.lab import Lab, new_id
from lcm_simulators.cml.model.policy import HostPolicy
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.states import NODE_TRANSITIONS, ChangeKind, ElementState, ElementType, NodeState

MACHINE = Machine(cpus=4, memory_bytes=64 * 1024 * MIB, disk_bytes=0)
MINUTE = 60.0


def licensed_host(machine: Machine = MACHINE, time_scale: float = 1.0) -> Host:
    host = new_host("127.0.0.1", "cml", machine, HostPolicy(time_scale=time_scale), ("admin", "admin"), 0.0)
    host.licence.register("TOKEN", False, -1000.0, host.policy)
    lifecycle.advance(host, 0.0)
    return host


def add_lab(host: Host, definitions: list[str], now: float = 0.0) -> Lab:
    lab = Lab(new_id(), "owner", "lab", now, now)
    for index, definition in enumerate(definitions):
        node = Node(new_id(), f"N{index}", definition)
        lab.nodes[node.id] = node
        lab.populate_interfaces(node)
    ends = [node.interfaces[-1].id for node in lab.nodes.values()]
    if len(ends) >= 2:
        lab.add_link(ends[0], ends[1])
    return host.add_lab(lab, now)


class HostMachine(RuleBasedStateMachine):
    """Any order of commands and waiting; the invariants hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.host = licensed_host()
        self.labs: list[Lab] = []

    @initialize()
    def first_labs(self) -> None:
        self.labs = [add_lab(self.host, ["iosv", "iosv", "unmanaged_switch"]), add_lab(self.host, ["alpine", "iosv"])]

    def attempt(self, command: Any, *arguments: Any) -> None:
        try:
            command(self.host, *arguments, self.now)
        except Rejected as refusal:
            assert refusal.code == 400

    @rule(index=st.integers(0, 1))
    def start_lab(self, index: int) -> None:
        self.attempt(lifecycle.start_lab, self.labs[index])

    @rule(index=st.integers(0, 1))
    def stop_lab(self, index: int) -> None:
        self.attempt(lifecycle.stop_lab, self.labs[index])

    @rule(index=st.integers(0, 1))
    def wipe_lab(self, index: int) -> None:
        self.attempt(lifecycle.wipe_lab, self.labs[index])

    @rule(index=st.integers(0, 1), which=st.integers(0, 1), command=st.sampled_from(["start", "stop", "wipe"]))
    def command_node(self, index: int, which: int, command: str) -> None:
        lab = self.labs[index]
        node = list(lab.nodes.values())[which]
        self.attempt(getattr(lifecycle, f"{command}_node"), lab, node)

    @rule(seconds=st.floats(0, 10 * MINUTE))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        lifecycle.advance(self.host, self.now)

    @rule()
    def power_cycle(self) -> None:
        lifecycle.power_off(self.host, self.now)
        assert all(not node.active for lab in self.labs for node in lab.nodes.values())

    @precondition(lambda self: self.labs[1].state is ElementState.DEFINED_ON_CORE)
    @rule()
    def replace_wiped_lab(self) -> None:
        self.host.remove_lab(self.labs[1], self.now)
        self.labs[1] = add_lab(self.host, ["alpine", "iosv"], self.now)

    @invariant()
    def usage_is_what_active_nodes_claim(self) -> None:
        expected = Usage()
        for lab in self.host.labs.values():
            for node in lab.nodes.values():
                if node.active:
                    expected.add(node)
        assert self.host.usage == expected
        assert expected.cpus <= MACHINE.cpus

    @invariant()
    def lab_state_follows_its_nodes(self) -> None:
        for lab in self.labs:
            states = {node.state for node in lab.nodes.values()}
            if states == {NodeState.DEFINED_ON_CORE}:
                assert lab.state is ElementState.DEFINED_ON_CORE
            assert (lab.state is ElementState.STARTED) == any(node.active for node in lab.nodes.values())
            assert lab.converged == (not states & {NodeState.QUEUED, NodeState.STARTED})

    @invariant()
    def nothing_is_overdue(self) -> None:
        for lab in self.labs:
            assert all(node.due_at is None or node.due_at > self.now for node in lab.nodes.values())

    @invariant()
    def reported_changes_are_allowed_transitions(self) -> None:
        for change in self.host.outbox:
            if change.element_type is ElementType.NODE and change.kind is ChangeKind.STATE_CHANGED:
                assert NodeState(change.state or "") in NODE_TRANSITIONS[NodeState(change.previous or "")]
        self.host.outbox.clear()

    @invariant()
    def wiped_nodes_remember_nothing(self) -> None:
        for lab in self.labs:
            for node in lab.nodes.values():
                if node.state is NodeState.DEFINED_ON_CORE:
                    assert not node.console_keys
                    assert all(interface.assigned_mac is None for interface in node.interfaces)


TestHostMachine = HostMachine.TestCase
TestHostMachine.settings = settings(max_examples=examples(60), stateful_step_count=40, deadline=None)


def test_node_boots_when_its_timeout_has_passed() -> None:
    host = licensed_host()
    lab = add_lab(host, ["iosv"])
    node = next(iter(lab.nodes.values()))
    lifecycle.start_lab(host, lab, 0.0)
    seen = [node.state]
    for moment in (0.5, 180.0, 180.5):
        lifecycle.advance(host, moment)
        seen.append(node.state)
    assert seen == [NodeState.QUEUED, NodeState.STARTED, NodeState.STARTED, NodeState.BOOTED]


def test_launch_queue_starts_nodes_one_after_the_other() -> None:
    host = licensed_host()
    lab = add_lab(host, ["iosv", "iosv", "iosv"])
    lifecycle.start_lab(host, lab, 0.0)
    assert [node.launch_at for node in lab.nodes.values()] == [0.5, 1.0, 1.5]


def test_cpu_limit_stretches_the_boot() -> None:
    host = licensed_host()
    lab = add_lab(host, ["iosv"])
    node = next(iter(lab.nodes.values()))
    node.cpu_limit = 25
    lifecycle.start_lab(host, lab, 0.0)
    assert node.booted_at == 0.5 + 4 * 180


def test_scale_zero_boots_at_once() -> None:
    host = licensed_host(time_scale=0.0)
    lab = add_lab(host, ["iosv", "nxosv9000"])
    lifecycle.start_lab(host, lab, 5.0)
    assert {node.state for node in lab.nodes.values()} == {NodeState.BOOTED}


def test_late_look_shows_changes_at_the_times_they_happened() -> None:
    host = licensed_host()
    lab = add_lab(host, ["iosv"])
    lifecycle.start_lab(host, lab, 0.0)
    host.outbox.clear()
    lifecycle.advance(host, 1000.0)
    nodes = [(c.state, c.at) for c in host.outbox if c.element_type is ElementType.NODE]
    assert nodes == [("STARTED", 0.5), ("BOOTED", 180.5)]
