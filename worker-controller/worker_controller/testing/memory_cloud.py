"""An AWS account in memory: transitions take time, and what the real adapters would send is counted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lcm_core.clock import Clock
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.provisioning import RegionNetwork
from lcm_core.domain.values import AmiRequirement
from worker_controller.domain.cloud import CloudFigures, InstanceStatus
from worker_controller.domain.ec2 import Ec2Instance, Ec2State, LaunchNetwork, LaunchOrder, MachineImage
from worker_controller.testing.wire import Wire

BOOT_SECONDS, STOP_SECONDS, TERMINATE_SECONDS = 20.0, 15.0, 10.0
_FIGURES, _FIGURES_AT_ONCE, _IDS_AT_ONCE, _STATUSES_AT_ONCE, _PAGE = 6, 500, 200, 100, 1000
_ARRIVES_AFTER = {
    Ec2State.RUNNING: (Ec2State.PENDING, BOOT_SECONDS),
    Ec2State.STOPPED: (Ec2State.STOPPING, STOP_SECONDS),
    Ec2State.TERMINATED: (Ec2State.SHUTTING_DOWN, TERMINATE_SECONDS),
}


@dataclass(slots=True)
class _Kept:
    instance: Ec2Instance
    target: Ec2State
    arrives_at: float
    visible_at: float
    launched_at: float

    def seen(self, now: float) -> Ec2Instance:
        state = self.target if now >= self.arrives_at else _ARRIVES_AFTER[self.target][0]
        return replace(self.instance, state=state)


@dataclass(slots=True)
class MemoryCloud:
    """``Ec2Port``, ``CloudMetricsPort`` and ``InstanceStatusPort``.

    A launched instance is in no list before *unseen_seconds*. ``no_capacity`` refuses launches for the time being,
    ``no_image`` for good.
    """

    wire: Wire
    clock: Clock
    unseen_seconds: float = 3.0
    no_capacity: bool = False
    no_image: bool = False
    _rows: dict[str, _Kept] = field(default_factory=dict[str, _Kept])
    _tokens: dict[str, str] = field(default_factory=dict[str, str])

    # -- what anybody may do in the console, or AWS by itself

    def alive(self) -> list[Ec2Instance]:
        """Every instance that is neither terminated nor about to be."""
        now = self.clock.monotonic()
        gone = (Ec2State.SHUTTING_DOWN, Ec2State.TERMINATED)
        return [seen for row in self._rows.values() if (seen := row.seen(now)).state not in gone]

    def become(self, instance_id: str, target: Ec2State, *, reason: str = "") -> None:
        """Set out for *target*; nothing comes back from being terminated, nor is it stopped twice."""
        row = self._rows.get(instance_id)
        if row is None or row.target in (Ec2State.TERMINATED, target):
            return
        row.target = target
        row.arrives_at = self.clock.monotonic() + _ARRIVES_AFTER[target][1]
        row.instance = replace(row.instance, state_reason=reason)

    def running_since(self, address: str) -> float | None:
        """When the instance at *address* came up; None while it does not run."""
        now = self.clock.monotonic()
        for row in self._rows.values():
            if row.instance.private_ip == address and row.seen(now).state is Ec2State.RUNNING:
                return row.arrives_at
        return None

    # -- Ec2Port

    async def newest_image(self, region: str, wanted: AmiRequirement) -> MachineImage:
        def found() -> MachineImage:
            if self.no_image:
                raise FarEndError("ec2", f"There is no image {wanted.name_pattern}.", retryable=False, code="no-image")
            return MachineImage("ami-1", "CML-2.9.1-build.7", "/dev/sda1")

        return await self.wire.call("ec2.newest_image", found)

    async def launch_networks(self, region: str, named: RegionNetwork) -> tuple[LaunchNetwork, ...]:
        return await self.wire.call(
            "ec2.launch_networks", lambda: (LaunchNetwork("subnet-1", ("sg-1",), "us-east-1a"),), requests=2
        )

    async def console_output(self, region: str, instance_id: str) -> str:
        return await self.wire.call("ec2.console_output", lambda: "login: ")

    async def launch(self, region: str, order: LaunchOrder) -> Ec2Instance:
        return await self.wire.call("ec2.launch", lambda: self._launched(region, order), requests=2)

    def _launched(self, region: str, order: LaunchOrder) -> Ec2Instance:
        """One for each client token, as EC2 does, be it terminated since."""
        now = self.clock.monotonic()
        visible = self._of(order.worker_id)
        if visible:
            return visible[0]
        known = self._tokens.get(order.token)
        if known is not None:
            return self._rows[known].seen(now)
        if self.no_capacity:
            code = "InsufficientInstanceCapacity"
            raise FarEndError("ec2", code, retryable=True, code="aws-call-failed", facts={"aws_code": code})
        number = len(self._rows) + 1
        made = Ec2Instance(
            id=f"i-{number:05}",
            region=region,
            state=Ec2State.PENDING,
            image_id=order.image.id,
            worker_id=order.worker_id,
            private_ip=f"10.{number // 65_025}.{number // 255 % 255}.{number % 255}",
            launched_at=self.clock.now(),
        )
        self._rows[made.id] = _Kept(made, Ec2State.RUNNING, now + BOOT_SECONDS, now + self.unseen_seconds, now)
        self._tokens[order.token] = made.id
        return made

    async def find_by_worker(self, region: str, worker_id: str) -> list[Ec2Instance]:
        return await self.wire.call("ec2.find_by_worker", lambda: self._of(worker_id))

    async def describe(self, region: str, instance_ids: Iterable[str]) -> dict[str, Ec2Instance]:
        wanted = sorted(set(instance_ids))

        def found() -> dict[str, Ec2Instance]:
            visible = self._visible()
            return {each: visible[each] for each in wanted if each in visible}

        return await self.wire.call("ec2.describe", found, requests=math.ceil(len(wanted) / _IDS_AT_ONCE))

    async def managed(self, region: str) -> list[Ec2Instance]:
        def found() -> list[Ec2Instance]:
            return [
                row for row in self._visible().values() if row.region == region and row.state is not Ec2State.TERMINATED
            ]

        return await self.wire.call("ec2.managed", found, requests=max(1, math.ceil(len(self._rows) / _PAGE)))

    async def start(self, region: str, instance_id: str) -> None:
        await self.wire.call("ec2.start", lambda: self._asked(instance_id, Ec2State.RUNNING))

    async def stop(self, region: str, instance_id: str, *, force: bool = False) -> None:
        await self.wire.call("ec2.stop", lambda: self._asked(instance_id, Ec2State.STOPPED))

    async def reclaims(self, region: str, instance_ids: Iterable[str]) -> dict[str, str]:
        return await self.wire.call("ec2.reclaims", dict[str, str])

    # -- InstanceTagsPort

    @property
    def fleet(self) -> str:
        return "lcm"

    async def image(self, region: str, image_id: str) -> MachineImage | None:
        return await self.wire.call("ec2.image", lambda: MachineImage(image_id, "CML-2.9.1-build.7", "/dev/sda1"))

    async def claim(self, region: str, instance_id: str, worker_id: str, template_name: str) -> None:
        def marked() -> None:
            row = self._rows[instance_id]
            row.instance = replace(row.instance, worker_id=worker_id, template_name=template_name, released="")

        await self.wire.call("ec2.claim", marked, requests=2)

    async def release(self, region: str, instance_id: str, why: str) -> None:
        def marked() -> None:
            row = self._rows[instance_id]
            row.instance = replace(row.instance, worker_id=None, released=why)

        await self.wire.call("ec2.release", marked, requests=2)

    # -- Ec2Port, on

    async def terminate(self, region: str, instance_id: str) -> None:
        await self.wire.call("ec2.terminate", lambda: self.become(instance_id, Ec2State.TERMINATED, reason="asked"))

    def _asked(self, instance_id: str, target: Ec2State) -> None:
        """EC2 starts nothing that is still stopping and stops nothing that is still starting."""
        row, now = self._rows[instance_id], self.clock.monotonic()
        if row.target is not target and now < row.arrives_at:
            raise FarEndError("ec2", "IncorrectInstanceState", retryable=True, code="aws-call-failed")
        self.become(instance_id, target, reason="asked")

    def _visible(self) -> dict[str, Ec2Instance]:
        now = self.clock.monotonic()
        return {row.instance.id: row.seen(now) for row in self._rows.values() if now >= row.visible_at}

    def _of(self, worker_id: str) -> list[Ec2Instance]:
        rows = self._visible().values()
        return [row for row in rows if row.worker_id == worker_id and row.state is not Ec2State.TERMINATED]

    # -- CloudMetricsPort, InstanceStatusPort

    async def figures(
        self, region: str, instance_ids: Iterable[str], burstable: Iterable[str] = ()
    ) -> dict[str, CloudFigures]:
        wanted = sorted(set(instance_ids))
        asked = len(wanted) * _FIGURES + len(set(burstable))
        return await self.wire.call(
            "cloudwatch.figures",
            lambda: {each: CloudFigures(cpu_percent=20.0, status_check_failed=False) for each in wanted},
            requests=math.ceil(asked / _FIGURES_AT_ONCE),
        )

    async def statuses(self, region: str, instance_ids: Iterable[str]) -> dict[str, InstanceStatus]:
        wanted = sorted(set(instance_ids))
        return await self.wire.call(
            "ec2.statuses",
            lambda: {each: InstanceStatus() for each in wanted},
            requests=math.ceil(len(wanted) / _STATUSES_AT_ONCE),
        )
