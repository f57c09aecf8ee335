"""TLS servers on loopback that serve what they are told to, and misbehave as they are told to. Real handshakes.

Any address of 127.0.0.0/8 can be used, so that several endpoints on one port pass for the addresses of one name.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from incidentd.sandbox.ca import Issued
from incidentd.sandbox.serving_tls import Served, TlsRules, front_context

_SHUTDOWN_SECONDS = 2.0
_NO_LINGER = struct.pack("ii", 1, 0)


class Manner(StrEnum):
    """What an endpoint does with a connection."""

    SERVE = "serve"
    SILENT = "silent"
    """Accepts, and says nothing until it is stopped."""
    RESET = "reset"
    """Accepts, and resets the connection."""


Turn = tuple[bytes, bytes]
"""What is expected of a client, byte by byte, and what it is told then."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """Plain SMTP before TLS (RFC 3207)."""

    banner: bytes = b"220 mail.sandbox.test ESMTP\r\n"
    extensions: bytes = b"250-mail.sandbox.test\r\n250 STARTTLS\r\n"
    go_ahead: bytes = b"220 go ahead\r\n"


class _Ending(asyncio.Protocol):
    """Notices the end of a connection; what a client sends is dropped."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


class TlsEndpoint:
    """One server: `async with TlsEndpoint(issued) as endpoint`. With no certificate it refuses each handshake."""

    def __init__(
        self,
        issued: Issued | None = None,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        rules: TlsRules | None = None,
        smtp: Smtp | None = None,
        plain: Sequence[Turn] = (),
        manner: Manner = Manner.SERVE,
    ) -> None:
        self.address = address
        self.port = port
        self.manner = manner
        self.handshakes = 0
        """Handshakes that were completed."""
        self.connections = 0
        self.most_at_once = 0
        """The greatest number of connections that were open at the same time."""
        self._smtp = smtp
        self._plain = plain
        self._served = Served()
        self._front = front_context(self._served, rules or TlsRules())
        self._accepting: asyncio.Task[None] | None = None
        self._listening: socket.socket | None = None
        self._open: set[asyncio.Task[None]] = set()
        if issued is not None:
            self.deploy(issued)

    @property
    def asked_names(self) -> tuple[str | None, ...]:
        """The names that clients asked for, in their order; None where they asked for none."""
        return tuple(self._served.asked)

    def deploy(self, *issued: Issued) -> None:
        """From the next handshake on this certificate is served; several of them take turns."""
        self._served.deploy(issued)

    def deploy_together(self, *issued: Issued) -> None:
        """From the next handshake on each client gets the one of these whose type of key it can use."""
        self._served.deploy_together(issued)

    def deploy_for(self, by_name: Mapping[str, Issued]) -> None:
        """Certificates for those who ask for these names; all others get the deployed one."""
        self._served.deploy_for(by_name)

    async def start(self) -> None:
        """Listens; after `stop`, on the same port again."""
        self._listening = socket.create_server((self.address, self.port), backlog=1024)
        self._listening.setblocking(False)
        self.port = int(self._listening.getsockname()[1])
        self._accepting = asyncio.get_running_loop().create_task(self._accept(self._listening))

    async def stop(self) -> None:
        """Hangs up on everybody; connections are refused from now on."""
        tasks = [*self._open, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A task that is cancelled before its first step closes nothing.
        if self._listening is not None:
            self._listening.close()
        self._accepting = self._listening = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(listener)
            task = loop.create_task(self._attend(sock))
            self._open.add(task)
            task.add_done_callback(self._open.discard)
            self.connections += 1
            self.most_at_once = max(self.most_at_once, len(self._open))

    async def _attend(self, sock: socket.socket) -> None:
        # Whatever a client does, or fails to do, concerns this connection alone.
        with contextlib.suppress(OSError):
            if await self._is_ready_for_tls(sock):
                await self._shake(sock)

    async def _is_ready_for_tls(self, sock: socket.socket) -> bool:
        """Closes the socket, or leaves it where TLS begins."""
        with contextlib.ExitStack() as unless_ready:
            unless_ready.enter_context(sock)
            if self.manner is Manner.RESET:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                return False
            if self.manner is Manner.SILENT:
                await asyncio.Event().wait()
            if self._smtp is not None:
                await _speak_smtp(sock, self._smtp)
            for expected, said in self._plain:
                if not await _is_told(sock, expected):
                    return False
                await asyncio.get_running_loop().sock_sendall(sock, said)
            unless_ready.pop_all()
        return True

    async def _shake(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.connect_accepted_socket(
            _Ending, sock, ssl=self._front, ssl_shutdown_timeout=_SHUTDOWN_SECONDS
        )
        self.handshakes += 1
        transport.close()
        try:
            await protocol.ended.wait()
        finally:
            transport.abort()


async def _speak_smtp(sock: socket.socket, smtp: Smtp) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, smtp.banner)
    await loop.sock_recv(sock, 1024)
    await loop.sock_sendall(sock, smtp.extensions)
    await loop.sock_recv(sock, 1024)
    await loop.sock_sendall(sock, smtp.go_ahead)


async def _is_told(sock: socket.socket, expected: bytes) -> bool:
    """Reads no byte more than is expected: the next ones may be TLS."""
    told = b""
    while len(told) < len(expected):
        received = await asyncio.get_running_loop().sock_recv(sock, len(expected) - len(told))
        if not received:
            return False
        told += received
    return told == expected
