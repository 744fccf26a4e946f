"""Content packages: the first content, what is nothing new, and what may become the next version."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from control_plane_api.application.commands.lablet_definition.archive_lablet_definition_command import (
    ArchiveLabletDefinitionCommand,
)
from control_plane_api.application.commands.lablet_definition.confirm_version_command import ConfirmVersionCommand
from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import (
    CreateLabletDefinitionCommand,
)
from control_plane_api.application.commands.lablet_definition.record_consumer_refresh_command import (
    RecordConsumerRefreshCommand,
)
from control_plane_api.application.commands.lablet_definition.reject_version_command import RejectVersionCommand
from control_plane_api.application.commands.lablet_definition.report_sync_failed_command import ReportSyncFailedCommand
from control_plane_api.application.commands.lablet_definition.report_synced_content_command import (
    ReportSyncedContentCommand,
)
from control_plane_api.application.commands.lablet_definition.request_content_sync_command import (
    RequestContentSyncCommand,
)
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.queries.get_proposed_version_query import (
    GetProposedVersionQuery,
    GetProposedVersionQueryHandler,
)
from control_plane_api.application.queries.list_followed_content_query import (
    ListFollowedContentQuery,
    ListFollowedContentQueryHandler,
)
from control_plane_api.testing.command_world import CONTENT, TWO_ROUTERS, CommandWorld
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import (
    ConfirmVersion,
    ConsumerRefreshed,
    CreateLabletDefinition,
    PackageFile,
    RejectVersion,
    RequestSync,
    SyncedContent,
    SyncFailed,
)
from lcm_core.contracts.reservations import CreateReservation
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.errors import Conflict, InvalidInput, RuleViolation
from lcm_core.domain.publication import Publication
from lcm_core.domain.read_models import LabletDefinitionReadModel
from lcm_core.domain.read_models.content_sync import (
    ChangeLevel,
    ConsumerOutcome,
    ConsumerStatus,
    OutsideWork,
    SyncCause,
    SyncStatus,
    VersionPolicy,
)
from lcm_core.domain.values import Candidate, ResourceVector

THREE_ROUTERS = TWO_ROUTERS.replace("links:", "  - {id: n2, label: r3, node_definition: iosv}\nlinks:")
TASK = PackageFile(path="tasks/1.html", sha256="a" * 64, size=5, text="hello")
REWORDED = PackageFile(path="tasks/1.html", sha256="b" * 64, size=6, text="hello!")


def found(topology: str = TWO_ROUTERS, fingerprint: str = "f-1", **changes: Any) -> SyncedContent:
    return SyncedContent(topology_yaml=topology, content_xml=CONTENT, fingerprint=fingerprint, **changes)


async def row(world: CommandWorld, id: str) -> LabletDefinitionReadModel:
    return await world.read.definitions.get(id)


async def ask(world: CommandWorld, id: str, cause: SyncCause = SyncCause.PERSON, fingerprint: str = "") -> Applied:
    return await world.do(RequestContentSyncCommand(id, RequestSync(cause=cause, fingerprint=fingerprint)))


async def report(world: CommandWorld, id: str, content: SyncedContent) -> Applied:
    return await world.do(ReportSyncedContentCommand(id, content))


async def a_bare_definition(world: CommandWorld, **changes: Any) -> str:
    """PENDING_SYNC: it has no content yet."""
    request = {"name": "two-routers", "form_qualified_name": "Exam CCNP v1 LAB 1.1", **changes}
    made = await world.do(CreateLabletDefinitionCommand(CreateLabletDefinition.model_validate(request)))
    return made.id


async def a_synced_definition(world: CommandWorld, **changes: Any) -> str:
    id = await a_bare_definition(world, **changes)
    await report(world, id, found(files=(TASK,)))
    return id


async def a_proposal(world: CommandWorld, content: SyncedContent, **changes: Any) -> str:
    id = await a_synced_definition(world, **changes)
    await ask(world, id)
    await report(world, id, content)
    return id


async def test_a_definition_without_content_waits_for_its_bucket(world: CommandWorld) -> None:
    definition = await row(world, await a_bare_definition(world))

    assert definition.status is LabletDefinitionStatus.PENDING_SYNC
    assert definition.content_bucket == "exam-ccnp-v1-lab-1-1"
    assert (definition.sync.status, definition.sync.cause) == (SyncStatus.REQUESTED, SyncCause.CREATED)
    assert definition.outside_work == (OutsideWork.SYNC,)


async def test_it_cannot_be_booked_before_its_content_is_there(world: CommandWorld) -> None:
    id = await a_bare_definition(world)
    booking = CreateReservation(definition_id=id, candidate=Candidate(username="ada"), duration_minutes=60)

    with pytest.raises(RuleViolation, match="PENDING_SYNC"):
        await world.do(CreateReservationCommand("lms", booking))


async def test_its_first_content_makes_it_active_with_what_the_topology_asks_for(world: CommandWorld) -> None:
    definition = await row(world, await a_synced_definition(world))

    assert definition.status is LabletDefinitionStatus.ACTIVE
    assert definition.requirements == ResourceVector(cpu_cores=2, memory_gb=1, storage_gb=2, nodes=2, ports=2)
    assert (definition.sync.status, definition.sync.fingerprint) == (SyncStatus.SUCCESS, "f-1")
    package = await world.read.content.content(definition.content_hash)
    assert (package.topology_yaml, package.files) == (TWO_ROUTERS, (TASK,))
    assert await world.audit() == []


async def test_a_version_shows_who_answers_for_it_and_what_its_package_says_of_its_publication(
    world: CommandWorld,
) -> None:
    id = await a_bare_definition(world, owner_contact="lab-team@example.com")
    before = await row(world, id)
    first, second = Publication(version="1.4", form_id="4711"), Publication(version="1.5", form_id="4711")
    await report(world, id, found(publication=first))
    await ask(world, id)
    await report(world, id, found(THREE_ROUTERS, fingerprint="f-2", publication=second))
    proposal = (await row(world, id)).proposal
    assert proposal is not None
    made = await world.do(ConfirmVersionCommand(id, ConfirmVersion(content_hash=proposal.content_hash)))

    old, new = await row(world, id), await row(world, made.id)
    assert (before.owner_contact, before.publication) == ("lab-team@example.com", None)
    assert (old.owner_contact, old.publication) == ("lab-team@example.com", first)
    assert (new.owner_contact, new.publication) == ("lab-team@example.com", second)
    assert await world.audit() == []


async def test_given_requirements_outlive_every_synchronisation(world: CommandWorld) -> None:
    given = ResourceVector(cpu_cores=9, memory_gb=9, storage_gb=9, nodes=9)
    id = await a_proposal(world, found(THREE_ROUTERS), requirements=given.model_dump())
    proposal = (await row(world, id)).proposal
    assert proposal is not None

    made = await world.do(ConfirmVersionCommand(id, ConfirmVersion(content_hash=proposal.content_hash)))

    assert made.requirements == given.model_copy(update={"ports": 2})


async def test_a_form_whose_name_cannot_be_a_bucket_needs_one_that_is_named(world: CommandWorld) -> None:
    long = "Exam " + "very " * 15 + "long"

    with pytest.raises(InvalidInput, match="Name the bucket"):
        await a_bare_definition(world, form_qualified_name=long)
    named = await a_bare_definition(world, form_qualified_name=long, content_bucket="named-bucket")

    assert (await row(world, named)).content_bucket == "named-bucket"


async def test_content_that_cannot_be_used_is_told_in_full_and_changes_nothing(world: CommandWorld) -> None:
    id = await a_bare_definition(world)
    before = await row(world, id)

    with pytest.raises(InvalidInput) as refused:
        await report(world, id, found("lab: {version: 0.1.0}\nnodes:\n  - {id: n0, label: r1}\n"))

    assert ("/topology_yaml/nodes/0/node_definition", "line 3: Field required") in [
        (problem.path, problem.message) for problem in refused.value.errors
    ]
    assert await row(world, id) == before


async def test_the_same_content_is_nothing_new(world: CommandWorld) -> None:
    id = await a_synced_definition(world)
    world.later(hours=1)
    await ask(world, id)

    await report(world, id, found(files=(TASK,), fingerprint="f-2"))

    definition = await row(world, id)
    assert (definition.sync.status, definition.sync.fingerprint) == (SyncStatus.SUCCESS, "f-2")
    assert definition.sync.synced_at == world.clock.now()
    assert definition.proposal is None


async def test_other_content_is_proposed_and_nothing_becomes_a_version_by_itself(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS, files=(TASK,)))

    definition = await row(world, id)

    assert definition.sync.status is SyncStatus.VERSION_PROPOSED
    assert definition.proposal is not None
    assert (definition.proposal.level, definition.proposal.semantic_version) == (ChangeLevel.MAJOR, "2.0.0")
    assert [(each.what, each.name, each.change) for each in definition.proposal.changes] == [("node", "r3", "added")]
    assert definition.content_hash != definition.proposal.content_hash
    assert len(await world.documents("lablet_definitions")) == 1


async def test_a_version_that_was_made_by_hand_is_not_proposed(world: CommandWorld) -> None:
    await world.a_definition(semantic_version="2.0.0")
    id = await a_proposal(world, found(THREE_ROUTERS), version_policy="always")

    replaced_by = (await row(world, id)).replaced_by

    assert replaced_by is not None
    assert (await row(world, replaced_by)).semantic_version == "3.0.0"


async def test_the_proposal_shows_the_lines_that_changed(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS, files=(REWORDED,)))

    handler = GetProposedVersionQueryHandler(world.read.definitions, world.read.content)
    shown = await handler.handle(GetProposedVersionQuery(id))

    assert [diff.path for diff in shown.files] == ["cml.yaml", "tasks/1.html"]
    assert "+  - {id: n2, label: r3, node_definition: iosv}" in shown.files[0].lines
    assert shown.files[1].lines == ("@@ -1 +1 @@", "-hello", "+hello!")


async def test_a_confirmed_version_replaces_the_one_before_in_one_step(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS, fingerprint="f-2"), max_duration_minutes=90, lead_seconds=5)
    proposal = (await row(world, id)).proposal
    assert proposal is not None

    made = await world.do(ConfirmVersionCommand(id, ConfirmVersion(content_hash=proposal.content_hash)), actor="eve")

    old, new = await row(world, id), await row(world, made.id)
    assert (new.semantic_version, new.status, new.created_by) == ("2.0.0", LabletDefinitionStatus.ACTIVE, "eve")
    assert (new.previous_version_id, old.replaced_by) == (old.id, new.id)
    assert (old.status, old.proposal) == (LabletDefinitionStatus.DEPRECATED, None)
    assert (new.sync.status, new.sync.fingerprint) == (SyncStatus.SUCCESS, "f-2")
    assert await world.audit() == []


async def test_a_new_version_takes_over_every_term_of_the_one_before(world: CommandWorld) -> None:
    id = await a_proposal(
        world,
        found(THREE_ROUTERS),
        license_affinity=["ENTERPRISE"],
        ami_requirement={"name_pattern": "CML-2.9*"},
        max_duration_minutes=90,
        lead_seconds=5,
        teardown_seconds=7,
        grading_enabled=False,
        owner_contact="lab-team@example.com",
        host_loss={"hold_seconds": 5},
        content_bucket="named-bucket",
        version_policy="patch",
    )
    proposal = (await row(world, id)).proposal
    assert proposal is not None
    made = await world.do(ConfirmVersionCommand(id, ConfirmVersion(content_hash=proposal.content_hash)))

    old = (await row(world, id)).model_dump()
    new = (await row(world, made.id)).model_dump()

    differ = {name for name in old if old[name] != new[name]}
    of_the_content = {"content_hash", "node_count", "requirements"}
    of_the_line = {"semantic_version", "previous_version_id", "replaced_by", "status", "deprecated_at"}
    of_this_one = {"id", "version", "deprecated_reason", "sync", "consumers", "outside_work"}
    assert differ <= of_the_content | of_the_line | of_this_one


async def test_an_admin_may_give_another_version_that_comes_later(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS))
    proposal = (await row(world, id)).proposal
    assert proposal is not None

    def confirm(version: str) -> ConfirmVersionCommand:
        wanted = ConfirmVersion(content_hash=proposal.content_hash, semantic_version=version, deprecate_current=False)
        return ConfirmVersionCommand(id, wanted)

    with pytest.raises(RuleViolation, match="does not come after two-routers"):
        await world.do(confirm("1.0.0"))
    made = await world.do(confirm("1.10.0"))

    assert made.semantic_version == "1.10.0"
    assert (await row(world, id)).status is LabletDefinitionStatus.ACTIVE


async def test_a_version_is_made_once_even_when_two_admins_confirm_it(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS))
    proposal = (await row(world, id)).proposal
    assert proposal is not None
    command = ConfirmVersionCommand(id, ConfirmVersion(content_hash=proposal.content_hash))

    answers = await asyncio.gather(world.do(command), world.do(command), return_exceptions=True)

    assert sum(isinstance(answer, LabletDefinitionReadModel) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1


async def test_what_was_looked_at_is_what_is_confirmed(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS))
    seen = (await row(world, id)).proposal
    assert seen is not None
    await ask(world, id)
    await report(world, id, found(THREE_ROUTERS, files=(REWORDED,), fingerprint="f-3"))

    with pytest.raises(Conflict, match="look at what is proposed now"):
        await world.do(ConfirmVersionCommand(id, ConfirmVersion(content_hash=seen.content_hash)))


async def test_rejected_content_is_not_proposed_again(world: CommandWorld) -> None:
    content = found(THREE_ROUTERS)
    id = await a_proposal(world, content)
    proposal = (await row(world, id)).proposal
    assert proposal is not None
    rejection = RejectVersion(content_hash=proposal.content_hash, reason="a draft")

    first = await world.do(RejectVersionCommand(id, rejection))
    again = await world.do(RejectVersionCommand(id, rejection))
    await ask(world, id)
    await report(world, id, content)

    definition = await row(world, id)
    assert (first.applied, again.applied) == (True, False)
    assert (definition.proposal, definition.sync.status) == (None, SyncStatus.SUCCESS)


async def test_a_bucket_that_is_put_back_takes_its_proposal_back(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS))
    await ask(world, id)

    await report(world, id, found(files=(TASK,), fingerprint="f-3"))

    assert (await row(world, id)).proposal is None


@pytest.mark.parametrize(
    ("policy", "content", "becomes"),
    [
        (VersionPolicy.PATCH, found(files=(REWORDED,)), "1.0.1"),
        (VersionPolicy.PATCH, found(THREE_ROUTERS, files=(TASK,)), None),
        (VersionPolicy.MINOR, found(files=()), "1.1.0"),
        (VersionPolicy.ALWAYS, found(THREE_ROUTERS), "2.0.0"),
    ],
)
async def test_a_policy_says_what_becomes_a_version_by_itself(
    world: CommandWorld, policy: VersionPolicy, content: SyncedContent, becomes: str | None
) -> None:
    id = await a_proposal(world, content, version_policy=policy.value)

    definition = await row(world, id)

    next_one = await row(world, definition.replaced_by) if definition.replaced_by is not None else None
    assert (next_one.semantic_version if next_one else None) == becomes
    assert (definition.proposal is None) == (becomes is not None)


async def test_a_report_that_nobody_waits_for_changes_nothing(world: CommandWorld) -> None:
    id = await a_synced_definition(world)

    assert not (await report(world, id, found(THREE_ROUTERS))).applied
    assert not (await world.do(ReportSyncFailedCommand(id, SyncFailed(reason="late")))).applied
    assert (await row(world, id)).sync.status is SyncStatus.SUCCESS


async def test_a_failed_synchronisation_says_why_and_leaves_the_version_as_it_is(world: CommandWorld) -> None:
    id = await a_synced_definition(world)
    await ask(world, id)

    await world.do(ReportSyncFailedCommand(id, SyncFailed(reason="it is no zip", fingerprint="f-9")))

    definition = await row(world, id)
    assert (definition.sync.status, definition.sync.error) == (SyncStatus.FAILED, "it is no zip")
    assert (definition.status, definition.outside_work) == (LabletDefinitionStatus.ACTIVE, (OutsideWork.REFRESH,))


async def test_a_bucket_that_was_read_as_it_is_is_not_read_again(world: CommandWorld) -> None:
    id = await a_synced_definition(world)

    assert not (await ask(world, id, SyncCause.BUCKET_CHANGED, "f-1")).applied
    assert (await ask(world, id, SyncCause.BUCKET_CHANGED, "f-2")).applied
    assert not (await ask(world, id)).applied


async def test_a_version_that_was_replaced_or_archived_no_longer_follows_its_bucket(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS), version_policy="always")
    definition = await row(world, id)
    assert definition.replaced_by is not None
    followed = ListFollowedContentQueryHandler(world.read.definitions)

    with pytest.raises(RuleViolation, match="belongs to a later version"):
        await ask(world, id)
    assert [each.definition_id for each in await followed.handle(ListFollowedContentQuery())] == [
        definition.replaced_by
    ]
    await world.do(ArchiveLabletDefinitionCommand(definition.replaced_by, "over"))
    assert await followed.handle(ListFollowedContentQuery()) == []
    with pytest.raises(RuleViolation, match="ARCHIVED"):
        await ask(world, definition.replaced_by)


async def test_who_books_a_replaced_version_is_told_of_the_next_one(world: CommandWorld) -> None:
    id = await a_proposal(world, found(THREE_ROUTERS), version_policy="always")
    booking = CreateReservation(definition_id=id, candidate=Candidate(username="ada"), duration_minutes=60)

    with pytest.raises(RuleViolation) as refused:
        await world.do(CreateReservationCommand("lms", booking))

    assert refused.value.facts["replaced_by"] == (await row(world, id)).replaced_by


async def test_who_has_booked_keeps_the_version_that_was_booked(world: CommandWorld) -> None:
    await world.a_template()
    id = await a_synced_definition(world)
    session_id = await world.a_pending_session(id)
    pinned = (await world.session(session_id)).content_hash
    await ask(world, id)
    await report(world, id, found(THREE_ROUTERS))
    proposal = (await row(world, id)).proposal
    assert proposal is not None

    await world.do(ConfirmVersionCommand(id, ConfirmVersion(content_hash=proposal.content_hash)))
    await world.do(ArchiveLabletDefinitionCommand(id, "over"))

    session = await world.session(session_id)
    assert (session.definition_id, session.content_hash) == (id, pinned)
    assert (await world.read.content.content(pinned)).topology_yaml == TWO_ROUTERS


async def test_a_new_version_is_told_to_lds_and_the_answer_is_kept(world: CommandWorld) -> None:
    id = await a_synced_definition(world)
    assert [(each.consumer, each.status) for each in (await row(world, id)).consumers] == [
        ("lds", ConsumerStatus.PENDING)
    ]
    outcomes = (
        ConsumerOutcome(deployment="east", succeeded=True),
        ConsumerOutcome(deployment="west", succeeded=False, detail="away"),
    )

    first = await world.do(RecordConsumerRefreshCommand(id, ConsumerRefreshed(consumer="lds", outcomes=outcomes)))
    again = await world.do(RecordConsumerRefreshCommand(id, ConsumerRefreshed(consumer="lds", outcomes=outcomes)))

    definition = await row(world, id)
    assert (first.applied, again.applied) == (True, False)
    assert definition.consumers[0].status is ConsumerStatus.FAILED
    assert definition.consumers[0].outcomes == outcomes
    assert definition.outside_work == ()


async def test_asking_for_a_synchronisation_tells_those_again_who_could_not_be_told(world: CommandWorld) -> None:
    id = await a_synced_definition(world)
    failed = (ConsumerOutcome(deployment="west", succeeded=False, detail="away"),)
    await world.do(RecordConsumerRefreshCommand(id, ConsumerRefreshed(consumer="lds", outcomes=failed)))

    await ask(world, id)

    definition = await row(world, id)
    assert definition.consumers[0].status is ConsumerStatus.PENDING
    assert set(definition.outside_work) == {OutsideWork.SYNC, OutsideWork.REFRESH}
