"""Node and image definitions; the simulated host comes with a fixed set and takes no uploads."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from lcm_simulators.cml.api.context import CurrentUser
from lcm_simulators.cml.api.schemas.definitions import (
    ImageDefinitionResponse,
    NodeDefinitionResponse,
    SimplifiedNodeDefinition,
)
from lcm_simulators.cml.api.views.definition_views import (
    image_definition_view,
    node_definition_view,
    simplified_view,
)
from lcm_simulators.cml.model.definition_table import DEFINITIONS
from lcm_simulators.cml.model.definitions import NodeDefinition
from lcm_simulators.cml.model.refusals import NotFound
from lcm_simulators.cml.model.yaml_text import dump_yaml

router = APIRouter(tags=["Definitions"])
WITH_IMAGE = [definition for definition in DEFINITIONS.values() if definition.driver != "none"]


def _definition(def_id: str) -> NodeDefinition:
    if def_id not in DEFINITIONS:
        raise NotFound("Node definition", def_id)
    return DEFINITIONS[def_id]


def _either(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Two media types: YAML text, or JSON when asked for."""
    return {200: {"model": model, "content": {"text/plain": {"schema": {"type": "string"}}}}}


def _text_or_json(document: dict[str, Any], as_json: bool) -> Response:
    return JSONResponse(document) if as_json else PlainTextResponse(dump_yaml(document))


@router.get("/node_definitions", response_model=list[NodeDefinitionResponse])
async def node_definitions(_: CurrentUser) -> list[dict[str, Any]]:
    return [node_definition_view(definition) for definition in DEFINITIONS.values()]


@router.get("/simplified_node_definitions", response_model=list[SimplifiedNodeDefinition])
async def simplified_node_definitions(_: CurrentUser) -> list[dict[str, Any]]:
    return [simplified_view(definition) for definition in DEFINITIONS.values()]


@router.get("/node_definitions/{def_id}", responses=_either(NodeDefinitionResponse))
async def node_definition(_: CurrentUser, def_id: str, json: bool = False) -> Response:
    return _text_or_json(node_definition_view(_definition(def_id)), json)


@router.get("/node_definitions/{def_id}/image_definitions", response_model=list[ImageDefinitionResponse])
async def images_of_definition(_: CurrentUser, def_id: str) -> list[dict[str, Any]]:
    definition = _definition(def_id)
    return [image_definition_view(definition)] if definition.driver != "none" else []


@router.get("/image_definitions", response_model=list[ImageDefinitionResponse])
async def image_definitions(_: CurrentUser) -> list[dict[str, Any]]:
    return [image_definition_view(definition) for definition in WITH_IMAGE]


@router.get("/image_definitions/{def_id}", responses=_either(ImageDefinitionResponse))
async def image_definition(_: CurrentUser, def_id: str, json: bool = False) -> Response:
    for definition in WITH_IMAGE:
        if definition.image_id == def_id:
            return _text_or_json(image_definition_view(definition), json)
    raise NotFound("Image definition", def_id)


@router.get("/list_image_definition_drop_folder")
async def drop_folder(_: CurrentUser) -> list[str]:
    return []
