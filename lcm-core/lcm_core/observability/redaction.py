"""Keeps secrets out of everything that is written or sent for observation."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from itertools import pairwise
from typing import Any, cast

REDACTED = "[redacted]"

_SECRET_WORDS = frozenset(
    {"password", "passwd", "passphrase", "secret", "token", "authorization", "cookie", "credential", "credentials"}
)
_SECRET_PAIRS = frozenset({("api", "key"), ("private", "key"), ("access", "key"), ("signing", "key")})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IN_TEXT = (
    (re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/@]+@", re.IGNORECASE), r"\g<scheme>" + REDACTED + "@"),
    (re.compile(r"\b(?P<kind>bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), r"\g<kind> " + REDACTED),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]{8,}"), REDACTED),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), REDACTED),
)


def is_secret_name(name: str) -> bool:
    """Whether a field of that name holds a secret, in any of snake_case, kebab-case, camelCase."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return not _SECRET_WORDS.isdisjoint(words) or any(pair in _SECRET_PAIRS for pair in pairwise(words))


def redact_text(text: str) -> str:
    """*text* without passwords in URLs, authorization header values, JSON web tokens and secrets of webhooks."""
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def redact(value: Any) -> Any:
    """A copy of *value* (any nesting of mappings and lists) in which no secret can be read."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {
            key: REDACTED if isinstance(key, str) and is_secret_name(key) and item is not None else redact(item)
            for key, item in cast("Mapping[Any, Any]", value).items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(item) for item in cast("list[Any]", value)]
    return value


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """``redact`` as a structlog processor."""
    for key, value in event.items():
        if is_secret_name(key) and value is not None:
            event[key] = REDACTED
        elif isinstance(value, (str, Mapping, list, tuple, set, frozenset)):
            event[key] = redact(value)
    return event
