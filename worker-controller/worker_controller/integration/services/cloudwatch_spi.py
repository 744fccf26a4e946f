"""CloudWatch figures of instances, many in one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lcm_core.clock import Clock, SystemClock
from lcm_core.integration.aws.calls import AwsCalls
from worker_controller.domain.cloud import CloudFigures

QUERIES_AT_ONCE = 500
_PERIOD_SECONDS = 300
_WINDOW = timedelta(seconds=3 * _PERIOD_SECONDS)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A figure of ``CloudFigures``, the metric it is made from, and what its value is divided by."""

    figure: str
    metric: str
    stat: str
    per: float = 1.0


_FIGURES = (
    _Asked("cpu_percent", "CPUUtilization", "Average"),
    _Asked("network_in_bytes_per_second", "NetworkIn", "Sum", _PERIOD_SECONDS),
    _Asked("network_out_bytes_per_second", "NetworkOut", "Sum", _PERIOD_SECONDS),
    _Asked("disk_read_bytes_per_second", "EBSReadBytes", "Sum", _PERIOD_SECONDS),
    _Asked("disk_write_bytes_per_second", "EBSWriteBytes", "Sum", _PERIOD_SECONDS),
    _Asked("status_check_failed", "StatusCheckFailed", "Maximum"),
)
_CREDITS = _Asked("cpu_credits", "CPUCreditBalance", "Average")


class CloudWatchSpiClient:
    """Basic monitoring: a figure each five minutes, so that the last quarter of an hour holds the latest one."""

    def __init__(self, aws: AwsCalls, clock: Clock | None = None) -> None:
        self._aws = aws
        self._clock: Clock = clock or SystemClock()

    async def figures(
        self, region: str, instance_ids: Iterable[str], burstable: Iterable[str] = ()
    ) -> dict[str, CloudFigures]:
        """One call for each 500 figures, pages aside; credits are asked of *burstable* instances only."""
        asked = list(_questions(sorted(set(instance_ids)), frozenset(burstable)))
        found: dict[str, dict[str, float]] = {}
        for first in range(0, len(asked), QUERIES_AT_ONCE):
            some = asked[first : first + QUERIES_AT_ONCE]
            for place, value in (await self._latest(region, some)).items():
                instance_id, question = some[place]
                found.setdefault(instance_id, {})[question.figure] = value / question.per
        return {instance_id: _figures(values) for instance_id, values in found.items()}

    async def _latest(self, region: str, asked: Sequence[tuple[str, _Asked]]) -> dict[int, float]:
        """The latest value of each question that has one, by its place."""
        end = self._clock.now()
        queries = [_query(f"q{place}", instance_id, question) for place, (instance_id, question) in enumerate(asked)]

        def read(cloudwatch: Any) -> list[dict[str, Any]]:
            pages = cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=end - _WINDOW, EndTime=end, ScanBy="TimestampDescending"
            )
            return [result for page in pages for result in page["MetricDataResults"]]

        latest: dict[int, float] = {}
        for result in await self._aws.call("cloudwatch", region, "read figures of instances", read):
            if result.get("Values"):
                # a figure may be spread over pages, the latest values first
                latest.setdefault(int(result["Id"][1:]), float(result["Values"][0]))
        return latest


def _questions(instance_ids: Iterable[str], burstable: frozenset[str]) -> Iterator[tuple[str, _Asked]]:
    for instance_id in instance_ids:
        for question in (*_FIGURES, _CREDITS) if instance_id in burstable else _FIGURES:
            yield instance_id, question


def _query(query_id: str, instance_id: str, question: _Asked) -> dict[str, Any]:
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/EC2",
                "MetricName": question.metric,
                "Dimensions": [{"Name": "InstanceId", "Value": instance_id}],
            },
            "Period": _PERIOD_SECONDS,
            "Stat": question.stat,
        },
        "ReturnData": True,
    }


def _figures(values: dict[str, float]) -> CloudFigures:
    failed = values.pop("status_check_failed", None)
    rounded: dict[str, Any] = {name: round(value, 1) for name, value in values.items()}
    return CloudFigures(**rounded, status_check_failed=None if failed is None else failed > 0)
