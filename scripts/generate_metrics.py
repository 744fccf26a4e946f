"""Writes docs/reference/metrics.md from the instruments that the code makes.

``python scripts/generate_metrics.py`` rewrites the file; with ``--check`` it changes nothing and exits 1 when it is out
of date. Instruments are found in the source; the names that Prometheus sees come from the exporter itself, which is
handed one measurement of each.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generated_files import ROOT, write_or_check
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

PACKAGES = (
    ("lcm-core/lcm_core", "lcm-core, in every service that uses the part"),
    ("control-plane-api/control_plane_api", "control-plane-api"),
    ("resource-scheduler/resource_scheduler", "resource-scheduler"),
    ("worker-controller/worker_controller", "worker-controller"),
    ("lablet-controller/lablet_controller", "lablet-controller"),
)
EXPLANATION = """\
Made from the code (`make generated`). Every service shows what it measures at `GET /metrics`, in Prometheus' text
format; a metric appears with its first measurement. A histogram `x` is shown as `x_bucket`, `x_sum` and `x_count`.
What the meaning calls *by* something is a label."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One call of ``create_counter`` or its like, and where it stands."""

    kind: str
    name: str
    unit: str
    description: str
    module: str


def instruments(package: Path) -> Iterator[Instrument]:
    """Every instrument that the modules of *package* make, in the order of the files."""
    for file in sorted(package.rglob("*.py")):
        if ".create_" not in (source := file.read_text()):
            continue
        tree = ast.parse(source)
        module = ".".join(file.relative_to(package.parent).with_suffix("").parts)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr.startswith("create_") and call.args:
                yield from _instrument(call, call.func.attr.removeprefix("create_"), module)


def _instrument(call: ast.Call, kind: str, module: str) -> Iterator[Instrument]:
    name = call.args[0]
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.startswith("lcm_")):
        return
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    yield Instrument(kind, name.value, given.get("unit", ""), given.get("description", ""), module)


def prometheus_names(found: list[Instrument]) -> dict[Instrument, str]:
    """The name under which each is scraped, as the exporter makes it."""
    names: dict[Instrument, str] = {}
    for instrument in found:
        registry = CollectorRegistry()
        reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=registry)
        provider = MeterProvider(metric_readers=[reader])
        _measure_once(provider.get_meter("documentation"), instrument)
        names[instrument] = next(_scraped(registry))
        provider.shutdown()
    return names


def _measure_once(meter: Meter, instrument: Instrument) -> None:
    made: Any = getattr(meter, f"create_{instrument.kind}")(instrument.name, unit=instrument.unit)
    first = next(method for method in ("add", "set", "record") if hasattr(made, method))
    getattr(made, first)(1)


def _scraped(registry: CollectorRegistry) -> Iterator[str]:
    for family in registry.collect():
        yield f"{family.name}_total" if family.type == "counter" else family.name


def metric_names() -> set[str]:
    """Every name that a scrape can show, those of the parts of a histogram included."""
    found = [item for folder, _ in PACKAGES for item in instruments(ROOT / folder)]
    names: set[str] = set()
    for instrument, name in prometheus_names(found).items():
        parts = ("", "_bucket", "_sum", "_count") if instrument.kind == "histogram" else ("",)
        names |= {f"{name}{part}" for part in parts}
    return names


def metrics_page() -> str:
    parts = ["# Metrics", "", EXPLANATION]
    for folder, owner in PACKAGES:
        found = list(instruments(ROOT / folder))
        names = prometheus_names(found)
        parts += ["", f"## {owner}", "", "| Metric | Type | Meaning | Measured in |", "| --- | --- | --- | --- |"]
        for item in sorted(found, key=names.__getitem__):
            kind = "gauge" if item.kind == "up_down_counter" else item.kind
            meaning = item.description.rstrip(".").replace("|", "\\|")
            parts.append(f"| `{names[item]}` | {kind} | {meaning} | `{item.module}` |")
    return "\n".join(parts) + "\n"


def generated() -> dict[Path, str]:
    return {ROOT / "docs/reference/metrics.md": metrics_page()}


if __name__ == "__main__":
    sys.exit(write_or_check(generated(), sys.argv[1:]))
