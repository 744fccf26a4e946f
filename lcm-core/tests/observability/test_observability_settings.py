"""Settings come from the environment and keep their secrets."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from lcm_core.settings import ServiceSettings


class SchedulerSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TEST_SCHEDULER_")

    service_name: str = "resource-scheduler"


@pytest.fixture(autouse=True)
def issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SCHEDULER_OIDC_ISSUER", "https://issuer.example/realms/lcm")


@pytest.mark.parametrize("text", ["a:2379,b:2379", '["a:2379", "b:2379"]', " a:2379 , b:2379 "])
def test_endpoints_may_be_json_or_separated_by_commas(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TEST_SCHEDULER_ETCD_ENDPOINTS", text)
    assert SchedulerSettings().etcd_endpoints == ["a:2379", "b:2379"]  # type: ignore[call-arg]


def test_an_endpoint_without_a_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SCHEDULER_ETCD_ENDPOINTS", "etcd.example")
    with pytest.raises(ValidationError, match="not host:port"):
        SchedulerSettings()  # type: ignore[call-arg]


def test_the_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SCHEDULER_CLIENT_SECRET", "hunter2")
    settings = SchedulerSettings()  # type: ignore[call-arg]
    assert "hunter2" not in repr(settings) + settings.model_dump_json()


def test_a_wrong_value_is_refused_without_showing_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SCHEDULER_PORT", "hunter2")
    with pytest.raises(ValidationError) as refused:
        SchedulerSettings()  # type: ignore[call-arg]
    assert "hunter2" not in str(refused.value)


def test_the_client_is_named_after_the_service_unless_told() -> None:
    assert SchedulerSettings().own_client_id == "resource-scheduler"  # type: ignore[call-arg]


def test_a_client_certificate_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SCHEDULER_ETCD_CERT_FILE", "/etc/lcm/etcd.pem")
    with pytest.raises(ValidationError, match="go together"):
        SchedulerSettings()  # type: ignore[call-arg]


def test_every_setting_is_documented() -> None:
    assert [name for name, field in ServiceSettings.model_fields.items() if not field.description] == []


def test_the_issuer_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_SCHEDULER_OIDC_ISSUER")
    with pytest.raises(ValidationError, match="oidc_issuer"):
        SchedulerSettings()  # type: ignore[call-arg]
