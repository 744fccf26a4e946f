"""Contexts, what completion offers, and how values are told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import typer
import typer.core

from lcm_core.cli.api.problem import ApiProblem, UsageProblem
from lcm_core.cli.commands.completion import complete_context, complete_resource, complete_session
from lcm_core.cli.exit_codes import ExitCode
from lcm_core.cli.identity import private_file
from lcm_core.cli.identity.contexts import Context, Contexts
from lcm_core.cli.identity.tokens import KeptTokens, TokenStore
from lcm_core.cli.resources.catalogue import RESOURCES, resource_named
from lcm_core.cli.resources.cells import at, counts, span
from lcm_core.cli.terminal import OutputFormat, Terminal
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


def tokens_for(context: Context) -> KeptTokens:
    return KeptTokens.granted(context.client_id, context, {"access_token": "secret", "expires_in": 300})


def test_tokens_of_one_system_are_not_used_for_another_of_the_same_name(tmp_path: Path):
    store = TokenStore(tmp_path)
    here = Context("here", "https://lcm.example", "https://login.example")
    store.keep(here, tokens_for(here))
    moved = [
        replace(here, url="https://evil.example"),
        replace(here, issuer="https://other.example"),
        replace(here, audience="urn:another"),
    ]
    assert store.of(here) is not None
    assert [store.of(each) for each in moved] == [None, None, None]


def test_tokens_that_another_release_kept_are_none(tmp_path: Path):
    here = Context("here", "https://lcm.example", "https://login.example")
    kept = {"here": {"client_id": "lcm-cli", "issuer": here.issuer, "access_token": "a", "expires_at": 9e9}}
    (tmp_path / "tokens.json").write_text(json.dumps(kept))
    assert TokenStore(tmp_path).of(here) is None


async def test_a_file_that_another_command_holds_is_told_and_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(private_file, "LOCK_SECONDS", 0.05)
    with private_file.locked(tmp_path / "contexts.json"):
        told = await PersonAtATerminal(tmp_path).run("context", "add", "one", *ADDRESSES)
        with pytest.raises(private_file.FileBusy):
            async with private_file.locked_beside(tmp_path / "contexts.json"):
                pass
    assert told.code == ExitCode.CONFLICT
    assert "is being changed by another command" in told.words


def test_a_command_stays_with_the_context_that_its_question_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LCM_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("LCM_URL", raising=False)
    lab, prod = (Context(name, f"https://{name}.example", "https://login.example") for name in ("lab", "prod"))
    Contexts().add(lab, use=True)
    Contexts().add(prod, use=False)
    terminal = Terminal(None, OutputFormat.TABLE)
    with pytest.raises(UsageProblem, match=re.escape("lab (https://lab.example): Drain it?")):
        terminal.confirm("Drain it?", yes=False)
    Contexts().use("prod")
    assert terminal.context == lab


def test_a_completion_that_fails_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LCM_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LCM_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("LCM_CA_FILE", str(tmp_path / "no-such.pem"))
    frame = typer.Context(typer.core.TyperCommand("lcm"))
    assert complete_session(frame, "") == []
    (tmp_path / "contexts.json").write_text("[]")
    assert complete_context("") == []


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
