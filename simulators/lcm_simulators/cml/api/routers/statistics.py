"""What a running lab is doing: counters and learned addresses."""

import re
from typing import Any

from fastapi import APIRouter

from lcm_simulators.cml.api.context import Ctx, TheLab, TheNode
from lcm_simulators.cml.api.schemas.labs import Layer3Node, SimulationStats
from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.model.elements import Interface, Node
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.load import BOOTED_SHARE, BOOTING_SHARE
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.states import ElementState, NodeState

router = APIRouter(prefix="/labs/{lab_id}", tags=["Labs"])
BYTES_PER_SECOND = 512
PACKET_BYTES = 128
_ADDRESS = re.compile(r"ip address (\d+\.\d+\.\d+\.\d+)")


@router.get("/simulation_stats", response_model=SimulationStats)
async def simulation_stats(ctx: Ctx, lab: TheLab) -> dict[str, Any]:
    """Counters grow with the time that a node has been up."""
    return {
        "nodes": {node.id: _node_stats(node, ctx.now) for node in lab.nodes.values() if node.running},
        "links": {
            link.id: _link_stats(lab.nodes[link.node_a], lab.nodes[link.node_b], ctx.now)
            for link in lab.links.values()
            if lab.link_state(link) is ElementState.STARTED
        },
    }


def _uptime(node: Node, now: float) -> float:
    return max(0.0, now - (node.launch_at or now))


def _node_stats(node: Node, now: float) -> dict[str, Any]:
    share = BOOTED_SHARE if node.state is NodeState.BOOTED else BOOTING_SHARE
    written = int(_uptime(node, now) * BYTES_PER_SECOND)
    return {"cpu_usage": round(100 * share, 2), "block0_rd_bytes": 10 * written, "block0_wr_bytes": written}


def _link_stats(node_a: Node, node_b: Node, now: float) -> dict[str, Any]:
    traffic = int(min(_uptime(node_a, now), _uptime(node_b, now)) * BYTES_PER_SECOND)
    return {
        "readbytes": traffic,
        "readpackets": traffic // PACKET_BYTES,
        "writebytes": traffic,
        "writepackets": traffic // PACKET_BYTES,
        "drops": 0,
    }


@router.get("/layer3_addresses", response_model=dict[str, Layer3Node])
async def layer3_addresses(ctx: Ctx, lab: TheLab) -> dict[str, Any]:
    return {node.id: _layer3(ctx, lab, node) for node in lab.nodes.values() if node.state is NodeState.BOOTED}


@router.get("/nodes/{node_id}/layer3_addresses", response_model=Layer3Node)
async def node_layer3_addresses(ctx: Ctx, lab: TheLab, node: TheNode) -> dict[str, Any]:
    if node.node_definition == "external_connector":
        raise Rejected(f"Node {node.label} is an external connector and has no addresses.")
    return _layer3(ctx, lab, node)


def _layer3(ctx: Ctx, lab: Lab, node: Node) -> dict[str, Any]:
    physical = [i for i in node.interfaces if i.type == "physical" and i.assigned_mac]
    return {
        "name": node.label,
        "interfaces": {
            i.assigned_mac: {"id": i.id, "label": i.label, "ip4": _addresses(ctx, lab, node, i), "ip6": []}
            for i in physical
        },
    }


def _addresses(ctx: Ctx, lab: Lab, node: Node, interface: Interface) -> list[str]:
    """What the device has configured on an interface that is up."""
    if node.definition.family in ("none", "linux"):
        return []
    device = ctx.devices.device(lab, node)
    if device is None or not isinstance(device.system, IosDevice):
        return []
    section = device.system.config.find(f"interface {interface.label}")
    lines = [entry.line for entry in section.children] if section else []
    return [] if "shutdown" in lines else [m[1] for line in lines if (m := _ADDRESS.match(line))]
