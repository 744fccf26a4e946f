"""Passwords of devices are kept sealed, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from control_plane_api.application.commands.lablet_definition.confirm_version_command import ConfirmVersionCommand
from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import (
    CreateLabletDefinitionCommand,
    CreateLabletDefinitionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.report_synced_content_command import (
    ReportSyncedContentCommand,
    ReportSyncedContentCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.request_content_sync_command import (
    RequestContentSyncCommand,
)
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.repositories.sealed_content import IN_CLEAR, packages_by_key, reseal_packages
from control_plane_api.testing.command_world import START, TWO_ROUTERS, CommandWorld
from lcm_core.application.context import CommandContext
from lcm_core.contracts.definitions import (
    ConfirmVersion,
    ContentPackage,
    CreateLabletDefinition,
    RequestSync,
    SyncedContent,
)
from lcm_core.domain.errors import InvalidInput
from lcm_core.domain.read_models.content_sync import SyncCause
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.sealing import SealedTextBroken, Vault, key_entries, key_of, new_local_entry

OLD, NEW = new_local_entry("k1"), new_local_entry("k2")
PASSWORD = "Sesame&<Open>"
CONTENT = (
    '<lab_content><device device_label="r1" username="ada" password="Sesame&amp;&lt;Open&gt;" category="router">'
    '<device device_label="r2" username="eve"/></device></lab_content>'
)


def vault(*entries: str) -> Vault:
    return Vault(key_entries(SecretStr(" ".join(entries))))


async def create(world: CommandWorld, keys: Vault) -> str:
    request = CreateLabletDefinition(
        name="two-routers", form_qualified_name="Exam 1", topology_yaml=TWO_ROUTERS, content_xml=CONTENT
    )
    context = CommandContext(actor="author", correlation_id="c", at=START)
    unit = MongoUnitOfWorkFactory(world.db, EVENTS)(context)
    handler = CreateLabletDefinitionCommandHandler(keys)
    definition = await handler.handle(CreateLabletDefinitionCommand(request), unit, context)
    await unit.commit()
    return definition.content_hash


@pytest.fixture
async def package(world: CommandWorld) -> AsyncIterator[ContentPackage]:
    yield await world.read.content.content(await create(world, vault(OLD)))


async def test_a_password_is_nowhere_in_the_database_in_clear(world: CommandWorld, package: ContentPackage) -> None:
    assert package.device_credentials
    for name in await world.db.list_collection_names():
        text = json.dumps(await world.documents(name), default=str)
        assert "Sesame" not in text, name


async def test_user_names_and_passwords_open_for_who_has_the_key(package: ContentPackage) -> None:
    first, second = package.device_credentials
    assert vault(NEW, OLD).open(first.sealed_password, first.context_of(package.hash)) == PASSWORD
    assert (first.username, second.username, second.sealed_password) == ("ada", "eve", "")
    with pytest.raises(SealedTextBroken):
        vault(OLD).open(first.sealed_password, second.context_of(package.hash))
    assert "sealed" not in repr(package)


async def test_the_learners_view_is_kept_without_the_passwords(package: ContentPackage) -> None:
    assert 'category="router"' in package.content_xml
    assert "password" not in package.content_xml


async def test_content_with_passwords_is_refused_where_no_key_is_set(world: CommandWorld) -> None:
    with pytest.raises(InvalidInput, match="'r1' has a password, which is not kept unsealed") as refused:
        await create(world, Vault(()))
    assert "Sesame" not in str(refused.value)
    assert await world.documents("content_packages") == []


async def test_passwords_from_a_bucket_are_sealed_and_a_confirmed_version_opens_its_own(world: CommandWorld) -> None:
    bare = CreateLabletDefinition(name="two-routers", form_qualified_name="Exam CCNP v1 LAB 1.1")
    first = (await world.do(CreateLabletDefinitionCommand(bare))).id
    await found_in_its_bucket(world, first, CONTENT)
    await world.do(RequestContentSyncCommand(first, RequestSync(cause=SyncCause.PERSON)))
    await found_in_its_bucket(world, first, CONTENT.replace("Sesame", "Sesame2"))
    proposal = (await world.read.definitions.get(first)).proposal
    assert proposal is not None

    made = await world.do(ConfirmVersionCommand(first, ConfirmVersion(content_hash=proposal.content_hash)))

    package = await world.read.content.content(made.content_hash)
    sealed = package.device_credentials[0]
    assert vault(OLD).open(sealed.sealed_password, sealed.context_of(package.hash)) == PASSWORD.replace(
        "Sesame", "Sesame2"
    )
    for name in await world.db.list_collection_names():
        assert "Sesame" not in json.dumps(await world.documents(name), default=str), name


async def found_in_its_bucket(world: CommandWorld, definition_id: str, content_xml: str) -> None:
    content = SyncedContent(topology_yaml=TWO_ROUTERS, content_xml=content_xml, fingerprint="f")
    context = CommandContext(actor="lablet-controller", correlation_id="c", at=START)
    unit = MongoUnitOfWorkFactory(world.db, EVENTS)(context)
    handler = ReportSyncedContentCommandHandler(world.read.content, vault(OLD))
    await handler.handle(ReportSyncedContentCommand(definition_id, content), unit, context)
    await unit.commit()


async def test_resealing_moves_every_package_to_the_current_key_and_may_be_repeated(
    world: CommandWorld, package: ContentPackage
) -> None:
    both = vault(NEW, OLD)
    assert [hash async for hash in reseal_packages(world.db, both)] == [package.hash]
    assert [hash async for hash in reseal_packages(world.db, both)] == []
    assert await packages_by_key(world.db) == {"k2": 1}
    moved = (await world.read.content.content(package.hash)).device_credentials[0]
    assert key_of(moved.sealed_password) == "k2"
    assert vault(NEW).open(moved.sealed_password, moved.context_of(package.hash)) == PASSWORD


async def test_what_was_kept_before_passwords_were_sealed_is_told_and_sealed_at_last(world: CommandWorld) -> None:
    await world.db["content_packages"].insert_one({"_id": "h", "topology_yaml": "t", "content_xml": CONTENT})
    assert await packages_by_key(world.db) == {IN_CLEAR: 1}

    assert [hash async for hash in reseal_packages(world.db, vault(NEW))] == ["h"]

    assert await packages_by_key(world.db) == {"k2": 1}
    package = await world.read.content.content("h")
    sealed = package.device_credentials[0]
    assert vault(NEW).open(sealed.sealed_password, sealed.context_of("h")) == PASSWORD
    assert "Sesame" not in json.dumps(await world.documents("content_packages"))
