"""From what was sent or found to a version of a definition, its content kept under its hash."""

from __future__ import annotations

import asyncio
from typing import Any

from control_plane_api.application.services.content_analysis import definition_of
from control_plane_api.application.services.device_credentials import sealed_credentials
from control_plane_api.domain.entities import ContentFacts, DefinitionContent, DefinitionTerms, LabletDefinition
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import definition_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import ContentPackage, CreateLabletDefinition, SyncedContent
from lcm_core.domain.content import content_bucket
from lcm_core.domain.errors import Conflict, InputProblem, InvalidInput
from lcm_core.domain.values import ResourceVector
from lcm_core.sealing import Vault

CONTENT_PACKAGES = "content_packages"
SEALED_WITH = "sealed_with"
"""Id of the key that the passwords of a package are sealed with; there only where it has some."""


def terms_of(request: CreateLabletDefinition) -> DefinitionTerms:
    return DefinitionTerms(
        name=request.name,
        semantic_version=request.semantic_version,
        form_qualified_name=request.form_qualified_name,
        license_affinity=request.license_affinity,
        ami_requirement=request.ami_requirement,
        max_duration_minutes=request.max_duration_minutes,
        lead_seconds=request.lead_seconds,
        teardown_seconds=request.teardown_seconds,
        grading_enabled=request.grading_enabled,
        host_loss=request.host_loss,
        limits=request.limits,
        extra_steps=request.extra_steps,
        content_bucket=_bucket(request),
        version_policy=request.version_policy,
        given_requirements=request.requirements,
        previous_version_id=request.replaces,
        owner_contact=request.owner_contact,
    )


def uploaded(request: CreateLabletDefinition) -> SyncedContent | None:
    """The content that came with *request*; None when it is to come from its bucket."""
    if request.topology_yaml is None:
        return None
    return SyncedContent(
        topology_yaml=request.topology_yaml,
        content_xml=request.content_xml,
        grading_yaml=request.grading_yaml,
        publication=request.publication,
        fingerprint="uploaded",
    )


async def new_version(
    uow: UnitOfWork, terms: DefinitionTerms, content: SyncedContent, vault: Vault, stamp: Stamp
) -> LabletDefinition:
    """ACTIVE, with its package kept. Raises InvalidInput with every problem of the content, Conflict when it exists."""
    id = await new_id(uow, terms)
    made, package = await asyncio.to_thread(definition_of, terms, content)
    keep_package(uow, package, vault)
    return _active(uow, id, made, stamp)


async def version_of_kept(
    uow: UnitOfWork, terms: DefinitionTerms, package: ContentPackage, stamp: Stamp
) -> LabletDefinition:
    """The same from a package that is kept already."""
    id = await new_id(uow, terms)
    made, _ = await asyncio.to_thread(definition_of, terms, package)
    return _active(uow, id, made, stamp)


def _active(uow: UnitOfWork, id: str, made: DefinitionContent, stamp: Stamp) -> LabletDefinition:
    definition = LabletDefinition.create(id, made, stamp)
    definition.activate(stamp)
    uow.add(definition)
    return definition


def without_content(id: str, terms: DefinitionTerms, stamp: Stamp) -> LabletDefinition:
    """PENDING_SYNC: what it asks for is known when its package has been read."""
    nothing = ContentFacts(
        content_hash="",
        title=terms.name,
        requirements=terms.given_requirements or ResourceVector(),
        node_count=0,
        link_count=0,
        port_requests=(),
        visible_devices=(),
    )
    content: dict[str, Any] = dict(terms) | dict(nothing)
    return LabletDefinition.create(id, DefinitionContent(**content), stamp)


async def new_id(uow: UnitOfWork, terms: DefinitionTerms) -> str:
    """Raises Conflict when the version exists."""
    id = definition_id(terms.name, terms.semantic_version)
    if await uow.find(LabletDefinition, id) is not None:
        raise Conflict(
            f"{terms.name} {terms.semantic_version} exists and does not change; raise the version.",
            code="definition-exists",
            facts={"definition_id": id, "name": terms.name, "semantic_version": terms.semantic_version},
        )
    return id


def keep_package(uow: UnitOfWork, package: ContentPackage, vault: Vault) -> ContentPackage:
    """As it is kept: passwords sealed, content.xml without them. Raises InvalidInput when no key can seal them.

    Two versions may share one content; under its hash it is the same whoever writes it.
    """
    content_xml, credentials = sealed_credentials(package.content_xml, package.hash, vault)
    kept = package.model_copy(update={"content_xml": content_xml, "device_credentials": credentials})
    document = kept.model_dump(mode="json", exclude={"hash"})
    if any(each.sealed_password for each in credentials):
        document[SEALED_WITH] = vault.current_key
    uow.attach(CONTENT_PACKAGES, {"_id": package.hash, **document}, upsert=True)
    return kept


def _bucket(request: CreateLabletDefinition) -> str:
    """Empty when the name gives none and the content came along: then nobody looks for a bucket."""
    if request.content_bucket is not None:
        return request.content_bucket
    try:
        return content_bucket(request.form_qualified_name)
    except ValueError as error:
        if request.topology_yaml is not None:
            return ""
        raise InvalidInput([InputProblem("/content_bucket", str(error))], what="lablet definition") from error
