"""CloudWatch numbers that follow the load of the simulated hosts."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import httpx2
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from pydantic import BaseModel, TypeAdapter, ValidationError

from lcm_simulators.cloud.account import Account, InstanceView
from lcm_simulators.cloud.moto_thread import MotoThread
from lcm_simulators.cloud.settings import CloudSettings

_FETCH_TIMEOUT_SECONDS = 2.0
_IDLE_CPU_PERCENT = 1.5
_IDLE_MEMORY_PERCENT = 4.0
_IDLE_DISK_PERCENT = 12.0
_DISK_PERCENT_PER_NODE = 0.4
_IDLE_BYTES_PER_SECOND = 2_000.0
_BYTES_PER_SECOND_PER_NODE = 500.0
_TRAFFIC = ("NetworkIn", "NetworkOut", "EBSReadBytes", "EBSWriteBytes")

log = logging.getLogger(__name__)


class HostLoad(BaseModel):
    """What the CML simulator says of one host; the address is the instance's private one."""

    address: str
    cpu_percent: float = _IDLE_CPU_PERCENT
    memory_percent: float = _IDLE_MEMORY_PERCENT
    disk_percent: float | None = None
    running_nodes: int = 0


_HOSTS = TypeAdapter(list[HostLoad])


async def publish_for_ever(thread: MotoThread, account: Callable[[], Account], settings: CloudSettings) -> None:
    """Put a data point for each running instance at every interval.

    While the CML simulator is away, instances show the load of an idle operating system.
    """
    async with httpx2.AsyncClient(timeout=_FETCH_TIMEOUT_SECONDS) as http:
        while True:
            loads = await _loads(http, settings.cml_control_url)
            await thread.call(_publish, account(), settings, loads)
            await asyncio.sleep(settings.metrics_interval_seconds)


async def _loads(http: httpx2.AsyncClient, control_url: str | None) -> dict[str, HostLoad]:
    if control_url is None:
        return {}
    try:
        answer = await http.get(f"{control_url.rstrip('/')}/_sim/hosts")
        answer.raise_for_status()
        return {load.address: load for load in _HOSTS.validate_json(answer.content)}
    except (httpx2.HTTPError, ValidationError) as error:
        log.debug("no load from the CML simulator: %s", error)
        return {}


def _publish(account: Account, settings: CloudSettings, loads: dict[str, HostLoad]) -> None:
    account.forget_terminated()
    backend: Any = cloudwatch_backends[DEFAULT_ACCOUNT_ID][settings.region]
    running = [instance for instance in account.instances() if instance.state == "running"]
    for namespace, points in _points(running, loads, settings.metrics_interval_seconds).items():
        backend.put_metric_data(namespace, points)
    # moto looks through all it has at every question, and would keep it for two weeks.
    oldest = utcnow() - timedelta(seconds=settings.metrics_retention_seconds)
    backend.metric_data = [datum for datum in backend.metric_data if datum.timestamp.replace(tzinfo=None) >= oldest]


def _points(
    instances: Iterable[InstanceView], loads: dict[str, HostLoad], seconds: float
) -> dict[str, list[dict[str, Any]]]:
    ec2: list[dict[str, Any]] = []
    agent: list[dict[str, Any]] = []
    for instance in instances:
        address = instance.private_ip or ""
        load = loads.get(address) or HostLoad(address=address)
        disk = load.disk_percent
        if disk is None:
            disk = min(100.0, _IDLE_DISK_PERCENT + _DISK_PERCENT_PER_NODE * load.running_nodes)
        ec2.append(_point(instance, "CPUUtilization", max(load.cpu_percent, _IDLE_CPU_PERCENT)))
        ec2.append(_point(instance, "StatusCheckFailed", float(instance.impaired), "Count"))
        traffic = seconds * (_IDLE_BYTES_PER_SECOND + _BYTES_PER_SECOND_PER_NODE * load.running_nodes)
        ec2.extend(_point(instance, name, traffic, "Bytes") for name in _TRAFFIC)
        agent.append(_point(instance, "mem_used_percent", max(load.memory_percent, _IDLE_MEMORY_PERCENT)))
        agent.append(_point(instance, "disk_used_percent", disk))
    return {"AWS/EC2": ec2, "CWAgent": agent}


def _point(instance: InstanceView, name: str, value: float, unit: str = "Percent") -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": "InstanceId", "Value": instance.id}],
        "Timestamp": utcnow(),
        "Value": value,
        "Unit": unit,
    }
