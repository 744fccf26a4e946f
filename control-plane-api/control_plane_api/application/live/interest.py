"""What one reader of the live stream is to be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event or a row is about. *owner* is whose booking it belongs to; None for what is nobody's: workers."""

    kind: str
    id: str
    owner: str | None = None


PRIVATE_KINDS = frozenset({"subscription", "audit_export", "maintenance", "notification"})
"""What nobody sees but operators and who it belongs to, as in lists and answers: addresses of receivers, searches."""


@dataclass(frozen=True, slots=True)
class Interest:
    """None means all of it. *owner* is no wish but a limit: who is limited to an owner learns of nothing else.
    *private_owner* limits in the same way, for ``PRIVATE_KINDS`` alone.
    """

    kinds: frozenset[str] | None = None
    resources: frozenset[tuple[str, str]] | None = None
    owner: str | None = None
    private_owner: str | None = None

    def includes(self, subject: Subject) -> bool:
        owner = self._owner_of(subject.kind)
        return (
            (self.kinds is None or subject.kind in self.kinds)
            and (owner is None or subject.owner == owner)
            and (self.resources is None or (subject.kind, subject.id) in self.resources)
        )

    def includes_all_of(self, kind: str) -> bool:
        return (self.kinds is None or kind in self.kinds) and self.resources is None and self._owner_of(kind) is None

    def _owner_of(self, kind: str) -> str | None:
        return self.private_owner if self.owner is None and kind in PRIVATE_KINDS else self.owner


EVERYTHING = Interest()
