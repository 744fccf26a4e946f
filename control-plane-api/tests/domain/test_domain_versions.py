"""Version numbers, and which part of them is raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_plane_api.domain.versions import Version, goes_by_itself, level_of
from lcm_core.domain.read_models.content_sync import ChangeLevel, ContentChange, VersionPolicy

VERSIONS = st.builds(Version, *[st.integers(0, 10**6)] * 3)
LEVELS = st.sampled_from(ChangeLevel)


def a_change(level: ChangeLevel) -> ContentChange:
    return ContentChange(what="node", name="r1", change="changed", level=level)


@given(VERSIONS, LEVELS)
def test_a_raised_version_always_comes_later(version: Version, level: ChangeLevel) -> None:
    assert version.raised(level) > version


@given(VERSIONS)
def test_a_greater_change_never_gives_an_earlier_version(version: Version) -> None:
    raised = [version.raised(level) for level in (ChangeLevel.PATCH, ChangeLevel.MINOR, ChangeLevel.MAJOR)]

    assert raised == sorted(raised)


@given(VERSIONS)
def test_a_version_is_read_as_it_is_written(version: Version) -> None:
    assert Version.parse(str(version)) == version


def test_versions_are_compared_by_number() -> None:
    assert Version.parse("1.10.0") > Version.parse("1.9.9")


@pytest.mark.parametrize("text", ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.-2.3", "v1.2.3"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not MAJOR"):
        Version.parse(text)


@given(st.lists(LEVELS, max_size=8))
def test_the_greatest_change_rules_and_one_without_a_name_is_a_patch(levels: list[ChangeLevel]) -> None:
    order = list(ChangeLevel)

    assert level_of(a_change(level) for level in levels) is max(levels, key=order.index, default=ChangeLevel.PATCH)


@pytest.mark.parametrize(
    ("policy", "by_themselves"),
    [
        (VersionPolicy.ASK, set()),
        (VersionPolicy.PATCH, {ChangeLevel.PATCH}),
        (VersionPolicy.MINOR, {ChangeLevel.PATCH, ChangeLevel.MINOR}),
        (VersionPolicy.ALWAYS, set(ChangeLevel)),
    ],
)
def test_a_policy_lets_changes_through_up_to_its_level(policy: VersionPolicy, by_themselves: set[ChangeLevel]) -> None:
    assert {level for level in ChangeLevel if goes_by_itself(policy, level)} == by_themselves
