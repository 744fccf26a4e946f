"""Contexts, what completion offers, and how values are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lcm_core.cli.api.problem import ApiProblem, UsageProblem
from lcm_core.cli.commands.completion import complete_resource
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.identity.contexts import Context, Contexts
from lcm_core.cli.resources.catalogue import RESOURCES, resource_named
from lcm_core.cli.resources.cells import at, counts, span
from lcm_core.testing.person_at_a_terminal import PersonAtATerminal

ADDRESSES = ("--url", "https://lcm.example", "--issuer", "https://login.example")


async def test_contexts_are_added_used_listed_and_removed(tmp_path: Path):
    person = PersonAtATerminal(tmp_path)
    await person.must("context", "add", "one", *ADDRESSES)
    await person.must("context", "add", "two", *ADDRESSES, "--output", "json")
    await person.must("context", "use", "two")
    listed = (await person.must("context", "list", "-o", "json")).json
    await person.must("context", "remove", "two")
    assert [(row["name"], row["current"]) for row in listed] == [("one", False), ("two", True)]
    assert [context.name for context in Contexts(tmp_path).all()] == ["one"]
    assert Contexts(tmp_path).current_name() is None
    assert (await person.run("context", "use", "two")).code == ExitCode.USAGE


@pytest.mark.parametrize("url", ["lcm.example", "ftp://lcm.example", "https://"])
def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(UsageProblem, match="must be an address"):
        Context("here", url, "https://login.example")


def test_a_damaged_file_is_told_with_its_name(tmp_path: Path):
    (tmp_path / "contexts.json").write_text("{")
    with pytest.raises(UsageProblem, match=r"contexts\.json cannot be read"):
        Contexts(tmp_path).all()


def test_every_resource_is_found_by_each_of_its_names_and_no_name_means_two():
    names = [name for each in RESOURCES for name in dict.fromkeys(each.names)]
    assert len(set(names)) == len(names)
    assert all(resource_named(name) in RESOURCES for name in names)
    assert ("sessions", "Labs of learners, from booking to score.") in complete_resource("sess")


@pytest.mark.parametrize(
    ("status", "category", "code"),
    [
        (409, "rule", ExitCode.FAILED),
        (409, "conflict", ExitCode.CONFLICT),
        (412, None, ExitCode.CONFLICT),
        (422, "invalid-input", ExitCode.FAILED),
        (404, None, ExitCode.NOT_FOUND),
        (401, None, ExitCode.NOT_SIGNED_IN),
        (403, None, ExitCode.FORBIDDEN),
        (503, None, ExitCode.UNREACHABLE),
        (500, None, ExitCode.FAILED),
    ],
)
def test_an_answer_has_its_exit_code(status: int, category: str | None, code: ExitCode):
    assert ApiProblem(status, {"category": category}, "GET /").exit_code is code


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0.0 s"), (41, "41 s"), (185, "3 min 5 s"), (7440, "2 h 4 min"), (-90, "-1 min 30 s")]
)
def test_a_span_is_told_in_two_units(seconds: float, told: str):
    assert span(seconds) == told


def test_values_are_found_by_their_path_and_counts_are_told_greatest_first():
    assert at({"timeslot": {"start": "now"}}, "timeslot.start") == "now"
    assert at({"timeslot": None}, "timeslot.start") is None
    assert counts({"licence": 1, "capacity": 7}) == "7 capacity, 1 licence"
