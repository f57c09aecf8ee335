"""Servers on loopback that send exactly the bytes they were given, over TCP or TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Peer:
    """What one server was asked, and what it says: one script entry a connection, the last one for ever."""

    answers: list[bytes]
    asked: list[bytes] = field(default_factory=list)
    port: int = 0
    silent: bool = False
    """True: it reads, and never says a word."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head)
            if self.silent:
                await reader.read()
            writer.write(self.answers[min(len(self.asked), len(self.answers)) - 1])
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def speaking(*answers: bytes, tls: ssl.SSLContext | None = None, silent: bool = False) -> AsyncIterator[Peer]:
    """A server that says these answers, one a connection."""
    peer = Peer(list(answers) or [b""], silent=silent)
    server = await asyncio.start_server(peer.talk, "127.0.0.1", 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()


def reply(status: int, body: bytes = b"{}", *headers: str, length: int | None = None) -> bytes:
    """A whole HTTP/1.1 answer; `length` announces another length than the body has."""
    announced = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {announced}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
