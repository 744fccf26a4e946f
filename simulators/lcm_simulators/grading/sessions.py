"""Grading sessions: taken in at once, graded after a while, told by event."""

import asyncio
import contextlib
import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import JsonValue

from lcm_simulators.events import EventSender
from lcm_simulators.grading.errors import ConflictError, NotFoundError
from lcm_simulators.grading.evaluation import evaluate
from lcm_simulators.grading.model import (
    CreatePart,
    CreateSession,
    GradingPart,
    GradingSession,
    Outcome,
    PartState,
    Pod,
    Score,
    now,
)
from lcm_simulators.grading.rulesets import Rulesets
from lcm_simulators.grading.settings import GradingSettings
from lcm_simulators.storage import Database, DocumentTable, DuplicateKeyError

_PartKey = tuple[str, int]


class GradingSessions:
    """Every change is one transaction: the session and the event that tells of it."""

    def __init__(self, database: Database, rulesets: Rulesets, sender: EventSender, settings: GradingSettings) -> None:
        self._database = database
        self._table = DocumentTable(database, "grading_sessions", GradingSession)
        self._rulesets = rulesets
        self._sender = sender
        self._settings = settings
        self._due: dict[_PartKey, datetime] = {}
        self._due_changed = asyncio.Event()
        for session in self._table.all():
            self._note_due(session)

    def create(self, request: CreateSession) -> GradingSession:
        """Raises ConflictError when there is a session of that external id."""
        session = GradingSession(id=str(uuid.uuid4()), **request.model_dump())
        try:
            self._table.insert(session.id, session, unique_key=session.external_id)
        except DuplicateKeyError as error:
            raise ConflictError(f"a session of external_id {session.external_id} exists already") from error
        return session

    def get(self, session_id: str) -> GradingSession:
        """Raises NotFoundError."""
        session = self._table.get(session_id)
        if session is None:
            raise NotFoundError(f"no grading session {session_id}")
        return session

    def find(self, external_id: str | None) -> list[GradingSession]:
        """All sessions, or the one of that external id."""
        if external_id is None:
            return self._table.all()
        found = self._table.find(external_id)
        return [] if found is None else [found]

    def part(self, session_id: str, number: int) -> GradingPart:
        """Raises NotFoundError."""
        return _part(self.get(session_id), number)

    def part_of_report(self, report_key: str) -> tuple[GradingSession, GradingPart]:
        """The part behind a report's address. Raises NotFoundError."""
        for session in self._table.all():
            for part in session.parts:
                if part.report_key == report_key and part.score is not None:
                    return session, part
        raise NotFoundError("no such report")

    def add_part(self, session_id: str, request: CreatePart) -> int:
        """Returns the number of the new part."""
        with self._changing(session_id) as session:
            form = request.form_qualified_name or session.form_qualified_name
            session.parts.append(GradingPart(form_qualified_name=form))
        return len(session.parts)

    def put_pod(self, session_id: str, number: int, pod: Pod) -> None:
        """Hand in what was collected. The same again changes nothing; something else allows to grade again."""
        with self._changing(session_id) as session:
            part = _part(session, number)
            if part.pod == pod:
                return
            if part.state in (PartState.GRADING, PartState.REVIEWING):
                raise ConflictError(f"part {number} of {session_id} is being graded")
            session.parts[number - 1] = GradingPart(form_qualified_name=part.form_qualified_name, pod=pod)

    def grade(self, session_id: str, number: int, base_url: str) -> PartState:
        """Begin grading; a part that is being graded, or was, stays as it is."""
        with self._changing(session_id) as session:
            part = _part(session, number)
            if part.state is not PartState.PENDING:
                return part.state
            if part.pod is None:
                raise ConflictError(f"part {number} of {session_id} has no pod to grade")
            part.state = PartState.GRADING
            part.due_at = self._in(self._settings.delay_seconds)
            part.report_key = secrets.token_urlsafe(24)
            part.report_url = f"{base_url.rstrip('/')}/reports/{part.report_key}"
        return PartState.GRADING

    async def work(self) -> None:
        """Grade each part when its time has come, for ever."""
        while True:
            self._due_changed.clear()
            for session_id, number in [key for key, due in self._due.items() if due <= now()]:
                await self._grade_now(session_id, number)
            pause = max(0.0, (min(self._due.values()) - now()).total_seconds()) if self._due else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._due_changed.wait()

    async def _grade_now(self, session_id: str, number: int) -> None:
        part = self.part(session_id, number)
        if part.proposed is not None:
            self._conclude(session_id, number, part.proposed)
            return
        ruleset = self._rulesets.find(part.form_qualified_name)
        if ruleset is None or part.pod is None:
            self._conclude(session_id, number, f"no ruleset {part.form_qualified_name}: synchronize it first")
            return
        timeout = self._settings.pattern_timeout_seconds
        score = await asyncio.to_thread(evaluate, ruleset, part.pod, pattern_timeout_seconds=timeout)
        if ruleset.review:
            self._hand_to_reviewer(session_id, number, score)
        else:
            self._conclude(session_id, number, score)

    def _hand_to_reviewer(self, session_id: str, number: int, proposed: Score) -> None:
        """The reviewer takes a while, and agrees."""
        with self._changing(session_id) as session:
            part = _part(session, number)
            part.state, part.proposed = PartState.REVIEWING, proposed
            part.due_at = self._in(self._settings.review_seconds)
            self._emit("review", session, number, {})

    def _conclude(self, session_id: str, number: int, result: Score | str) -> None:
        with self._changing(session_id) as session:
            part = _part(session, number)
            part.graded_at, part.due_at, part.proposed = now(), None, None
            if isinstance(result, Score):
                part.state, part.score = PartState.COMPLETED, result
                facts = {**result.model_dump(mode="json"), "report_url": part.report_url}
                self._emit("completed", session, number, facts)
            else:
                part.state, part.error = PartState.FAILED, result
                self._emit("failed", session, number, {"error": result})

    def _in(self, seconds: float) -> datetime:
        return now() + timedelta(seconds=seconds * self._settings.time_scale)

    def _emit(self, outcome: Outcome, session: GradingSession, number: int, facts: dict[str, JsonValue]) -> None:
        self._sender.enqueue(
            f"grading.session.{outcome}",
            self._settings.event_source,
            session.id,
            {
                "grading_session_id": session.id,
                "external_id": session.external_id,
                "lablet_session_id": session.external_id,
                "part": number,
                **facts,
            },
        )

    @contextlib.contextmanager
    def _changing(self, session_id: str) -> Iterator[GradingSession]:
        with self._database.transaction():
            session = self.get(session_id)
            yield session
            self._table.put(session_id, session)
        self._note_due(session)

    def _note_due(self, session: GradingSession) -> None:
        for number, part in enumerate(session.parts, start=1):
            if part.due_at is None:
                self._due.pop((session.id, number), None)
            else:
                self._due[session.id, number] = part.due_at
        self._due_changed.set()


def _part(session: GradingSession, number: int) -> GradingPart:
    if not 1 <= number <= len(session.parts):
        raise NotFoundError(f"grading session {session.id} has no part {number}")
    return session.parts[number - 1]
