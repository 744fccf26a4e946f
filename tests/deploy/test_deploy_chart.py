"""The Helm chart agrees with the services, and documents all that it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FREE_FORM = {
    *("env", "secretEnv", "annotations", "serviceAccountAnnotations", "resources"),
    *("podSecurityContext", "securityContext"),
}
_KEY = re.compile(r"^( *)([\w-]+):(.*)$")


def undocumented(text: str) -> Iterator[str]:
    """Keys with a value and no comment above, except those that belong to a free-form value."""
    inside: int | None = None
    above = ""
    for line in text.splitlines():
        found = _KEY.match(line)
        if found:
            depth, key, value = len(found[1]), found[2], found[3].strip()
            if inside is not None and depth <= inside:
                inside = None
            if inside is None and value and not above.lstrip().startswith("#"):
                yield line.strip()
            if inside is None and key in FREE_FORM:
                inside = depth
                if not above.lstrip().startswith("#"):
                    yield line.strip()
        above = line


def test_chart_documents_every_value(repository: Path) -> None:
    assert list(undocumented((repository / "deploy/helm/lcm/values.yaml").read_text())) == []


def test_templates_use_only_values_that_exist(templates: dict[str, str], chart_values: dict[str, Any]) -> None:
    missing: set[str] = set()
    for path in (path for text in templates.values() for path in re.findall(r"\.Values\.([\w.]+)", text)):
        value: Any = chart_values
        for part in path.split("."):
            if not isinstance(value, dict) or part not in value:
                missing.add(path)
                break
            value = value[part]
    assert missing == set()


def test_templates_use_only_values_that_every_service_has(
    templates: dict[str, str], chart_values: dict[str, Any]
) -> None:
    used = {key for text in templates.values() for key in re.findall(r"[$.]service\.(\w+)", text)}
    assert used
    assert [(name, used - set(one)) for name, one in chart_values["services"].items() if used - set(one)] == []


def test_chart_runs_the_services_as_the_code_knows_them(chart_values: dict[str, Any], services: dict[str, Any]) -> None:
    described = {name: (one["module"], one["envPrefix"], one["port"]) for name, one in chart_values["services"].items()}
    known = {
        name: (facts.module, facts.prefix, facts.settings.model_fields["port"].default)
        for name, facts in services.items()
    }
    assert described == known


def test_chart_runs_two_instances_of_each(chart_values: dict[str, Any], service: Any) -> None:
    assert chart_values["services"][service.name]["replicas"] == 2


def test_chart_sets_only_settings_that_exist(
    chart_values: dict[str, Any], templates: dict[str, str], service: Any
) -> None:
    shared = re.findall(r"envPrefix \}\}([A-Z_]+):", templates["configmap.yaml"])
    # CML_CA_FILE is written for services that use CML only.
    uses_cml = chart_values["services"][service.name]["usesCml"]
    given = {f"{service.prefix}{name}" for name in shared if uses_cml or not name.startswith("CML_")}
    given |= set(re.findall(rf"^\s+({service.prefix}[A-Z_]+):", templates["configmap.yaml"], re.MULTILINE))
    given |= set(chart_values["services"][service.name]["env"])
    assert given <= service.variables
    assert given & service.secret_variables == set()


def test_chart_keeps_secret_settings_in_the_secret(chart_values: dict[str, Any], service: Any) -> None:
    values = chart_values["services"][service.name]
    own = {name for name in values["secretEnv"] if name.startswith(service.prefix)}
    assert own <= service.secret_variables
    assert set(values["secretEnv"]) - own <= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert set(values["requiredSecretEnv"]) <= set(values["secretEnv"])
    assert not any(values["secretEnv"].values())


def test_chart_mentions_no_variable_without_a_meaning(repository: Path, services: dict[str, Any]) -> None:
    known = {variable for facts in services.values() for variable in facts.variables}
    prefixes = "|".join(facts.prefix for facts in services.values())
    texts = [path.read_text() for path in (repository / "deploy/helm/lcm").rglob("*") if path.is_file()]
    named = {name for text in texts for name in re.findall(rf"(?<![}}\w])(?:{prefixes})[A-Z_]+\b", text)}
    assert named - known - {facts.prefix for facts in services.values()} == set()


def test_deployments_probe_what_the_services_answer(templates: dict[str, str]) -> None:
    probes = re.findall(r"(\w+Probe):\n\s+httpGet: \{path: (\S+),", templates["deployment.yaml"])
    assert dict(probes) == {
        "startupProbe": "/health/live",
        "livenessProbe": "/health/live",
        "readinessProbe": "/health/ready",
    }


def test_pods_are_not_root_and_write_nowhere(chart_values: dict[str, Any]) -> None:
    assert chart_values["podSecurityContext"]["runAsNonRoot"]
    assert chart_values["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
