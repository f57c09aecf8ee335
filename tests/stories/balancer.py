"""A TCP balancer on loopback: each connection goes on to the next of its backends, whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from itertools import cycle

from incidentd.sandbox.endpoints import TlsEndpoint


@contextlib.asynccontextmanager
async def balancing(backends: Sequence[TlsEndpoint], address: str) -> AsyncIterator[int]:
    """Its port at this address, while it runs."""
    turns = cycle(backends)

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backend = next(turns)
        with contextlib.suppress(ConnectionError):
            inner_reader, inner_writer = await asyncio.open_connection(backend.address, backend.port)
            await asyncio.gather(_pour(reader, inner_writer), _pour(inner_reader, writer))

    server = await asyncio.start_server(attend, address, 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything that comes, until it ends or breaks."""
    with contextlib.suppress(ConnectionError):
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    writer.close()
