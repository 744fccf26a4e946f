"""Every instance tells the control plane what it runs with, so that people need not log in to a machine to know."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast, get_args

import structlog
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from lcm_core.clock import Clock, SystemClock
from lcm_core.contracts.service_settings import EffectiveSetting, ReportSettings
from lcm_core.domain.errors import LcmError
from lcm_core.observability import version_of
from lcm_core.observability.redaction import is_secret_name, redact
from lcm_core.settings import ServiceSettings

log = structlog.stdlib.get_logger(__name__)

_AGAIN_SECONDS = 600.0
_RETRY_SECONDS = 15.0
_LONGEST_TEXT = 4_000
_SET, _NOT_SET = "set", "not set"


def effective_settings(settings: ServiceSettings) -> ReportSettings:
    """Of a secret, and of what is named like one, only whether it is set; passwords within URLs are taken out."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    return ReportSettings(
        service=settings.service_name,
        instance=settings.instance_id,
        version=version_of(settings.service_name),
        settings=tuple(
            _setting(f"{prefix}{name.upper()}", field, getattr(settings, name))
            for name, field in type(settings).model_fields.items()
        ),
    )


def _setting(variable: str, field: FieldInfo, value: Any) -> EffectiveSetting:
    secret = _holds_secret(field.annotation) or (is_secret_name(variable) and isinstance(value, str))
    default = None if field.default is PydanticUndefined else field.default
    made = field.default_factory is not None
    return EffectiveSetting(
        variable=variable,
        value=_secret_text(value) if secret else _text(value),
        default="made at the start" if made else _secret_text(default) if secret else _text(default),
        is_default=not made and value == default,
        is_secret=secret,
        description=" ".join((field.description or "").split()),
    )


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def _secret_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return _SET if value else _NOT_SET


def _text(value: Any) -> str:
    if value is None or value in ("", [], {}, ()):
        return ""
    plain = redact(to_jsonable_python(value))
    if isinstance(plain, Mapping | list | bool):
        plain = json.dumps(cast("Any", plain), ensure_ascii=False)
    return str(plain)[:_LONGEST_TEXT]


class SettingsReporter:
    """A hosted service that tells *report* once at the start and every ten minutes. What fails is tried again."""

    name = "settings-report"

    def __init__(
        self,
        settings: ServiceSettings,
        report: Callable[[ReportSettings], Awaitable[object]],
        clock: Clock | None = None,
    ) -> None:
        self._told = effective_settings(settings)
        self._report = report
        self._clock = clock or SystemClock()

    async def run(self) -> None:
        while True:
            try:
                await self._report(self._told)
                pause = _AGAIN_SECONDS
            except LcmError as error:
                log.warning("settings_not_reported", reason=str(error), next_try_seconds=_RETRY_SECONDS)
                pause = _RETRY_SECONDS
            await self._clock.sleep(pause)
