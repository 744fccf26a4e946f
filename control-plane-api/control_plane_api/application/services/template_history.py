"""The versions of a worker template, replayed from its commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import AwareDatetime

from control_plane_api.domain.entities import WorkerTemplate, read_model_of
from control_plane_api.domain.events.registry import EVENTS
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models import WorkerTemplateReadModel
from lcm_core.domain.read_models.base import ReadModel

VERSIONS_SHOWN = 100


class TemplateVersion(ReadModel):
    """``changed`` names the terms that differ from the version before."""

    version: int
    at: AwareDatetime
    by: str
    changed: tuple[str, ...]
    template: WorkerTemplateReadModel


def as_of(template_id: str, commits: Sequence[Commit]) -> WorkerTemplateReadModel:
    """The template after the last of *commits*, which begin with its first."""
    *_, last = (template for _, template in _replayed(template_id, commits))
    return last


def versions_of(template_id: str, commits: Sequence[Commit]) -> list[TemplateVersion]:
    """Newest first."""
    versions: list[TemplateVersion] = []
    before: WorkerTemplateReadModel | None = None
    for commit, template in _replayed(template_id, commits):
        versions.append(
            TemplateVersion(
                version=template.version,
                at=commit.metadata.at,
                by=commit.metadata.actor,
                changed=_changed(before, template),
                template=template,
            )
        )
        before = template
    return versions[::-1][:VERSIONS_SHOWN]


def _replayed(template_id: str, commits: Sequence[Commit]) -> Iterator[tuple[Commit, WorkerTemplateReadModel]]:
    template = WorkerTemplate(template_id)
    for commit in commits:
        events = [EVENTS.decode(event.type, event.data) for event in commit.events]
        template.replay_commit(events, head_hash=commit.hash, at=commit.metadata.at)
        yield commit, read_model_of(template, WorkerTemplateReadModel)


def _changed(before: WorkerTemplateReadModel | None, after: WorkerTemplateReadModel) -> tuple[str, ...]:
    if before is None:
        return ()
    passing = {"version", "updated_at", "source_digest", "edited_since_source"}
    names = sorted(set(type(after).model_fields) - passing)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
