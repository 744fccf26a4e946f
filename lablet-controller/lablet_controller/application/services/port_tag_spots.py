"""Where a topology text says which ports its nodes need.

The text is never parsed and written again: the places of the tags are found, and only they are replaced. Comments, key
order, quoting and line breaks of the author therefore survive byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.port_tags import PortTag, parse

_QUOTES = {None: "", "": "", "'": "'", '"': '"'}


@dataclass(frozen=True, slots=True)
class Spot:
    """One scalar of the text: characters [start, end), what it says, and its place for messages."""

    start: int
    end: int
    text: str
    quote: str
    pointer: str


@dataclass(frozen=True, slots=True)
class PortTagSpot:
    """A port tag of one node."""

    spot: Spot
    node_label: str
    tag: PortTag


@dataclass(frozen=True, slots=True)
class PortTagSpots:
    """*on_nodes* in document order; *on_annotations* are tag and label of every smart annotation.

    *placeholders* stand in any other text, such as notes or a configuration that tells the learner a port; only names
    that a node's tag has.
    """

    on_nodes: tuple[PortTagSpot, ...]
    on_annotations: tuple[Spot, ...]
    placeholders: tuple[Spot, ...] = ()


def locate_port_tags(text: str) -> PortTagSpots:
    """Raises ``InvalidInput`` when *text* is not a topology or two nodes with ports share a label."""
    root = _root(text)
    on_nodes = tuple(_node_tags(root))
    _refuse_shared_labels(root, {found.node_label for found in on_nodes})
    on_annotations = tuple(_annotation_tags(root))
    names = frozenset(found.tag.placeholder for found in on_nodes if found.tag.placeholder is not None)
    tags = {found.spot.start for found in on_nodes} | {spot.start for spot in on_annotations}
    placeholders = _placeholders(root, text, names, tags) if names else ()
    return PortTagSpots(on_nodes, on_annotations, tuple(placeholders))


def _root(text: str) -> MappingNode:
    try:
        root: Any = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise _invalid(
            "", f"it is not YAML{where}: {getattr(error, 'problem', None) or type(error).__name__}"
        ) from error
    if not isinstance(root, MappingNode):
        raise _invalid("", "it must be a mapping with lab, nodes and links")
    return root


def _node_tags(root: MappingNode) -> Iterator[PortTagSpot]:
    for number, node in enumerate(_items(_value(root, "nodes"))):
        label = _value(node, "label")
        for position, tag in enumerate(_items(_value(node, "tags"))):
            pointer = f"/nodes/{number}/tags/{position}"
            if not isinstance(tag, ScalarNode):
                raise _invalid(pointer, "a tag must be text")
            read = parse(str(tag.value))
            if read is None:
                continue
            if not isinstance(label, ScalarNode):
                raise _invalid(f"/nodes/{number}", "a node with forwarded ports needs a label")
            yield PortTagSpot(_spot(tag, pointer), str(label.value), read)


def _annotation_tags(root: MappingNode) -> Iterator[Spot]:
    for number, annotation in enumerate(_items(_value(root, "smart_annotations"))):
        for key in ("tag", "label"):
            found = _value(annotation, key)
            if isinstance(found, ScalarNode) and parse(str(found.value)) is not None:
                yield _spot(found, f"/smart_annotations/{number}/{key}")


def _placeholders(root: MappingNode, text: str, names: frozenset[str], tags: set[int]) -> Iterator[Spot]:
    """In document order, each once: a text may stand in several places through a YAML alias."""
    wanted = re.compile(r"\$\{(?:" + "|".join(map(re.escape, sorted(names))) + r")\}")
    seen: set[int] = set(tags)
    for scalar in _values(root, set()):
        start = scalar.start_mark.index
        # a block of text ends before the next key, so behind comments that follow it: those are not its text
        in_text = len(wanted.findall(str(scalar.value)))
        if start in seen or not in_text:
            continue
        seen.add(start)
        for found in islice(wanted.finditer(text, start, scalar.end_mark.index), in_text):
            yield Spot(found.start(), found.end(), found.group(), "", "")


def _values(node: Any, passed: set[int]) -> Iterator[ScalarNode]:
    """Every scalar that is a value, none that is a key."""
    if id(node) in passed:
        return
    passed.add(id(node))
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _values(item, passed)
    elif isinstance(node, MappingNode):
        for _, value in node.value:
            yield from _values(value, passed)


def _refuse_shared_labels(root: MappingNode, with_ports: set[str]) -> None:
    seen: set[str] = set()
    for number, node in enumerate(_items(_value(root, "nodes"))):
        label = _value(node, "label")
        name = str(label.value) if isinstance(label, ScalarNode) else ""
        if name in seen and name in with_ports:
            raise _invalid(f"/nodes/{number}/label", f"two nodes are called {name!r}: whose port is it?")
        seen.add(name)


def _spot(node: ScalarNode, pointer: str) -> Spot:
    if node.style not in _QUOTES:
        raise _invalid(pointer, "a port tag cannot be a block of text; write it on one line")
    start, end = node.start_mark.index, node.end_mark.index
    return Spot(start, end, str(node.value), _QUOTES[node.style], pointer)


def _value(node: Any, key: str) -> Any:
    if not isinstance(node, MappingNode):
        return None
    return next((value for name, value in node.value if isinstance(name, ScalarNode) and name.value == key), None)


def _items(node: Any) -> Sequence[Any]:
    return node.value if isinstance(node, SequenceNode) else ()


def _invalid(pointer: str, message: str) -> InvalidInput:
    return InvalidInput([InputProblem(pointer, message)], what="topology", code="topology-invalid")
