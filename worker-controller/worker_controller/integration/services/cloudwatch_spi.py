"""CloudWatch figures of instances, many in one call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from lcm_core.clock import Clock, SystemClock
from worker_controller.integration.services.aws_calls import AwsCalls

_QUERIES_AT_ONCE = 500
_PERIOD_SECONDS = 300
_WINDOW = timedelta(seconds=3 * _PERIOD_SECONDS)


class CloudWatchSpiClient:
    """Basic monitoring: a figure each five minutes, so that the last quarter of an hour holds the latest one."""

    def __init__(self, aws: AwsCalls, clock: Clock | None = None) -> None:
        self._aws = aws
        self._clock: Clock = clock or SystemClock()

    async def cpu_percent(self, region: str, instance_ids: Iterable[str]) -> dict[str, float]:
        wanted = sorted(set(instance_ids))
        found: dict[str, float] = {}
        for first in range(0, len(wanted), _QUERIES_AT_ONCE):
            found.update(await self._some(region, wanted[first : first + _QUERIES_AT_ONCE]))
        return found

    async def _some(self, region: str, instance_ids: list[str]) -> dict[str, float]:
        end = self._clock.now()
        queries = [_query(f"i{number}", instance_id) for number, instance_id in enumerate(instance_ids)]

        def read(cloudwatch: Any) -> list[dict[str, Any]]:
            pages = cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=end - _WINDOW, EndTime=end, ScanBy="TimestampDescending"
            )
            return [result for page in pages for result in page["MetricDataResults"]]

        results = await self._aws.call("cloudwatch", region, "read CPU utilisation", read)
        latest = {result["Id"]: result["Values"][0] for result in results if result.get("Values")}
        by_query = {f"i{number}": instance_id for number, instance_id in enumerate(instance_ids)}
        return {by_query[query]: round(float(value), 1) for query, value in latest.items()}


def _query(query_id: str, instance_id: str) -> dict[str, Any]:
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/EC2",
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "InstanceId", "Value": instance_id}],
            },
            "Period": _PERIOD_SECONDS,
            "Stat": "Average",
        },
        "ReturnData": True,
    }
