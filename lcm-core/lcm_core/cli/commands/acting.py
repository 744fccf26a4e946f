"""One change through the API: ask first where it destroys something, then say what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lcm_core.cli.output.printing import note, print_data
from lcm_core.cli.resources.cells import at
from lcm_core.cli.terminal import Terminal

_TOLD = ("status", "desired_status", "outcome", "outcome_reason", "pending_reason")


def act(terminal: Terminal, path: str, body: Mapping[str, Any], *, ask: str | None = None, yes: bool = False) -> Any:
    """The API's answer, shown. *ask* is the question that has to be agreed to."""
    if ask is not None:
        terminal.confirm(ask, yes)
    answer = terminal.run(lambda api: api.post(path, body))
    show_answer(terminal, answer)
    return answer


def show_answer(terminal: Terminal, answer: Any) -> None:
    if not terminal.for_people:
        print_data(terminal, answer)
        return
    thing = at(answer, "reservation") or answer
    told = [f"{name.replace('_', ' ')} {thing[name]}" for name in _TOLD if at(thing, name)]
    id = at(thing, "id")
    which = f": {id}" if id else ""
    how = f" ({', '.join(told)})" if told else ""
    note(terminal, f"Done{which}{how}.")
