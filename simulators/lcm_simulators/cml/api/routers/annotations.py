"""Annotations, and the smart ones that follow the tags of nodes."""

from typing import Any

from fastapi import APIRouter, Response

from lcm_simulators.cml.api.context import Ctx, TheLab, Uuid4, annotation_or_404
from lcm_simulators.cml.api.schemas.annotations import (
    AnnotationCreate,
    AnnotationResponse,
    AnnotationUpdate,
    SmartAnnotationResponse,
    SmartAnnotationUpdate,
)
from lcm_simulators.cml.model.lab import new_id
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.states import ChangeKind, ElementType

router = APIRouter(prefix="/labs/{lab_id}", tags=["Annotations"])


@router.get("/annotations", response_model=list[AnnotationResponse], response_model_exclude_unset=True)
async def list_annotations(lab: TheLab) -> list[dict[str, Any]]:
    return list(lab.annotations.values())


@router.post("/annotations", response_model=AnnotationResponse, response_model_exclude_unset=True)
async def create_annotation(ctx: Ctx, lab: TheLab, body: AnnotationCreate) -> dict[str, Any]:
    annotation = {**body.model_dump(), "id": new_id()}
    lab.annotations[annotation["id"]] = annotation
    ctx.host.report(lab, ChangeKind.ADD, ElementType.ANNOTATION, annotation["id"], ctx.now)
    return annotation


@router.get("/annotations/{annotation_id}", response_model=AnnotationResponse, response_model_exclude_unset=True)
async def get_annotation(lab: TheLab, annotation_id: Uuid4) -> dict[str, Any]:
    return annotation_or_404(lab.annotations, "Annotation", annotation_id)


@router.patch("/annotations/{annotation_id}", response_model=AnnotationResponse, response_model_exclude_unset=True)
async def update_annotation(ctx: Ctx, lab: TheLab, annotation_id: Uuid4, body: AnnotationUpdate) -> dict[str, Any]:
    annotation = annotation_or_404(lab.annotations, "Annotation", annotation_id)
    if body.type != annotation["type"]:
        raise Rejected(f"Annotation {annotation_id} is a {annotation['type']}, it cannot become a {body.type}.")
    annotation.update(body.model_dump(exclude_unset=True))
    ctx.host.report(lab, ChangeKind.CHANGE, ElementType.ANNOTATION, annotation_id, ctx.now)
    return annotation


@router.delete("/annotations/{annotation_id}", status_code=204, response_class=Response)
async def delete_annotation(ctx: Ctx, lab: TheLab, annotation_id: Uuid4) -> None:
    annotation_or_404(lab.annotations, "Annotation", annotation_id)
    del lab.annotations[annotation_id]
    ctx.host.report(lab, ChangeKind.REMOVE, ElementType.ANNOTATION, annotation_id, ctx.now)


@router.get("/smart_annotations", response_model=list[SmartAnnotationResponse])
async def list_smart_annotations(lab: TheLab) -> list[dict[str, Any]]:
    return list(lab.smart_annotations.values())


@router.get("/smart_annotations/{annotation_id}", response_model=SmartAnnotationResponse)
async def get_smart_annotation(lab: TheLab, annotation_id: Uuid4) -> dict[str, Any]:
    return annotation_or_404(lab.smart_annotations, "SmartAnnotation", annotation_id)


@router.patch("/smart_annotations/{annotation_id}", response_model=SmartAnnotationResponse)
async def update_smart_annotation(
    ctx: Ctx, lab: TheLab, annotation_id: Uuid4, body: SmartAnnotationUpdate
) -> dict[str, Any]:
    annotation = annotation_or_404(lab.smart_annotations, "SmartAnnotation", annotation_id)
    annotation.update(body.model_dump(exclude_unset=True))
    ctx.host.report(lab, ChangeKind.CHANGE, ElementType.SMART_ANNOTATION, annotation_id, ctx.now)
    return annotation
