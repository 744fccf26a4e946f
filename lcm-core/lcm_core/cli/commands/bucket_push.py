"""Puts a package into its definition's bucket, has it read, and confirms the version that is proposed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from typing import Any

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import CliError, WaitedTooLong
from lcm_core.cli.commands.content_folder import ContentFolder
from lcm_core.cli.commands.definitions_by_name import newest_active
from lcm_core.cli.commands.proposals import show_proposal
from lcm_core.cli.resources.versions import versions_of
from lcm_core.cli.terminal import Terminal
from lcm_core.domain.content import content_bucket
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.object_store import ObjectStore

PACKAGE_KEY = "SVN.zip"
_USUAL_REGION = "us-east-1"
_ROUTE = "/api/v1/lablet-definitions"
_OF_THE_CONTENT = frozenset({"topology_yaml", "content_xml", "grading_yaml", "publication"})
_WAIT_SECONDS = 180.0
_SETTLED = frozenset({"success", "version_proposed", "failed"})


class SyncRefused(CliError):
    """The package was read and cannot be used."""

    def __init__(self, sync: Mapping[str, Any]) -> None:
        super().__init__(f"The package could not be used: {sync.get('error')}", code="content-invalid")
        self._problems: list[str] = [
            f"{each['path'].lstrip('/')}: {each['message']}" for each in sync.get("problems", [])
        ]

    def more(self) -> Iterator[str]:
        yield from self._problems


async def push_to_bucket(
    api: ApiClient, terminal: Terminal, content: ContentFolder, body: Row, version: str | None, keep_current: bool
) -> Row:
    """The definition that holds the content in the end. Raises SyncRefused, WaitedTooLong, FarEndError."""
    bucket = str(body.get("content_bucket") or content_bucket(str(body["form_qualified_name"])))
    current = await newest_active(api, str(body["name"]))
    with terminal.err.status(f"Putting {len(content.files)} files into {bucket}"):
        await _upload(bucket, content.zipped())
    if current is None:
        current = await api.post(_ROUTE, {key: value for key, value in body.items() if key not in _OF_THE_CONTENT})
    else:
        await api.post(f"{_ROUTE}/{current['id']}/sync")
    with terminal.err.status("Waiting until it has been read"):
        synced = await _settled(api, str(current["id"]))
    if synced["sync"]["status"] == "failed":
        raise SyncRefused(synced["sync"])
    if synced["sync"]["status"] != "version_proposed":
        return synced
    proposal = await api.get(f"{_ROUTE}/{synced['id']}/proposal")
    if terminal.for_people:
        show_proposal(terminal, proposal)
    answer = {"content_hash": proposal["proposal"]["content_hash"], "deprecate_current": not keep_current}
    return await api.post(
        f"{_ROUTE}/{synced['id']}/proposal/confirm", {**answer, **({"semantic_version": version} if version else {})}
    )


async def _upload(bucket: str, package: bytes) -> None:
    """Address and credentials are AWS's own variables; the bucket must be there."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _USUAL_REGION
    async with AwsCalls(
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    ) as calls:
        store = ObjectStore(calls, region=region)
        await store.put(bucket, PACKAGE_KEY, package, content_type="application/zip")


async def _settled(api: ApiClient, id: str) -> Row:
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            async for definition in versions_of(api, "lablet_definition", _ROUTE, id):
                if definition["sync"]["status"] in _SETTLED:
                    return definition
    except TimeoutError:
        raise WaitedTooLong(
            f"The content of {id} was not read within {_WAIT_SECONDS:g} s; does lablet-controller run?"
        ) from None
    raise AssertionError("the stream of versions has no end of its own")
