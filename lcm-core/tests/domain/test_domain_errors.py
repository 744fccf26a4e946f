from __future__ import annotations

import json
import re

import pytest

from lcm_core.domain.errors import (
    CapacityRefused,
    CommitOutcomeUnknown,
    Conflict,
    DomainError,
    DuplicateDocument,
    FarEndError,
    IllegalTransition,
    InputProblem,
    InvalidInput,
    InvariantViolated,
    LcmError,
    NotFound,
    RuleViolation,
    StaleLeader,
    StoredDataError,
    StoreUnavailable,
    UnknownEventType,
    VersionConflict,
)

ONE_OF_EACH: list[LcmError] = [
    InvalidInput([InputProblem("/name", "is missing"), InputProblem("", "is too large")]),
    NotFound("lablet_session", "s1"),
    IllegalTransition("lablet_session", "s1", "PENDING", "RUNNING"),
    RuleViolation("Worker w1 has a live session.", code="worker-in-use", facts={"worker": "w1"}),
    InvariantViolated("More granted than there is.", code="over-granted"),
    CapacityRefused("0/3 workers have room.", facts={"workers": 3}),
    VersionConflict("lablet_session-s1", 4),
    DuplicateDocument("inbound_events", "lds/1"),
    StaleLeader("worker-controller", 4, 9),
    StoredDataError("Cannot read it."),
    UnknownEventType("lamp.lit.v9"),
    FarEndError("cml", "The host does not answer.", retryable=True),
    StoreUnavailable("reading", "connection refused"),
    CommitOutcomeUnknown("lablet_session-s1@5", "connection reset"),
]


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)
def test_error_has_a_kebab_case_code_and_facts_in_json(error: LcmError):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    json.dumps(error.facts)


def test_illegal_transition_names_both_states():
    error = IllegalTransition("lablet_session", "s1", "PENDING", "RUNNING", "READY lies between")
    assert str(error) == "lablet_session 's1' cannot go from PENDING to RUNNING: READY lies between."
    assert (error.facts["from"], error.facts["to"]) == ("PENDING", "RUNNING")


def test_invalid_input_lists_every_problem():
    error = InvalidInput([InputProblem("/a", "is missing"), InputProblem("/b", "is negative")])
    assert error.facts["errors"] == [
        {"path": "/a", "message": "is missing"},
        {"path": "/b", "message": "is negative"},
    ]


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (IllegalTransition("k", "i", "A", "B"), DomainError),
        (CapacityRefused("full"), DomainError),
        (VersionConflict("s", 1), Conflict),
        (DuplicateDocument("c", "i"), Conflict),
        (StoreUnavailable("x", "y"), FarEndError),
    ],
)
def test_families(error: LcmError, family: type[LcmError]):
    assert isinstance(error, family)


def test_only_the_unknown_outcome_must_not_be_retried_blindly():
    assert StoreUnavailable("reading", "refused").retryable
    assert not CommitOutcomeUnknown("s@1", "reset").retryable
