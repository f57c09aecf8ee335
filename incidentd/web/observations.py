"""Pushed sweeps over HTTP: what a pusher is told before it looks, and what it saw, read as it comes.

Its token opens this address for its own source and no other; the board's token does not open it. A push is read line by
line, within caps of bytes and of time, and counts only once it has ended.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from math import ceil

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import pushed_sources
from incidentd.daemon.receiving import NotNow, Received, known_to, receive, until_room
from incidentd.errors import IncidentdError, UsageError
from incidentd.planning.documents import SCHEMA_VERSION
from incidentd.planning.phrases import rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.ports import Clock
from incidentd.sources.pushed.lines import LINE_BYTES
from incidentd.sources.pushed.reading import Pushed, PushReader, most_bytes
from incidentd.sources.pushed.source import PushedSource
from incidentd.web.api import encoded
from incidentd.web.reads import Reads

MEDIA_TYPE = "application/x-ndjson"
BATCH_BYTES = 256 * 1024
"""So much is read at once, off the event loop."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a push may take."""

    stalls_seconds: float = 20.0
    """Without a further byte."""
    whole_seconds: float = 900.0


class _TooLarge(IncidentdError):
    """More than the source has places for."""


class _Unsaid(IncidentdError):
    """It was not said to its end."""


class ObservationsApi:
    """The sweeps of others."""

    def __init__(self, reads: Reads, path: str, patience: Patience | None = None) -> None:
        self._reads = reads
        self._path = path
        self._patience = patience or Patience()
        self._pushing: set[str] = set()
        """One push at a time is read of each source: what is half read takes memory."""

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route(self._path, self.asked, methods=["GET"]), Route(self._path, self.told, methods=["POST"])]

    async def asked(self, request: Request) -> Response:
        """What the hub holds of the pusher's source, and which sweep is the next."""
        source = self._source(request)
        if source is None:
            return _unknown()
        known = await known_to(self._reads.installation, source)
        body = await self._reads.aside(
            lambda: encoded({"schema_version": SCHEMA_VERSION, **known.model_dump(mode="json")})
        )
        return Response(body, media_type="application/json")

    async def told(self, request: Request) -> Response:
        """A whole sweep, recorded; answered with what became of it."""
        source = self._source(request)
        if source is None:
            return _unknown()
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
            return _refused(415, f"a sweep is pushed as {MEDIA_TYPE}")
        if source.name in self._pushing:
            return _refused(429, "another push of this source is being read", {"retry-after": "1"})
        self._pushing.add(source.name)
        try:
            rest = await until_room(self._reads.installation, source)
            if rest:
                wait = {"retry-after": str(ceil(rest.total_seconds()))}
                return _refused(429, "this source was pushed too often in the last hour", wait)
            return _received(source.name, await self._taken(request, source))
        except _TooLarge as error:
            return _refused(413, str(error))
        except _Unsaid as error:
            return _refused(408, str(error))
        except NotNow as error:
            return _refused(409, str(error))
        except UsageError as error:
            return _refused(400, str(error))
        finally:
            self._pushing.discard(source.name)

    def _source(self, request: Request) -> PushedSource | None:
        """Whose token it is. All are compared, whichever it is."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else ""
        admitting = [one for one in pushed_sources(self._reads.installation).values() if one.admits(given)]
        return admitting[0] if admitting else None

    async def _taken(self, request: Request, source: PushedSource) -> Received:
        installation, status = self._reads.installation, self._reads.status
        pushed = await self._read(request, source.settings.most_places)
        watch = status.watch = status.watch or ClockWatch(installation.clock)
        received = await receive(installation, watch, source, pushed)
        status.sweeps[source.name] = received.record
        if not received.again:
            log.info("pushed", source=source.name, sequence=received.record.sequence, places=len(pushed.places))
        return received

    async def _read(self, request: Request, most_places: int) -> Pushed:
        """Raises _TooLarge, _Unsaid, and UsageError for what is not understood."""
        installation, reader = self._reads.installation, PushReader(most_places)
        chunks = _chunks(request, installation.clock, self._patience)
        batches = _batches(chunks, most_bytes(most_places))
        try:
            async for lines in batches:
                await installation.worker.run(partial(reader.take_all, lines))
        except UsageError:
            async for _ in batches:
                pass  # who is still writing does not hear why it is refused
            raise
        return reader.whole()


async def _batches(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[list[bytes]]:
    """Whole lines, some at a time."""
    rest, read = b"", 0
    async for chunk in chunks:
        read += len(chunk)
        rest += chunk
        if read > most:
            raise _TooLarge(f"a push of this source has {most} bytes at most (most_places)")
        if len(rest) >= BATCH_BYTES:
            *lines, rest = rest.split(b"\n")
            yield lines
        if len(rest) > LINE_BYTES:
            raise _TooLarge(f"a line has {LINE_BYTES} bytes at most")
    yield rest.split(b"\n")


async def _chunks(request: Request, clock: Clock, patience: Patience) -> AsyncIterator[bytes]:
    """As they come, until the end; whoever stops on the way is not waited for."""
    coming, until = request.stream(), clock.monotonic() + patience.whole_seconds
    while True:
        try:
            async with asyncio.timeout(min(patience.stalls_seconds, until - clock.monotonic())):
                chunk = await anext(coming, None)
        except (TimeoutError, ClientDisconnect):
            raise _Unsaid("it was not pushed to its end: nothing of it counts") from None
        if chunk is None:
            return
        yield chunk


def _received(name: str, received: Received) -> Response:
    record = received.record
    document = {
        "schema_version": SCHEMA_VERSION,
        "source": name,
        "sequence": record.sequence,
        "recorded_at": rfc3339(record.finished_at),
        "complete": record.complete,
        "again": received.again,
    }
    return Response(encoded(document), media_type="application/json")


def _unknown() -> Response:
    words = "This needs the token of a source of the kind `pushed`, as `Authorization: Bearer …`.\n"
    return PlainTextResponse(words, 401, {"www-authenticate": 'Bearer realm="incidentd"', "connection": "close"})


def _refused(status_code: int, why: str, headers: dict[str, str] | None = None) -> Response:
    document = {"schema_version": SCHEMA_VERSION, "error": sanitize(why, 500)}
    return JSONResponse(document, status_code, {"connection": "close", **(headers or {})})
