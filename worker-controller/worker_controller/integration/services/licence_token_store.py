"""Licence tokens from where they are kept: the setting itself, a file, or AWS Secrets Manager.

    file:/run/secrets/cml-token                     a file, read anew each time: it may be rotated
    secretsmanager:lcm/cml-licence                  a secret, by name or ARN
    secretsmanager:lcm/cml-licence#enterprise       one key of a secret that is a JSON object

No token is ever logged, recorded or put into an error.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from lcm_core.clock import Clock
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import FarEndError
from lcm_core.integration.aws.calls import AwsCalls

_FILE = "file:"
_SECRETS_MANAGER = "secretsmanager:"
_KEPT_SECONDS = 300.0


class LicenceTokenStore:
    """``LicenceTokens``; *sources* by licence type. What Secrets Manager in *region* gives is kept for five minutes."""

    def __init__(self, sources: Mapping[LicenseType, SecretStr], aws: AwsCalls, *, region: str, clock: Clock) -> None:
        self._sources = dict(sources)
        self._aws = aws
        self._region = region
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}

    async def token(self, kind: LicenseType) -> SecretStr | None:
        source = self._sources.get(kind)
        told = source.get_secret_value() if source is not None else ""
        if source is None or not told:
            return None
        if told.startswith(_FILE):
            return SecretStr(await self._from_file(kind, Path(told.removeprefix(_FILE))))
        if told.startswith(_SECRETS_MANAGER):
            return SecretStr(await self._from_secrets_manager(kind, told.removeprefix(_SECRETS_MANAGER)))
        return source

    async def _from_file(self, kind: LicenseType, path: Path) -> str:
        try:
            token = (await asyncio.to_thread(path.read_text, encoding="utf-8")).strip()
        except (OSError, UnicodeError) as error:
            raise _unusable(kind, f"file {path} cannot be read ({type(error).__name__})") from None
        return _not_empty(kind, token, f"file {path}")

    async def _from_secrets_manager(self, kind: LicenseType, reference: str) -> str:
        secret_id, _, key = reference.partition("#")
        text = await self._secret(secret_id)
        if not key:
            return _not_empty(kind, text.strip(), f"secret {secret_id}")
        try:
            fields = json.loads(text)
        except ValueError:
            raise _unusable(kind, f"secret {secret_id} is not a JSON object, so that it has no key {key!r}") from None
        token = fields.get(key) if isinstance(fields, dict) else None
        if not isinstance(token, str):
            raise _unusable(kind, f"secret {secret_id} has no text under key {key!r}")
        return _not_empty(kind, token.strip(), f"key {key!r} of secret {secret_id}")

    async def _secret(self, secret_id: str) -> str:
        now = self._clock.monotonic()
        kept = self._kept.get(secret_id)
        if kept is not None and now - kept[0] < _KEPT_SECONDS:
            return kept[1]
        answer = await self._aws.call(
            "secretsmanager",
            self._region,
            f"read secret {secret_id}",
            lambda secretsmanager: secretsmanager.get_secret_value(SecretId=secret_id),
        )
        text = str(answer.get("SecretString") or "")
        self._kept[secret_id] = (now, text)
        return text


def _not_empty(kind: LicenseType, token: str, where: str) -> str:
    if not token:
        raise _unusable(kind, f"{where} is empty")
    return token


def _unusable(kind: LicenseType, why: str) -> FarEndError:
    return FarEndError(
        "secret-store",
        f"There is no {kind.value} licence token: {why}. Correct that, or license_token_{kind.value.lower()}.",
        retryable=False,
        code="licence-token-unusable",
    )
