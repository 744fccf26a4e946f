"""The clock of a session: how much lab time is left."""

from datetime import datetime, timedelta

from lcm_simulators.lds.model import LabSession, SessionPart, now

_DEFAULT_LENGTH_MINUTES = 240
_WARNING_BEFORE_MINUTES = 10


def current_part(session: LabSession) -> SessionPart:
    """The part that the learner is in."""
    return session.session_parts[session.current_session_part - 1]


def start_clock(session: LabSession, seconds_per_minute: float) -> None:
    """Set the timer of the current part from now, bounded by the end of the booked slot."""
    length = timedelta(seconds=(session.max_length_minutes or _DEFAULT_LENGTH_MINUTES) * seconds_per_minute)
    set_end(session, within_timeslot(session, now() + length), seconds_per_minute)


def within_timeslot(session: LabSession, end: datetime) -> datetime:
    """That end, or the end of the booked slot when this comes first."""
    return min(end, session.user_timeslot_end) if session.user_timeslot_end else end


def set_end(session: LabSession, end: datetime, seconds_per_minute: float) -> None:
    """Let the current part end then."""
    timer = current_part(session).timer
    timer.max_ends_at = end
    timer.min_ends_at = end
    timer.warning_at = end - timedelta(seconds=_WARNING_BEFORE_MINUTES * seconds_per_minute)


def seconds_left(session: LabSession) -> float | None:
    """Seconds of lab time left, None when the clock was never started."""
    if session.timer_paused:
        return session.seconds_left_at_pause
    end = session.ends_at
    return None if end is None else max(0.0, (end - now()).total_seconds())
