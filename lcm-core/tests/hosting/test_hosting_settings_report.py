"""What a service runs with is told without its secrets, and told again when it could not be."""

from __future__ import annotations

import asyncio

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from lcm_core.contracts.service_settings import EffectiveSetting, ReportSettings
from lcm_core.domain.errors import FarEndError
from lcm_core.hosting.settings_report import SettingsReporter, effective_settings
from lcm_core.settings import ServiceSettings
from lcm_core.testing.manual_clock import ManualClock


class SomeSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="SOME_")

    service_name: str = "some-service"
    pace_seconds: float = Field(default=5, description="How often it looks.")
    store: str = "mongodb://user:hunter2@store/db"
    api_key: str = "hunter2"
    passwords: dict[str, SecretStr] = Field(default={"lab": SecretStr("hunter2")})
    senders: list[str] = Field(default=["one"])


def told(**values: object) -> dict[str, EffectiveSetting]:
    settings = SomeSettings.model_validate({"oidc_issuer": "http://issuer", "instance_id": "i-1", **values})
    return {each.variable: each for each in effective_settings(settings).settings}


def test_each_setting_has_its_variable_its_value_its_default_and_its_meaning() -> None:
    settings = told(pace_seconds=2)

    pace = settings["SOME_PACE_SECONDS"]
    assert (pace.value, pace.is_default, pace.description) == ("2.0", False, "How often it looks.")
    assert float(pace.default) == 5
    assert settings["SOME_SENDERS"].value == '["one"]'
    assert settings["SOME_LOG_LEVEL"].is_default


def test_no_secret_can_be_read_in_it_whatever_shape_it_has() -> None:
    settings = told(client_secret=SecretStr("hunter2"))

    assert not any("hunter2" in each.value + each.default for each in settings.values())
    secrets = ("SOME_CLIENT_SECRET", "SOME_API_KEY", "SOME_PASSWORDS")
    assert [settings[name].value for name in secrets] == ["set"] * 3
    assert told()["SOME_CLIENT_SECRET"].value == "not set"


async def test_what_could_not_be_told_is_told_again() -> None:
    clock, attempts, done = ManualClock(), list[ReportSettings](), asyncio.Event()

    async def report(body: ReportSettings) -> None:
        attempts.append(body)
        if len(attempts) == 1:
            raise FarEndError("control-plane-api", "it is away", retryable=True)
        done.set()

    settings = SomeSettings.model_validate({"oidc_issuer": "http://issuer", "instance_id": "i-1"})
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(SettingsReporter(settings, report, clock).run())
        while not done.is_set():
            await asyncio.sleep(0)
            clock.advance(15)
        running.cancel()

    assert [body.service for body in attempts] == ["some-service", "some-service"]
