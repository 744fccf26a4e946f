"""Figures of workers over time: one document for a worker, a resolution and a span of time.

A document of single observations holds rows of numbers; one of steps holds count, sum and peak of each figure by step.
Each is written only by observations later than its last one, so that one told twice counts once. Documents carry the
date at which the database removes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from control_plane_api.application.services.metric_history import WORKER_METRIC_HISTORY
from control_plane_api.domain.metric_history import Chart, Figure, HistoryPolicy, Sample, Tier
from lcm_core.domain.read_models import METRIC_UNITS, WorkerMetrics
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import only_duplicates, store_errors

MOST_ROWS = 720
"""Observations in one document: one each five seconds for an hour. More are not kept singly."""
_NAMES = tuple(METRIC_UNITS)


class MongoMetricHistory:
    """``MetricHistory``."""

    def __init__(self, database: Database, policy: HistoryPolicy) -> None:
        self._history = database[WORKER_METRIC_HISTORY]
        self.tiers: Sequence[Tier] = policy.tiers

    async def append(self, worker_id: str, metrics: WorkerMetrics) -> None:
        values = [_number(getattr(metrics, name)) for name in _NAMES]
        if all(value is None for value in values):
            return
        at = metrics.observed_at.timestamp()
        updates = [_update(worker_id, tier, at, values) for tier in self.tiers]
        with store_errors(f"writing {WORKER_METRIC_HISTORY}"):
            try:
                await self._history.bulk_write(updates, ordered=False)
            except BulkWriteError as error:
                # the document is there and did not match: it has this observation, a later one, or enough
                if not only_duplicates(error):
                    raise

    async def samples(self, worker_id: str, chart: Chart) -> list[Sample]:
        with store_errors(f"reading {WORKER_METRIC_HISTORY}"):
            found = await self._history.find(
                documents_of(worker_id, chart), {"rows": 1, "steps": 1, "start": 1}
            ).to_list()
        return [sample for document in found for sample in _samples(document, chart.tier)]


def documents_of(worker_id: str, chart: Chart) -> dict[str, Any]:
    """The query for everything that *chart* shows."""
    return {
        "worker_id": worker_id,
        "tier": chart.tier.name,
        "start": {"$gte": chart.tier.bucket_of(chart.start), "$lt": chart.end},
    }


def _update(worker_id: str, tier: Tier, at: float, values: Sequence[float | None]) -> UpdateOne:
    start = tier.bucket_of(at)
    matching: dict[str, Any] = {"_id": f"{worker_id}:{tier.name}:{start}", "last": {"$lt": at}}
    update: dict[str, Any] = {
        "$set": {"last": at},
        "$setOnInsert": {
            "worker_id": worker_id,
            "tier": tier.name,
            "start": start,
            "expires_at": datetime.fromtimestamp(start + tier.bucket + tier.keep, UTC),
        },
    }
    if tier.step == 0:
        matching["count"] = {"$lt": MOST_ROWS}
        return UpdateOne(matching, {**update, "$push": {"rows": [at, *values]}, "$inc": {"count": 1}}, upsert=True)
    step = f"steps.{tier.slot_of(at)}"
    known = {name: value for name, value in zip(_NAMES, values, strict=True) if value is not None}
    added = {f"{step}.{name}.n": 1 for name in known} | {f"{step}.{name}.sum": value for name, value in known.items()}
    peaks = {f"{step}.{name}.peak": value for name, value in known.items()}
    return UpdateOne(matching, {**update, "$inc": added, "$max": peaks}, upsert=True)


def _samples(document: Document, tier: Tier) -> list[Sample]:
    if tier.step == 0:
        return [Sample(at, [_single(value) for value in values]) for at, *values in document.get("rows", [])]
    return [
        Sample(document["start"] + int(slot) * tier.step, [_taken_together(step.get(name)) for name in _NAMES])
        for slot, step in document.get("steps", {}).items()
    ]


def _single(value: float | None) -> Figure | None:
    return None if value is None else Figure(1, value, value)


def _taken_together(kept: dict[str, Any] | None) -> Figure | None:
    return None if kept is None else Figure(kept["n"], kept["sum"], kept["peak"])


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
