"""The simulated AWS account: moto, its state on disk, and what is done to it from outside the AWS API."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from pydantic import BaseModel

from lcm_simulators.cloud import moto_internals
from lcm_simulators.cloud.account_state import AccountState
from lcm_simulators.cloud.bucket_notifications import BucketNotifications
from lcm_simulators.cloud.moto_thread import AwsRequest, AwsResponse, call_wsgi
from lcm_simulators.cloud.network import Bootstrap, prepare
from lcm_simulators.cloud.settings import CloudSettings

_READ_ACTION = re.compile(r"^(Describe|Get|List|Search)")
_CREDENTIAL = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


class InstanceView(BaseModel):
    """An instance in short."""

    id: str
    state: str
    private_ip: str | None
    instance_type: str
    image_id: str
    launched_at: datetime
    tags: dict[str, str]
    impaired: bool = False


class Account:
    """Used in moto's thread only."""

    def __init__(self, settings: CloudSettings) -> None:
        moto_internals.install(settings.transition_seconds)
        self._settings = settings
        self._state = AccountState(settings.state_dir / "account.sqlite3")
        self._application = DomainDispatcherApplication(create_backend_app)
        self.bootstrap: Bootstrap = prepare(self.ec2, settings)
        self._state.save_ec2(settings.region)
        self._notices = BucketNotifications(DEFAULT_ACCOUNT_ID, settings)
        for bucket in self._notices.attach_all():
            self._state.save_s3_bucket(bucket)

    @property
    def ec2(self) -> Any:
        """moto's EC2 of the fleet's region."""
        return moto_internals.region_backend(DEFAULT_ACCOUNT_ID, self._settings.region)

    def close(self) -> None:
        """Close the state; everything in it is written already."""
        self._state.close()

    def answer(self, request: AwsRequest) -> AwsResponse:
        """One AWS call; what it changed is on disk when it returns."""
        response = call_wsgi(self._application, request)
        scope = _CREDENTIAL.search(request.header("authorization"))
        if scope is None or scope["service"] == "s3":
            if request.method not in ("GET", "HEAD"):
                self._save_s3(request)
        elif scope["service"] == "ec2" and not _READ_ACTION.match(ec2_action(request) or ""):
            self._state.save_ec2(scope["region"])
        return response

    def instances(self) -> list[InstanceView]:
        """Every instance that can be described."""
        return [_view(instance) for instance in moto_internals.instances_of(self.ec2)]

    def reclaim(self, instance_id: str, *, terminate: bool, code: str, message: str) -> InstanceView:
        """Take an instance away. Raises KeyError when there is none of that id."""
        instance = self._instance(instance_id)
        moto_internals.reclaim(instance, terminate=terminate, code=code, message=message)
        self._state.save_ec2(self._settings.region)
        return _view(instance)

    def impair(self, instance_id: str, *, on: bool) -> InstanceView:
        """Have its system status check fail, or pass again. Raises KeyError."""
        instance = self._instance(instance_id)
        moto_internals.impair(instance, on=on)
        self._state.save_ec2(self._settings.region)
        return _view(instance)

    def plan_event(self, instance_id: str, *, code: str, description: str, not_before: datetime | None) -> InstanceView:
        """Announce what will be done to it, or nothing any more without a time. Raises KeyError."""
        instance = self._instance(instance_id)
        moto_internals.plan_event(instance, code=code, description=description, not_before=not_before)
        self._state.save_ec2(self._settings.region)
        return _view(instance)

    def _instance(self, instance_id: str) -> Any:
        for instance in moto_internals.instances_of(self.ec2):
            if instance.id == instance_id:
                return instance
        raise KeyError(instance_id)

    def forget_terminated(self) -> None:
        """Let go of instances that were terminated long ago, as EC2 does."""
        if moto_internals.forget_terminated(self.ec2, self._settings.terminated_kept_seconds):
            self._state.save_ec2(self._settings.region)

    def _save_s3(self, request: AwsRequest) -> None:
        bucket, key = _bucket_and_key(request)
        if not key and request.method == "PUT" and not request.query:
            self._notices.attach(bucket)
        if key:
            self._state.save_s3_object(bucket, key)
        if bucket and (not key or request.method == "POST"):
            self._state.save_s3_bucket(bucket)
        if "tagging" in parse_qs(request.query, keep_blank_values=True) or request.header("x-amz-tagging"):
            self._state.save_s3_tags()


def ec2_action(request: AwsRequest) -> str | None:
    """The EC2 action that a request asks for, or None when it is for another service."""
    scope = _CREDENTIAL.search(request.header("authorization"))
    if scope is None or scope["service"] != "ec2":
        return None
    sent = request.body.decode("utf-8", "replace") if request.method == "POST" else request.query
    return parse_qs(sent).get("Action", [None])[0]


def _bucket_and_key(request: AwsRequest) -> tuple[str, str]:
    """Of a path-style address, or of bucket.localhost."""
    path = unquote(request.target.partition("?")[0]).lstrip("/")
    host = request.header("host").partition(":")[0]
    if host.endswith(".localhost"):
        return host.removesuffix(".localhost"), path
    bucket, _, key = path.partition("/")
    return bucket, key


def _view(instance: Any) -> InstanceView:
    return InstanceView(
        id=instance.id,
        state=instance.state,
        private_ip=instance.private_ip,
        instance_type=instance.instance_type,
        image_id=instance.image_id,
        launched_at=instance.launch_time,
        tags={tag["key"]: tag["value"] for tag in instance.get_tags()},
        impaired=moto_internals.is_impaired(instance),
    )
