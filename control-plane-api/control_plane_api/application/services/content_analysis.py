"""The three files of a definition, looked at together: what they ask for, and everything that is wrong in them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from control_plane_api.application.services.grading_check import check_grading_rules
from control_plane_api.application.services.topology_analysis import TopologyAnalysis, analyse_topology
from control_plane_api.application.services.visible_devices import parse_visible_devices
from lcm_core.contracts.definitions import CreateLabletDefinition
from lcm_core.domain.delivery_terms import problems_of
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import VisibleDevice
from lcm_core.domain.values import ResourceVector

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ContentAnalysis:
    topology: TopologyAnalysis
    visible_devices: tuple[VisibleDevice, ...]
    requirements: ResourceVector
    content_hash: str


def analyse_content(request: CreateLabletDefinition) -> ContentAnalysis:
    """Raises InvalidInput; paths begin with the field of the request. CPU-bound: call it off the event loop."""
    topology = _within("/topology_yaml", lambda: analyse_topology(request.topology_yaml))
    labels = topology.node_labels
    devices = _within("/content_xml", lambda: parse_visible_devices(request.content_xml, labels))
    _within("/grading_yaml", lambda: check_grading_rules(request.grading_yaml, labels))
    problems = list(problems_of(request.extra_steps, labels))
    if problems:
        raise InvalidInput(problems, what="lablet definition")
    return ContentAnalysis(topology, devices, _requirements(request, topology), content_hash(request))


def content_hash(request: CreateLabletDefinition) -> str:
    """SHA-256 over the three texts, each with its length, so that no two sets of texts run together into one."""
    digest = hashlib.sha256()
    for text in (request.topology_yaml, request.content_xml, request.grading_yaml):
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def _requirements(request: CreateLabletDefinition, topology: TopologyAnalysis) -> ResourceVector:
    """As given, or as derived. Ports are what the topology forwards: a smaller number could not be served."""
    given, ports = request.requirements, topology.requirements.ports
    if given is None:
        return topology.requirements
    if given.ports not in (0, ports):
        raise InvalidInput(
            [InputProblem("/requirements/ports", f"is {given.ports}; the topology forwards {ports}")],
            what="lablet definition",
        )
    return given.model_copy(update={"ports": ports})


def _within(field: str, check: Callable[[], T]) -> T:
    try:
        return check()
    except InvalidInput as error:
        problems = [InputProblem(f"{field}{problem.path}", problem.message) for problem in error.errors]
        raise InvalidInput(problems, what="lablet definition", code=error.code) from error
