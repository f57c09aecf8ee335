"""A proxy between incidentd and a tracker that breaks exchanges on the wire, each in a way of its own.

Plain TCP: requests are told apart by their lengths only, and what is not broken goes through byte by byte.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

_NO_LINGER = struct.pack("ii", 1, 0)
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)


class Break(StrEnum):
    """What becomes of an exchange."""

    BEFORE = "before"
    """The request is read, and hung up on: the tracker hears nothing."""
    AFTER = "after"
    """The tracker has answered; the connection is closed without a byte."""
    RESET = "reset"
    """The same, by a reset."""
    MIDDLE = "middle"
    """Half of the answer, then the end."""
    STALLED = "stalled"
    """Half of the answer, then silence."""
    GARBAGE = "garbage"
    """Bytes that are no HTTP, in place of the answer."""


@dataclass
class FaultProxy:
    """One listening port in front of one tracker."""

    host: str
    port: int
    url: str = ""
    broken: list[str] = field(default_factory=list)
    """The requests that were broken, as `METHOD /path`."""
    _next: list[tuple[re.Pattern[str], Break]] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """True when everything that was to be broken was."""
        return not self._next

    def break_next(self, line: str, how: Break) -> None:
        """The next request whose `METHOD /path` matches `line` whole is broken, once."""
        self._next.append((re.compile(line), how))

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request by request."""
        with suppress(OSError, asyncio.IncompleteReadError):
            server_reader, server_writer = await asyncio.open_connection(self.host, self.port)
            try:
                while await self._exchange(reader, writer, server_reader, server_writer):
                    pass
            finally:
                server_writer.close()
        writer.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> bool:
        """One request and its answer; False when the connection is to end."""
        request = await _message(reader)
        how = self._chosen(request)
        if how is Break.BEFORE:
            return False
        server_writer.write(request)
        answer = await _message(server_reader)
        if how is None:
            writer.write(answer)
            await writer.drain()
            return True
        await _spoil(writer, answer, how)
        if how is Break.STALLED:
            await reader.read(1)  # until the other side has had enough
        return False

    def _chosen(self, request: bytes) -> Break | None:
        line = " ".join(request.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]).partition("?")[0]
        for index, (pattern, how) in enumerate(self._next):
            if pattern.fullmatch(line):
                del self._next[index]
                self.broken.append(line)
                return how
        return None


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + (await reader.readexactly(int(length.group(1))) if length else b"")


async def _spoil(writer: asyncio.StreamWriter, answer: bytes, how: Break) -> None:
    if how is Break.RESET:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    elif how in (Break.MIDDLE, Break.STALLED):
        writer.write(answer[: len(answer) // 2])
    elif how is Break.GARBAGE:
        writer.write(bytes(range(256)) * 4 + b"\r\n\r\n")
    await writer.drain()


@asynccontextmanager
async def between(tracker_url: str) -> AsyncIterator[FaultProxy]:
    """A proxy in front of the tracker at that URL."""
    host, _, port = tracker_url.removeprefix("http://").partition(":")
    proxy = FaultProxy(host, int(port))
    server = await asyncio.start_server(proxy.attend, "127.0.0.1", 0, limit=2**24)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
