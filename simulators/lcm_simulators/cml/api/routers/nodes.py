"""Nodes of a lab."""

from typing import Any

from fastapi import APIRouter, Response

from lcm_simulators.cml.api.context import Ctx, CurrentUser, TheLab, TheNode
from lcm_simulators.cml.api.schemas.basics import IdOnly, NodeStateResponse
from lcm_simulators.cml.api.schemas.nodes import Configuration, ConfigurationFile, NodeCreate, NodeResponse, NodeUpdate
from lcm_simulators.cml.api.views.node_views import node_view
from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.model import lifecycle
from lcm_simulators.cml.model.definition_table import DEFINITIONS
from lcm_simulators.cml.model.elements import ConfigFile, Node
from lcm_simulators.cml.model.lab import new_id
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.states import BOOT_PROGRESS, ChangeKind, ElementType, NodeState

router = APIRouter(prefix="/labs/{lab_id}", tags=["Nodes"])
all_nodes_router = APIRouter(tags=["Nodes"])
HARDWARE = {"ram", "cpus", "cpu_limit", "data_volume", "boot_disk_size", "image_definition"}
"""What can only be changed while the node has no disk."""


@router.get("/nodes", response_model=list[str] | list[NodeResponse], response_model_exclude_unset=True)
async def list_nodes(
    ctx: Ctx,
    lab: TheLab,
    data: bool = False,
    operational: bool | None = None,
    exclude_configurations: bool | None = None,
) -> list[Any]:
    if not data:
        return list(lab.nodes)
    return [node_view(ctx.host, lab, node, exclude_configurations, operational) for node in lab.nodes.values()]


@router.post("/nodes", response_model=IdOnly)
async def create_node(ctx: Ctx, lab: TheLab, body: NodeCreate, populate_interfaces: bool = False) -> IdOnly:
    if body.node_definition not in DEFINITIONS and not ctx.host.policy.accept_unknown_definitions:
        raise Rejected(f"Node definition not found: {body.node_definition}")
    node = Node(id=new_id(), label=body.label, node_definition=body.node_definition)
    lab.nodes[node.id] = node
    _apply(node, body)
    if populate_interfaces:
        lab.populate_interfaces(node)
    lab.refresh_smart_annotations()
    ctx.host.report(lab, ChangeKind.ADD, ElementType.NODE, node.id, ctx.now)
    return IdOnly(id=node.id)


@router.get("/nodes/{node_id}", response_model=NodeResponse, response_model_exclude_unset=True)
async def get_node(
    ctx: Ctx,
    lab: TheLab,
    node: TheNode,
    operational: bool | None = None,
    exclude_configurations: bool | None = None,
) -> dict[str, Any]:
    return node_view(ctx.host, lab, node, exclude_configurations, operational)


@router.patch("/nodes/{node_id}")
async def update_node(ctx: Ctx, lab: TheLab, node: TheNode, body: NodeUpdate) -> str:
    hardware = sorted(HARDWARE & body.model_fields_set)
    if hardware and node.state is not NodeState.DEFINED_ON_CORE:
        status = ctx.host.policy.refusal_status
        raise Rejected(f"Node {node.label} is {node.state}: wipe it before changing {', '.join(hardware)}.", status)
    if "configuration" in body.model_fields_set and node.active and not ctx.host.policy.configuration_while_running:
        raise Rejected(
            f"Node {node.label} is {node.state}: stop it before changing its configuration.",
            ctx.host.policy.refusal_status,
        )
    _apply(node, body)
    lab.refresh_smart_annotations()
    ctx.host.report(lab, ChangeKind.CHANGE, ElementType.NODE, node.id, ctx.now)
    return node.id


def _apply(node: Node, body: NodeUpdate) -> None:
    """``null`` unsets a size; other keys ignore it."""
    given = body.model_fields_set
    for name in (HARDWARE | {"label", "x", "y", "hide_links", "parameters"}) & given:
        value = getattr(body, name)
        if value is not None or name in HARDWARE:
            setattr(node, name, value)
    if body.tags is not None:
        node.tags = list(dict.fromkeys(body.tags))
    if "configuration" in given:
        _configure(node, body.configuration)


def _configure(node: Node, configuration: Configuration) -> None:
    if configuration is None:
        node.configuration = []
    elif isinstance(configuration, str):
        node.store_configuration("Main", configuration)
    elif isinstance(configuration, ConfigurationFile):
        node.store_configuration(configuration.name, configuration.content)
    else:
        files = [(node.main_file if file.name == "Main" else file.name, file.content) for file in configuration]
        node.configuration = [ConfigFile(name, content) for name, content in files]


@router.delete("/nodes/{node_id}", status_code=204, response_class=Response)
async def delete_node(ctx: Ctx, lab: TheLab, node: TheNode) -> None:
    lab.remove_node(node.id, ctx.host.policy.refusal_status)
    ctx.host.report(lab, ChangeKind.REMOVE, ElementType.NODE, node.id, ctx.now)


@router.get("/nodes/{node_id}/state", response_model=NodeStateResponse)
async def node_state(node: TheNode) -> NodeStateResponse:
    return NodeStateResponse(state=node.state, progress=BOOT_PROGRESS.get(node.state, "Not running"))


@router.put("/nodes/{node_id}/state/start", status_code=204, response_class=Response)
async def start_node(ctx: Ctx, lab: TheLab, node: TheNode) -> None:
    lifecycle.start_node(ctx.host, lab, node, ctx.now)


@router.put("/nodes/{node_id}/state/stop", status_code=204, response_class=Response)
async def stop_node(ctx: Ctx, lab: TheLab, node: TheNode) -> None:
    lifecycle.stop_node(ctx.host, lab, node, ctx.now)


@router.put("/nodes/{node_id}/wipe_disks", status_code=204, response_class=Response)
async def wipe_node(ctx: Ctx, lab: TheLab, node: TheNode) -> None:
    lifecycle.wipe_node(ctx.host, lab, node, ctx.now)


@router.get("/nodes/{node_id}/check_if_converged")
async def node_converged(node: TheNode) -> bool:
    return not node.in_transition


@router.put("/nodes/{node_id}/extract_configuration")
async def extract_configuration(ctx: Ctx, lab: TheLab, node: TheNode) -> dict[str, Any]:
    """Store the running configuration as the day-0 configuration of the node."""
    if node.definition.extract_command is None:
        raise Rejected(f"Node definition {node.node_definition} has no command to extract a configuration.")
    device = ctx.devices.device(lab, node)
    if node.state is not NodeState.BOOTED or device is None or not isinstance(device.system, IosDevice):
        raise Rejected(f"Node {node.label} is {node.state}: a configuration can be extracted from a BOOTED node.")
    node.store_configuration("Main", device.system.running_config())
    ctx.host.report(lab, ChangeKind.CHANGE, ElementType.NODE, node.id, ctx.now)
    return {"message": f"Configuration of {node.label} extracted."}


@router.get("/find/node/label/{query}")
async def find_node_by_label(lab: TheLab, query: str) -> str | None:
    return next((node.id for node in lab.nodes.values() if node.label == query), None)


@router.get("/find_all/node/tag/{query}")
async def find_nodes_by_tag(lab: TheLab, query: str) -> list[str]:
    return [node.id for node in lab.nodes.values() if query in node.tags]


@all_nodes_router.get("/nodes", response_model=list[NodeResponse], response_model_exclude_unset=True)
async def list_all_nodes(ctx: Ctx, user: CurrentUser) -> list[dict[str, Any]]:
    """Every node that the caller may see, whatever the lab."""
    labs = ctx.host.visible_labs(user, show_all=True)
    return [node_view(ctx.host, lab, node, True, None) for lab in labs for node in lab.nodes.values()]
