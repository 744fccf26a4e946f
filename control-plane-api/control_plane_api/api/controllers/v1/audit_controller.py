"""/api/v1/audit: who did what and who was refused what, as list and as file; proof and anchors of the event log."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from control_plane_api.api.access import Admin, Operator, context_for
from control_plane_api.api.audit_export import MEDIA_TYPES, ExportFormat, exported
from control_plane_api.api.pages import Cursor, Limit, Window
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.api.streamed_response import StreamedResponse
from control_plane_api.application.commands.audit.begin_audit_export_command import BeginAuditExportCommand
from control_plane_api.application.commands.audit.end_audit_export_command import EndAuditExportCommand
from control_plane_api.application.commands.audit.make_anchor_command import MakeAnchorCommand
from control_plane_api.application.paging import (
    ALL_TIME,
    DEFAULT_PAGE_SIZE,
    Between,
    PageRequest,
    Position,
)
from control_plane_api.application.queries.get_audit_detail_query import GetAuditDetailQuery
from control_plane_api.application.queries.list_anchors_query import ListAnchorsQuery
from control_plane_api.application.queries.search_audit_query import SearchAuditQuery
from control_plane_api.application.queries.verify_audit_query import VerifyAuditQuery
from control_plane_api.application.services.audit_trail import AuditFilter
from lcm_core.contracts.audit import AnchorSummary, AuditDetail, AuditEntry, AuditOutcome
from lcm_core.hosting.openapi import problem_reference

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class AuditFinding(BaseModel):
    """Something that is not as it must be; ``version`` is 0 when no single commit is meant."""

    stream: str
    version: int
    kind: str
    message: str
    invariant: str = ""


class AuditResult(BaseModel):
    clean: bool
    streams: int
    commits: int
    events: int
    findings: list[AuditFinding]
    invariants: list[str] = Field(description="Rules across aggregates that were checked.")
    fingerprint: str = Field(description="SHA-256 over the heads of all streams; keep it elsewhere to prove more.")
    anchors: int = Field(default=0, description="Anchors that the log was compared with.")


class AuditPage(BaseModel):
    items: list[AuditEntry]
    next_cursor: str | None = Field(description="`cursor` of the next page; null on the last one.")


class AnchorPage(BaseModel):
    items: list[AnchorSummary]
    next_before: int | None = Field(description="`before` of the next page; null on the last one.")


async def _filter(
    window: Window,
    actor: Annotated[str | None, Query(max_length=200, description="Subject of the token, or a service.")] = None,
    resource_type: Annotated[
        str | None, Query(max_length=100, pattern=r"^[a-z_]+$", description="Kind, for example `lablet_session`.")
    ] = None,
    resource_id: Annotated[str | None, Query(max_length=200, description="Needs `resource_type`.")] = None,
    event_type: Annotated[
        str | None,
        Query(
            max_length=100,
            pattern=r"^[a-z0-9_.]+$",
            description="Name of the event, with its version or without: `lablet_session.scheduled`.",
        ),
    ] = None,
    correlation_id: Annotated[str | None, Query(max_length=128)] = None,
    outcome: AuditOutcome | None = None,
) -> AuditFilter:
    return AuditFilter(
        actor=actor,
        resource_type=resource_type,
        resource_id=resource_id,
        event_type=event_type,
        correlation_id=correlation_id,
        outcome=outcome,
        between=window,
    )


FilterOf = Annotated[AuditFilter, Depends(_filter)]


@router.get("", summary="Search, newest first")
async def search_audit(
    mediator: MediatorOf,
    _: Operator,
    wanted: FilterOf,
    limit: Limit = DEFAULT_PAGE_SIZE,
    cursor: Cursor = None,
) -> AuditPage:
    """Every state change and every refused attempt, both in one list. Every filter that is given must hold."""
    page = PageRequest(limit, Position.from_cursor(cursor) if cursor else None)
    found = await mediator.query(SearchAuditQuery(wanted, page, named=True))
    return AuditPage(items=list(found.rows), next_cursor=found.next.to_cursor() if found.next else None)


@router.get(
    "/export",
    summary="Export as a file",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {}, "text/csv": {}}, "description": "Newest first."}},
)
async def export_audit(
    mediator: MediatorOf, principal: Operator, wanted: FilterOf, format: ExportFormat = ExportFormat.NDJSON
) -> Response:
    """The same filters as the search. The export itself stands in the audit, as `audit_export`, before it begins; one
    without an end there was broken off. Cells that a spreadsheet would take for a formula begin with an apostrophe."""
    now = datetime.now(UTC)
    bounded = replace(wanted, between=wanted.between or Between(ALL_TIME.start, now))
    await mediator.query(SearchAuditQuery(bounded, PageRequest(1)))
    export_id, context = str(uuid4()), context_for(principal)
    await mediator.execute(BeginAuditExportCommand(export_id, format.value, wanted.described()), context)
    chunks = exported(
        format,
        lambda page: mediator.query(SearchAuditQuery(bounded, page)),
        lambda entries: mediator.execute(EndAuditExportCommand(export_id, entries), context),
    )
    name = f"audit-{now:%Y%m%dT%H%M%SZ}.{format.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamedResponse(chunks, media_type=MEDIA_TYPES[format], headers=headers)


@router.post("/verify", summary="Replay and check every stream, or one")
async def verify_log(
    mediator: MediatorOf,
    _: Admin,
    change: Change,
    stream: Annotated[
        str | None, Query(max_length=300, description="One stream alone, for example `lablet_session-<id>`.")
    ] = None,
    anchors: Annotated[bool, Query(description="Also prove that every head that was ever anchored stands.")] = False,
) -> AuditResult:
    """Takes about a second per ten thousand commits, and reads only. The same as `lcm audit verify`."""

    async def prove() -> AuditResult:
        report = await mediator.query(VerifyAuditQuery(stream, anchors))
        return AuditResult.model_validate({**asdict(report), "clean": report.clean})

    return await change.find_out(prove)


@router.get("/anchors", summary="Anchors of the event log, newest first", responses=problem_reference(409))
async def list_anchors(
    mediator: MediatorOf,
    _: Operator,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    before: Annotated[int | None, Query(ge=1, description="Those with a number below this one.")] = None,
) -> AnchorPage:
    found = list(await mediator.query(ListAnchorsQuery(limit, before)))
    more = len(found) == limit and found[-1].number > 1
    return AnchorPage(items=found, next_before=found[-1].number if more else None)


@router.post("/anchors", status_code=201, summary="Anchor the event log now")
async def make_anchor(mediator: MediatorOf, principal: Admin, change: Change) -> AnchorSummary:
    """Writes down the head of every stream in the bucket for anchors, beside the anchor that is made each day."""
    return await change.find_out(lambda: mediator.execute(MakeAnchorCommand(), context_for(principal)))


@router.get("/{commit_id}", summary="One commit, with the state before and after")
async def get_audit_detail(
    commit_id: Annotated[str, Path(max_length=320, examples=["lablet_session-0c5f@3"])],
    mediator: MediatorOf,
    _: Operator,
) -> AuditDetail:
    """Replays the stream up to the commit."""
    return await mediator.query(GetAuditDetailQuery(commit_id))
