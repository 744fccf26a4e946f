"""Rules, what was collected, and what came of it."""

from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, model_validator

# Device output is read line by line: ^ and $ stand for the ends of a line.
PATTERN_FLAGS = regex.MULTILINE


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def _compilable(pattern: str) -> str:
    try:
        regex.compile(pattern, PATTERN_FLAGS)
    except regex.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class WireModel(BaseModel):
    """A body that may hold nothing but its fields."""

    model_config = ConfigDict(extra="forbid")


class RuleMode(StrEnum):
    """Whether finding the pattern earns the points, or not finding it."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class RuleItem(WireModel):
    """One check on the output of one command of one device."""

    name: str = Field(min_length=1)
    device: str = Field(min_length=1)
    command: str = Field(min_length=1)
    pattern: Annotated[str, AfterValidator(_compilable)]
    mode: RuleMode = RuleMode.POSITIVE
    points: float = Field(ge=0)


class RuleSection(WireModel):
    """Checks that are scored together."""

    name: str = Field(min_length=1)
    items: list[RuleItem]


class Ruleset(WireModel):
    """The rules of one form. `max` (or `max_score`) may be left out; it must be the sum of all points.

    With `review` a person looks at what the checks came to before it is a score.
    """

    sections: list[RuleSection]
    review: bool = False
    cut_score: float = Field(ge=0)
    max_score: float | None = Field(default=None, validation_alias=AliasChoices("max_score", "max"))

    @property
    def total_points(self) -> float:
        """What can be reached at most."""
        return sum(item.points for section in self.sections for item in section.items)

    @model_validator(mode="after")
    def _consistent(self) -> "Ruleset":
        total = self.total_points
        if self.max_score is not None and abs(self.max_score - total) > 1e-9:
            raise ValueError(f"max is {self.max_score:g}, but the items add up to {total:g} points")
        if self.cut_score > total:
            raise ValueError(f"cut_score {self.cut_score:g} cannot be reached with {total:g} points")
        return self


class StoredRuleset(BaseModel):
    """A ruleset under its name."""

    form_qualified_name: str
    ruleset: Ruleset
    synchronized_at: datetime


class CommandOutput(WireModel):
    """What one command printed, or why it could not be run."""

    command: str
    output: str = ""
    error: str | None = None


class CollectedDevice(WireModel):
    """Everything collected from one device."""

    label: str = Field(min_length=1)
    outputs: list[CommandOutput]


class Pod(WireModel):
    """Everything collected from one lab."""

    devices: list[CollectedDevice]

    @model_validator(mode="after")
    def _labels_once(self) -> "Pod":
        counts = Counter(device.label for device in self.devices)
        repeated = sorted(label for label, count in counts.items() if count > 1)
        if repeated:
            raise ValueError(f"device labels appear more than once: {', '.join(repeated)}")
        return self


class ItemResult(BaseModel):
    """What one check came to; `detail` says why it failed."""

    name: str
    device: str
    command: str
    mode: RuleMode
    points: float
    max_points: float
    passed: bool
    detail: str | None = None


class SectionResult(BaseModel):
    """What a section came to."""

    name: str
    score: float
    max_score: float
    items: list[ItemResult]


class Score(BaseModel):
    """What a part came to."""

    score: float
    max_score: float
    cut_score: float
    passed: bool
    sections: list[SectionResult]


class PartState(StrEnum):
    """How far a part is."""

    PENDING = "PENDING"
    GRADING = "GRADING"
    REVIEWING = "REVIEWING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class GradingPart(BaseModel):
    """One part of a grading session, numbered from 1 by its place."""

    form_qualified_name: str
    state: PartState = PartState.PENDING
    pod: Pod | None = None
    due_at: datetime | None = None
    report_key: str | None = None
    report_url: str | None = None
    graded_at: datetime | None = None
    proposed: Score | None = None
    score: Score | None = None
    error: str | None = None


class GradingSession(BaseModel):
    """A submission. `external_id` is the caller's own id of it, and unique."""

    id: str
    external_id: str
    form_qualified_name: str
    created_at: datetime = Field(default_factory=now)
    parts: list[GradingPart] = Field(default_factory=list)


class CreateSession(WireModel):
    """POST sessions."""

    external_id: str = Field(min_length=1, max_length=128)
    form_qualified_name: str = Field(min_length=1)


class CreatePart(WireModel):
    """POST parts: the rules of the part, those of the session when left out."""

    form_qualified_name: str | None = Field(default=None, min_length=1)


class PartResult(BaseModel):
    """GET results of a part; `score` is there once it is COMPLETED, `error` once it is FAILED."""

    session_id: str
    part: int
    state: PartState
    graded_at: datetime | None
    score: Score | None
    error: str | None
    report_url: str | None


Outcome = Literal["review", "completed", "failed"]
