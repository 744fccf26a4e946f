"""Which LDS deployments there are, and which one serves a session."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from lablet_controller.integration.services.config_file import load_config_file
from lcm_core.settings import HttpUrlText


class LdsDeployment(BaseModel):
    """One LDS. ``password`` is normally left out: the secret comes from the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Annotated[str, Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9-]*$")]
    base_url: HttpUrlText
    region: str = ""
    priority: Annotated[int, Field(ge=0)] = 100
    enabled: bool = True
    username: Annotated[str, Field(min_length=1)] = "lcm"
    password: SecretStr | None = None


class LdsDeployments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    deployments: Annotated[tuple[LdsDeployment, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct_and_some_enabled(self) -> Self:
        ids = [deployment.id for deployment in self.deployments]
        if len(set(ids)) != len(ids):
            raise ValueError("every deployment needs an id of its own")
        if not any(deployment.enabled for deployment in self.deployments):
            raise ValueError("at least one deployment must be enabled")
        return self

    def in_order(self, region: str, auth_id: str) -> Sequence[LdsDeployment]:
        """Enabled deployments, best first: same region, then priority (low first), then spread by *auth_id*.

        The order depends on nothing else, so that every attempt for a session asks the same deployment.
        """

        def rank(deployment: LdsDeployment) -> tuple[bool, int, str]:
            spread = hashlib.sha256(f"{auth_id}/{deployment.id}".encode()).hexdigest()
            return (deployment.region != region, deployment.priority, spread)

        return sorted((each for each in self.deployments if each.enabled), key=rank)


def load_lds_deployments(path: Path) -> LdsDeployments:
    """Raises ``ConfigFileUnreadable`` with line and reason; it never quotes a secret of the file."""
    return load_config_file(path, LdsDeployments, "LDS deployments file")
