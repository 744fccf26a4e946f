"""``lcm secrets`` as an operator uses it to change the key."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from pymongo import MongoClient
from typer.testing import CliRunner

from control_plane_api.application.webhooks.secrets import context_of
from control_plane_api.secrets_cli import secrets_app
from lcm_core.contracts.definitions import DeviceCredential
from lcm_core.sealing import Vault, key_entries
from lcm_core.testing.mongo_server import MongoServer


def lcm(*arguments: str) -> str:
    result = CliRunner().invoke(secrets_app(), list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_key_is_changed_by_making_one_putting_it_first_and_resealing(
    store_server: MongoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"test_{uuid4().hex}"
    monkeypatch.setenv("CONTROL_PLANE_MONGO_URI", store_server.uri)
    monkeypatch.setenv("CONTROL_PLANE_MONGO_DATABASE", database)
    monkeypatch.setenv("CONTROL_PLANE_OIDC_ISSUER", "http://127.0.0.1:1")
    old, new = lcm("new-key", "k1").strip(), lcm("new-key", "k2").strip()
    credential = DeviceCredential(device_label="r1")
    sealed = Vault(key_entries(SecretStr(old))).seal("sesame", credential.context_of("hash"))
    stored = credential.model_copy(update={"sealed_password": sealed}).model_dump(mode="json")
    with MongoClient[dict[str, Any]](store_server.uri) as client:
        packages = client[database]["content_packages"]
        packages.insert_one({"_id": "hash", "device_credentials": [stored], "sealed_with": "k1"})
        kept = client[database]["subscription_secrets"]
        secret = Vault(key_entries(SecretStr(old))).seal("whsec_x", context_of("sub", "key_1"))
        kept.insert_one({"_id": "sub", "sealed": {"key_1": secret}, "sealed_with": "k1"})
        monkeypatch.setenv("CONTROL_PLANE_SEALING_KEYS", f"{new} {old}")
        assert "k1" in lcm("status")
        assert lcm("reseal") == "1 content packages sealed anew\n1 subscriptions sealed anew\n"
        assert lcm("reseal") == "0 content packages sealed anew\n0 subscriptions sealed anew\n"
        package, secrets = packages.find_one({"_id": "hash"}), kept.find_one({"_id": "sub"})
        client.drop_database(database)
    assert package is not None
    assert secrets is not None
    moved = DeviceCredential.model_validate(package["device_credentials"][0])
    only_new = Vault(key_entries(SecretStr(new)))
    assert only_new.open(moved.sealed_password, moved.context_of("hash")) == "sesame"
    assert only_new.open(secrets["sealed"]["key_1"], context_of("sub", "key_1")) == "whsec_x"
