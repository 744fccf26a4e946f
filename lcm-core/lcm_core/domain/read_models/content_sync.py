"""How a definition and its content package in the object store stand to each other."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from lcm_core.domain.read_models.base import ReadModel


class SyncStatus(StrEnum):
    """How the last look at the package went; VERSION_PROPOSED waits for an admin."""

    NONE = "none"
    REQUESTED = "sync_requested"
    SUCCESS = "success"
    VERSION_PROPOSED = "version_proposed"
    FAILED = "failed"


class SyncCause(StrEnum):
    """Why the package is looked at."""

    CREATED = "created"
    PERSON = "person"
    BUCKET_CHANGED = "bucket_changed"


class OutsideWork(StrEnum):
    """What lablet-controller has to do for a definition."""

    SYNC = "sync"
    REFRESH = "refresh"


class VersionPolicy(StrEnum):
    """Which changes of the content become a new version without being asked for."""

    ASK = "ask"
    PATCH = "patch"
    MINOR = "minor"
    ALWAYS = "always"


class ChangeLevel(StrEnum):
    """Which part of the version number a change raises."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


class ContentChange(ReadModel):
    """One thing that differs: *what* it is about (node, link, port, device, task, grading, file), and how."""

    what: str
    name: str
    change: str
    level: ChangeLevel
    detail: str = ""


class VersionProposal(ReadModel):
    """Content that differs from the definition's own, and the version that it would be."""

    content_hash: str
    semantic_version: str
    level: ChangeLevel
    changes: tuple[ContentChange, ...]
    more_changes: int = 0
    proposed_at: AwareDatetime


class SyncProblem(ReadModel):
    """*path* is a JSON pointer into the package; the message begins with the line where there is one."""

    path: str
    message: str


class ContentSyncState(ReadModel):
    """``fingerprint`` is that of the bucket when it was last read: another one means that something was changed.

    ``rejected_hash`` is the content that an admin did not want; it is not proposed again.
    """

    status: SyncStatus = SyncStatus.NONE
    cause: SyncCause | None = None
    requested_at: AwareDatetime | None = None
    requested_by: str = ""
    synced_at: AwareDatetime | None = None
    fingerprint: str = ""
    error: str = ""
    problems: tuple[SyncProblem, ...] = ()
    rejected_hash: str = ""


class ConsumerStatus(StrEnum):
    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


class ConsumerOutcome(ReadModel):
    """What one deployment of a consumer answered."""

    deployment: str
    succeeded: bool
    detail: str = ""


class ConsumerSync(ReadModel):
    """Whether a system that keeps a copy of the content, such as LDS, has been told to read it again."""

    consumer: str
    status: ConsumerStatus
    at: AwareDatetime
    outcomes: tuple[ConsumerOutcome, ...] = ()
