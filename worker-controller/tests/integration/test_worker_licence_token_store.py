"""Licence tokens out of settings, files and Secrets Manager."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import FarEndError
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.testing.manual_clock import ManualClock
from worker_controller.integration.services.licence_token_store import LicenceTokenStore

ENTERPRISE = LicenseType.ENTERPRISE


def store(aws: AwsCalls, clock: ManualClock, source: str) -> LicenceTokenStore:
    return LicenceTokenStore({ENTERPRISE: SecretStr(source)}, aws, region="us-east-1", clock=clock)


async def told(tokens: LicenceTokenStore) -> str:
    token = await tokens.token(ENTERPRISE)
    assert token is not None
    return token.get_secret_value()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_a_token_may_be_the_setting_itself(aws_calls: AwsCalls, clock: ManualClock) -> None:
    assert await told(store(aws_calls, clock, "abc")) == "abc"


async def test_what_is_not_configured_is_none(aws_calls: AwsCalls, clock: ManualClock) -> None:
    assert await store(aws_calls, clock, "abc").token(LicenseType.PERSONAL) is None


async def test_a_file_is_read_anew_each_time(aws_calls: AwsCalls, clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    tokens = store(aws_calls, clock, f"file:{file}")
    assert await told(tokens) == "first"
    file.write_text("second\n")
    assert await told(tokens) == "second"


async def test_a_secret_of_secrets_manager_is_read_by_key_and_kept_for_a_while(
    aws_calls: AwsCalls, aws_account: Any, clock: ManualClock
) -> None:
    secrets, name = aws_account.client("secretsmanager"), f"lcm/{uuid4().hex}"
    secrets.create_secret(Name=name, SecretString=json.dumps({"enterprise": "first"}))
    tokens = store(aws_calls, clock, f"secretsmanager:{name}#enterprise")
    assert await told(tokens) == "first"
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"enterprise": "second"}))
    assert await told(tokens) == "first"
    clock.advance(301)
    assert await told(tokens) == "second"


async def test_a_secret_may_be_the_token_itself(aws_calls: AwsCalls, aws_account: Any, clock: ManualClock) -> None:
    name = f"lcm/{uuid4().hex}"
    aws_account.client("secretsmanager").create_secret(Name=name, SecretString="abc")
    assert await told(store(aws_calls, clock, f"secretsmanager:{name}")) == "abc"


async def test_an_unknown_secret_is_told_by_its_name(aws_calls: AwsCalls, clock: ManualClock) -> None:
    with pytest.raises(FarEndError, match="read secret lcm/none") as unknown:
        await told(store(aws_calls, clock, "secretsmanager:lcm/none"))
    assert not unknown.value.retryable


@pytest.mark.parametrize(
    ("content", "reference", "why"),
    [
        ("s3cr3t-token", "#enterprise", "not a JSON object"),
        ('{"personal": "s3cr3t-token"}', "#enterprise", "no text under key 'enterprise'"),
        ("   ", "", "is empty"),
    ],
)
async def test_an_unusable_secret_is_told_without_its_content(
    aws_calls: AwsCalls, aws_account: Any, clock: ManualClock, content: str, reference: str, why: str
) -> None:
    name = f"lcm/{uuid4().hex}"
    aws_account.client("secretsmanager").create_secret(Name=name, SecretString=content)
    with pytest.raises(FarEndError, match=why) as unusable:
        await told(store(aws_calls, clock, f"secretsmanager:{name}{reference}"))
    assert "s3cr3t" not in str(unusable.value)
    assert "license_token_enterprise" in str(unusable.value)


async def test_a_missing_file_is_told_by_its_path(aws_calls: AwsCalls, clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(FarEndError, match=str(tmp_path / "none")):
        await told(store(aws_calls, clock, f"file:{tmp_path / 'none'}"))
