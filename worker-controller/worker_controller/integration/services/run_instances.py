"""The RunInstances request of a launch order: nothing in it changes between two times that it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lcm_core.domain.provisioning import PurchaseOption
from worker_controller.domain.ec2 import LaunchOrder


def run_instances_request(order: LaunchOrder, own_tags: Mapping[str, str], key_name: str | None) -> dict[str, Any]:
    """Parameters of boto3's ``run_instances``; *own_tags* win over those of the template."""
    spot = order.purchase is PurchaseOption.SPOT
    tags = {**order.tags, **own_tags}
    request: dict[str, Any] = {
        "ImageId": order.image.id,
        "InstanceType": order.instance_type,
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": order.token,
        "SubnetId": order.network.subnet_id,
        "SecurityGroupIds": list(order.network.security_group_ids),
        # a one-time spot instance cannot be stopped, so that shutting it down from within has to end it
        "InstanceInitiatedShutdownBehavior": "terminate" if spot else "stop",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            for kind in ("instance", "volume")
        ],
    }
    if order.image.root_device and (order.volume.size_gb or order.storage_gb):
        request["BlockDeviceMappings"] = [{"DeviceName": order.image.root_device, "Ebs": _disk(order)}]
    if spot:
        request["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": _spot_options(order)}
    if order.user_data:
        request["UserData"] = order.user_data
    if key_name:
        request["KeyName"] = key_name
    return request


def _disk(order: LaunchOrder) -> dict[str, Any]:
    volume = order.volume
    disk: dict[str, Any] = {
        "VolumeSize": volume.size_gb or order.storage_gb,
        "VolumeType": volume.type.value,
        "DeleteOnTermination": True,
        "Encrypted": volume.encrypted,
    }
    if volume.iops is not None:
        disk["Iops"] = volume.iops
    if volume.throughput_mbps is not None:
        disk["Throughput"] = volume.throughput_mbps
    return disk


def _spot_options(order: LaunchOrder) -> dict[str, Any]:
    """One-time: a persistent request would launch another instance when ours is terminated, and nobody would know."""
    options = {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"}
    if order.max_price_usd_per_hour is not None:
        options["MaxPrice"] = f"{order.max_price_usd_per_hour:.5f}"
    return options
