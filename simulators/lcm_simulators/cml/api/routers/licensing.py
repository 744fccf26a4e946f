"""The licensing agent: registration is asynchronous, clients poll the status."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import PlainTextResponse

from lcm_simulators.cml.api.context import Admin, Ctx
from lcm_simulators.cml.api.documents import PLAIN_TEXT
from lcm_simulators.cml.api.schemas.licensing import (
    Feature,
    FeatureUpdate,
    LicensingStatus,
    ProductLicenseName,
    RegistrationRequest,
    TransportUpdate,
)
from lcm_simulators.cml.api.views.licensing_views import features, licensing_status
from lcm_simulators.cml.model.refusals import Rejected

router = APIRouter(prefix="/licensing", tags=["Licensing"])
Code = Annotated[str, Body(min_length=1)]
NO_CONTENT: dict[str, Any] = {"status_code": 204, "response_class": Response}


@router.get("", response_model=LicensingStatus)
async def status(ctx: Ctx, _: Admin) -> dict[str, Any]:
    return licensing_status(ctx.host)


@router.get("/tech_support", response_class=PlainTextResponse, responses=PLAIN_TEXT)
async def tech_support(ctx: Ctx, _: Admin) -> str:
    licence = ctx.host.licence
    return f"License Usage\n=============\nProduct: {licence.product_license}\nRegistration: {licence.status}\n"


@router.put("/product_license", **NO_CONTENT)
async def set_product_license(ctx: Ctx, _: Admin, name: Annotated[ProductLicenseName, Body()]) -> None:
    ctx.host.licence.set_product_license(name)
    ctx.host.dirty = True


@router.put("/transport", **NO_CONTENT)
async def set_transport(ctx: Ctx, _: Admin, transport: TransportUpdate) -> None:
    if ctx.host.licence.registered:
        raise Rejected("The transport cannot be changed while registered.")
    ctx.host.licence.proxy = transport.proxy.model_dump()
    ctx.host.licence.ssms = transport.ssms
    ctx.host.dirty = True


@router.post("/registration", **NO_CONTENT)
async def register(ctx: Ctx, _: Admin, request: RegistrationRequest) -> None:
    ctx.host.licence.register(request.token, request.reregister, ctx.now, ctx.host.policy)
    ctx.host.dirty = True


@router.put("/registration/renew", **NO_CONTENT)
async def renew_registration(ctx: Ctx, _: Admin) -> None:
    ctx.host.licence.renew(ctx.now)
    ctx.host.dirty = True


@router.put("/authorization/renew", **NO_CONTENT)
async def renew_authorization(ctx: Ctx, _: Admin) -> None:
    ctx.host.licence.renew(ctx.now)
    ctx.host.dirty = True


@router.delete("/deregistration", **NO_CONTENT)
async def deregister(ctx: Ctx, _: Admin) -> None:
    ctx.host.licence.deregister()
    ctx.host.dirty = True


@router.get("/features", response_model=list[Feature], deprecated=True)
async def get_features(ctx: Ctx, _: Admin) -> list[dict[str, Any]]:
    return features(ctx.host)


@router.patch("/features", **NO_CONTENT)
async def update_features(
    ctx: Ctx, _: Admin, updates: Annotated[list[FeatureUpdate], Body(min_length=1, max_length=2)]
) -> None:
    known = {feature["id"]: feature["max"] for feature in features(ctx.host)}
    for update in updates:
        if update.id not in known:
            raise Rejected(f"Unknown licence feature: {update.id}")
        if update.count > known[update.id]:
            raise Rejected(f"Feature {update.id} has {known[update.id]} licences, {update.count} asked for.")
        ctx.host.licence.feature_counts[update.id] = update.count
    ctx.host.dirty = True


@router.put("/reservation/mode", **NO_CONTENT)
async def reservation_mode(ctx: Ctx, _: Admin, enabled: Annotated[bool, Body()]) -> None:
    if ctx.host.licence.registered:
        raise Rejected("Reservation mode cannot be changed while registered.", 409)
    ctx.host.licence.reservation_mode = enabled
    ctx.host.dirty = True


def _reserving(ctx: Ctx) -> None:
    if not ctx.host.licence.reservation_mode:
        raise Rejected("Reservation mode is not enabled.", 409)


@router.post("/reservation/request")
async def request_reservation(ctx: Ctx, _: Admin) -> str:
    _reserving(ctx)
    ctx.host.licence.reservation_code = f"CA-{uuid.uuid4()}"
    ctx.host.dirty = True
    return ctx.host.licence.reservation_code


@router.post("/reservation/complete")
async def complete_reservation(ctx: Ctx, _: Admin, authorization_code: Code) -> str | None:
    _reserving(ctx)
    licence = ctx.host.licence
    if licence.reservation_code is None:
        raise Rejected("No reservation was requested.", 409)
    licence.confirmation_code = uuid.uuid4().hex[:8]
    licence.status, licence.token = "COMPLETED", authorization_code
    licence.attempted_at = licence.renewed_at = ctx.now
    ctx.host.dirty = True
    return licence.confirmation_code


@router.post("/reservation/discard")
async def discard_reservation(ctx: Ctx, _: Admin, code: Code) -> str | None:
    _reserving(ctx)
    ctx.host.licence.reservation_code = None
    ctx.host.dirty = True
    return f"Discarded {code}"


@router.delete("/reservation/cancel", **NO_CONTENT)
async def cancel_reservation(ctx: Ctx, _: Admin) -> None:
    _reserving(ctx)
    ctx.host.licence.reservation_code = None
    ctx.host.dirty = True


@router.delete("/reservation/release")
async def release_reservation(ctx: Ctx, _: Admin) -> str | None:
    _reserving(ctx)
    ctx.host.licence.deregister()
    ctx.host.licence.return_code = uuid.uuid4().hex[:8]
    ctx.host.dirty = True
    return ctx.host.licence.return_code


@router.get("/reservation/confirmation_code")
async def confirmation_code(ctx: Ctx, _: Admin) -> str | None:
    return ctx.host.licence.confirmation_code


@router.delete("/reservation/confirmation_code", **NO_CONTENT)
async def remove_confirmation_code(ctx: Ctx, _: Admin) -> None:
    if ctx.host.licence.confirmation_code is None:
        raise Rejected("There is no confirmation code.")
    ctx.host.licence.confirmation_code = None
    ctx.host.dirty = True


@router.get("/reservation/return_code")
async def return_code(ctx: Ctx, _: Admin) -> str | None:
    return ctx.host.licence.return_code


@router.delete("/reservation/return_code", **NO_CONTENT)
async def remove_return_code(ctx: Ctx, _: Admin) -> None:
    if ctx.host.licence.return_code is None:
        raise Rejected("There is no return code.")
    ctx.host.licence.return_code = None
    ctx.host.dirty = True
