"""The title by which a session's lab is found again on its host."""

from __future__ import annotations

import hashlib
import re

TITLE_LIMIT = 64
_UNWANTED = re.compile(r"[^A-Za-z0-9._ -]+")
_SESSION_ID = re.compile(r"(?:^|-)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")


def lab_title(definition_name: str, session_id: str) -> str:
    """``<definition>-<session id>``, at most 64 characters, the same for every call and unique per session.

    The session id is never shortened: the definition's name gives way. An id that would not fit by itself is replaced
    by its SHA-256, so that two long ids cannot meet in one title.
    """
    suffix = session_id if len(session_id) < TITLE_LIMIT else hashlib.sha256(session_id.encode()).hexdigest()[:40]
    room = TITLE_LIMIT - len(suffix) - 1
    name = _UNWANTED.sub("_", definition_name)[:room].strip()
    return f"{name}-{suffix}" if name else suffix


def session_id_of(title: str) -> str | None:
    """The session that a lab of this title was made for; None for a title that ``lab_title`` does not give to one.

    People may call their labs what they like: that a title says so does not prove that such a session exists.
    """
    found = _SESSION_ID.search(title)
    return found[1] if found is not None else None
