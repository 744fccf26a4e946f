"""Settings of the GradingEngine simulator, from SIM_GRADING_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from lcm_simulators.settings import EventSenderSettings, SimulatorSettings


class GradingSettings(SimulatorSettings, EventSenderSettings):
    """One GradingEngine."""

    model_config = SettingsConfigDict(env_prefix="SIM_GRADING_")

    port: int = Field(default=4100, description="port to listen on; 0 takes a free one")
    state_dir: Path = Field(default=Path(".data/grading"), description="folder of the grading database")
    deployment: str = Field(default="local", description="name of this deployment, part of the event source")
    issuer: str = Field(description="OIDC issuer whose access tokens are accepted")
    audience: str = Field(default="urn:lcm:api", description="audience that a token must name")
    required_role: str = Field(default="service", description="role that a token must carry")
    public_url: str | None = Field(default=None, description="address of score reports; default: that of the request")
    delay_seconds: float = Field(default=2.0, ge=0, description="how long grading takes, before scaling")
    review_seconds: float = Field(default=5.0, ge=0, description="how long a review takes, before scaling")
    time_scale: float = Field(default=1.0, ge=0, description="factor on those delays; 0 grades at once")
    pattern_timeout_seconds: float = Field(default=0.5, gt=0, description="longest search of one pattern")

    @property
    def event_source(self) -> str:
        """CloudEvents source of everything this deployment sends."""
        return f"urn:grading-engine:{self.deployment}"
