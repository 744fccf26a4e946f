"""Version numbers, and which part of them a change of the content raises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from lcm_core.domain.read_models.content_sync import ChangeLevel, ContentChange, VersionPolicy

_ORDER = (ChangeLevel.PATCH, ChangeLevel.MINOR, ChangeLevel.MAJOR)
_ALLOWED: dict[VersionPolicy, tuple[ChangeLevel, ...]] = {
    VersionPolicy.ASK: (),
    VersionPolicy.PATCH: _ORDER[:1],
    VersionPolicy.MINOR: _ORDER[:2],
    VersionPolicy.ALWAYS: _ORDER,
}


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """MAJOR.MINOR.PATCH, compared number by number."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError unless *text* is three numbers with dots between them."""
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(f"{text!r} is not MAJOR.MINOR.PATCH")
        major, minor, patch = (int(part) for part in parts)
        return cls(major, minor, patch)

    def raised(self, level: ChangeLevel) -> Version:
        """The next version after a change of *level*; the smaller parts begin again."""
        match level:
            case ChangeLevel.MAJOR:
                return Version(self.major + 1, 0, 0)
            case ChangeLevel.MINOR:
                return Version(self.major, self.minor + 1, 0)
            case ChangeLevel.PATCH:
                return Version(self.major, self.minor, self.patch + 1)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def level_of(changes: Iterable[ContentChange]) -> ChangeLevel:
    """The greatest of all; a difference that nobody can name (white space, comments) is a patch."""
    return max((change.level for change in changes), key=_ORDER.index, default=ChangeLevel.PATCH)


def goes_by_itself(policy: VersionPolicy, level: ChangeLevel) -> bool:
    """Whether a change of *level* becomes a new version without an admin's word."""
    return level in _ALLOWED[policy]
