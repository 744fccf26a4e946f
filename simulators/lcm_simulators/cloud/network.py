"""What an account must have before the first instance: network, security group, images."""

from typing import Any

from pydantic import BaseModel

from lcm_simulators.cloud.settings import CloudSettings

FLEET_TAG = "lcm:fleet"
_GROUP_NAME = "lcm-workers"


class ForeignNetworkError(RuntimeError):
    """The state folder holds a fleet with another subnet than the settings ask for."""


class Bootstrap(BaseModel):
    """Ids of what was prepared; `ami_ids` by image name."""

    region: str
    vpc_id: str
    subnet_id: str
    security_group_id: str
    ami_ids: dict[str, str]


def prepare(backend: Any, settings: CloudSettings) -> Bootstrap:
    """Find or make the fleet's network and images in moto's EC2 of the region. Run again, it changes nothing."""
    subnet = _subnet(backend, settings)
    group = _security_group(backend, subnet.vpc_id, settings.fleet)
    return Bootstrap(
        region=settings.region,
        vpc_id=subnet.vpc_id,
        subnet_id=subnet.id,
        security_group_id=group.id,
        ami_ids={name: _image(backend, name, settings.fleet) for name in settings.ami_names},
    )


def _tagged(backend: Any, resource_id: str, fleet: str) -> bool:
    return backend.tags.get(resource_id, {}).get(FLEET_TAG) == fleet


def _subnet(backend: Any, settings: CloudSettings) -> Any:
    cidr = str(settings.subnet)
    for subnet in backend.describe_subnets():
        if _tagged(backend, subnet.id, settings.fleet):
            if subnet.cidr_block != cidr:
                raise ForeignNetworkError(
                    f"fleet {settings.fleet} has the subnet {subnet.cidr_block}, not {cidr}: use another state folder"
                )
            return subnet
    vpc = backend.create_vpc(cidr)
    subnet = backend.create_subnet(vpc.id, cidr, availability_zone=f"{settings.region}a")
    names = {FLEET_TAG: settings.fleet, "Name": "lcm-workers"}
    backend.create_tags([vpc.id, subnet.id], names)
    return subnet


def _security_group(backend: Any, vpc_id: str, fleet: str) -> Any:
    for group in backend.describe_security_groups():
        if _tagged(backend, group.id, fleet):
            return group
    group = backend.create_security_group(_GROUP_NAME, "CML hosts of the fleet", vpc_id=vpc_id)
    backend.create_tags([group.id], {FLEET_TAG: fleet, "Name": _GROUP_NAME})
    return group


def _image(backend: Any, name: str, fleet: str) -> str:
    for image in backend.amis.values():
        if image.name == name:
            return image.id
    image = backend.register_image(name, f"Cisco Modeling Labs, {name}")
    backend.create_tags([image.id], {FLEET_TAG: fleet, "Name": name})
    return image.id
