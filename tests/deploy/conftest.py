"""What is deployed, as data, and the settings classes it must agree with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel, SecretStr

from control_plane_api.settings import ControlPlaneSettings
from lablet_controller.settings import LabletControllerSettings
from lcm_core.settings import ServiceSettings
from resource_scheduler.settings import SchedulerSettings
from worker_controller.settings import WorkerControllerSettings

SETTINGS: dict[str, type[ServiceSettings]] = {
    "control-plane-api": ControlPlaneSettings,
    "resource-scheduler": SchedulerSettings,
    "lablet-controller": LabletControllerSettings,
    "worker-controller": WorkerControllerSettings,
}
_DOCKERFILE_SETTING = re.compile(r"^\s+(?:ENV )?([A-Z_]+)=(\S+)", re.MULTILINE)


class ServiceFacts:
    """What the code says about one service."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.module = name.replace("-", "_")
        self.settings = SETTINGS[name]
        self.prefix = self.settings.model_config.get("env_prefix", "")

    @property
    def variables(self) -> set[str]:
        return {f"{self.prefix}{field}".upper() for field in self.settings.model_fields}

    @property
    def secret_variables(self) -> set[str]:
        fields = self.settings.model_fields.items()
        return {f"{self.prefix}{name}".upper() for name, field in fields if _holds_secrets(field.annotation)}


def _holds_secrets(annotation: Any) -> bool:
    if annotation is SecretStr:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_holds_secrets(field.annotation) for field in annotation.model_fields.values())
    return any(_holds_secrets(each) for each in get_args(annotation))


@pytest.fixture(params=SETTINGS)
def service(request: pytest.FixtureRequest) -> ServiceFacts:
    return ServiceFacts(request.param)


@pytest.fixture(scope="session")
def services() -> dict[str, ServiceFacts]:
    return {name: ServiceFacts(name) for name in SETTINGS}


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def compose(repository: Path) -> dict[str, Any]:
    return yaml.safe_load((repository / "docker-compose.yml").read_text())


@pytest.fixture(scope="session")
def image_environment(repository: Path) -> Mapping[str, str]:
    dockerfile = (repository / "deploy/docker/Dockerfile").read_text()
    return dict(_DOCKERFILE_SETTING.findall(dockerfile.partition("AS lcm")[2]))


@pytest.fixture(scope="session")
def chart_values(repository: Path) -> dict[str, Any]:
    return yaml.safe_load((repository / "deploy/helm/lcm/values.yaml").read_text())


@pytest.fixture(scope="session")
def templates(repository: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (repository / "deploy/helm/lcm/templates").iterdir()}
