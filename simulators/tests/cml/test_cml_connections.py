"""A host that dies cuts its connections, in whatever state they are."""

import asyncio
import ssl

import trustme

from lcm_simulators.cml.runtime.connections import reset


async def test_a_connection_that_was_closed_twice_is_cut_all_the_same() -> None:
    authority = trustme.CA()
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    asking = ssl.create_default_context()
    authority.configure_trust(asking)
    accepted: asyncio.Future[asyncio.WriteTransport] = asyncio.get_running_loop().create_future()

    async def keep(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.transport)

    async with await asyncio.start_server(keep, "127.0.0.1", 0, ssl=served) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=asking)
        transport = await asyncio.wait_for(accepted, 10)
        transport.close()
        transport.close()

        reset(transport)

        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.transport.abort()
