"""The slot clock as data: what is due for a session of which status, and when.

    PENDING        EXPIRE        no room by the end of its grace
    SCHEDULED      EXPIRE        its slot, or the time for it, passed before its worker was ready
                   BEGIN         its room is its own from now on, and its worker serves
    INSTANTIATING  FAIL          its slot, or the time for it, passed before the lab was ready
    READY          ASK           the learner has not come in time: is that so?
                   NO_SHOW       nobody could tell until the room was to be given back
    RUNNING        WARN          the end is near
                   END           the slot is over
    with its host  GIVE_UP       the host that it waits for is not back in time; till then its slot does not end
    after RUNNING  GIVE_BACK     it ended early: the room is needed for the teardown only
    on a host      HOLD_ON       it overruns: the room is needed for longer

The order of the table decides between deadlines that are due together. All instants are aware; nothing here knows
a time zone, so that a slot keeps its length over a change of daylight saving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lcm_core.domain.enums import SESSION_STATUSES_ON_A_HOST, LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.domain.values import CAPACITY_SLOT, CapacityAllocation, Timeslot
from resource_scheduler.domain.due_gate import placed_by

_S = LabletSessionStatus
_LEAVING = frozenset({_S.COLLECTING, _S.GRADING, _S.STOPPING})


class Deed(StrEnum):
    """What is done when a deadline has come."""

    EXPIRE = "expire"
    BEGIN = "begin"
    FAIL = "fail"
    ASK = "ask"
    NO_SHOW = "no_show"
    WARN = "warn"
    END = "end"
    GIVE_BACK = "give_back"
    HOLD_ON = "hold_on"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class SlotPolicy:
    """Seconds: a booking's grace unless it brings its own, and how long before the end the learner is warned.

    ``host_seconds`` and ``instantiation_seconds`` are for definitions that set no such limit; None is till the slot's
    end.
    """

    grace_seconds: float
    warn_seconds: float
    host_seconds: float | None = None
    instantiation_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """One session at one moment; ``held`` is its room on its worker, which ``worker_serves`` or does not yet."""

    session: LabletSessionReadModel
    now: datetime
    policy: SlotPolicy
    held: CapacityAllocation | None = None
    worker_serves: bool = False


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """``when`` is the instant at which ``deed`` is due; None as long as the rule does not apply.

    A session whose termination was requested ends by that; only rules that are ``about_room`` go on for it.
    """

    statuses: frozenset[LabletSessionStatus]
    deed: Deed
    when: Callable[[SlotFacts], datetime | None]
    about_room: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    at: datetime
    deed: Deed


def _unplaced(facts: SlotFacts) -> datetime:
    return placed_by(facts.session, facts.policy.grace_seconds)


def _time_is_up(facts: SlotFacts) -> datetime | None:
    """Nothing can be collected from a host that is lost; what was lost may be given back."""
    return None if facts.session.recovery is not None else facts.session.timeslot.end


def _not_back(facts: SlotFacts) -> datetime | None:
    return facts.session.recovery.deadline if facts.session.recovery is not None else None


def worker_due(session: LabletSessionReadModel, policy: SlotPolicy) -> datetime:
    """When a SCHEDULED session has waited long enough for its worker."""
    own = session.limits.host_seconds if session.limits is not None else None
    return _limited(session, session.timeslot.start, policy.host_seconds if own is None else own)


def lab_due(session: LabletSessionReadModel, policy: SlotPolicy) -> datetime:
    """When an INSTANTIATING session should have been ready at the latest."""
    own = session.limits.instantiation_seconds if session.limits is not None else None
    return _limited(session, session.status_changed_at, policy.instantiation_seconds if own is None else own)


def _limited(session: LabletSessionReadModel, since: datetime, seconds: float | None) -> datetime:
    end = session.timeslot.end
    return end if seconds is None else min(end, since + timedelta(seconds=seconds))


def _worker_late(facts: SlotFacts) -> datetime:
    return facts.session.timeslot.end if facts.worker_serves else worker_due(facts.session, facts.policy)


def _lab_late(facts: SlotFacts) -> datetime:
    return lab_due(facts.session, facts.policy)


def _room_is_its_own(facts: SlotFacts) -> datetime | None:
    return facts.session.occupation().start if facts.worker_serves else None


def _nobody_came(facts: SlotFacts) -> datetime | None:
    return None if facts.session.asked_whether_learner_came() else facts.session.no_show_at()


def _nobody_can_tell(facts: SlotFacts) -> datetime:
    return facts.session.occupation().end


def _end_is_near(facts: SlotFacts) -> datetime | None:
    end = facts.session.timeslot.end
    told = facts.session.ending_warned_for == end or facts.now >= end or facts.session.recovery is not None
    return None if told else end - timedelta(seconds=facts.policy.warn_seconds)


def _ended_early(facts: SlotFacts) -> datetime | None:
    until = free_after_early_end(facts.session)
    if facts.held is None or not facts.now < until < facts.held.interval.end:
        return None
    return left_at(facts.session)


def _overruns(facts: SlotFacts) -> datetime | None:
    return facts.held.interval.end if facts.held is not None else None


def _in(*statuses: LabletSessionStatus) -> frozenset[LabletSessionStatus]:
    return frozenset(statuses)


DEADLINES: tuple[DeadlineRule, ...] = (
    DeadlineRule(_in(_S.PENDING), Deed.EXPIRE, _unplaced),
    DeadlineRule(_in(_S.SCHEDULED), Deed.EXPIRE, _worker_late),
    DeadlineRule(_in(_S.SCHEDULED), Deed.BEGIN, _room_is_its_own),
    DeadlineRule(_in(_S.INSTANTIATING), Deed.FAIL, _lab_late),
    DeadlineRule(_in(_S.READY), Deed.NO_SHOW, _nobody_can_tell),
    DeadlineRule(_in(_S.READY), Deed.ASK, _nobody_came),
    DeadlineRule(_in(_S.RUNNING, _S.COLLECTING), Deed.GIVE_UP, _not_back),
    DeadlineRule(_in(_S.RUNNING), Deed.END, _time_is_up),
    DeadlineRule(_in(_S.RUNNING), Deed.WARN, _end_is_near),
    DeadlineRule(_LEAVING, Deed.GIVE_BACK, _ended_early, about_room=True),
    DeadlineRule(SESSION_STATUSES_ON_A_HOST, Deed.HOLD_ON, _overruns, about_room=True),
)
CLOCKED_STATUSES = frozenset[LabletSessionStatus]().union(*(rule.statuses for rule in DEADLINES))
"""Sessions in any other status have no deadline of their slot."""


def deadlines(facts: SlotFacts) -> list[Deadline]:
    """Every deadline that lies before the session, or has come, in the order of the table."""
    session = facts.session
    rules = [rule for rule in DEADLINES if session.status in rule.statuses]
    if session.terminate_requested:
        rules = [rule for rule in rules if rule.about_room]
    return [Deadline(at, rule.deed) for rule in rules if (at := rule.when(facts)) is not None]


def due(facts: SlotFacts) -> list[Deadline]:
    return [each for each in deadlines(facts) if each.at <= facts.now]


def left_at(session: LabletSessionReadModel) -> datetime:
    """When the learner's time on the lab ended."""
    moves = [change.at for change in session.state_history if change.target in (_S.COLLECTING, _S.STOPPING)]
    return min(moves, default=session.status_changed_at)


def free_after_early_end(session: LabletSessionReadModel) -> datetime:
    """When the room of a session that is leaving should be free: its teardown time after its end."""
    end = left_at(session) + timedelta(seconds=session.teardown_seconds)
    return Timeslot(start=end - CAPACITY_SLOT, end=end).on_grid().end


def held_on_until(now: datetime) -> datetime:
    """The next boundary of the capacity grid that is ahead of *now*: so long a session that overruns holds on."""
    return Timeslot(start=now, end=now + timedelta.resolution).on_grid().end
