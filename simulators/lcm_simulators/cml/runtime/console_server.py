"""The console server of a host: SSH with the accounts of the host, ``consoles> `` prompt."""

import asyncio
from pathlib import Path

import asyncssh

from lcm_simulators.cml.device.bank import DeviceBank
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.runtime.console_session import ConsoleSession

LOGIN_TIMEOUT_SECONDS = 60


class _Login(asyncssh.SSHServer):
    """Password authentication against the users of the host."""

    def __init__(self, host: Host, connections: set[asyncssh.SSHServerConnection], answering: asyncio.Event) -> None:
        self._host = host
        self._answering = answering
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._connections.discard(self._connection)

    async def begin_auth(self, username: str) -> bool:
        await self._answering.wait()
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._host.accounts.authenticate(username, password) is not None


class ConsoleServer:
    """Listens on the address of the host; the host key is made once and kept in ``key_file``.

    While ``answering`` is not set, connections are accepted and nobody is let in.
    """

    def __init__(self, host: Host, devices: DeviceBank, key_file: Path, answering: asyncio.Event) -> None:
        self._host = host
        self._devices = devices
        self._key_file = key_file
        self._answering = answering
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    @property
    def port(self) -> int:
        assert self._acceptor is not None
        return self._acceptor.get_port()

    async def open(self, address: str, port: int) -> None:
        self._acceptor = await asyncssh.listen(
            address,
            port,
            server_factory=lambda: _Login(self._host, self._connections, self._answering),
            server_host_keys=[self._host_key()],
            process_factory=self._serve,
            encoding=None,
            line_editor=False,
            login_timeout=LOGIN_TIMEOUT_SECONDS,
            server_version="CML_console_simulator",
            allow_scp=False,
            reuse_address=True,
        )

    def close(self) -> None:
        """Stop listening and drop every session."""
        if self._acceptor is not None:
            self._acceptor.close()
            self._acceptor = None
        for connection in list(self._connections):
            connection.abort()

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        user = self._host.accounts.user_named(process.get_extra_info("username"))
        if user is None:
            process.exit(1)
            return
        await ConsoleSession(process, self._host, self._devices, user, self._answering).run()

    def _host_key(self) -> asyncssh.SSHKey:
        if self._key_file.exists():
            return asyncssh.read_private_key(self._key_file)
        key = asyncssh.generate_private_key("ssh-ed25519")
        self._key_file.parent.mkdir(parents=True, exist_ok=True)
        key.write_private_key(self._key_file)
        return key
