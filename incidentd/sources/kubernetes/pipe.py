"""One connection whose bytes land in a buffer of its own, and are wiped there as soon as they were taken out.

An HTTP client of the usual kind copies an answer several times and frees the copies as they are: keys stay in the heap.
"""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult

from incidentd.sources.kubernetes.wiping import Page

_BUFFER_BYTES = 32 * 1024
"""Two records of TLS (RFC 8446 5.1). A source may keep hundreds of watches open, with a buffer each."""
_MOST_LINE_BYTES = 16 * 1024
_CLEANSE_PLAINTEXT = 0x2
"""SSL_OP_CLEANSE_PLAINTEXT (SSL_CTX_set_options(3), OpenSSL 3.0): what was decrypted is wiped once it was read."""


class Silent(TimeoutError):
    """Nothing came within the deadline."""


class HungUp(OSError):
    """The connection ended before the answer did."""


class NotHttp(ValueError):
    """What came is not HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long the other side may be silent."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0


def cleansing(context: ssl.SSLContext) -> ssl.SSLContext:
    """A context that verifies, speaks TLS 1.2 or newer, and keeps no plain text. Raises ValueError unless it does."""
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        raise ValueError("the API server is always verified: this TLS context does not")
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    context.options |= ssl.Options(_CLEANSE_PLAINTEXT)
    return context


class Pipe(asyncio.BufferedProtocol):
    """Bytes in and out. Whoever reads waits no longer than it says."""

    def __init__(self) -> None:
        self._buffer = bytearray(_BUFFER_BYTES)
        self._begin = self._end = 0
        self._over = False
        self._news = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    @staticmethod
    async def opened(url: SplitResult, tls: ssl.SSLContext | None, deadlines: Deadlines) -> "Pipe":
        """A connection to the host of the URL. Raises OSError; TimeoutError is one."""
        port = url.port or (443 if tls else 80)
        async with asyncio.timeout(deadlines.connect_seconds):
            loop = asyncio.get_running_loop()
            _, pipe = await loop.create_connection(Pipe, url.hostname or "", port, ssl=tls)
        return pipe

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._buffer)[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self._end += nbytes
        if self._end == len(self._buffer) and self._transport is not None:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        self._over = True
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._over = True
        self._news.set()

    def send(self, head: bytes) -> None:
        """Everything of a request, which has no body."""
        if self._transport is not None:
            self._transport.write(head)

    def close(self) -> None:
        """At once; what was not read is wiped."""
        self._take(self._end - self._begin, None)
        if self._transport is not None:
            self._transport.abort()

    async def line(self, seconds: float) -> bytes:
        """One line of the head or of the framing, without its end. Raises Silent, HungUp, NotHttp."""
        while (at := self._buffer.find(b"\r\n", self._begin, self._end)) < 0:
            if self._end - self._begin > _MOST_LINE_BYTES:
                raise NotHttp("a line of its head has no end")
            self._make_room()
            await self._more(seconds)
        line = bytes(memoryview(self._buffer)[self._begin : at])
        self._take(at + 2 - self._begin, None)
        return line

    async def move(self, count: int | None, page: Page, seconds: float) -> int:
        """At most `count` bytes, without it whatever comes, onto the page; how many it were, 0 at the end.

        Raises Silent, HungUp where a count was promised, TooMuch.
        """
        if self._begin == self._end:
            if self._over and count is None:
                return 0
            await self._more(seconds, ends=count is None)
        there = self._end - self._begin
        moved = there if count is None else min(count, there)
        self._take(moved, page)
        return moved

    async def _more(self, seconds: float, *, ends: bool = False) -> None:
        had = self._end - self._begin
        while self._end - self._begin == had:
            if self._over:
                if ends:
                    return
                raise HungUp("the connection ended within the answer")
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                raise Silent(f"nothing came for {seconds:g} s") from None

    def _take(self, count: int, page: Page | None) -> None:
        """Out of the buffer, onto the page or nowhere, and wiped."""
        view = memoryview(self._buffer)[self._begin : self._begin + count]
        try:
            if page is not None:
                page.append(view)
        finally:
            view[:] = bytes(count)
            self._begin += count
            self._make_room()

    def _make_room(self) -> None:
        """Reading goes on once there is place at the end again."""
        if self._begin == self._end:
            self._begin = self._end = 0
        elif self._end == len(self._buffer):
            rest, view = self._end - self._begin, memoryview(self._buffer)
            view[:rest] = view[self._begin : self._end]
            view[max(rest, self._begin) : self._end] = bytes(self._end - max(rest, self._begin))
            self._begin, self._end = 0, rest
        if self._end < len(self._buffer) and self._transport is not None and not self._over:
            self._transport.resume_reading()
