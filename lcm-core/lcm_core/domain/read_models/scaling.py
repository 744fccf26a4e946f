"""Decisions about the size of the fleet, taken and not taken, kept so that anybody can ask later why."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from lcm_core.domain.read_models.base import ReadModel


class ScalingKind(StrEnum):
    SCALE_UP = "scale_up"
    SCALE_DOWN = "scale_down"
    """Whether a running worker is given up for being idle."""
    RETENTION = "retention"
    """Whether a stopped worker is removed."""
    DRAIN = "drain"
    DRAIN_DEADLINE = "drain_deadline"
    CANCEL_DRAIN = "cancel_drain"
    START = "start"
    STOP = "stop"
    TERMINATE = "terminate"
    ADOPTION = "adoption"
    IMPORT = "import"
    STRAY = "stray"
    """What becomes of an instance that no worker stands for."""


ScalingInput = str | int | float | bool | None


class GuardAnswer(ReadModel):
    """``why`` is the guard's sentence when it does not let the worker go, "" when it does."""

    name: str = Field(max_length=60)
    passes: bool
    why: str = Field(default="", max_length=500)


class ScalingFinding(ReadModel):
    """One decision as whoever made it tells it.

    ``subject`` is what it is about: the id of a worker or of an instance, or where one more worker was wanted.
    ``decided_by`` names what refused, "" when it was taken.
    """

    kind: ScalingKind
    subject: str = Field(max_length=200)
    at: AwareDatetime
    taken: bool
    decided_by: str = Field(default="", max_length=60)
    summary: str = Field(max_length=2000)
    answers: tuple[GuardAnswer, ...] = Field(default=(), max_length=40)
    inputs: dict[str, ScalingInput] = Field(default_factory=dict[str, ScalingInput], max_length=60)
    worker_id: str | None = None
    worker_name: str = ""
    region: str = ""
    template_name: str = ""
    ec2_instance_id: str | None = None

    @property
    def standing(self) -> str:
        """What it answers: a later finding with the same answers the same question anew."""
        return f"{self.kind.value}:{self.subject}"

    @property
    def answer(self) -> str:
        """Two refusals are the same answer when the same guards refuse, whatever the figures."""
        refusing = [each.name for each in self.answers if not each.passes]
        return "|".join(("taken" if self.taken else "kept", self.decided_by, *refusing))


class ScalingDecision(ScalingFinding):
    """A finding as it is kept: made at ``at``, and found so ``count`` times till ``last_seen_at``.

    ``summary``, ``answers`` and ``inputs`` are those of the last time.
    """

    id: str
    last_seen_at: AwareDatetime
    count: int = 1
    actor: str = ""


class StandingAnswer(ReadModel):
    """The last decision about a worker; None while nobody has judged it."""

    worker_id: str
    scale_down: ScalingDecision | None = None
    retention: ScalingDecision | None = None


class StrayKind(StrEnum):
    UNKNOWN = "unknown"
    """No worker on record is, or was, what its tag says."""
    LEFTOVER = "leftover"
    """Its worker is gone, or only planned."""
    DUPLICATE = "duplicate"
    """Its worker has another instance."""


class StrayFinding(ReadModel):
    """An instance of this fleet that no live worker stands for, and what somebody can do about it."""

    ec2_instance_id: str = Field(max_length=40)
    region: str = Field(max_length=40)
    kind: StrayKind
    worker_id: str | None = Field(default=None, max_length=200)
    template_name: str = Field(default="", max_length=256)
    instance_type: str = Field(default="", max_length=60)
    private_ip: str | None = Field(default=None, max_length=60)
    state: str = Field(max_length=20)
    launched_at: AwareDatetime | None = None
    why_left: str = Field(default="", max_length=1000)
    what_to_do: str = Field(default="", max_length=1000)


class StrayVerdict(StrEnum):
    TERMINATE = "terminate"
    LEAVE = "leave"
    """Nothing is done to it, whatever the policy says, and nobody is told of it any more."""


class StrayDecision(ReadModel):
    """What an operator wants to become of a stray; it is forgotten together with the flag.

    ``with_labs``: terminate it even if there are labs on it, or nobody can say whether there are.
    """

    verdict: StrayVerdict
    with_labs: bool = False
    by: str
    at: AwareDatetime
    reason: str = Field(max_length=2000)


class StrayInstance(StrayFinding):
    """``flagged_at`` is when it was first found; ``decision`` is None until somebody decides about it."""

    flagged_at: AwareDatetime
    seen_at: AwareDatetime
    decision: StrayDecision | None = None

    @property
    def is_left(self) -> bool:
        return self.decision is not None and self.decision.verdict is StrayVerdict.LEAVE
