"""The three files of a definition, looked at together: what they ask for, and everything that is wrong in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from control_plane_api.application.services.grading_check import check_grading_rules
from control_plane_api.application.services.topology_analysis import TopologyAnalysis, analyse_topology
from control_plane_api.application.services.visible_devices import parse_visible_devices
from control_plane_api.domain.entities import ContentFacts, DefinitionContent, DefinitionTerms
from lcm_core.contracts.definitions import ContentPackage, SyncedContent, package_hash
from lcm_core.domain.capacity import licensed_nodes
from lcm_core.domain.delivery_terms import problems_of
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.publication import Publication
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.values import ResourceVector

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ContentAnalysis:
    topology: TopologyAnalysis
    visible_devices: tuple[VisibleDevice, ...]
    requirements: ResourceVector
    content_hash: str


def analyse_content(terms: DefinitionTerms, content: SyncedContent | ContentPackage) -> ContentAnalysis:
    """Raises InvalidInput; paths begin with the text they are in. CPU-bound: call it off the event loop."""
    problems: list[InputProblem] = []
    topology = _within("/topology_yaml", lambda: analyse_topology(content.topology_yaml), problems)
    labels = topology.node_labels if topology is not None else None
    nodes = topology.node_definitions if topology is not None else None
    devices = _within("/content_xml", lambda: parse_visible_devices(content.content_xml, labels), problems)
    _within("/grading_yaml", lambda: check_grading_rules(content.grading_yaml, nodes), problems)
    if labels is not None:
        problems += problems_of(terms.extra_steps, labels)
    if topology is None or devices is None or problems:
        raise InvalidInput(problems, what="lablet definition", code="content-invalid")
    requirements = _requirements(terms.given_requirements, topology)
    # A kept package is known by its hash: it is not the same text any more when it had passwords.
    hash = content.hash if isinstance(content, ContentPackage) else package_hash(content)
    return ContentAnalysis(topology, devices, requirements, hash)


def definition_of(
    terms: DefinitionTerms, content: SyncedContent | ContentPackage
) -> tuple[DefinitionContent, ContentPackage]:
    """What a version with *terms* is when its content is *content*, and the package to keep.

    Raises InvalidInput with every problem of the content. CPU-bound: call it off the event loop.
    """
    analysis = analyse_content(terms, content)
    facts = facts_of(terms, analysis, content.publication)
    package = ContentPackage(
        hash=analysis.content_hash,
        topology_yaml=content.topology_yaml,
        content_xml=content.content_xml,
        grading_yaml=content.grading_yaml,
        files=content.files,
        publication=content.publication,
    )
    return DefinitionContent(**(dict(terms) | dict(facts))), package


def facts_of(terms: DefinitionTerms, analysis: ContentAnalysis, publication: Publication | None) -> ContentFacts:
    topology = analysis.topology
    return ContentFacts(
        content_hash=analysis.content_hash,
        title=topology.title or terms.name,
        requirements=analysis.requirements,
        node_count=topology.node_count,
        link_count=topology.link_count,
        port_requests=topology.port_requests,
        visible_devices=analysis.visible_devices,
        nested_virtualization=topology.nested_virtualization,
        sufficient_licenses=_sufficient(terms.license_affinity, topology.licensed_nodes),
        publication=publication,
    )


def _sufficient(affinity: Iterable[LicenseType], nodes: int) -> tuple[LicenseType, ...]:
    """Those of *affinity* that hold so many nodes without an expansion."""
    limits = ((kind, licensed_nodes(kind, 0)) for kind in affinity)
    return tuple(kind for kind, limit in limits if limit is None or nodes <= limit)


def _requirements(given: ResourceVector | None, topology: TopologyAnalysis) -> ResourceVector:
    """As given, or as derived. Ports are what the topology forwards: a smaller number could not be served."""
    ports = topology.requirements.ports
    if given is None:
        return topology.requirements
    if given.ports not in (0, ports):
        raise InvalidInput(
            [InputProblem("/requirements/ports", f"is {given.ports}; the topology forwards {ports}")],
            what="lablet definition",
        )
    return given.model_copy(update={"ports": ports})


def _within(field: str, check: Callable[[], T], problems: list[InputProblem]) -> T | None:
    """What *check* finds; its problems go with those of the other texts, so that all are told at once."""
    try:
        return check()
    except InvalidInput as error:
        problems += [InputProblem(f"{field}{problem.path}", problem.message) for problem in error.errors]
        return None
