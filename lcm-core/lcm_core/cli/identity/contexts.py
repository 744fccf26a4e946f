"""Contexts: the systems that the command line knows, and which one it talks to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lcm_core.cli.api.problem import UsageProblem
from lcm_core.cli.identity.private_file import config_folder, locked, read_json, write_json

DEFAULT_CLIENT, DEFAULT_AUDIENCE = "lcm-cli", "urn:lcm:api"
OUTPUTS = ("table", "json", "yaml")


@dataclass(frozen=True, slots=True)
class Context:
    """One system: address of the API, who issues its tokens, whom to trust, and what output is liked there."""

    name: str
    url: str
    issuer: str
    client_id: str = DEFAULT_CLIENT
    audience: str = DEFAULT_AUDIENCE
    ca_file: str | None = None
    output: str = "table"

    def __post_init__(self) -> None:
        for what, address in (("url", self.url), ("issuer", self.issuer)):
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise UsageProblem(f"The {what} must be an address such as https://lcm.example.org, not {address!r}.")
        if self.output not in OUTPUTS:
            raise UsageProblem(f"The output must be one of {', '.join(OUTPUTS)}, not {self.output!r}.")

    @property
    def ca_path(self) -> Path | None:
        return Path(self.ca_file) if self.ca_file else None


class Contexts:
    """What is in ``contexts.json``. Every change is written at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file = (folder or config_folder()) / "contexts.json"

    def all(self) -> list[Context]:
        return sorted(self._read()[1].values(), key=lambda context: context.name)

    def current_name(self) -> str | None:
        return self._read()[0]

    def chosen(self, name: str | None) -> Context:
        """The one named, else the one that the environment describes, else the current one. Raises UsageProblem."""
        if name is None and os.environ.get("LCM_URL"):
            return _from_environment()
        current, known = self._read()
        wanted = name or current
        if wanted is None:
            raise UsageProblem(
                "No context is chosen: `lcm context add NAME --url … --issuer …` describes a system, "
                "`lcm context use NAME` chooses one that is described already."
            )
        if wanted not in known:
            raise UsageProblem(f"There is no context {wanted!r}; known are {', '.join(sorted(known)) or 'none'}.")
        return known[wanted]

    def add(self, context: Context, *, use: bool) -> None:
        """Replaces one of the same name. The first one becomes the current one."""
        with locked(self.file):
            current, known = self._read()
            known[context.name] = context
            self._write(context.name if use or current is None else current, known)

    def use(self, name: str) -> Context:
        with locked(self.file):
            context = self.chosen(name)
            self._write(name, self._read()[1])
        return context

    def remove(self, name: str) -> None:
        with locked(self.file):
            current, known = self._read()
            if known.pop(name, None) is None:
                raise UsageProblem(f"There is no context {name!r}.")
            self._write(None if current == name else current, known)

    def _read(self) -> tuple[str | None, dict[str, Context]]:
        content = read_json(self.file)
        kept: Mapping[str, Mapping[str, Any]] = content.get("contexts", {})
        try:
            return content.get("current"), {name: Context(name=name, **fields) for name, fields in kept.items()}
        except TypeError as error:
            raise UsageProblem(f"{self.file} is not usable: {error}.") from error

    def _write(self, current: str | None, known: Mapping[str, Context]) -> None:
        fields = {name: {k: v for k, v in asdict(each).items() if k != "name"} for name, each in known.items()}
        write_json(self.file, {"current": current, "contexts": fields})


def _from_environment() -> Context:
    env = os.environ
    return Context(
        name="environment",
        url=env["LCM_URL"],
        issuer=env.get("LCM_ISSUER") or env["LCM_URL"],
        client_id=env.get("LCM_CLIENT_ID") or DEFAULT_CLIENT,
        audience=env.get("LCM_AUDIENCE") or DEFAULT_AUDIENCE,
        ca_file=env.get("LCM_CA_FILE"),
    )
