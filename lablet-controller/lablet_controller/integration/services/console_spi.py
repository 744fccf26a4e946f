"""The console server of every worker's CML, over SSH."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakValueDictionary

import asyncssh
from pydantic import SecretStr

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.ports.consoles import CommandResult, ConsoleError
from lablet_controller.integration.services.console_dialog import ConsoleDialog, DialogError, Login, Pace
from lablet_controller.integration.services.device_login import DeviceLogin
from lablet_controller.integration.services.host_keys import HostKeyPolicy
from lcm_core.domain.node_cli import CliDialect

CHANNELS_PER_CONNECTION = 8
"""OpenSSH allows ten sessions on a connection unless told otherwise."""

_CONSOLES_PROMPT = re.compile(r"consoles> ?$")
_CONNECTED_OR_NOT = re.compile(r"Escape character is '\^\]'\.|[^\r\n]*\r?\n(?:[\r\n])*consoles> ?$")
_REFUSED = re.compile(
    r"^\s*(?:-\w*sh: .*not found|% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Permission denied|Authorization failed))",
    re.MULTILINE,
)
_ESCAPE = "\x1d"
_Act = Callable[[ConsoleDialog, "_Turn"], Awaitable[tuple[CommandResult, ...]]]


@dataclass(frozen=True, slots=True)
class ConsoleAccess:
    """How console servers are reached. *known_hosts* is a file in OpenSSH's format; without it *host_keys* decides.

    *device_logins* by node definition, "*" for all others. *consoles_per_host* bounds how many consoles of one host are
    open at one time, whoever asks.
    """

    username: str
    password: SecretStr
    host_keys: HostKeyPolicy
    ssh_port: int = 22
    known_hosts: Path | None = None
    enable_password: SecretStr | None = None
    connect_seconds: float = 10
    prompt_seconds: float = 20
    command_seconds: float = 60
    node_seconds: float = 120
    device_logins: Mapping[str, DeviceLogin] = field(default_factory=dict[str, DeviceLogin])
    consoles_per_host: int = 16
    pace: Pace = field(default_factory=Pace)

    def login_of(self, node_definition: str) -> Login | None:
        found = self.device_logins.get(node_definition) or self.device_logins.get("*")
        return Login(found.username, found.password.get_secret_value()) if found is not None else None


class CmlConsoleSpi:
    """Implements ``Consoles``."""

    def __init__(self, access: ConsoleAccess) -> None:
        self._access = access
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def connect(self, host: CmlHost) -> AsyncIterator[CmlConsoleSession]:
        access = self._access
        try:
            async with asyncio.timeout(access.connect_seconds):
                connection = await self._open(host)
        except TimeoutError:
            raise ConsoleError(host, f"no connection within {access.connect_seconds:g} s", retryable=True) from None
        except asyncssh.PermissionDenied as error:
            raise ConsoleError(host, f"user {access.username!r} is not let in", retryable=False) from error
        except asyncssh.HostKeyNotVerifiable as error:
            raise ConsoleError(
                host, "its host key is not the one expected; find out why before trusting it", retryable=False
            ) from error
        except (OSError, asyncssh.Error) as error:
            raise ConsoleError(host, f"no connection: {error}", retryable=True) from error
        try:
            yield CmlConsoleSession(host, connection, access, self._consoles_of(host))
        finally:
            connection.abort()

    def _consoles_of(self, host: CmlHost) -> asyncio.Semaphore:
        """Shared by all sessions whose labs are on *host*: whoever has a connection keeps it alive."""
        found = self._hosts.get(host.worker_id)
        if found is None:
            found = self._hosts[host.worker_id] = asyncio.Semaphore(self._access.consoles_per_host)
        return found

    async def _open(self, host: CmlHost) -> asyncssh.SSHClientConnection:
        access = self._access
        return await asyncssh.connect(
            host.address,
            access.ssh_port,
            client_factory=lambda: _HostKeyCheck(host, access.host_keys),
            known_hosts=str(access.known_hosts) if access.known_hosts else ([], [], []),
            username=access.username,
            password=access.password.get_secret_value(),
            client_keys=[],
            agent_path=None,
            config=[],
            preferred_auth="password,keyboard-interactive",
            keepalive_interval=15,
        )


class CmlConsoleSession:
    """Implements ``ConsoleSession`` on one connection, a channel per device."""

    def __init__(
        self,
        host: CmlHost,
        connection: asyncssh.SSHClientConnection,
        access: ConsoleAccess,
        consoles: asyncio.Semaphore,
    ) -> None:
        self._host = host
        self._connection = connection
        self._access = access
        self._consoles = consoles
        self._channels = asyncio.Semaphore(CHANNELS_PER_CONNECTION)

    async def run(
        self,
        console_key: str,
        dialect: CliDialect,
        commands: Sequence[str],
        *,
        node_definition: str = "",
        until: float | None = None,
    ) -> tuple[CommandResult, ...]:
        async def act(dialog: ConsoleDialog, turn: _Turn) -> tuple[CommandResult, ...]:
            return await self._run_all(dialog, dialect, commands, turn)

        return await self._at_prompt(console_key, dialect, act, node_definition, until)

    async def configure(
        self, console_key: str, dialect: CliDialect, lines: Sequence[str], *, node_definition: str = ""
    ) -> tuple[CommandResult, ...]:
        async def act(dialog: ConsoleDialog, turn: _Turn) -> tuple[CommandResult, ...]:
            return await self._configure(dialog, dialect, lines, turn)

        return await self._at_prompt(console_key, dialect, act, node_definition, None)

    async def _at_prompt(
        self, console_key: str, dialect: CliDialect, act: _Act, node_definition: str, until: float | None
    ) -> tuple[CommandResult, ...]:
        async with self._channels, self._consoles:
            turn = _Turn(self._access, until)
            try:
                async with self._connection.create_process(
                    term_type="vt100", term_size=(511, 0), encoding="utf-8", errors="replace"
                ) as process:
                    login = self._access.login_of(node_definition)
                    return await self._converse(_ProcessTerminal(process), console_key, dialect, act, login, turn)
            except DialogError as error:
                raise ConsoleError(self._host, str(error), retryable=not error.hopeless) from error
            except (OSError, asyncssh.Error) as error:
                raise ConsoleError(self._host, f"the connection broke: {error}", retryable=True) from error

    async def _converse(
        self,
        terminal: _ProcessTerminal,
        console_key: str,
        dialect: CliDialect,
        act: _Act,
        login: Login | None,
        turn: _Turn,
    ) -> tuple[CommandResult, ...]:
        access, dialog = self._access, ConsoleDialog(terminal, self._access.pace)
        await dialog.expect(_CONSOLES_PROMPT, access.connect_seconds)
        dialog.send(f"connect {console_key}\r")
        answer = await dialog.expect(_CONNECTED_OR_NOT, access.connect_seconds)
        if "Escape character" not in answer.group():
            raise DialogError(f"the console cannot be opened: {answer.string.strip()[-200:]}")
        await dialog.reach_prompt(turn.seconds(access.prompt_seconds), dialect.prompt, login)
        await self._become_privileged(dialog, dialect)
        for command in dialect.enter:
            await dialog.adjust(command, access.prompt_seconds)
        results = await act(dialog, turn)
        await self._leave(dialog, dialect)
        return results

    async def _become_privileged(self, dialog: ConsoleDialog, dialect: CliDialect) -> None:
        if not dialect.privileged or not dialog.prompt.endswith(">"):
            return
        secret = self._access.enable_password
        typed = secret.get_secret_value() if secret else ""
        await dialog.ask_changing_mode("enable", self._access.prompt_seconds, prompt=dialect.prompt, secret=typed)

    async def _run_all(
        self, dialog: ConsoleDialog, dialect: CliDialect, commands: Sequence[str], turn: _Turn
    ) -> tuple[CommandResult, ...]:
        """A command that does not end is given up, and the next one asked if there is a prompt again."""
        results: list[CommandResult] = []
        for command in commands:
            if turn.is_over:
                results += (CommandResult(missed, error=turn.why) for missed in commands[len(results) :])
                break
            try:
                output = await dialog.ask(command, dialect.language, turn.seconds(self._access.command_seconds))
            except DialogError as error:
                results.append(CommandResult(command, error=str(error)))
                if not error.hopeless and not await self._is_back(dialog, dialect, turn):
                    results += (CommandResult(missed, error=str(error)) for missed in commands[len(results) :])
                    break
                continue
            refused = _REFUSED.search(output)
            why = f"the device refused it: {output.strip()[-200:]}" if refused and len(output) < 500 else None
            results.append(CommandResult(command, output, why))
        return tuple(results)

    async def _is_back(self, dialog: ConsoleDialog, dialect: CliDialect, turn: _Turn) -> bool:
        try:
            await dialog.reach_prompt(turn.seconds(self._access.prompt_seconds), dialect.prompt)
        except DialogError:
            return False
        return True

    async def _configure(
        self, dialog: ConsoleDialog, dialect: CliDialect, lines: Sequence[str], turn: _Turn
    ) -> tuple[CommandResult, ...]:
        most, results = self._access.command_seconds, list[CommandResult]()
        await dialog.ask_in_configuration_mode(dialect.configure, turn.seconds(most))
        for line in (*lines, *dialect.commit):
            output = await dialog.ask_in_configuration_mode(line, turn.seconds(most))
            why = f"the device refused it: {output.strip()[-200:]}" if _REFUSED.search(output) else None
            results.append(CommandResult(line, output, why))
            if why is not None:
                break
        # a hostname among the lines changes the prompt
        await dialog.reach_prompt(self._access.prompt_seconds, dialect.prompt)
        return tuple(results)

    async def _leave(self, dialog: ConsoleDialog, dialect: CliDialect) -> None:
        """Courtesy to the next one on the line; what was collected counts even if the device no longer answers."""
        try:
            for command in dialect.leave:
                if dialog.prompt.endswith("#"):
                    await dialog.ask_changing_mode(command, self._access.prompt_seconds, prompt=dialect.prompt)
            dialog.send(f"{dialect.log_out}\r{_ESCAPE}" if dialog.logged_in else _ESCAPE)
            await dialog.expect(_CONSOLES_PROMPT, self._access.connect_seconds)
        except DialogError:
            return


class _Turn:
    """The time that one device has, from when its console is open."""

    def __init__(self, access: ConsoleAccess, until: float | None) -> None:
        now = asyncio.get_running_loop().time()
        mine = now + access.node_seconds
        self._ends = mine if until is None else min(mine, until)
        self.why = f"not asked: the {max(0.0, self._ends - now):.0f} s of this node were over"

    @property
    def is_over(self) -> bool:
        return asyncio.get_running_loop().time() >= self._ends

    def seconds(self, most: float) -> float:
        """What may be spent on the next thing."""
        return max(0.0, min(most, self._ends - asyncio.get_running_loop().time()))


class _ProcessTerminal:
    """Implements ``Terminal`` on an SSH channel."""

    def __init__(self, process: asyncssh.SSHClientProcess[str]) -> None:
        self._process = process

    async def read(self, most: int) -> str:
        return await self._process.stdout.read(most)

    def write(self, text: str) -> None:
        self._process.stdin.write(text)


class _HostKeyCheck(asyncssh.SSHClient):
    def __init__(self, host: CmlHost, policy: HostKeyPolicy) -> None:
        self._host = host
        self._policy = policy

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        return self._policy.accepts(self._host.worker_id, self._host.address, key.get_fingerprint())
