"""AWS KMS: makes sealing keys and unwraps them, so that no setting holds a key in clear."""

from __future__ import annotations

from typing import Any, cast

from boto3.session import Session  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

from lcm_core.domain.errors import FarEndError

_CONTEXT = {"purpose": "lcm-sealing"}
_SECONDS = 5
_TRANSIENT = frozenset({"ThrottlingException", "KMSInternalException", "DependencyTimeoutException"})


class KmsKeys:
    """Blocking; credentials as boto3 finds them. Every call is bound to one encryption context."""

    def __init__(self, region: str | None, endpoint_url: str | None = None) -> None:
        config = Config(
            connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 2, "mode": "standard"}
        )
        session: Any = Session(region_name=region)
        self._kms: Any = session.client("kms", endpoint_url=endpoint_url, config=config)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key that ``new_wrapped_key`` made. Raises ``FarEndError``."""
        answer = self._call("decrypt", CiphertextBlob=wrapped, EncryptionContext=_CONTEXT)
        return answer["Plaintext"]

    def new_wrapped_key(self, kms_key_id: str) -> bytes:
        """A new data key, wrapped by the KMS key *kms_key_id* (id, ARN or alias). Raises ``FarEndError``."""
        answer = self._call(
            "generate_data_key_without_plaintext", KeyId=kms_key_id, KeySpec="AES_256", EncryptionContext=_CONTEXT
        )
        return answer["CiphertextBlob"]

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self._kms, operation)(**arguments)
        except ClientError as error:
            answer = cast("dict[str, dict[str, Any]]", error.response)
            code = str(answer.get("Error", {}).get("Code", "unknown"))
            raise FarEndError("kms", f"KMS refused {operation}: {code}.", retryable=code in _TRANSIENT) from error
        except BotoCoreError as error:
            raise FarEndError(
                "kms", f"KMS does not answer {operation}: {type(error).__name__}.", retryable=True
            ) from error
