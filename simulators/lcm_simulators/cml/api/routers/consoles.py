"""Console and VNC keys, console logs, and the pyATS test bed that leads to the consoles."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse

from lcm_simulators.cml.api.context import Ctx, CurrentUser, TheLab, TheNode
from lcm_simulators.cml.api.documents import PLAIN_TEXT
from lcm_simulators.cml.api.schemas.basics import StrictBody
from lcm_simulators.cml.api.views.testbed import testbed_yaml
from lcm_simulators.cml.model.refusals import Rejected

router = APIRouter(tags=["Consoles"])


class ConsoleKey(StrictBody):
    node_id: str
    compute_id: str
    lab_id: str
    label: str
    driver: str
    line: int


class VncKey(StrictBody):
    node_id: str
    compute_id: str
    lab_id: str
    label: str
    compute_address: str


@router.get("/labs/{lab_id}/nodes/{node_id}/keys/console")
async def console_key(node: TheNode, line: Annotated[int, Query(ge=0, le=64)] = 0) -> str:
    if line >= len(node.console_keys):
        raise Rejected(f"Node {node.label} has no console key for line {line}.", 404)
    return node.console_keys[line]


@router.get("/labs/{lab_id}/nodes/{node_id}/keys/vnc")
async def vnc_key(node: TheNode) -> str:
    if node.vnc_key is None:
        raise Rejected(f"Node {node.label} has no VNC key.", 404)
    return node.vnc_key


@router.get("/labs/{lab_id}/nodes/{node_id}/consoles/{console_id}/log")
async def console_log(
    ctx: Ctx,
    lab: TheLab,
    node: TheNode,
    console_id: Annotated[int, Path(ge=0, le=64)],
    lines: Annotated[int | None, Query(ge=0)] = None,
) -> str:
    if console_id >= node.definition.serial_ports:
        raise Rejected(f"Node {node.label} has no console {console_id}.")
    line = ctx.devices.line(lab, node, console_id)
    if line is None:
        raise Rejected(f"There is no console log: node {node.label} is {node.state}.", 404)
    return line.log(lines)


@router.get("/keys/console", response_model=dict[str, ConsoleKey])
async def console_keys(ctx: Ctx, user: CurrentUser, show_all: bool = False) -> dict[str, ConsoleKey]:
    return {
        key: ConsoleKey(
            node_id=node.id,
            compute_id=ctx.host.compute_id,
            lab_id=lab.id,
            label=node.label,
            driver=node.definition.driver.upper(),
            line=number,
        )
        for lab in ctx.host.visible_labs(user, show_all)
        for node in lab.nodes.values()
        for number, key in enumerate(node.console_keys)
    }


@router.get("/keys/vnc", response_model=dict[str, VncKey])
async def vnc_keys(ctx: Ctx, user: CurrentUser, show_all: bool = False) -> dict[str, VncKey]:
    return {
        node.vnc_key: VncKey(
            node_id=node.id,
            compute_id=ctx.host.compute_id,
            lab_id=lab.id,
            label=node.label,
            compute_address=ctx.host.address,
        )
        for lab in ctx.host.visible_labs(user, show_all)
        for node in lab.nodes.values()
        if node.vnc_key
    }


@router.get("/labs/{lab_id}/pyats_testbed", response_class=PlainTextResponse, responses=PLAIN_TEXT)
async def pyats_testbed(ctx: Ctx, lab: TheLab, hostname: str | None = None) -> str:
    return testbed_yaml(lab, hostname or f"{ctx.host.address}:{ctx.ssh_port}")
