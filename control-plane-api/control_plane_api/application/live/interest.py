"""What one reader of the live stream is to be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event or a row is about. *owner* is whose booking it belongs to; None for what is nobody's: workers."""

    kind: str
    id: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Interest:
    """None means all of it. *owner* is no wish but a limit: who is limited to an owner learns of nothing else."""

    kinds: frozenset[str] | None = None
    resources: frozenset[tuple[str, str]] | None = None
    owner: str | None = None

    @property
    def everything(self) -> bool:
        return self.kinds is None and self.resources is None and self.owner is None

    def includes(self, subject: Subject) -> bool:
        return (
            (self.kinds is None or subject.kind in self.kinds)
            and (self.owner is None or subject.owner == self.owner)
            and (self.resources is None or (subject.kind, subject.id) in self.resources)
        )


EVERYTHING = Interest()
