"""The compose file agrees with the services, with .env.example and with the files it mounts."""

from __future__ import annotations

import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

NOT_OURS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(?::(-|\?)([^}]*))?\}")
_OWN_HOST = re.compile(r"(?:https?://|@|,|^)([a-z][a-z0-9-]*):\d+")


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


def example(repository: Path) -> dict[str, str]:
    lines = (repository / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def interpolated(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1]) or found[3] or "", text)


def test_compose_sets_only_settings_that_exist(compose: dict[str, Any], service: Any) -> None:
    given = set(compose["services"][service.name]["environment"]) - NOT_OURS
    assert given <= service.variables


def test_compose_environment_makes_valid_settings(
    compose: dict[str, Any],
    service: Any,
    repository: Path,
    image_environment: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = {name: value or "filled-in" for name, value in example(repository).items()}
    values["CONSOLE_LOGINS"] = '{"alpine": {"username": "cisco", "password": "x"}}'
    values["WEBHOOK_ALLOWED_NETWORKS"] = '["10.20.0.0/16"]'
    values |= {"EVIDENCE_RETENTION_DAYS": "90", "EVIDENCE_ENCRYPTION": "aws:kms"}
    values["GRADING_URL"] = "https://grading.example.com"
    values["S3_ENDPOINT_URL"] = "https://objects.example.com"
    for name, value in image_environment.items():
        monkeypatch.setenv(name, value)
    for name, value in compose["services"][service.name]["environment"].items():
        monkeypatch.setenv(name, interpolated(value, values))
    settings = service.settings()
    assert (settings.host, settings.own_client_id) == ("0.0.0.0", service.name)


def test_compose_takes_every_secret_setting_from_the_environment(compose: dict[str, Any], service: Any) -> None:
    environment = compose["services"][service.name]["environment"]
    literal = [name for name in service.secret_variables & set(environment) if "${" not in environment[name]]
    assert literal == []


def test_compose_asks_each_service_whether_it_is_ready(
    compose: dict[str, Any], service: Any, image_environment: Mapping[str, str]
) -> None:
    port = image_environment[f"{service.prefix}PORT"]
    assert f"http://127.0.0.1:{port}/health/ready" in compose["services"][service.name]["healthcheck"]["test"][-1]


def test_compose_services_can_be_replicated(compose: dict[str, Any], service: Any) -> None:
    described = compose["services"][service.name]
    assert {"container_name", "ports", "hostname"} & set(described) == set()
    assert described["deploy"]["replicas"].startswith("${")


def test_compose_knows_every_variable_of_the_example_and_no_other(compose: dict[str, Any], repository: Path) -> None:
    used = {found[1] for text in strings(compose) for found in _VARIABLE.finditer(text)}
    assert used == set(example(repository))


def test_compose_mounts_files_that_exist(compose: dict[str, Any], repository: Path) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", [])]
    sources = {mount.split(":")[0] for mount in mounts if mount.startswith("./")}
    assert [source for source in sources if not (repository / source).exists()] == []


def test_compose_addresses_services_that_exist(compose: dict[str, Any], repository: Path) -> None:
    environments = [service.get("environment", {}) for service in compose["services"].values()]
    configured = "\n".join(
        (repository / path).read_text()
        for path in (
            "deploy/otel/collector.yaml",
            "deploy/nginx/default.conf",
            "deploy/grafana/provisioning/datasources/lcm.yaml",
        )
    )
    texts = [*strings(environments), *re.findall(r"https?://\S+|endpoint: (?!0\.)\S+", configured)]
    hosts = {host for text in texts for host in _OWN_HOST.findall(text.replace("endpoint: ", ""))}
    assert hosts - set(compose["services"]) == set()
    assert {"etcd", "mongo-3", "traces", "lablet-controller"} <= hosts


def test_the_front_door_passes_on_no_address_that_a_client_made_up(repository: Path) -> None:
    """Everything behind it believes what it says, since it comes from a private network."""
    door = (repository / "deploy/nginx/default.conf").read_text()
    assert re.findall(r"^ *proxy_set_header X-Forwarded-For (\S+);", door, re.MULTILINE) == ["$remote_addr"]
    assert "$proxy_add_x_forwarded_for" not in door


def test_no_image_names_a_registry_host(compose: dict[str, Any], repository: Path) -> None:
    dockerfiles = [path.read_text() for path in (repository / "deploy/docker").glob("*Dockerfile")]
    images = re.findall(r"(?:_IMAGE=|FROM )([^$\s]+)", "\n".join(dockerfiles))
    images += [interpolated(service["image"], {}) for service in compose["services"].values()]
    first_parts = {image.split("/")[0] for image in images if "/" in image}
    assert [part for part in first_parts if "." in part or ":" in part] == []


def test_example_holds_no_secret(repository: Path) -> None:
    secret = re.compile("PASSWORD|SECRET|TOKEN|KEY")
    assert {name: value for name, value in example(repository).items() if secret.search(name) and value} == {}


def test_generated_environment_has_another_value_for_every_generated_secret(repository: Path) -> None:
    text = (repository / ".env.example").read_text()
    filled = runpy.run_path(str(repository / "deploy/generate_env.py"))["filled"](text)
    wanted = re.findall(r"^# generated.*\n([A-Z_]+)=$", text, re.MULTILINE)
    values = dict(line.split("=", 1) for line in filled.splitlines() if "=" in line and not line.startswith("#"))
    assert len({values[name] for name in wanted}) == len(wanted)
    assert all(re.fullmatch(r"[0-9a-f]{48}", values[name]) for name in wanted)
    assert {name for name in values if values[name] != example(repository)[name]} == set(wanted)
