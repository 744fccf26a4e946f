"""``lcm secrets``: keys that seal passwords and secrets at rest, and sealing with another one.

Settings are those of the service: environment variables with the prefix ``CONTROL_PLANE_``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer
from pymongo import AsyncMongoClient
from rich.console import Console
from rich.table import Table

from control_plane_api.integration.repositories.sealed_content import IN_CLEAR, packages_by_key, reseal_packages
from control_plane_api.integration.webhooks.sealed_secrets import reseal_subscriptions, subscriptions_by_key
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.eventstore.collections import Document
from lcm_core.integration.kms import KmsKeys
from lcm_core.sealing import new_local_entry, wrapped_entry
from lcm_core.sealing.from_settings import vault_from_settings


def secrets_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.command("new-key")
    def new_key(
        key_id: Annotated[str, typer.Argument(help="Name of the key, e.g. k2; small letters, digits and hyphens.")],
        kms: Annotated[
            str | None, typer.Option(help="Id, ARN or alias of the KMS key that is to wrap it; else it is in clear.")
        ] = None,
    ) -> None:
        """Print an entry for the setting …_SEALING_KEYS. Put it first to seal with it; leave the old ones behind it."""
        typer.echo(_new_entry(key_id, kms))

    @app.command()
    def status() -> None:
        """How many content packages and subscriptions are sealed with which key."""
        current, counts, subscriptions = asyncio.run(_status())
        table = Table("key", "content packages", "subscriptions", "")
        known = set(counts) | set(subscriptions) | ({current} if current is not None else set[str]())
        for key_id in sorted(known):
            what = "seals now" if key_id == current else "run reseal" if key_id == IN_CLEAR else ""
            table.add_row(key_id or "in clear", str(counts.get(key_id, 0)), str(subscriptions.get(key_id, 0)), what)
        Console().print(table)

    @app.command()
    def reseal() -> None:
        """Seal with the first key what other keys sealed, or none. Safe while the system runs; may be interrupted."""
        packages, subscriptions = asyncio.run(_reseal())
        typer.echo(f"{packages} content packages sealed anew")
        typer.echo(f"{subscriptions} subscriptions sealed anew")

    _ = (new_key, status, reseal)
    return app


def _settings() -> ControlPlaneSettings:
    return ControlPlaneSettings()  # pyright: ignore[reportCallIssue]


def _new_entry(key_id: str, kms: str | None) -> str:
    if kms is None:
        return new_local_entry(key_id)
    settings = _settings()
    keys = KmsKeys(settings.sealing_kms_region, settings.sealing_kms_endpoint_url)
    return wrapped_entry(key_id, keys.new_wrapped_key(kms))


async def _status() -> tuple[str | None, Mapping[str, int], Mapping[str, int]]:
    settings = _settings()
    async with AsyncMongoClient[Document](settings.mongo_uri.get_secret_value()) as client:
        database = client[settings.mongo_database]
        counts, subscriptions = await packages_by_key(database), await subscriptions_by_key(database)
    return vault_from_settings(settings).current_key, counts, subscriptions


async def _reseal() -> tuple[int, int]:
    settings = _settings()
    vault, packages, subscriptions = vault_from_settings(settings), 0, 0
    await vault.load()
    async with AsyncMongoClient[Document](settings.mongo_uri.get_secret_value()) as client:
        async for _ in reseal_packages(client[settings.mongo_database], vault):
            packages += 1
        async for _ in reseal_subscriptions(client[settings.mongo_database], vault):
            subscriptions += 1
    return packages, subscriptions
