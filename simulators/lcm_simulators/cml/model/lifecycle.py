"""Start, boot, stop and wipe: every state change of a node goes through here."""

import heapq
import random

from lcm_simulators.cml.model.admission import shortage
from lcm_simulators.cml.model.elements import Disk, Node
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab, new_id
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.states import NODE_TRANSITIONS, ChangeKind, ElementState, ElementType, NodeState

STALLED_SECONDS = 10 * 365 * 86_400.0
"""Long enough to count as never."""


def start_lab(host: Host, lab: Lab, now: float) -> None:
    """Queue every node that is not active; all of them or, when the host has no room, none."""
    idle = [node for node in lab.nodes.values() if not node.active]
    _admit(host, idle, f"Cannot start lab {lab.title!r}")
    host.note("start_lab", now, lab_id=lab.id)
    for node in idle:
        _queue(host, lab, node, now)
    advance(host, now)


def start_node(host: Host, lab: Lab, node: Node, now: float) -> None:
    if node.active:
        return
    _admit(host, [node], f"Cannot start node {node.label!r}")
    _queue(host, lab, node, now)
    advance(host, now)


def stop_lab(host: Host, lab: Lab, now: float) -> None:
    host.note("stop_lab", now, lab_id=lab.id)
    for node in lab.nodes.values():
        stop_node(host, lab, node, now)


def stop_node(host: Host, lab: Lab, node: Node, now: float) -> None:
    if not node.active:
        return
    _move(host, lab, node, NodeState.STOPPED, now)
    node.launch_at = node.booted_at = None
    node.disk.running = None
    host.note("stop_node", now, lab_id=lab.id, node_id=node.id)


def wipe_lab(host: Host, lab: Lab, now: float) -> None:
    if lab.state is ElementState.STARTED:
        raise Rejected(f"Lab {lab.id} is {lab.state}: stop it before wiping it.", host.policy.refusal_status)
    for node in lab.nodes.values():
        wipe_node(host, lab, node, now)


def wipe_node(host: Host, lab: Lab, node: Node, now: float) -> None:
    """Forget disk, console keys and drawn MAC addresses: the next start boots the stored configuration."""
    if node.active:
        raise Rejected(f"Node {node.label} is {node.state}: stop it before wiping it.", host.policy.refusal_status)
    node.disk, node.console_keys, node.vnc_key = Disk(), [], None
    for interface in node.interfaces:
        interface.assigned_mac = None
    if node.state is NodeState.STOPPED:
        _move(host, lab, node, NodeState.DEFINED_ON_CORE, now)
        host.note("wipe_node", now, lab_id=lab.id, node_id=node.id)


def advance(host: Host, now: float) -> None:
    """Carry out every change whose time has come, in the order of their times."""
    if host.licence.advance(now, host.policy):
        host.dirty = True
        host.note("license_info", now, status=host.licence.status)
    while host.due and host.due[0][0] <= now:
        due_at, lab_id, node_id = heapq.heappop(host.due)
        lab = host.labs.get(lab_id)
        node = lab.nodes.get(node_id) if lab else None
        if lab is None or node is None or node.due_at != due_at:
            continue  # deleted, stopped or started again since
        _step(host, lab, node, due_at)


def stall_boots(host: Host, stalled: bool, now: float) -> None:
    """Make nodes started from now on hang in their boot; lifted, the ones that hang come up at once."""
    host.boots_stalled, host.dirty = stalled, True
    if stalled:
        return
    for lab in host.labs.values():
        for node in lab.nodes.values():
            if node.in_transition and (node.booted_at or 0) > now + STALLED_SECONDS / 2:
                node.booted_at = max(now, node.launch_at or now)
                host.schedule(lab, node)
                host.touch(lab)
    advance(host, now)


def power_off(host: Host, now: float) -> None:
    """The machine goes down: nodes stop, disks and stored configurations stay."""
    for lab in host.labs.values():
        for node in lab.nodes.values():
            stop_node(host, lab, node, now)
    host.launch_free_at = 0.0


def _admit(host: Host, nodes: list[Node], what: str) -> None:
    if host.admission_state != "READY":
        raise Rejected(f"{what}: host is {host.admission_state}, not READY.", host.policy.capacity_status)
    reason = shortage(host.usage, nodes, host.machine, host.licence, host.policy)
    if reason is not None:
        raise Rejected(f"{what}. {reason}", host.policy.capacity_status)


def _queue(host: Host, lab: Lab, node: Node, now: float) -> None:
    _move(host, lab, node, NodeState.QUEUED, now)
    host.note("queue_node", now, lab_id=lab.id, node_id=node.id)
    definition = node.definition
    host.launch_free_at = max(host.launch_free_at, now) + host.policy.scaled(host.policy.queue_seconds)
    node.launch_at = host.launch_free_at
    stretch = 100 / node.effective_cpu_limit
    node.booted_at = node.launch_at + host.policy.scaled(definition.boot_timeout_seconds * stretch)
    if host.boots_stalled:
        node.booted_at += STALLED_SECONDS
    if not node.console_keys:
        node.console_keys = [new_id() for _ in range(definition.serial_ports)]
        node.vnc_key = new_id() if definition.has_vnc else None
    for interface in node.interfaces:
        if interface.type == "physical" and interface.assigned_mac is None:
            interface.assigned_mac = interface.mac_address or _draw_mac()
    host.schedule(lab, node)


def _step(host: Host, lab: Lab, node: Node, at: float) -> None:
    if node.state is NodeState.QUEUED:
        _move(host, lab, node, NodeState.STARTED, at)
        host.note("start_node", at, lab_id=lab.id, node_id=node.id)
        host.schedule(lab, node)
    else:
        _move(host, lab, node, NodeState.BOOTED, at)
        host.note("boot_node", at, lab_id=lab.id, node_id=node.id)


def _move(host: Host, lab: Lab, node: Node, state: NodeState, at: float) -> None:
    if state not in NODE_TRANSITIONS[node.state]:
        raise Rejected(f"Node {node.label} cannot go from {node.state} to {state}.", host.policy.refusal_status)
    before, lab_before, running_before = node.state, lab.state, node.running
    links = [link for link in lab.links.values() if node.id in (link.node_a, link.node_b)]
    link_states = [lab.link_state(link) for link in links]
    active_before = node.active
    node.state = state
    if node.active != active_before:
        host.usage.add(node, 1 if node.active else -1)
    changed = ChangeKind.STATE_CHANGED
    host.report(lab, changed, ElementType.NODE, node.id, at, state, before)
    if node.running != running_before or state is NodeState.DEFINED_ON_CORE:
        for interface in node.interfaces:
            now_state = node.interface_state(interface)
            host.report(lab, changed, ElementType.INTERFACE, interface.id, at, now_state)
    for link, link_before in zip(links, link_states, strict=True):
        link_after = lab.link_state(link)
        if link_after is not link_before:
            host.report(lab, changed, ElementType.LINK, link.id, at, link_after, link_before)
    lab_after = lab.state
    if lab_after is not lab_before:
        host.report(lab, changed, ElementType.LAB, lab.id, at, lab_after, lab_before)


def _draw_mac() -> str:
    return "52:54:00:" + ":".join(f"{random.randrange(256):02x}" for _ in range(3))
