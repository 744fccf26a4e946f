"""Keys that a KMS has wrapped, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from boto3.session import Session
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from lcm_core.domain.errors import FarEndError
from lcm_core.integration.kms import KmsKeys
from lcm_core.sealing import NoSealingKey, Vault, key_entries, new_local_entry, wrapped_entry

REGION = "us-east-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def kms(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> KmsKeys:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return KmsKeys(REGION, endpoint)


@pytest.fixture
def kms_key(endpoint: str, kms: KmsKeys) -> str:
    client = Session(region_name=REGION).client("kms", endpoint_url=endpoint)  # pyright: ignore
    return client.create_key()["KeyMetadata"]["KeyId"]  # pyright: ignore


async def test_a_wrapped_key_seals_and_opens_after_it_was_loaded(kms: KmsKeys, kms_key: str) -> None:
    text = SecretStr(f"{wrapped_entry('k2', kms.new_wrapped_key(kms_key))} {new_local_entry('k1')}")
    first, second = (Vault(key_entries(text), kms.unwrap) for _ in range(2))
    with pytest.raises(NoSealingKey):
        first.seal("cisco", "c")
    await first.load()
    await second.load()
    assert second.open(first.seal("cisco", "c"), "c") == "cisco"


async def test_a_key_that_the_kms_does_not_know_is_told_as_such(kms: KmsKeys) -> None:
    stranger = Vault(key_entries(SecretStr(wrapped_entry("k1", b"no such key" * 8))), kms.unwrap)
    with pytest.raises(FarEndError, match="KMS refused decrypt"):
        await stranger.load()


async def test_a_kms_that_is_away_may_be_asked_again(kms: KmsKeys, unused_tcp_port: int) -> None:
    away = KmsKeys(REGION, f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(FarEndError, match="does not answer") as failed:
        await Vault(key_entries(SecretStr(wrapped_entry("k1", b"x"))), away.unwrap).load()
    assert failed.value.retryable


async def test_a_wrapped_key_without_a_kms_is_a_missing_key() -> None:
    with pytest.raises(NoSealingKey, match="'k1'"):
        await Vault(key_entries(SecretStr(wrapped_entry("k1", b"x")))).load()
