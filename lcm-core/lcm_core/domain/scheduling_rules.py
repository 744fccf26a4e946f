"""By which rules the scheduler places sessions, as its leader tells them."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lcm_core.domain.read_models import ScoringWeights

RuleValue = bool | int | float | None


class RuleTold(BaseModel):
    """One setting of the scheduler that says how it decides."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(description="As in its settings; a time ends in `_seconds`.")
    variable: str = Field(description="Environment variable that changes it, at the next start of the scheduler.")
    value: RuleValue
    default: RuleValue
    description: str


class SchedulingRules(BaseModel):
    """What the leader decides by: what a worker must pass, what makes one better than another, and how early."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    engine_version: str
    filters: tuple[str, ...] = Field(description="What a worker must pass, in order; the first that fails is told.")
    weights: ScoringWeights
    rules: tuple[RuleTold, ...]
    slowest_starts_seconds: dict[str, float] = Field(description="By template, as this leader has seen them.")
    clock_skew_seconds: float | None = Field(description="Its machine ahead of the server; null until it was read.")


class RulesTold(BaseModel):
    """As it stands in etcd; of another epoch than that of the present leader, it is old."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    instance: str
    epoch: int
    rules: SchedulingRules
    at: AwareDatetime


def rules_key(prefix: str, service: str) -> str:
    return f"{prefix}/{service}/rules"
