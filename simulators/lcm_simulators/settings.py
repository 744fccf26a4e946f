"""Settings that every simulator has; each adds its own and its environment prefix."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class SimulatorSettings(BaseSettings):
    """Where a simulator listens and keeps its state."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(description="port to listen on; 0 takes a free one")
    state_dir: Path = Field(description="folder that survives a restart; made when it is missing")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class EventSenderSettings(BaseSettings):
    """Where a simulator sends its CloudEvents, and as whom."""

    event_sink_url: str | None = Field(default=None, description="address that takes CloudEvents; queued while unset")
    event_mode: Literal["structured", "binary"] = Field(default="structured", description="CloudEvents content mode")
    event_timeout_seconds: float = Field(default=10.0, gt=0, description="deadline of one delivery")
    token_url: str | None = Field(
        default=None, description="token endpoint for client credentials; no token when unset"
    )
    client_id: str = Field(default="", description="OAuth client that the simulator is")
    client_secret: SecretStr = Field(default=SecretStr(""), description="its secret")
