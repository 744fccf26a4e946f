"""A definition and its bucket, in whatever order things happen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from control_plane_api.domain.entities import ContentFacts, DefinitionContent, LabletDefinition
from control_plane_api.domain.events.registry import EVENTS, Stamp
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.errors import Conflict, DomainError
from lcm_core.domain.read_models.content_sync import (
    ChangeLevel,
    ConsumerOutcome,
    OutsideWork,
    SyncCause,
    SyncStatus,
    VersionProposal,
)
from lcm_core.domain.values import AmiRequirement, ResourceVector

STAMP = Stamp(datetime(2030, 1, 1, tzinfo=UTC), "somebody")
IN_USE = (LabletDefinitionStatus.PENDING_SYNC, LabletDefinitionStatus.ACTIVE)
HASHES = ("a" * 64, "b" * 64, "c" * 64)


def facts(content_hash: str) -> ContentFacts:
    return ContentFacts(
        content_hash=content_hash,
        title="T",
        requirements=ResourceVector(cpu_cores=1),
        node_count=1,
        link_count=0,
        port_requests=(),
        visible_devices=(),
    )


def a_bare_definition(id: str = "d-1", version: str = "1.0.0") -> LabletDefinition:
    terms = {
        "name": "n",
        "semantic_version": version,
        "form_qualified_name": "Exam 1",
        "license_affinity": (),
        "ami_requirement": AmiRequirement(),
        "max_duration_minutes": 60,
        "lead_seconds": 0,
        "teardown_seconds": 0,
        "grading_enabled": True,
        "content_bucket": "exam-1",
    }
    content = DefinitionContent.model_validate(terms | dict(facts("")))
    return LabletDefinition.create(id, content, STAMP)


def report(definition: LabletDefinition, content_hash: str) -> None:
    """What the command does with content that was found, without its analysis."""
    if not definition.wants_sync:
        return
    if definition.knows(content_hash):
        definition.content_checked(content_hash, content_hash[:3], STAMP)
    elif not definition.has_content:
        definition.take_first_content(facts(content_hash), content_hash[:3], STAMP)
    else:
        proposal = VersionProposal(
            content_hash=content_hash,
            semantic_version="1.0.1",
            level=ChangeLevel.PATCH,
            changes=(),
            proposed_at=STAMP.at,
        )
        definition.propose(proposal, content_hash[:3], STAMP)


def replace(definition: LabletDefinition) -> None:
    if definition.state.proposal is not None:
        definition.replace(a_bare_definition("d-2", "1.0.1"), STAMP)


Deed = Callable[[LabletDefinition], object]
DEEDS: dict[str, Deed] = {
    "asked for": lambda it: it.request_sync(SyncCause.PERSON, STAMP),
    "bucket changed": lambda it: it.request_sync(SyncCause.BUCKET_CHANGED, STAMP, fingerprint="aaa"),
    **{f"found {each[0]}": lambda it, each=each: report(it, each) for each in HASHES},
    **{f"rejected {each[0]}": lambda it, each=each: it.reject_proposal(each, "no", STAMP) for each in HASHES},
    "failed": lambda it: it.sync_failed("away", (), "", STAMP),
    "told": lambda it: it.consumer_refreshed("lds", (ConsumerOutcome(deployment="e", succeeded=True),), STAMP),
    "not told": lambda it: it.consumer_refreshed("lds", (ConsumerOutcome(deployment="e", succeeded=False),), STAMP),
    "replaced": replace,
    "deprecated": lambda it: it.deprecate("old", STAMP),
    "archived": lambda it: it.archive("over", STAMP),
}


def attempt(name: str, definition: LabletDefinition) -> None:
    """A rule may say no; that changes nothing."""
    with suppress(DomainError, Conflict):
        DEEDS[name](definition)


@given(st.lists(st.sampled_from(sorted(DEEDS)), max_size=25))
def test_whatever_happens_the_record_says_what_is_to_be_done_and_content_stays(deeds: list[str]) -> None:
    definition = a_bare_definition()
    first_content = ""
    for name in deeds:
        attempt(name, definition)
        state = definition.state
        first_content = first_content or state.content_hash
        in_use = state.status in IN_USE and state.replaced_by is None

        assert state.content_hash == first_content
        assert (state.status is LabletDefinitionStatus.PENDING_SYNC) <= (state.content_hash == "")
        assert (OutsideWork.SYNC in state.outside_work) == (state.sync.status is SyncStatus.REQUESTED)
        assert in_use or (state.outside_work, state.proposal) == ((), None)
        proposed = state.proposal.content_hash if state.proposal is not None else ""
        assert not proposed or proposed not in (state.content_hash, state.sync.rejected_hash)
        assert (state.sync.status is not SyncStatus.VERSION_PROPOSED) or state.proposal is not None


@given(st.lists(st.sampled_from(sorted(DEEDS)), max_size=25))
def test_its_events_alone_bring_it_back(deeds: list[str]) -> None:
    definition = a_bare_definition()
    for name in deeds:
        attempt(name, definition)
    again = LabletDefinition("d-1")

    for event in definition.pending_events:
        again.record(EVENTS.decode(*EVENTS.encode(event)))

    assert again.state == definition.state
