"""What a new worker is made of, and what was tried to make it: value objects of templates and of launches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import Value, WorkerLicense

USER_DATA_BYTES = 12_288
"""EC2 takes 16 KiB; what is put in for the placeholders has to fit, too."""
USER_DATA_NAMES = ("worker_id", "worker_name", "template_name", "region", "fleet")
_PLACEHOLDER = re.compile(r"\{\{\s*lcm\.(?P<name>[a-z_]+)\s*\}\}")
_OWN_TAGS = ("aws:", "lcm:")
_GP3_IOPS_PER_MBPS = 4

SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-z]+$", max_length=40)]
SecurityGroupId = Annotated[str, Field(pattern=r"^sg-[0-9a-z]+$", max_length=40)]
InstanceType = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$", max_length=60)]
TemplateName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z0-9][a-z0-9-]*$")]
TagKey = Annotated[str, Field(min_length=1, max_length=128)]
TagValue = Annotated[str, Field(max_length=256)]
Region = Annotated[str, Field(min_length=1, max_length=40)]


class PurchaseOption(StrEnum):
    ON_DEMAND = "ON_DEMAND"
    SPOT = "SPOT"


class VolumeType(StrEnum):
    GP3 = "gp3"
    GP2 = "gp2"
    IO1 = "io1"
    IO2 = "io2"


class LaunchOutcome(StrEnum):
    """TRYING: asked for, and the answer is not on record yet; whoever comes next asks again for the very same."""

    TRYING = "TRYING"
    LAUNCHED = "LAUNCHED"
    REFUSED = "REFUSED"


class ProvisioningStep(StrEnum):
    """What a worker on its way waits for, in this order."""

    EC2 = "EC2"
    CML = "CML"
    LICENSE = "LICENSE"


class LicenseAction(StrEnum):
    REGISTER = "REGISTER"
    DEREGISTER = "DEREGISTER"


class LicenseRequestOutcome(StrEnum):
    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"


class RegionNetwork(Value):
    """Where instances go, first subnet first. What is empty is looked up by the tag ``lcm:fleet``."""

    subnet_ids: Annotated[tuple[SubnetId, ...], Field(max_length=16)] = ()
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Field(max_length=5)] = ()


class RootVolume(Value):
    """``size_gb`` is the storage of the template's capacity when unset; ``throughput_mbps`` in MiB/s, gp3 only."""

    type: VolumeType = VolumeType.GP3
    size_gb: Annotated[int, Field(ge=1, le=16_384)] | None = None
    iops: Annotated[int, Field(ge=100, le=256_000)] | None = None
    throughput_mbps: Annotated[int, Field(ge=125, le=1_000)] | None = None
    encrypted: bool = True

    @model_validator(mode="after")
    def _what_ebs_takes(self) -> Self:
        if self.type in (VolumeType.IO1, VolumeType.IO2) and self.iops is None:
            raise ValueError(f"a volume of type {self.type.value} needs iops")
        if self.type is VolumeType.GP2 and self.iops is not None:
            raise ValueError("a volume of type gp2 takes no iops: they follow from its size")
        if self.throughput_mbps is None:
            return self
        if self.type is not VolumeType.GP3:
            raise ValueError("only a volume of type gp3 takes throughput_mbps")
        if self.throughput_mbps * _GP3_IOPS_PER_MBPS > (self.iops or 3_000):
            raise ValueError(f"throughput_mbps needs {_GP3_IOPS_PER_MBPS} iops for each MiB/s")
        return self


class Purchase(Value):
    """``max_price_usd_per_hour`` bounds a spot price; unset, it is the on-demand price."""

    option: PurchaseOption = PurchaseOption.ON_DEMAND
    max_price_usd_per_hour: Annotated[float, Field(gt=0, le=1_000)] | None = None
    on_demand_fallback: bool = True

    @model_validator(mode="after")
    def _price_of_spot(self) -> Self:
        if self.max_price_usd_per_hour is not None and self.option is not PurchaseOption.SPOT:
            raise ValueError("max_price_usd_per_hour is for option SPOT only")
        return self

    @property
    def in_order(self) -> tuple[PurchaseOption, ...]:
        """What to try, first first."""
        if self.option is PurchaseOption.SPOT and self.on_demand_fallback:
            return (PurchaseOption.SPOT, PurchaseOption.ON_DEMAND)
        return (self.option,)


class ProvisioningTerms(Value):
    """How an instance is made; the defaults are what every template meant before it could say it."""

    networks: dict[Region, RegionNetwork] = Field(default_factory=dict[str, RegionNetwork], max_length=40)
    volume: RootVolume = RootVolume()
    tags: dict[TagKey, TagValue] = Field(default_factory=dict[str, str], max_length=40)
    user_data: Annotated[str, Field(max_length=USER_DATA_BYTES)] = ""
    purchase: Purchase = Purchase()
    instance_types: Annotated[tuple[InstanceType, ...], Field(max_length=5)] = ()
    """Types that do as well, tried in this order when the template's own cannot be had."""
    fallback_templates: Annotated[tuple[TemplateName, ...], Field(max_length=5)] = ()
    """Templates tried after that: of the same region and licence, and with at least this capacity."""

    @field_validator("tags")
    @classmethod
    def _leave_our_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        taken = sorted(key for key in tags if key == "Name" or key.startswith(_OWN_TAGS))
        if taken:
            raise ValueError(f"Name and keys that begin with aws: or lcm: are set elsewhere: {', '.join(taken)}")
        return tags

    @field_validator("user_data")
    @classmethod
    def _known_placeholders(cls, text: str) -> str:
        if len(text.encode()) > USER_DATA_BYTES:
            raise ValueError(f"larger than {USER_DATA_BYTES} bytes")
        unknown = sorted({found["name"] for found in _PLACEHOLDER.finditer(text)} - set(USER_DATA_NAMES))
        if unknown:
            raise ValueError(f"unknown {{{{lcm.{unknown[0]}}}}}; there are {', '.join(USER_DATA_NAMES)}")
        return text

    @field_validator("instance_types", "fallback_templates")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("names something twice")
        return names


def rendered_user_data(text: str, values: Mapping[str, str]) -> str:
    """*text* with *values* for ``{{lcm.worker_id}}`` and the other USER_DATA_NAMES; everything else stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values[found["name"]], text)


class LaunchAttempt(Value):
    """One request for an instance, exactly as it was made: asked again, it is the same one.

    ``number`` counts from 1 over the life of the worker; a ``round`` has tried every option once. ``code`` is the error
    code of EC2.
    """

    number: Annotated[int, Field(ge=1)]
    round: Annotated[int, Field(ge=1)] = 1
    at: AwareDatetime
    template_name: str
    template_version: int = 0
    instance_type: str
    purchase: PurchaseOption
    image_id: str
    image_name: str
    root_device: str | None = None
    subnet_id: str
    zone: str = ""
    security_group_ids: tuple[str, ...] = ()
    outcome: LaunchOutcome = LaunchOutcome.TRYING
    code: Annotated[str, Field(max_length=100)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class FailureEvidence(Value):
    """What there was to see when a worker was given up: the far ends' own last words."""

    step: ProvisioningStep | None = None
    ec2_state: Annotated[str, Field(max_length=500)] = ""
    cml_answer: Annotated[str, Field(max_length=1_000)] = ""
    console_output: Annotated[str, Field(max_length=8_000)] = ""


class LicenseRequest(Value):
    """What an operator wants of a worker's licence, and what came of it."""

    action: LicenseAction
    type: LicenseType
    reason: str
    requested_by: str
    requested_at: AwareDatetime
    outcome: LicenseRequestOutcome = LicenseRequestOutcome.PENDING
    detail: str = ""
    settled_at: AwareDatetime | None = None

    @property
    def pending(self) -> bool:
        return self.outcome is LicenseRequestOutcome.PENDING

    def met_by(self, license: WorkerLicense) -> bool:
        """Whether *license* is as asked for."""
        if self.action is LicenseAction.DEREGISTER:
            return not license.holds
        return license.holds and license.type is self.type
