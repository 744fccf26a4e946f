"""Changes as messages of the ``/ws/ui`` event stream."""

from typing import Any

from lcm_simulators.cml.api.views.node_views import interface_view, link_view, node_view
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.refusals import NotFound
from lcm_simulators.cml.model.states import Change, ChangeKind, ElementType

_VERBS = {ChangeKind.ADD: "created", ChangeKind.CHANGE: "modified", ChangeKind.REMOVE: "deleted"}


def event_message(host: Host, change: Change, lab_events: bool) -> dict[str, Any] | None:
    """The message for one change, None when nobody is told.

    ``lab_events`` False keeps back those about labs, except that one was created: the listener of the official
    client ends without a word on the others.
    """
    message: dict[str, Any] = {
        "element_type": change.element_type.lower().replace("_", ""),
        "lab_id": change.lab_id,
        "element_id": change.element_id,
    }
    if change.element_type is ElementType.LAB:
        if not lab_events and change.kind is not ChangeKind.ADD:
            return None
        verb = _VERBS.get(change.kind, "state")
        data = {"state": change.state} if change.state else {}
        return {**message, "event_type": "lab_event", "event": verb, "data": data}
    if change.kind is ChangeKind.STATE_CHANGED:
        return {**message, "event_type": "state_change", "event": change.state, "data": None}
    if change.element_type is ElementType.SMART_ANNOTATION:
        return None
    lab = host.labs.get(change.lab_id)
    data = _element(host, lab, change) if lab and change.kind is not ChangeKind.REMOVE else None
    return {**message, "event_type": "lab_element_event", "event": _VERBS[change.kind], "data": data}


def _element(host: Host, lab: Lab, change: Change) -> dict[str, Any] | None:
    try:
        if change.element_type is ElementType.NODE:
            return node_view(host, lab, lab.node(change.element_id), False, False)
        if change.element_type is ElementType.LINK:
            return link_view(lab, lab.link(change.element_id))
        if change.element_type is ElementType.INTERFACE:
            node, interface = lab.interface(change.element_id)
            return interface_view(lab, node, interface, None)
    except NotFound:
        return None  # gone again before it could be told
    return None
