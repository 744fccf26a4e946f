"""EC2 as the life cycle of workers needs it.

Nothing is launched twice for one worker: each launch has its client token, and instances that carry the worker's tag
are looked up before launching, because a token is only remembered for a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lcm_core.domain.errors import FarEndError
from lcm_core.domain.provisioning import RegionNetwork
from lcm_core.domain.values import AmiRequirement
from lcm_core.integration.aws.calls import AwsCallFailed, AwsCalls
from lcm_core.placement.images import image_mismatch
from worker_controller.domain.ec2 import Ec2Instance, Ec2State, LaunchNetwork, LaunchOrder, MachineImage
from worker_controller.integration.services.run_instances import run_instances_request
from worker_controller.integration.services.spot_reclaims import reclaims_of

TAG_WORKER = "lcm:worker-id"
TAG_MANAGED_BY = "lcm:managed-by"
TAG_FLEET = "lcm:fleet"
TAG_TEMPLATE = "lcm:template"
MANAGED_BY = "worker-controller"
_ALIVE = [state.value for state in Ec2State if state is not Ec2State.TERMINATED]
_FILTER_VALUES_AT_ONCE = 200
_NOT_FOUND = "InvalidInstanceID.NotFound"


class Ec2SpiClient:
    """*fleet* is the value of the ``lcm:fleet`` tag on subnet, security groups and instances of this installation."""

    def __init__(self, aws: AwsCalls, *, fleet: str, key_name: str | None = None) -> None:
        self._aws = aws
        self._fleet = fleet
        self._key_name = key_name

    async def ping(self, region: str) -> None:
        """A cheap question, for health checks."""
        await self._aws.call("ec2", region, "describe regions", lambda ec2: ec2.describe_regions(RegionNames=[region]))

    async def newest_image(self, region: str, wanted: AmiRequirement) -> MachineImage:
        def find(ec2: Any) -> list[dict[str, Any]]:
            pages = ec2.get_paginator("describe_images").paginate(
                Filters=[
                    {"Name": "name", "Values": [wanted.name_pattern]},
                    {"Name": "state", "Values": ["available"]},
                ]
            )
            return [image for page in pages for image in page["Images"]]

        found = await self._aws.call("ec2", region, "find machine images", find)
        fitting = [image for image in found if image_mismatch(image.get("Name", ""), None, wanted) is None]
        if not fitting:
            least = f" of version {wanted.min_version} or later" if wanted.min_version else ""
            raise _missing(f"There is no image {wanted.name_pattern}{least} in {region}.", "no-image")
        newest = max(fitting, key=lambda image: (image.get("CreationDate", ""), image["ImageId"]))
        return MachineImage(newest["ImageId"], newest["Name"], newest.get("RootDeviceName"))

    async def launch_networks(self, region: str, named: RegionNetwork) -> tuple[LaunchNetwork, ...]:
        """Named subnets in the order in which they are named, tagged ones by how many addresses are free."""
        subnets = await self._subnets(region, named)
        groups = await self._groups_by_vpc(region, named)
        found = [
            LaunchNetwork(
                subnet["SubnetId"],
                groups_here,
                zone=subnet.get("AvailabilityZone", ""),
                free_addresses=subnet.get("AvailableIpAddressCount", 0),
            )
            for subnet in subnets
            if (groups_here := named.security_group_ids or groups.get(subnet.get("VpcId", "")))
        ]
        if not found:
            raise _missing(f"No security group in {region} is tagged {TAG_FLEET}={self._fleet}.", "no-security-group")
        return tuple(found)

    async def _subnets(self, region: str, named: RegionNetwork) -> list[dict[str, Any]]:
        if named.subnet_ids:
            ids = list(named.subnet_ids)
            rows = await self._aws.call(
                "ec2", region, "find the template's subnets", lambda ec2: ec2.describe_subnets(SubnetIds=ids)["Subnets"]
            )
            return sorted(rows, key=lambda subnet: ids.index(subnet["SubnetId"]))
        ours = self._tagged()
        rows = await self._aws.call(
            "ec2", region, "find subnets", lambda ec2: ec2.describe_subnets(Filters=ours)["Subnets"]
        )
        if not rows:
            raise _missing(f"No subnet in {region} is tagged {TAG_FLEET}={self._fleet}.", "no-subnet")
        return sorted(rows, key=lambda subnet: (-subnet.get("AvailableIpAddressCount", 0), subnet["SubnetId"]))

    async def _groups_by_vpc(self, region: str, named: RegionNetwork) -> dict[str, tuple[str, ...]]:
        if named.security_group_ids:
            return {}
        ours = self._tagged()
        rows = await self._aws.call(
            "ec2",
            region,
            "find security groups",
            lambda ec2: ec2.describe_security_groups(Filters=ours)["SecurityGroups"],
        )
        by_vpc: dict[str, tuple[str, ...]] = {}
        for row in sorted(rows, key=lambda group: group["GroupId"]):
            by_vpc[row.get("VpcId", "")] = (*by_vpc.get(row.get("VpcId", ""), ()), row["GroupId"])
        return by_vpc

    def _tagged(self) -> list[dict[str, Any]]:
        return [{"Name": f"tag:{TAG_FLEET}", "Values": [self._fleet]}]

    async def launch(self, region: str, order: LaunchOrder) -> Ec2Instance:
        already = await self.find_by_worker(region, order.worker_id)
        if already:
            return already[0]
        request = self._launch_request(order)
        try:
            answer = await self._aws.call(
                "ec2", region, f"launch {order.name}", lambda ec2: ec2.run_instances(**request), attempts=1
            )
        except AwsCallFailed as failed:
            # launched before with another image or network: the tag has found it by now, or will next time
            if failed.aws_code != "IdempotentParameterMismatch":
                raise
            already = await self.find_by_worker(region, order.worker_id)
            if already:
                return already[0]
            raise AwsCallFailed(
                "ec2", f"launch {order.name}", "launched before, not visible yet", retryable=True
            ) from failed
        return _instance(answer["Instances"][0], region)

    def _launch_request(self, order: LaunchOrder) -> dict[str, Any]:
        return run_instances_request(order, self._own_tags(order), self._key_name)

    def _own_tags(self, order: LaunchOrder) -> dict[str, str]:
        return {
            "Name": order.name,
            TAG_MANAGED_BY: MANAGED_BY,
            TAG_FLEET: self._fleet,
            TAG_WORKER: order.worker_id,
            TAG_TEMPLATE: order.template_name,
        }

    async def find_by_worker(self, region: str, worker_id: str) -> list[Ec2Instance]:
        return await self._list(region, [{"Name": f"tag:{TAG_WORKER}", "Values": [worker_id]}, _alive()])

    async def describe(self, region: str, instance_ids: Iterable[str]) -> dict[str, Ec2Instance]:
        wanted = sorted(set(instance_ids))
        found: dict[str, Ec2Instance] = {}
        for first in range(0, len(wanted), _FILTER_VALUES_AT_ONCE):
            some = wanted[first : first + _FILTER_VALUES_AT_ONCE]
            # asking by filter and not by id: one unknown id would make the whole call fail
            rows = await self._list(region, [{"Name": "instance-id", "Values": some}])
            found.update({row.id: row for row in rows})
        return found

    async def reclaims(self, region: str, instance_ids: Iterable[str]) -> dict[str, str]:
        wanted = sorted(set(instance_ids))
        found: dict[str, str] = {}
        for first in range(0, len(wanted), _FILTER_VALUES_AT_ONCE):
            some = [{"Name": "instance-id", "Values": wanted[first : first + _FILTER_VALUES_AT_ONCE]}]
            answer = await self._aws.call(
                "ec2",
                region,
                "describe spot requests",
                lambda ec2, some=some: ec2.describe_spot_instance_requests(Filters=some),
            )
            found.update(reclaims_of(answer))
        return found

    async def managed(self, region: str) -> list[Ec2Instance]:
        return await self._list(
            region,
            [
                {"Name": f"tag:{TAG_FLEET}", "Values": [self._fleet]},
                {"Name": f"tag:{TAG_MANAGED_BY}", "Values": [MANAGED_BY]},
                _alive(),
            ],
        )

    async def start(self, region: str, instance_id: str) -> None:
        ids = [instance_id]
        await self._aws.call("ec2", region, f"start {instance_id}", lambda ec2: ec2.start_instances(InstanceIds=ids))

    async def stop(self, region: str, instance_id: str, *, force: bool = False) -> None:
        request = {"InstanceIds": [instance_id], "Force": force}
        await self._aws.call("ec2", region, f"stop {instance_id}", lambda ec2: ec2.stop_instances(**request))

    async def terminate(self, region: str, instance_id: str) -> None:
        ids, doing = [instance_id], f"terminate {instance_id}"
        try:
            await self._aws.call("ec2", region, doing, lambda ec2: ec2.terminate_instances(InstanceIds=ids))
        except AwsCallFailed as failed:
            if failed.aws_code != _NOT_FOUND:
                raise

    async def console_output(self, region: str, instance_id: str) -> str:
        answer = await self._aws.call(
            "ec2",
            region,
            f"read the console of {instance_id}",
            lambda ec2: ec2.get_console_output(InstanceId=instance_id),
        )
        return str(answer.get("Output") or "")

    async def _list(self, region: str, filters: list[dict[str, Any]]) -> list[Ec2Instance]:
        def find(ec2: Any) -> list[dict[str, Any]]:
            pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
            return [row for page in pages for reservation in page["Reservations"] for row in reservation["Instances"]]

        rows = await self._aws.call("ec2", region, "describe instances", find)
        found = [_instance(row, region) for row in rows]
        return sorted(found, key=lambda each: (each.launched_at is None, each.launched_at, each.id))


def _alive() -> dict[str, Any]:
    return {"Name": "instance-state-name", "Values": _ALIVE}


def _instance(row: dict[str, Any], region: str) -> Ec2Instance:
    tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}
    return Ec2Instance(
        id=row["InstanceId"],
        region=region,
        state=Ec2State(row["State"]["Name"]),
        image_id=row.get("ImageId", ""),
        worker_id=tags.get(TAG_WORKER),
        private_ip=row.get("PrivateIpAddress") or None,
        public_ip=row.get("PublicIpAddress") or None,
        launched_at=row.get("LaunchTime"),
        state_reason=(row.get("StateReason") or {}).get("Message", ""),
        spot=row.get("InstanceLifecycle") == "spot",
    )


def _missing(message: str, code: str) -> FarEndError:
    return FarEndError("ec2", message, retryable=False, code=code)
