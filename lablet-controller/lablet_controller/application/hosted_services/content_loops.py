"""The loops that look after the content of definitions."""

from __future__ import annotations

from dataclasses import dataclass

from lablet_controller.application.hosted_services.bucket_notices import BucketNotices
from lablet_controller.application.hosted_services.bucket_watch import BucketWatch
from lablet_controller.application.hosted_services.content_reconciler import ContentReconciler
from lablet_controller.application.ports.content_source import ContentSource
from lablet_controller.application.ports.lds_content import LdsContent
from lablet_controller.application.ports.notice_queue import NoticeQueue
from lablet_controller.application.services.bucket_looks import BucketLooks
from lcm_core.clock import Clock
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import ReconcileLoop, ReconcileOptions, WatchedPrefix
from lcm_core.reconcile.watched_prefix import WatchSource

_PACKAGES_AT_ONCE = 2
"""A package of the largest accepted size is held in memory as a whole."""
_HANDLER_MARGIN_SECONDS = 120.0
"""For what comes after the reading: reporting it, and LDS."""
_RESYNC_MARGIN_SECONDS = 30.0
_NOTICES_STOP_SECONDS = 0.5
"""A wait on the queue holds up nobody who stops: what came of it comes again."""


@dataclass(frozen=True, slots=True)
class ContentPace:
    """All times in seconds; *poll_seconds* 0 is never."""

    etcd_prefix: str
    poll_seconds: float = 300
    looks_at_once: int = 4
    fetch_seconds: float = 300
    give_up_seconds: float = 600


def content_loops(
    control_plane: ControlPlaneApiClient,
    source: ContentSource,
    lds: LdsContent,
    etcd: WatchSource,
    clock: Clock,
    pace: ContentPace,
    notices: NoticeQueue | None = None,
) -> tuple[ReconcileLoop, ...]:
    contents = ReconcileLoop(
        "contents",
        ContentReconciler(
            control_plane,
            source,
            lds,
            clock,
            fetch_seconds=pace.fetch_seconds,
            give_up_seconds=pace.give_up_seconds,
        ),
        source=etcd,
        watches=(WatchedPrefix.by_id(f"{pace.etcd_prefix}/definitions", "content_sync"),),
        options=ReconcileOptions(
            max_concurrent=_PACKAGES_AT_ONCE, handler_deadline=pace.fetch_seconds + _HANDLER_MARGIN_SECONDS
        ),
    )
    looks = BucketLooks(control_plane, source, at_once=pace.looks_at_once)
    return (contents, *_watching(looks, pace), *_listening(looks, pace, notices))


def _watching(looks: BucketLooks, pace: ContentPace) -> tuple[ReconcileLoop, ...]:
    if not pace.poll_seconds:
        return ()
    options = ReconcileOptions(
        handler_deadline=pace.fetch_seconds, resync_interval=pace.poll_seconds + _RESYNC_MARGIN_SECONDS
    )
    return (ReconcileLoop("buckets", BucketWatch(looks, every_seconds=pace.poll_seconds), options=options),)


def _listening(looks: BucketLooks, pace: ContentPace, notices: NoticeQueue | None) -> tuple[ReconcileLoop, ...]:
    if notices is None:
        return ()
    options = ReconcileOptions(handler_deadline=pace.fetch_seconds, stop_grace=_NOTICES_STOP_SECONDS)
    reconciler = BucketNotices(notices, looks, gives_up=pace.poll_seconds > 0)
    return (ReconcileLoop("bucket-notices", reconciler, options=options),)
