"""The same packing as an exact model for OR-tools CP-SAT.

Runs in an environment of its own (see ``bench.solver``): reads one task as JSON, writes what it proved. Bins are
interchangeable within a template, so they are opened in order and the largest bookings are held to the first ones.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ortools.sat.python import cp_model  # pyright: ignore[reportMissingImports]


def solve(task: dict[str, Any]) -> dict[str, Any]:
    """*task*: ``needs`` and ``instants`` per booking, ``allowed`` templates, ``templates`` with capacity and cost (an
    integer), ``hint`` (a packing: bins with template and bookings), ``seconds``, ``workers``.
    """
    model = cp_model.CpModel()
    bins = [(template, number) for template, each in enumerate(task["templates"]) for number in range(each["most"])]
    opened = [model.new_bool_var(f"open {template}.{number}") for template, number in bins]
    inside = {
        (item, at): model.new_bool_var(f"{item} in {at}")
        for item, allowed in enumerate(task["allowed"])
        for at, (template, _) in enumerate(bins)
        if template in allowed
    }
    for item in range(len(task["needs"])):
        model.add_exactly_one(inside[item, at] for at in range(len(bins)) if (item, at) in inside)
    for at, (template, number) in enumerate(bins):
        if number:
            model.add_implication(opened[at], opened[at - 1])
        _capacity(model, task, inside, opened, at, task["templates"][template]["capacity"])
    for (_, at), is_inside in inside.items():
        model.add_implication(is_inside, opened[at])
    costs = [task["templates"][template]["cost"] for template, _ in bins]
    objective = sum(cost * is_open for cost, is_open in zip(costs, opened, strict=True))
    model.add(objective >= task["at_least"])
    model.minimize(objective)
    _hint(model, task, bins, inside, opened)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = task["seconds"]
    solver.parameters.num_workers = task["workers"]
    solver.parameters.random_seed = 1
    status = solver.solve(model)
    return {
        "status": solver.status_name(status),
        "cost": round(solver.objective_value),
        "bound": round(solver.best_objective_bound),
        "seconds": solver.wall_time,
    }


def _capacity(
    model: cp_model.CpModel,
    task: dict[str, Any],
    inside: dict[tuple[int, int], Any],
    opened: list[Any],
    at: int,
    capacity: list[int],
) -> None:
    for instant in range(task["instants_count"]):
        present = [
            item
            for item, (first, last) in enumerate(task["instants"])
            if first <= instant < last and (item, at) in inside
        ]
        for dimension, room in enumerate(capacity):
            if sum(task["needs"][item][dimension] for item in present) > room:
                model.add(
                    sum(task["needs"][item][dimension] * inside[item, at] for item in present) <= room * opened[at]
                )


def _hint(
    model: cp_model.CpModel,
    task: dict[str, Any],
    bins: list[tuple[int, int]],
    inside: dict[tuple[int, int], Any],
    opened: list[Any],
) -> None:
    used: dict[int, int] = {}
    where: dict[int, int] = {}
    for each in task["hint"]:
        number = used.get(each["template"], 0)
        used[each["template"]] = number + 1
        at = bins.index((each["template"], number))
        where |= dict.fromkeys(each["bookings"], at)
    for at, (template, number) in enumerate(bins):
        model.add_hint(opened[at], number < used.get(template, 0))
    for (item, at), is_inside in inside.items():
        model.add_hint(is_inside, where.get(item) == at)


if __name__ == "__main__":
    json.dump(solve(json.load(sys.stdin)), sys.stdout)
