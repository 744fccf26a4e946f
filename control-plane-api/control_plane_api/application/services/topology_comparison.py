"""What differs between two topologies: nodes, links and ports by what they are called, not by their ids or places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from control_plane_api.application.services.bounded_yaml import load_bounded_yaml
from lcm_core.domain import port_tags
from lcm_core.domain.read_models.content_sync import ChangeLevel, ContentChange

_Raw = Mapping[str, Any]
_LAYOUT = frozenset({"x", "y", "hide_links", "comment", "comments"})
_OWN_CHANGES = frozenset({"id", "label", "interfaces", "tags", "node_definition"})
_COSMETIC_ROOTS = ("lab", "annotations", "smart_annotations")
_ENDS = frozenset({"id", "n1", "i1", "n2", "i2", "label"})
_MOST_NAMED = 12


def compare_topologies(old_yaml: str, new_yaml: str) -> Iterator[ContentChange]:
    """Both were accepted before. Nothing is told of comments, white space and the numbers that ports have outside."""
    if old_yaml == new_yaml:
        return
    old, new = load_bounded_yaml(old_yaml).value, load_bounded_yaml(new_yaml).value
    before, after = _nodes(old), _nodes(new)
    yield from _node_changes(before, after)
    yield from _link_changes(_links(old), _links(new))
    yield from _set_changes("port", _ports(before), _ports(after))
    for root in _COSMETIC_ROOTS:
        if old.get(root) != new.get(root):
            yield ContentChange(what="topology", name=root, change="changed", level=ChangeLevel.PATCH)


def _node_changes(old: Mapping[str, _Raw], new: Mapping[str, _Raw]) -> Iterator[ContentChange]:
    for label in sorted(old.keys() | new.keys()):
        before, after = old.get(label), new.get(label)
        if before is None or after is None:
            how = "added" if before is None else "removed"
            yield ContentChange(what="node", name=label, change=how, level=ChangeLevel.MAJOR)
        elif before != after:
            yield from _changed_node(label, before, after)


def _changed_node(label: str, old: _Raw, new: _Raw) -> Iterator[ContentChange]:
    names = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    settings = sorted(names - _LAYOUT - _OWN_CHANGES)
    if _interfaces(old) != _interfaces(new):
        settings.append("interfaces")
    if _plain_tags(old) != _plain_tags(new):
        settings.append("tags")
    if "node_definition" in names:
        detail = f"node_definition {old.get('node_definition')!r} → {new.get('node_definition')!r}"
        yield ContentChange(what="node", name=label, change="changed", level=ChangeLevel.MAJOR, detail=detail)
    elif settings:
        detail = ", ".join(settings[:_MOST_NAMED])
        yield ContentChange(what="node", name=label, change="changed", level=ChangeLevel.MINOR, detail=detail)
    elif names & _LAYOUT:
        yield ContentChange(what="node", name=label, change="moved", level=ChangeLevel.PATCH)


def _link_changes(old: Mapping[str, _Raw], new: Mapping[str, _Raw]) -> Iterator[ContentChange]:
    yield from _set_changes("link", set(old), set(new))
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield ContentChange(what="link", name=name, change="changed", level=ChangeLevel.MINOR)


def _set_changes(what: str, old: set[str], new: set[str]) -> Iterator[ContentChange]:
    for name in sorted(old ^ new):
        how = "added" if name in new else "removed"
        yield ContentChange(what=what, name=name, change=how, level=ChangeLevel.MAJOR)


def _nodes(topology: _Raw) -> dict[str, _Raw]:
    return {str(node["label"]): node for node in topology.get("nodes") or ()}


def _links(topology: _Raw) -> dict[str, _Raw]:
    """By the two ends in the order of their names, since which is written first means nothing; what else is set."""
    nodes = {str(node["id"]): node for node in topology.get("nodes") or ()}

    def end(node_id: Any, interface_id: Any) -> str:
        node = nodes[str(node_id)]
        named = {str(each["id"]): str(each.get("label") or each["id"]) for each in node.get("interfaces") or ()}
        return f"{node['label']} {named[str(interface_id)]}"

    return {
        " — ".join(sorted((end(link["n1"], link["i1"]), end(link["n2"], link["i2"])))): {
            name: value for name, value in link.items() if name not in _ENDS
        }
        for link in topology.get("links") or ()
    }


def _ports(nodes: Mapping[str, _Raw]) -> set[str]:
    parsed = ((label, port_tags.parse(tag)) for label, node in nodes.items() for tag in _tags(node))
    return {f"{label}/{tag.protocol.value}/{tag.inner}" for label, tag in parsed if tag is not None}


def _interfaces(node: _Raw) -> list[str]:
    return [str(each.get("label") or each["id"]) for each in node.get("interfaces") or ()]


def _plain_tags(node: _Raw) -> set[str]:
    return {tag for tag in _tags(node) if port_tags.parse(tag) is None}


def _tags(node: _Raw) -> list[str]:
    return [str(tag) for tag in node.get("tags") or ()]
