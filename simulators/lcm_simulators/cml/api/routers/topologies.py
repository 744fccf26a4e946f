"""Import, download and the topology document of a lab."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse

from lcm_simulators.cml.api.context import Ctx, CurrentUser, TheLab
from lcm_simulators.cml.api.documents import PLAIN_TEXT
from lcm_simulators.cml.api.schemas.basics import ImportResponse
from lcm_simulators.cml.api.schemas.labs import LabTiles, TopologyResponse
from lcm_simulators.cml.api.views.lab_views import lab_view, topology_view
from lcm_simulators.cml.model.topology_reader import build_lab, parse_topology
from lcm_simulators.cml.model.topology_writer import topology_yaml

router = APIRouter(tags=["Labs"])
TOPOLOGY_BODY = {
    "requestBody": {
        "required": True,
        "description": "Topology file, YAML or JSON; the content type is not looked at.",
        "content": {"application/json": {"schema": {"type": "object"}}, "application/yaml": {}},
    }
}


@router.post("/import", response_model=ImportResponse, openapi_extra=TOPOLOGY_BODY)
async def import_lab(
    ctx: Ctx,
    user: CurrentUser,
    request: Request,
    title: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
) -> dict[str, Any]:
    topology = parse_topology(await request.body())
    now = ctx.now
    lab, warnings = build_lab(topology, title, user.id, now, ctx.host.policy)
    ctx.host.add_lab(lab, now)
    ctx.host.note("import_lab", now, lab_id=lab.id, nodes=len(lab.nodes))
    return {"id": lab.id, "warnings": warnings or None}


@router.get("/labs/{lab_id}/topology", response_model=TopologyResponse, response_model_exclude_unset=True)
async def topology(lab: TheLab, exclude_configurations: bool | None = None) -> dict[str, Any]:
    return topology_view(lab, exclude_configurations)


@router.get("/labs/{lab_id}/download", response_class=PlainTextResponse, responses=PLAIN_TEXT)
async def download(ctx: Ctx, lab: TheLab) -> str:
    ctx.host.note("export_lab", ctx.now, lab_id=lab.id)
    return topology_yaml(lab)


@router.get("/populate_lab_tiles", response_model=LabTiles, response_model_exclude_unset=True)
async def populate_lab_tiles(ctx: Ctx, user: CurrentUser) -> dict[str, Any]:
    labs = ctx.host.visible_labs(user, show_all=True)
    return {"lab_tiles": {lab.id: lab_view(ctx.host, lab, user) for lab in labs}}
