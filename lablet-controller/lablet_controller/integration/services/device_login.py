"""Who we are on a device whose console asks."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, SecretStr


class DeviceLogin(BaseModel):
    """What is typed on a device that asks who is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: str
    password: SecretStr
