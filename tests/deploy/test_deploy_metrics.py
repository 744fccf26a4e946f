"""Every metric, label and command that a rule or a dashboard names exists in the code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import REGISTRY

PACKAGES = (
    "lcm-core/lcm_core",
    "control-plane-api/control_plane_api",
    "resource-scheduler/resource_scheduler",
    "lablet-controller/lablet_controller",
    "worker-controller/worker_controller",
)
RECORDED_BY = {
    "create_counter": "add",
    "create_up_down_counter": "add",
    "create_histogram": "record",
    "create_gauge": "set",
}
OF_PROMETHEUS = {"job", "instance", "le", "alertname", "alertstate"}
_METRIC = re.compile(r"\blcm_[a-z_]+")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring) \(([^)]*)\)")
_SELECTOR = re.compile(r"\{([^{}]*)\}")
_LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)\"")
_COMMAND = re.compile(r"\b[A-Z]\w+(?:Command|Query)\b")


@pytest.fixture(scope="module")
def trees(repository: Path) -> list[ast.Module]:
    return [ast.parse(path.read_text()) for package in PACKAGES for path in (repository / package).rglob("*.py")]


@pytest.fixture(scope="module")
def expressions(repository: Path) -> dict[str, str]:
    """Every PromQL expression, by where it stands."""
    found: dict[str, str] = {}
    for path in (repository / "deploy/prometheus/rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            found |= {f"{path.name} {rule['alert']}": rule["expr"] for rule in group["rules"]}
    for path in (repository / "deploy/grafana/dashboards").glob("*.json"):
        board = json.loads(path.read_text())
        found |= {f"{path.name} {note['name']}": note["expr"] for note in board["annotations"]["list"]}
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                found[f"{path.name} {panel['title']} {target['refId']}"] = target["expr"]
    return found


def instruments(trees: list[ast.Module]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and unit of every instrument that the code makes."""
    for tree in trees:
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            name = node.args[0]
            if node.func.attr in RECORDED_BY and isinstance(name, ast.Constant):
                units = [keyword.value for keyword in node.keywords if keyword.arg == "unit"]
                unit = ast.literal_eval(units[0]) if units else ""
                yield node.func.attr, str(name.value), unit


@pytest.fixture(scope="module")
def exported(trees: list[ast.Module]) -> set[str]:
    """Names as the exporter writes them: it adds units and suffixes by rules of its own, so it is asked."""
    reader = PrometheusMetricReader(disable_target_info=True)
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    meter = provider.get_meter("names")
    try:
        for kind, name, unit in instruments(trees):
            instrument = getattr(meter, kind)(name, unit=unit)
            getattr(instrument, RECORDED_BY[kind])(1)
        return {sample.name for family in REGISTRY.collect() for sample in family.samples}
    finally:
        provider.shutdown()


def test_every_metric_exists(expressions: dict[str, str], exported: set[str]) -> None:
    unknown = {where: set(_METRIC.findall(text)) - exported for where, text in expressions.items()}
    assert {where: names for where, names in unknown.items() if names} == {}


def test_every_expression_names_a_metric(expressions: dict[str, str]) -> None:
    assert [where for where, text in expressions.items() if not _METRIC.search(text) and "up{" not in text] == []


def test_every_label_exists(expressions: dict[str, str], trees: list[ast.Module]) -> None:
    words = {
        str(node.value).replace(".", "_") for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    }
    used = {
        label.strip()
        for text in expressions.values()
        for group in _GROUPING.findall(text)
        for label in group.split(",")
    }
    used |= {
        label for text in expressions.values() for found in _SELECTOR.findall(text) for label in _LABEL.findall(found)
    }
    assert used - words - OF_PROMETHEUS == set()


def test_every_command_exists(expressions: dict[str, str], trees: list[ast.Module]) -> None:
    classes = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    named = {name for text in expressions.values() for name in _COMMAND.findall(text)}
    assert named - classes == set()


def test_every_alert_tells_what_happened_and_what_to_do(repository: Path) -> None:
    rules = yaml.safe_load((repository / "deploy/prometheus/rules/lcm.yml").read_text())
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]
        assert {"summary", "description"} <= set(rule["annotations"]), rule["alert"]


def test_prometheus_scrapes_every_service_on_its_port(repository: Path, services: dict[str, Any]) -> None:
    jobs = yaml.safe_load((repository / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    scraped = {job["job_name"]: job["dns_sd_configs"][0] for job in jobs}
    ports = {name: facts.settings.model_fields["port"].default for name, facts in services.items()}
    assert {name: target["port"] for name, target in scraped.items()} == ports
    assert all(target["names"] == [name] for name, target in scraped.items())


def test_dashboards_use_provisioned_data_sources(repository: Path) -> None:
    provisioned = yaml.safe_load((repository / "deploy/grafana/provisioning/datasources/lcm.yaml").read_text())
    boards = [json.loads(path.read_text()) for path in (repository / "deploy/grafana/dashboards").glob("*.json")]
    used = {
        target["datasource"]["uid"]
        for board in boards
        for panel in board["panels"]
        for target in panel.get("targets", [])
    }
    assert used <= {source["uid"] for source in provisioned["datasources"]}
    assert len({board["uid"] for board in boards}) == len(boards)
