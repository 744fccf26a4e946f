import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lcm_simulators.grading.evaluation import evaluate
from lcm_simulators.grading.model import Pod, Ruleset, Score


def _grade(*items: dict[str, object], outputs: dict[str, str], error: str | None = None, timeout: float = 0.5) -> Score:
    rules = [{"name": "n", "device": "r1", "command": "show run", "points": 3, **item} for item in items]
    ruleset = Ruleset.model_validate({"sections": [{"name": "s", "items": rules}], "cut_score": 3})
    pod = Pod.model_validate(
        {
            "devices": [
                {"label": label, "outputs": [{"command": "show run", "output": text, "error": error}]}
                for label, text in outputs.items()
            ]
        }
    )
    return evaluate(ruleset, pod, pattern_timeout_seconds=timeout)


def test_pattern_found_earns_the_points() -> None:
    score = _grade({"pattern": r"^ ip address 10\.0\.0\.1"}, outputs={"r1": "interface e0\n ip address 10.0.0.1\n"})
    assert (score.score, score.max_score, score.passed) == (3, 3, True)


def test_pattern_not_found_earns_nothing_and_says_so() -> None:
    score = _grade({"pattern": "ospf"}, outputs={"r1": "router bgp 1"})
    assert (score.score, score.passed, score.sections[0].items[0].detail) == (0, False, "the pattern was not found")


def test_negative_check_earns_when_the_pattern_is_absent() -> None:
    assert _grade({"pattern": "shutdown", "mode": "negative"}, outputs={"r1": "no problem"}).score == 3


def test_negative_check_earns_nothing_without_the_output() -> None:
    assert _grade({"pattern": "shutdown", "mode": "negative"}, outputs={"other": ""}).score == 0


def test_output_that_was_not_collected_earns_nothing() -> None:
    score = _grade({"pattern": "", "mode": "positive"}, outputs={"r1": ""}, error="console did not answer")
    assert score.sections[0].items[0].detail == "not collected: console did not answer"


def test_command_is_found_however_it_is_spaced() -> None:
    assert _grade({"pattern": "x", "command": "  Show   run "}, outputs={"r1": "x"}).score == 3


def test_catastrophic_pattern_is_stopped() -> None:
    before = time.monotonic()
    score = _grade({"pattern": r"(a|aa)+$"}, outputs={"r1": "a" * 5000 + "b"}, timeout=0.2)
    assert time.monotonic() - before < 2
    assert score.sections[0].items[0].detail == "the pattern ran longer than 0.2 s"


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), max_size=8))
def test_scores_add_up(items: list[tuple[int, bool]]) -> None:
    rules = [
        {"name": "n", "device": "r1", "command": "c", "pattern": "yes" if found else "no such", "points": points}
        for points, found in items
    ]
    ruleset = Ruleset.model_validate({"sections": [{"name": "s", "items": rules}], "cut_score": 0})
    pod = Pod.model_validate({"devices": [{"label": "r1", "outputs": [{"command": "c", "output": "yes"}]}]})
    score = evaluate(ruleset, pod, pattern_timeout_seconds=1)
    assert (score.score, score.max_score) == (sum(p for p, found in items if found), sum(p for p, _ in items))


@pytest.mark.parametrize(
    "change",
    [{"max": 7}, {"cut_score": 9}, {"sections": [{"name": "s", "items": [{"name": "n", "pattern": "("}]}]}],
    ids=["wrong max", "cut score out of reach", "broken pattern"],
)
def test_inconsistent_ruleset_is_refused(change: dict[str, object]) -> None:
    item = {"name": "n", "device": "r1", "command": "c", "pattern": "x", "points": 5}
    with pytest.raises(ValidationError):
        Ruleset.model_validate({"sections": [{"name": "s", "items": [item]}], "cut_score": 3, **change})
