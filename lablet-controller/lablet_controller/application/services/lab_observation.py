"""What a session's lab had and used: looked at once, when the learner's time is over and the lab still runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, LabNode
from lcm_core.clock import Clock
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.port_tags import parse

log = structlog.stdlib.get_logger(__name__)

_LONGEST_SECONDS = 10.0
_MOST_PORTS = 1000
_MB_IN_A_GB = 1024


class LabObservation:
    def __init__(self, labs: CmlLabs, clock: Clock) -> None:
        self._labs = labs
        self._clock = clock

    async def observe(self, host: CmlHost, lab_id: str) -> ObservedResources | None:
        """None when the host does not tell within some seconds: worth knowing, and never worth the evidence."""
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                nodes = await self._labs.nodes(host, lab_id)
                busy = await self._labs.cpu_usage(host, lab_id)
        except (CmlError, TimeoutError) as error:
            why = str(error) or f"no answer within {_LONGEST_SECONDS:g} s"
            log.warning("lab_not_observed", worker_id=host.worker_id, lab_id=lab_id, reason=why)
            return None
        running = [node for node in nodes if node.node_id in busy]
        return ObservedResources(
            observed_at=self._clock.now(),
            nodes=len(nodes),
            running_nodes=len(running),
            cpu_cores=sum(node.cpus for node in nodes),
            memory_gb=round(sum(node.ram_mb for node in nodes) / _MB_IN_A_GB, 3),
            storage_gb=float(sum(node.disk_gb for node in nodes)),
            cpu_percent=_busy(running, busy),
            ports=_forwarded(nodes)[:_MOST_PORTS],
        )


def _busy(running: Iterable[LabNode], busy: Mapping[str, float]) -> float | None:
    """A node without CPUs of its own counts for nothing."""
    weighed = [(node.cpus, busy[node.node_id]) for node in running if node.cpus > 0]
    cpus = sum(weight for weight, _ in weighed)
    return round(sum(weight * percent for weight, percent in weighed) / cpus, 2) if cpus else None


def _forwarded(nodes: Iterable[LabNode]) -> tuple[int, ...]:
    tags = (parse(tag) for node in nodes for tag in node.tags)
    return tuple(sorted({tag.outer for tag in tags if tag is not None and tag.outer is not None}))
