"""Which messages of a host's event stream are a reason to look at it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker_controller.domain.host_change import ChangeKind, HostChange, host_change


@pytest.mark.parametrize(
    ("message", "change"),
    [
        ({"event_type": "lab_event", "event": "created", "lab_id": "l"}, HostChange(ChangeKind.LAB, "l")),
        (
            {"event_type": "lab_event", "event": "state", "lab_id": "l", "data": {"state": "STARTED"}},
            HostChange(ChangeKind.LAB_STATE, "l", "STARTED"),
        ),
        (
            {"event_type": "state_change", "event": "BOOTED", "element_type": "node", "lab_id": "l"},
            HostChange(ChangeKind.NODE_STATE, "l", "BOOTED"),
        ),
        (
            {"event_type": "Lab_Element_Event", "event": "Created", "element_type": "Node", "lab_id": "l"},
            HostChange(ChangeKind.NODE, "l"),
        ),
        ({"event_type": "lab_element_event", "event": "modified", "element_type": "node", "lab_id": "l"}, None),
        ({"event_type": "state_change", "event": "STARTED", "element_type": "link", "lab_id": "l"}, None),
        ({"event_type": "system_stats", "event": "stats", "data": {}}, None),
        ({"event_type": "lab_stats", "lab_id": "l"}, None),
        ([], None),
        (None, None),
    ],
)
def test_changes_of_labs_and_nodes_are_and_statistics_are_not(message: Any, change: HostChange | None) -> None:
    assert host_change(message) == change


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(["event_type", "event", "element_type", "lab_id", "data"])
words = st.sampled_from(["lab_event", "state_change", "lab_element_event", "node", "lab", "state"])


@given(st.dictionaries(keys, json | words, max_size=5) | json)
def test_no_message_breaks_the_listener(message: Any) -> None:
    assert host_change(message) is None or isinstance(host_change(message), HostChange)
