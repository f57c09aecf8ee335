"""SMTP up to the point where TLS begins (RFC 3207). What the server writes is compared, never kept or shown."""

import asyncio
import re
import socket

MAX_PREAMBLE_BYTES = 4096

_LAST_LINE = re.compile(rb"(?:^|\n)([0-9]{3})(?:[ \t][^\n]*)?\r?\n")
_OFFERED = re.compile(rb"^250[ -]STARTTLS\s*$", re.IGNORECASE | re.MULTILINE)


class StarttlsRefused(Exception):
    """The server will not, or cannot, begin TLS. The text is ours."""


async def begin_smtp(sock: socket.socket) -> None:
    """Greeting, EHLO, STARTTLS; afterwards the next byte on the wire is TLS.

    Raises StarttlsRefused for an answer that is not as RFC 3207 has it or longer than 4 KB in all, OSError when the
    connection breaks.
    """
    dialogue = _Dialogue(sock)
    await dialogue.expect(b"220", "the greeting")
    offered = await dialogue.ask(f"EHLO {_own_literal(sock)}", b"250", "EHLO")
    if not _OFFERED.search(offered):
        raise StarttlsRefused("the server does not offer STARTTLS")
    await dialogue.ask("STARTTLS", b"220", "STARTTLS")


def _own_literal(sock: socket.socket) -> str:
    """Our own address: who has no name says that (RFC 5321 4.1.4), and so no host name of ours leaks."""
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


class _Dialogue:
    """Replies, one at a time, within one allowance of bytes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._left = MAX_PREAMBLE_BYTES

    async def ask(self, line: str, code: bytes, step: str) -> bytes:
        await asyncio.get_running_loop().sock_sendall(self._sock, line.encode("ascii") + b"\r\n")
        return await self.expect(code, step)

    async def expect(self, code: bytes, step: str) -> bytes:
        """A whole reply with this code. The last line has no hyphen after its code (RFC 5321 4.2.1)."""
        reply = b""
        while (last := _LAST_LINE.search(reply)) is None:
            reply += await self._some(step)
        if last.group(1) != code:
            raise StarttlsRefused(f"the server answered {step} with {last.group(1).decode('ascii')}")
        # Nobody may speak between this reply and the next command, or the handshake (RFC 3207 4.2 forbids pipelining).
        if last.end() != len(reply):
            raise StarttlsRefused(f"the server went on talking after its answer to {step}")
        return reply

    async def _some(self, step: str) -> bytes:
        if not self._left:
            raise StarttlsRefused(f"more than {MAX_PREAMBLE_BYTES} bytes before TLS, at {step}")
        received = await asyncio.get_running_loop().sock_recv(self._sock, self._left)
        if not received:
            raise ConnectionResetError
        self._left -= len(received)
        return received
