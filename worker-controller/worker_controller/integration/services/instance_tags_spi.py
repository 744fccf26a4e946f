"""Marks instances as ours and lets them go, by their tags."""

from __future__ import annotations

from typing import Any

from lcm_core.integration.aws.calls import AwsCalls
from worker_controller.domain.ec2 import MachineImage
from worker_controller.integration.services.ec2_spi import (
    MANAGED_BY,
    TAG_FLEET,
    TAG_MANAGED_BY,
    TAG_RELEASED,
    TAG_TEMPLATE,
    TAG_WORKER,
)

_VALUE_LENGTH = 256


class InstanceTagsSpiClient:
    """``InstanceTagsPort``: every change may be made twice."""

    def __init__(self, aws: AwsCalls, *, fleet: str) -> None:
        self._aws = aws
        self.fleet = fleet

    async def image(self, region: str, image_id: str) -> MachineImage | None:
        # by filter and not by id: an image that is gone is no error
        asked = [{"Name": "image-id", "Values": [image_id]}]
        rows = await self._aws.call(
            "ec2", region, f"find image {image_id}", lambda ec2: ec2.describe_images(Filters=asked)["Images"]
        )
        if not rows:
            return None
        return MachineImage(rows[0]["ImageId"], rows[0].get("Name", ""), rows[0].get("RootDeviceName"))

    async def claim(self, region: str, instance_id: str, worker_id: str, template_name: str) -> None:
        ours = {
            TAG_MANAGED_BY: MANAGED_BY,
            TAG_FLEET: self.fleet,
            TAG_WORKER: worker_id,
            TAG_TEMPLATE: template_name,
        }
        await self._tag(region, instance_id, ours)
        await self._untag(region, instance_id, [TAG_RELEASED])

    async def release(self, region: str, instance_id: str, why: str) -> None:
        await self._tag(region, instance_id, {TAG_RELEASED: why[:_VALUE_LENGTH]})
        await self._untag(region, instance_id, [TAG_WORKER])

    async def _tag(self, region: str, instance_id: str, tags: dict[str, str]) -> None:
        rows = [{"Key": key, "Value": value} for key, value in tags.items()]
        await self._aws.call(
            "ec2", region, f"tag {instance_id}", lambda ec2: ec2.create_tags(Resources=[instance_id], Tags=rows)
        )

    async def _untag(self, region: str, instance_id: str, keys: list[str]) -> None:
        rows: list[Any] = [{"Key": key} for key in keys]
        await self._aws.call(
            "ec2", region, f"untag {instance_id}", lambda ec2: ec2.delete_tags(Resources=[instance_id], Tags=rows)
        )
