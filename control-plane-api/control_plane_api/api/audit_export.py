"""The audit as a file: one entry after the other, never all of them in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from enum import StrEnum

import orjson

from control_plane_api.application.paging import LARGEST_PAGE_SIZE, Page, PageRequest
from lcm_core.contracts.audit import AuditEntry
from lcm_core.domain.json_form import instant_text

ReadPage = Callable[[PageRequest], Awaitable[Page[AuditEntry]]]


class ExportFormat(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


MEDIA_TYPES = {ExportFormat.NDJSON: "application/x-ndjson", ExportFormat.CSV: "text/csv; charset=utf-8"}

COLUMNS = (
    "at",
    "outcome",
    "actor",
    "client",
    "remote",
    "reason",
    "resource_type",
    "resource_id",
    "version",
    "events",
    "method",
    "route",
    "status",
    "code",
    "count",
    "correlation_id",
    "causation_id",
    "leader_service",
    "leader_epoch",
    "id",
    "data",
)
_NOT_ON_RECORD = {"resource_name"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


async def exported(
    format: ExportFormat, read_page: ReadPage, ended: Callable[[int], Awaitable[object]]
) -> AsyncGenerator[bytes]:
    """Page by page, newest first; *ended* is told the number of entries once the last one was taken."""
    sent, page = 0, PageRequest(LARGEST_PAGE_SIZE)
    if format is ExportFormat.CSV:
        yield _csv_lines([COLUMNS])
    while True:
        found = await read_page(page)
        if found.rows:
            yield _encoded(format, found.rows)
        sent += len(found.rows)
        if found.next is None:
            break
        page = PageRequest(LARGEST_PAGE_SIZE, found.next)
    await ended(sent)


def _encoded(format: ExportFormat, rows: Iterable[AuditEntry]) -> bytes:
    if format is ExportFormat.CSV:
        return _csv_lines(_cells(entry) for entry in rows)
    return b"".join(entry.model_dump_json(exclude=_NOT_ON_RECORD).encode() + b"\n" for entry in rows)


def _csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cells(entry: AuditEntry) -> list[str]:
    values = {
        **entry.model_dump(exclude={"events"}, mode="json"),
        "at": instant_text(entry.at),
        "events": " ".join(event.type for event in entry.events),
        "data": orjson.dumps([event.data for event in entry.events]).decode() if entry.events else "",
    }
    return [harmless(values[column]) for column in COLUMNS]


def harmless(value: object) -> str:
    """*value* as a cell that no spreadsheet takes for a formula: an apostrophe in front makes it text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
