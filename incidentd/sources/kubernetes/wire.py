"""HTTP/1.1 beneath lightkube's client: one connection a request, and bodies that go to pages that are wiped.

Imported late: it needs the extra. Only requests without a body are sent, and no answer is inflated or followed.
"""

import re
import ssl
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2

from incidentd.sources.kubernetes.pipe import Deadlines, NotHttp, Pipe
from incidentd.sources.kubernetes.wiping import Page, TooMuch

BODY = "incidentd.body"
"""The extension of a response that holds its Body."""
_MOST_HEADERS = 100
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_MOST_ERROR_BYTES = 1024 * 1024


class Body(httpx2.AsyncByteStream):
    """What follows the head of an answer, in one of the three ways to say how long it is (RFC 9112 6.3)."""

    def __init__(self, pipe: Pipe, headers: list[tuple[bytes, bytes]], read_seconds: float) -> None:
        """Raises NotHttp."""
        fields = {name.lower(): value.strip().lower() for name, value in headers}
        self._pipe = pipe
        self._read_seconds = read_seconds
        self._chunked = fields.get(b"transfer-encoding") == b"chunked"
        length = fields.get(b"content-length")
        if length is not None and not length.isdigit():
            raise NotHttp("its length is no number")
        self._left: int | None = None if length is None or self._chunked else int(length)
        self._in_chunk = 0
        self._ended = self._left == 0

    async def read_into(self, page: Page, seconds: float | None = None) -> bool:
        """The next bytes onto the page; False at the end. Raises Silent, HungUp, NotHttp, TooMuch."""
        wait = self._read_seconds if seconds is None else seconds
        if self._chunked:
            await self._begin_chunk(wait)
        if self._ended:
            return False
        promised = self._in_chunk if self._chunked else self._left
        moved = await self._pipe.move(promised, page, wait)
        await self._count(moved, wait)
        return moved > 0

    async def _begin_chunk(self, seconds: float) -> None:
        if self._ended or self._in_chunk:
            return
        size = (await self._pipe.line(seconds)).split(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise NotHttp("a chunk's size is no number")
        self._in_chunk = int(size, 16)
        if self._in_chunk == 0:
            self._ended = True

    async def _count(self, moved: int, seconds: float) -> None:
        if self._chunked:
            self._in_chunk -= moved
            if self._in_chunk == 0 and await self._pipe.line(seconds):
                raise NotHttp("a chunk is longer than it says")
        elif self._left is None:
            self._ended = moved == 0
        else:
            self._left -= moved
            self._ended = self._left == 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """As ordinary bytes: for answers that tell what is wrong, which hold no secret. Of one too long, nothing."""
        page = Page(_MOST_ERROR_BYTES)
        try:
            while await self.read_into(page):
                pass
        except TooMuch:
            return
        yield bytes(page.view)

    async def aclose(self) -> None:
        """The connection is given up."""
        self._pipe.close()


class Wire(httpx2.AsyncBaseTransport):
    """Connections to one API server; `tls` has been made to verify and to cleanse."""

    def __init__(self, tls: ssl.SSLContext | None, deadlines: Deadlines) -> None:
        self._tls = tls
        self._deadlines = deadlines

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange: the head of its answer; the body is read by whoever asked. Raises OSError, NotHttp."""
        pipe = await Pipe.opened(urlsplit(str(request.url)), self._tls, self._deadlines)
        try:
            pipe.send(_head_of(request))
            status, headers = await _head(pipe, self._deadlines.read_seconds)
            body = Body(pipe, headers, self._deadlines.read_seconds)
        except BaseException:
            pipe.close()
            raise
        return httpx2.Response(status, headers=headers, stream=body, extensions={BODY: body})


def _head_of(request: httpx2.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    kept = [(name, value) for name, value in request.headers.raw if name.lower() not in (b"connection",)]
    lines += [b"%s: %s" % pair for pair in (*kept, (b"Connection", b"close"))]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _head(pipe: Pipe, seconds: float) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Status and headers. Raises Silent, HungUp, NotHttp."""
    version, _, rest = (await pipe.line(seconds)).partition(b" ")
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or not rest[:3].isdigit():
        raise NotHttp("it does not begin like HTTP/1.1")
    headers: list[tuple[bytes, bytes]] = []
    while line := await pipe.line(seconds):
        name, colon, value = line.partition(b":")
        if not colon or len(headers) == _MOST_HEADERS:
            raise NotHttp("its headers are none")
        headers.append((name.strip(), value.strip()))
    return int(rest[:3]), headers
