"""A content package as it was found: the first content, nothing new, or what may become the next version."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.read_side import ContentStore
from control_plane_api.application.services.content_analysis import definition_of
from control_plane_api.application.services.content_comparison import compare_content
from control_plane_api.application.services.definition_making import keep_package, version_of_kept
from control_plane_api.domain.entities import LabletDefinition
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import definition_id
from control_plane_api.domain.versions import Version, goes_by_itself, level_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import ContentPackage, SyncedContent, package_hash
from lcm_core.domain.read_models.content_sync import ChangeLevel, VersionProposal
from lcm_core.sealing import Vault

_MOST_CHANGES_KEPT = 100
_MOST_VERSIONS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class ReportSyncedContentCommand(Command[Applied]):
    definition_id: str
    content: SyncedContent


class ReportSyncedContentCommandHandler:
    def __init__(self, packages: ContentStore, vault: Vault) -> None:
        self._packages = packages
        self._vault = vault

    async def handle(self, command: ReportSyncedContentCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises InvalidInput with every problem of the package; nothing is changed then."""
        definition = await uow.load(LabletDefinition, command.definition_id)
        if not definition.wants_sync:
            return applied(definition, False, LATE)
        content, stamp = command.content, stamp_of(ctx)
        hash = package_hash(content)
        if definition.knows(hash):
            definition.content_checked(hash, content.fingerprint, stamp)
            return applied(definition, True)
        terms = definition.terms_of_next(definition.state.semantic_version, content.fingerprint)
        made, found = await asyncio.to_thread(definition_of, terms, content)
        package = keep_package(uow, found, self._vault)
        if not definition.has_content:
            definition.take_first_content(made, content.fingerprint, stamp)
            return applied(definition, True)
        proposal = await self._proposal(uow, definition, package, stamp)
        if goes_by_itself(definition.state.version_policy, proposal.level):
            await replace_by(uow, definition, package, proposal.semantic_version, content.fingerprint, stamp)
            definition.deprecate(f"replaced by {proposal.semantic_version}, by its policy", stamp)
        else:
            definition.propose(proposal, content.fingerprint, stamp)
        return applied(definition, True)

    async def _proposal(
        self, uow: UnitOfWork, definition: LabletDefinition, package: ContentPackage, stamp: Stamp
    ) -> VersionProposal:
        old = await self._packages.content(definition.state.content_hash)
        changes = await asyncio.to_thread(compare_content, old, package)
        level = level_of(changes)
        return VersionProposal(
            content_hash=package.hash,
            semantic_version=await _next_free(uow, definition, level),
            level=level,
            changes=changes[:_MOST_CHANGES_KEPT],
            more_changes=max(0, len(changes) - _MOST_CHANGES_KEPT),
            proposed_at=stamp.at,
        )


async def _next_free(uow: UnitOfWork, definition: LabletDefinition, level: ChangeLevel) -> str:
    """The next version that nobody has made by hand yet."""
    version = Version.parse(definition.state.semantic_version).raised(level)
    for _ in range(_MOST_VERSIONS_LOOKED_AT):
        if await uow.find(LabletDefinition, definition_id(definition.state.name, str(version))) is None:
            break
        version = version.raised(level)
    return str(version)


async def replace_by(
    uow: UnitOfWork,
    definition: LabletDefinition,
    package: ContentPackage,
    semantic_version: str,
    fingerprint: str,
    stamp: Stamp,
) -> LabletDefinition:
    """Make the next version of *definition*, of a *package* that is kept, and link the two, all in one transaction.

    Raises RuleViolation unless the version comes later, Conflict when it exists.
    """
    definition.require_later(semantic_version)
    made = await version_of_kept(uow, definition.terms_of_next(semantic_version, fingerprint), package, stamp)
    definition.replace(made, stamp)
    return made
