"""The sessions of one LDS deployment and everything that may happen to them."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from pydantic import JsonValue

from lcm_simulators.events import EventSender
from lcm_simulators.lds import timing
from lcm_simulators.lds.errors import NotFoundError, StateConflictError, UniqueViolationError
from lcm_simulators.lds.model import (
    TRANSITIONS,
    AccessLogEntry,
    EndReason,
    LabSession,
    PartState,
    SessionPart,
    SessionState,
    now,
)
from lcm_simulators.lds.requests import CreateSession, PatchSession
from lcm_simulators.lds.settings import LdsSettings
from lcm_simulators.storage import Database, DocumentTable, DuplicateKeyError

_NOT_STARTED = (SessionState.EMPTY, SessionState.PENDING, SessionState.PRELAUNCH)
_STARTED = (SessionState.RUNNING, SessionState.PAUSED)


class LabSessions:
    """Every change is one transaction: the session, its access log, and the events that tell of it."""

    def __init__(self, database: Database, sender: EventSender, settings: LdsSettings) -> None:
        self._database = database
        self._table = DocumentTable(database, "lab_sessions", LabSession)
        self._sender = sender
        self._settings = settings
        self._deadline_moved = asyncio.Event()
        self._ends_at: dict[str, datetime] = {}
        for session in self._table.all():
            self._note_deadline(session)

    def create(self, request: CreateSession) -> LabSession:
        """Raises UniqueViolationError when a session with that auth_id was ever made."""
        fields = request.model_dump(exclude={"session_parts"})
        fields["candidate_id"] = request.candidate_id or request.auth_id
        parts = [SessionPart.model_validate(part.model_dump()) for part in request.session_parts]
        state = SessionState.PENDING if parts else SessionState.EMPTY
        session = LabSession(session_id=str(uuid.uuid4()), state=state, session_parts=parts, **fields)
        _log(session, "reservation", "created")
        try:
            self._table.insert(session.session_id, session, unique_key=session.auth_id)
        except DuplicateKeyError as error:
            raise UniqueViolationError(session.auth_id) from error
        return session

    def get(self, session_id: str) -> LabSession:
        """Raises NotFoundError."""
        session = self._table.get(session_id)
        if session is None:
            raise NotFoundError(f"lab session {session_id} does not exist")
        return session

    def find(self, auth_id: str | None = None) -> list[LabSession]:
        """All sessions, or the one of that auth_id."""
        if auth_id is None:
            return self._table.all()
        found = self._table.find(auth_id)
        return [] if found is None else [found]

    def patch(self, session_id: str, request: PatchSession) -> LabSession:
        """Change what is given; a new length or slot moves a running clock."""
        with self.changing(session_id, "reservation", "patched") as session:
            changes = request.model_dump(exclude_none=True)
            if (part := changes.get("current_session_part")) and part > len(session.session_parts):
                raise NotFoundError(f"lab session {session_id} has no part {part}")
            for name, value in changes.items():
                setattr(session, name, value)
            if session.state is SessionState.RUNNING and {"max_length_minutes", "user_timeslot_end"} & changes.keys():
                timing.start_clock(session, self._settings.seconds_per_minute)
        return session

    def hand_out_launch_url(self, session_id: str) -> LabSession:
        """The learner may come any moment now."""
        with self.changing(session_id, "reservation", "launch url") as session:
            if session.state is SessionState.EMPTY:
                raise StateConflictError(f"lab session {session_id} has no parts to launch")
            if session.state is SessionState.PENDING:
                self._enter(session, SessionState.PRELAUNCH)
        return session

    def login(self, session_id: str) -> LabSession:
        """The learner logs in; the first time starts the clock and tells the world."""
        with self.changing(session_id, "learner", "login") as session:
            if session.state in _STARTED:
                return session
            self._enter(session, SessionState.RUNNING)
            session.started_at = now()
            timing.current_part(session).session_part_state = PartState.RUNNING
            timing.start_clock(session, self._settings.seconds_per_minute)
            self._emit("started", session, user_id=session.candidate_id, started_at=session.started_at.isoformat())
        return session

    def pause(self, session_id: str, *, actor: str = "reservation") -> LabSession:
        """Stop the clock."""
        with self.changing(session_id, actor, "pause") as session:
            if session.state is SessionState.PAUSED:
                return session
            self._enter(session, SessionState.PAUSED)
            session.seconds_left_at_pause = timing.seconds_left(session)
            session.timer_paused = True
            timing.current_part(session).session_part_state = PartState.PAUSED
            self._emit("paused", session, paused_at=now().isoformat())
        return session

    def resume(self, session_id: str, *, actor: str = "reservation") -> LabSession:
        """Let the clock run on with the time that was left."""
        with self.changing(session_id, actor, "resume") as session:
            if session.state is SessionState.RUNNING:
                return session
            if session.state is not SessionState.PAUSED:
                raise StateConflictError(f"lab session {session_id} is {session.state}, not paused")
            self._enter(session, SessionState.RUNNING)
            end = now() + timedelta(seconds=session.seconds_left_at_pause or 0.0)
            session.timer_paused, session.seconds_left_at_pause = False, None
            timing.set_end(session, end, self._settings.seconds_per_minute)
            timing.current_part(session).session_part_state = PartState.RUNNING
            self._emit("resumed", session, resumed_at=now().isoformat())
        return session

    def finish(self, session_id: str, reason: EndReason, *, actor: str) -> LabSession:
        """End the learner's time; a second call changes nothing."""
        with self.changing(session_id, actor, reason) as session:
            if session.state in (SessionState.USER_FINISHED, SessionState.ARCHIVED):
                return session
            if session.state in _NOT_STARTED and reason is EndReason.USER_FINISHED:
                raise StateConflictError(f"lab session {session_id} is {session.state}: log in first")
            self._enter(session, SessionState.USER_FINISHED)
            self._end(session, reason)
        return session

    def fault(self, session_id: str, error: str) -> LabSession:
        """The deployment breaks down over this session: it is over, and told of as faulted instead of as ended."""
        with self.changing(session_id, "deployment", f"faulted: {error}") as session:
            if session.state is SessionState.USER_FINISHED:
                return session
            self._enter(session, SessionState.USER_FINISHED)
            ended_at = self._close(session, EndReason.FAULTED)
            self._emit("faulted", session, error=error, faulted_at=ended_at.isoformat())
        return session

    def release(self, session_id: str) -> LabSession:
        """Archive; a second call changes nothing. A session under way ends with it."""
        with self.changing(session_id, "reservation", "release") as session:
            if session.state is SessionState.ARCHIVED:
                return session
            started = session.state in _STARTED
            self._enter(session, SessionState.ARCHIVED)
            session.is_finalized = True
            if started:
                self._end(session, EndReason.RELEASED)
        return session

    def add_minutes(self, session_id: str, number: int, minutes: int) -> LabSession:
        """Move the end of a running or paused part by minutes of lab time."""
        seconds = minutes * self._settings.seconds_per_minute
        with self.changing(session_id, "reservation", f"part {number}: {minutes:+d} minutes") as session:
            if session.state not in _STARTED or number != session.current_session_part:
                raise StateConflictError(f"part {number} of lab session {session_id} is not under way")
            if session.seconds_left_at_pause is not None:
                session.seconds_left_at_pause = max(0.0, session.seconds_left_at_pause + seconds)
            elif session.ends_at is not None:
                end = max(now(), session.ends_at + timedelta(seconds=seconds))
                timing.set_end(session, end, self._settings.seconds_per_minute)
        return session

    def expire(self) -> None:
        """End every session whose clock has run out."""
        for session_id in [key for key, end in self._ends_at.items() if end <= now()]:
            self.finish(session_id, EndReason.TIME_EXPIRED, actor="clock")

    async def watch_clock(self) -> None:
        """End sessions the moment their time is over, for ever."""
        while True:
            self._deadline_moved.clear()
            self.expire()
            ends = self._ends_at.values()
            pause = max(0.0, (min(ends) - now()).total_seconds()) if ends else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._deadline_moved.wait()

    @contextlib.contextmanager
    def changing(self, session_id: str, actor: str, action: str) -> Iterator[LabSession]:
        """A session to be changed: stored with a line in its access log when the block ends without an error."""
        with self._database.transaction():
            session = self.get(session_id)
            if session.state is SessionState.ARCHIVED and action != "release":
                raise StateConflictError(f"lab session {session_id} is archived")
            yield session
            _log(session, actor, action)
            self._table.put(session_id, session)
        self._note_deadline(session)

    def edit_parts(self, session_id: str, action: str, edit: Callable[[list[SessionPart]], None]) -> LabSession:
        """Change the list of parts of a session that has not started."""
        with self.changing(session_id, "reservation", action) as session:
            if session.state not in _NOT_STARTED:
                raise StateConflictError(f"lab session {session_id} is {session.state}: its parts are fixed")
            edit(session.session_parts)
            if session.session_parts and session.state is SessionState.EMPTY:
                self._enter(session, SessionState.PENDING)
            elif not session.session_parts and session.state is not SessionState.EMPTY:
                self._enter(session, SessionState.EMPTY)
            session.current_session_part = 1
        return session

    def _note_deadline(self, session: LabSession) -> None:
        if session.state is SessionState.RUNNING and session.ends_at is not None:
            self._ends_at[session.session_id] = session.ends_at
        else:
            self._ends_at.pop(session.session_id, None)
        self._deadline_moved.set()

    def _enter(self, session: LabSession, state: SessionState) -> None:
        if state not in TRANSITIONS[session.state]:
            raise StateConflictError(f"lab session {session.session_id} cannot go from {session.state} to {state}")
        session.state = state

    def _end(self, session: LabSession, reason: EndReason) -> None:
        ended_at = self._close(session, reason)
        self._emit("ended", session, user_id=session.candidate_id, reason=reason, ended_at=ended_at.isoformat())

    def _close(self, session: LabSession, reason: EndReason) -> datetime:
        session.ended_at = now()
        session.end_reason = reason
        session.timer_paused, session.seconds_left_at_pause = False, None
        for part in session.session_parts:
            part.session_part_state = PartState.FINISHED
        return session.ended_at

    def _emit(self, what: str, session: LabSession, **data: JsonValue) -> None:
        self._sender.enqueue(
            f"lds.session.{what}",
            self._settings.event_source,
            session.session_id,
            {"session_id": session.session_id, "auth_id": session.auth_id, **data},
        )


def _log(session: LabSession, actor: str, action: str) -> None:
    session.accesslog.append(AccessLogEntry(at=now(), actor=actor, action=action))
