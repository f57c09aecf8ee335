"""What a server says in plain text before TLS: read within one allowance of bytes, compared, never kept or shown."""

import asyncio
import re
import socket

MAX_PREAMBLE_BYTES = 4096


class StarttlsRefused(Exception):
    """The server will not, or cannot, begin TLS. The text is ours."""


class PlainWire:
    """One connection up to the point where TLS begins. All its methods raise OSError when the connection breaks."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._left = MAX_PREAMBLE_BYTES
        self._unread = b""

    @property
    def own_address(self) -> str:
        """Our own end of the connection, without a zone."""
        return str(self._sock.getsockname()[0]).partition("%")[0]

    async def send(self, said: bytes) -> None:
        """All of it."""
        await asyncio.get_running_loop().sock_sendall(self._sock, said)

    async def exactly(self, count: int, step: str) -> bytes:
        """So many bytes. Raises StarttlsRefused where they do not fit the allowance."""
        while len(self._unread) < count:
            await self._receive(step)
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    async def line(self, step: str) -> bytes:
        """One line, without its end."""
        while b"\n" not in self._unread:
            await self._receive(step)
        taken, _, self._unread = self._unread.partition(b"\n")
        return taken.removesuffix(b"\r")

    async def up_to(self, ending: re.Pattern[bytes], step: str) -> bytes:
        """Everything to the end of the first match."""
        while (found := ending.search(self._unread)) is None:
            await self._receive(step)
        taken, self._unread = self._unread[: found.end()], self._unread[found.end() :]
        return taken

    def ended(self, step: str) -> None:
        """Nobody may speak between an answer and what we say next: it would be taken for a part of what follows.

        That is how plain text is slipped into a protected session (RFC 3207 4.2, CVE-2021-23222).
        """
        if self._unread:
            raise StarttlsRefused(f"the server went on talking after its answer to {step}")

    async def _receive(self, step: str) -> None:
        if not self._left:
            raise StarttlsRefused(f"more than {MAX_PREAMBLE_BYTES} bytes before TLS, at {step}")
        received = await asyncio.get_running_loop().sock_recv(self._sock, self._left)
        if not received:
            raise ConnectionResetError
        self._left -= len(received)
        self._unread += received
