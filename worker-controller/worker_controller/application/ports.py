"""What the phases need of far systems; the adapters are in ``integration.services``.

Every method has a deadline of its own and raises ``FarEndError``, which says whether trying again can help.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.provisioning import RegionNetwork
from lcm_core.domain.values import AmiRequirement
from worker_controller.domain.cloud import CloudFigures, InstanceStatus
from worker_controller.domain.cml_system import CmlInformation, CmlLicensing, CmlStats
from worker_controller.domain.ec2 import Ec2Instance, LaunchNetwork, LaunchOrder, MachineImage
from worker_controller.domain.host_change import HostChange


class Ec2Port(Protocol):
    async def newest_image(self, region: str, wanted: AmiRequirement) -> MachineImage:
        """The newest image that satisfies *wanted*; ``FarEndError`` that is not retryable when there is none."""
        ...

    async def launch_networks(self, region: str, named: RegionNetwork) -> tuple[LaunchNetwork, ...]:
        """Where to launch, first choice first: what is *named*, or else what is tagged for this fleet.

        ``FarEndError`` that is not retryable when there is nothing.
        """
        ...

    async def launch(self, region: str, order: LaunchOrder) -> Ec2Instance:
        """The instance of the worker, which may be there already.

        ``FarEndError`` with ``aws_code`` among its facts when EC2 refused; not retryable codes never succeed unchanged.
        """
        ...

    async def console_output(self, region: str, instance_id: str) -> str:
        """The end of what the instance has written on its console; "" when EC2 has none."""
        ...

    async def find_by_worker(self, region: str, worker_id: str) -> list[Ec2Instance]:
        """Instances tagged with *worker_id* that are not terminated, the one to keep first: see first_to_keep."""
        ...

    async def describe(self, region: str, instance_ids: Iterable[str]) -> dict[str, Ec2Instance]:
        """By id; an instance that EC2 does not know is absent."""
        ...

    async def reclaims(self, region: str, instance_ids: Iterable[str]) -> dict[str, str]:
        """What EC2 says of those spot instances that it takes back, by id; all others are absent."""
        ...

    async def managed(self, region: str) -> list[Ec2Instance]:
        """Every instance tagged as this fleet's that is not terminated."""
        ...

    async def start(self, region: str, instance_id: str) -> None: ...

    async def stop(self, region: str, instance_id: str, *, force: bool = False) -> None:
        """*force* does not wait for the guest to shut down."""
        ...

    async def terminate(self, region: str, instance_id: str) -> None:
        """No error when the instance is gone already."""
        ...


class InstanceTagsPort(Protocol):
    """What is needed to take an instance in that was not launched here, and to let it go again."""

    @property
    def fleet(self) -> str:
        """Value of the tag ``lcm:fleet`` of what is ours."""
        ...

    async def image(self, region: str, image_id: str) -> MachineImage | None:
        """The image that an instance was made from; None when it does not exist any more."""
        ...

    async def claim(self, region: str, instance_id: str, worker_id: str, template_name: str) -> None:
        """Mark the instance as that worker's."""
        ...

    async def release(self, region: str, instance_id: str, why: str) -> None:
        """Mark the instance as nobody's, and why; it stays in the fleet, for people to see."""
        ...


class CmlSystemPort(Protocol):
    """The system API of one CML host."""

    async def information(self) -> CmlInformation: ...

    async def stats(self) -> CmlStats: ...

    async def licensing(self) -> CmlLicensing: ...

    async def labs(self) -> frozenset[str]:
        """Ids of all labs on the host, whoever made them."""
        ...

    async def last_activity(self) -> datetime | None:
        """When somebody last did something with a lab; None when the host remembers nothing of that kind."""
        ...

    async def take_over(self, instance_id: str) -> bool:
        """Make sure that the host's administrator has the wanted password; whether it had the bootstrap one.

        Repeating is harmless. ``FarEndError`` when the host refuses both.
        """
        ...

    async def set_product(self, kind: LicenseType) -> None: ...

    async def register(self, token: str) -> None:
        """Accepted, not done: the outcome shows in ``licensing``. No error when one is under way already."""
        ...

    async def deregister(self) -> None:
        """No error when nothing is registered."""
        ...


class CmlHosts(Protocol):
    def at(self, address: str) -> CmlSystemPort:
        """The client of the host at *address*; the same one for the same address."""
        ...

    async def forget(self, address: str) -> None:
        """Close what is open to a host that is gone."""
        ...


class CloudMetricsPort(Protocol):
    async def figures(
        self, region: str, instance_ids: Iterable[str], burstable: Iterable[str] = ()
    ) -> dict[str, CloudFigures]:
        """The latest figures by instance id, absent where there is no recent one; credits of *burstable* ones only."""
        ...


class InstanceStatusPort(Protocol):
    async def statuses(self, region: str, instance_ids: Iterable[str]) -> dict[str, InstanceStatus]:
        """Status checks and planned events by id; an instance that does not run is absent."""
        ...


class HostEventsPort(Protocol):
    """What hosts tell by themselves."""

    def open(self, address: str) -> AbstractAsyncContextManager[AsyncIterator[HostChange]]:
        """The changes on the host at *address* from now on; the iterator ends when the host ends the stream.

        Raises ``NoEventStream`` for a host that has none, ``FarEndError`` when it cannot be reached or the stream
        breaks.
        """
        ...
