"""How the far ends are reached, from settings."""

from __future__ import annotations

from lablet_controller.integration.services.cml_labs_spi import CmlAccess
from lablet_controller.integration.services.console_spi import ConsoleAccess
from lablet_controller.integration.services.content_cache import ContentCache
from lablet_controller.integration.services.host_keys import PinnedOnFirstUse, RefuseUnknownKeys
from lablet_controller.settings import LabletControllerSettings
from lcm_core.integration.aws.calls import AwsCalls, AwsTiming
from lcm_core.integration.aws.evidence_objects import EvidenceBucket, EvidenceObjects
from lcm_core.integration.aws.message_queue import MessageQueue
from lcm_core.integration.aws.object_store import Encryption, ObjectStore

_ANSWER_MARGIN_SECONDS = 10.0
_NOTICE_HIDDEN_SECONDS = 30
"""Longer than looking at the buckets of one call should take; then a message that was not deleted comes again."""


def bucket_notices(settings: LabletControllerSettings) -> tuple[AwsCalls, MessageQueue] | None:
    """With threads of its own: who waits for a message keeps nobody from reading a package. None without a queue."""
    if settings.content_queue_url is None:
        return None
    calls = AwsCalls(
        endpoint_url=settings.sqs_endpoint_url,
        threads=2,
        timing=AwsTiming(
            read_seconds=settings.content_queue_wait_seconds + _ANSWER_MARGIN_SECONDS,
            total_seconds=settings.content_queue_wait_seconds + 2 * _ANSWER_MARGIN_SECONDS,
        ),
        user_agent=f"lcm-{settings.service_name}",
    )
    return calls, MessageQueue(
        calls,
        settings.content_queue_url,
        region=settings.s3_region,
        wait_seconds=settings.content_queue_wait_seconds,
        hidden_seconds=_NOTICE_HIDDEN_SECONDS,
    )


def content_cache(settings: LabletControllerSettings) -> ContentCache | None:
    if settings.content_cache_dir is None:
        return None
    return ContentCache(settings.content_cache_dir, max_bytes=settings.content_cache_max_bytes)


def cml_access(settings: LabletControllerSettings) -> CmlAccess:
    return CmlAccess(
        username=settings.cml_username,
        password=settings.cml_password,
        https_port=settings.cml_https_port,
        ca_file=settings.cml_ca_file,
    )


def console_access(settings: LabletControllerSettings) -> ConsoleAccess:
    known_hosts = settings.cml_known_hosts_file
    return ConsoleAccess(
        username=settings.cml_username,
        password=settings.cml_password,
        host_keys=RefuseUnknownKeys() if known_hosts else PinnedOnFirstUse(settings.cml_host_key_pins_file),
        ssh_port=settings.cml_ssh_port,
        known_hosts=known_hosts,
        enable_password=settings.console_enable_password,
        prompt_seconds=settings.console_prompt_seconds,
        command_seconds=settings.console_command_seconds,
        node_seconds=settings.console_node_seconds,
        device_logins=settings.console_logins,
        consoles_per_host=settings.consoles_per_host,
    )


def evidence(settings: LabletControllerSettings, store: ObjectStore) -> EvidenceObjects | None:
    if settings.evidence_bucket is None:
        return None
    bucket = EvidenceBucket(
        settings.evidence_bucket,
        settings.evidence_retention_days,
        Encryption(settings.evidence_encryption, settings.evidence_kms_key_id),
    )
    return EvidenceObjects(store, bucket)
