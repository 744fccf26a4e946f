"""Settings of the LDS simulator, from SIM_LDS_*."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from lcm_simulators.settings import EventSenderSettings, SimulatorSettings


class LdsSettings(SimulatorSettings, EventSenderSettings):
    """One LDS deployment."""

    model_config = SettingsConfigDict(env_prefix="SIM_LDS_")

    port: int = Field(default=4000, description="port to listen on; 0 takes a free one")
    state_dir: Path = Field(default=Path(".data/lds"), description="folder of the session database")
    deployment: str = Field(default="local", description="name of this deployment, part of the event source")
    username: str = Field(default="lcm", description="user of the Reservations API (HTTP basic)")
    password: SecretStr = Field(description="its password")
    public_url: str | None = Field(default=None, description="address that learners use; default: that of the request")
    seconds_per_minute: float = Field(
        default=60.0, gt=0, description="length of a minute of lab time, to shorten demos"
    )

    @property
    def event_source(self) -> str:
        """CloudEvents source of everything this deployment sends."""
        return f"urn:lds:{self.deployment}"
