"""The content of a definition that is read, not made."""

from __future__ import annotations

from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import LabletDefinitionReadModel


def require_content(definition: LabletDefinitionReadModel) -> str:
    """The hash of its content. Raises ``RuleViolation`` as long as it has none."""
    if not definition.content_hash:
        raise RuleViolation(
            f"{definition.name} {definition.semantic_version} has no content yet: its bucket has to be read first.",
            code="definition-without-content",
            facts={"definition_id": definition.id, "status": definition.status.value},
        )
    return definition.content_hash
