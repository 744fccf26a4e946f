"""What the month's labs need, as definitions."""

from __future__ import annotations

from control_plane_api.domain.entities.lablet_definition import DefinitionContent
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import AmiRequirement, ResourceVector


def definition_content(name: str, vector: ResourceVector, lead: int) -> DefinitionContent:
    """*lead* and half of it are its seconds before and after."""
    return DefinitionContent(
        name=name,
        semantic_version="1.0.0",
        form_qualified_name="Exam Month NET 1.0",
        content_hash="0" * 64,
        title=name,
        requirements=vector,
        license_affinity=(LicenseType.ENTERPRISE,),
        ami_requirement=AmiRequirement(),
        node_count=vector.nodes,
        link_count=vector.nodes,
        port_requests=(),
        visible_devices=(),
        max_duration_minutes=480,
        lead_seconds=lead,
        teardown_seconds=lead // 2,
        grading_enabled=False,
    )
