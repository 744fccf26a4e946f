"""What the services run with: read only, without secrets."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from lcm_core.contracts.base import Contract


class EffectiveSetting(Contract):
    """``value`` and ``default`` are text for people; of a secret only whether it is set."""

    variable: Annotated[str, Field(max_length=200, description="The environment variable that it comes from.")]
    value: Annotated[str, Field(max_length=4_000)]
    default: Annotated[str, Field(max_length=4_000)]
    is_default: bool
    is_secret: bool = False
    description: Annotated[str, Field(max_length=2_000)] = ""


class ReportSettings(Contract):
    """Of one instance of a service."""

    service: Annotated[str, Field(min_length=1, max_length=100)]
    instance: Annotated[str, Field(min_length=1, max_length=200)]
    version: Annotated[str, Field(max_length=100)]
    settings: Annotated[tuple[EffectiveSetting, ...], Field(max_length=400)]


class ServiceSettingsReport(BaseModel):
    """As that instance last told, which it does every ten minutes."""

    service: str
    instance: str
    version: str
    reported_at: AwareDatetime
    settings: tuple[EffectiveSetting, ...]
