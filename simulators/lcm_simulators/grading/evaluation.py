"""Applying a ruleset to a pod: pure, apart from the clock that stops a runaway pattern."""

import regex

from lcm_simulators.grading.model import (
    PATTERN_FLAGS,
    CommandOutput,
    ItemResult,
    Pod,
    RuleItem,
    RuleMode,
    RuleSection,
    Ruleset,
    Score,
    SectionResult,
)

Outputs = dict[tuple[str, str], CommandOutput]


def evaluate(ruleset: Ruleset, pod: Pod, *, pattern_timeout_seconds: float) -> Score:
    """The score of a pod.

    A check fails, whatever its mode, when its output is missing, was not collected, or its pattern ran too long.
    Takes at most the time-out for each check: call it off the event loop.
    """
    outputs: Outputs = {
        (device.label, _normal(output.command)): output for device in pod.devices for output in device.outputs
    }
    sections = [_section(section, outputs, pattern_timeout_seconds) for section in ruleset.sections]
    score = sum(section.score for section in sections)
    return Score(
        score=score,
        max_score=ruleset.total_points,
        cut_score=ruleset.cut_score,
        passed=score >= ruleset.cut_score,
        sections=sections,
    )


def _section(section: RuleSection, outputs: Outputs, timeout: float) -> SectionResult:
    items = [_item(item, outputs.get((item.device, _normal(item.command))), timeout) for item in section.items]
    return SectionResult(
        name=section.name,
        score=sum(item.points for item in items),
        max_score=sum(item.max_points for item in items),
        items=items,
    )


def _item(item: RuleItem, output: CommandOutput | None, timeout: float) -> ItemResult:
    failure = _failure(item, output, timeout)
    return ItemResult(
        name=item.name,
        device=item.device,
        command=item.command,
        mode=item.mode,
        points=0.0 if failure else item.points,
        max_points=item.points,
        passed=failure is None,
        detail=failure,
    )


def _failure(item: RuleItem, output: CommandOutput | None, timeout: float) -> str | None:
    if output is None:
        return f"no output of «{item.command}» from {item.device} was submitted"
    if output.error is not None:
        return f"not collected: {output.error}"
    try:
        # concurrent lets go of the interpreter lock, so that a slow search does not stop the event loop.
        found = regex.search(item.pattern, output.output, PATTERN_FLAGS, timeout=timeout, concurrent=True) is not None
    except TimeoutError:
        return f"the pattern ran longer than {timeout:g} s"
    if found == (item.mode is RuleMode.POSITIVE):
        return None
    return "the pattern was not found" if item.mode is RuleMode.POSITIVE else "the pattern was found"


def _normal(command: str) -> str:
    return " ".join(command.split()).lower()
