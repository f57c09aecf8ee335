"""An API server of our own on loopback: lists in pages, watches, bookmarks, rights, tokens, and everything that breaks.

It judges each request as strictly as the real one, and more: whatever incidentd may not ask is written down as a
violation, and fails the test. It belongs to the tests: the demo has no cluster.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from incidentd.sources.kubernetes.objects import Kind
from tests.sources.kubernetes.judging import Asked, faults_in, faults_in_query, places

Thing = dict[str, Any]
TOKEN = "token-1"

_REASONS = {200: "OK", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 410: "Gone", 500: "Internal Error"}


Listen = Callable[[], Awaitable[asyncio.Server]]


class Cut(Exception):
    """The connection is to end here, without another byte."""


@dataclass(slots=True)
class Cluster:
    """What is in it, who may see it, and what goes wrong."""

    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    things: dict[Kind, dict[tuple[str, str], Thing]] = field(default_factory=lambda: {kind: {} for kind in Kind})
    version: int = 100
    forbidden: set[tuple[Kind, str | None]] = field(default_factory=set)
    """Kinds in one namespace, or in all at once (None), that may not be read."""
    forbidden_verbs: set[str] = field(default_factory=set)
    not_served: set[Kind] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    """Verbs whose requests get no answer."""
    cut: list[str] = field(default_factory=list)
    """Verbs of which the next answer ends in its middle; each counts once."""
    instead: str | None = None
    """What is answered to everything but watches, whatever is asked."""
    hollow: bool = False
    """Watches end as soon as they have begun."""
    expired_pages: int = 0
    """So many further pages are refused with 410."""
    oldest: int = 0
    """A watch from an older version is refused with 410."""
    violations: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    watchers: "list[tuple[Asked, asyncio.Queue[Thing | None]]]" = field(default_factory=list)
    listen: "Listen | None" = None
    """How its door is opened at the same port; set while it is served."""
    door: asyncio.Server | None = None

    @asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """Meanwhile nobody listens, and the watches end in the middle."""
        assert self.door is not None and self.listen is not None
        self.door.close()
        for _, queue in self.watchers:
            queue.put_nowait({})
        yield
        self.door = await self.listen()

    def put(self, kind: Kind, namespace: str, name: str, **parts: Any) -> None:
        """Creates an object, or puts another in its place."""
        self.version += 1
        was_there = (namespace, name) in self.things[kind]
        metadata = {"name": name, "resourceVersion": str(self.version), **parts.pop("metadata", {})}
        if kind.resource.namespaced:
            metadata["namespace"] = namespace
        thing = {"apiVersion": kind.resource.group_version, "metadata": metadata, **parts}
        self.things[kind][namespace, name] = thing
        self._tell(kind, namespace, "MODIFIED" if was_there else "ADDED", thing)

    def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Removes an object."""
        self.version += 1
        thing = self.things[kind].pop((namespace, name))
        thing["metadata"]["resourceVersion"] = str(self.version)
        self._tell(kind, namespace, "DELETED", thing)

    def bookmark(self) -> None:
        """Tells every watch how far it has come."""
        for asked, queue in self.watchers:
            queue.put_nowait(
                _event("BOOKMARK", {"metadata": {"resourceVersion": str(self.version)}, "kind": asked.kind})
            )

    def forget_history(self) -> None:
        """Every watch is told that it is too old, and none can begin from before now."""
        self.version += 1
        self.oldest = self.version
        for _, queue in self.watchers:
            queue.put_nowait(_event("ERROR", _status(410, "too old resource version")))

    def end_watches(self) -> None:
        """As a server does after timeoutSeconds."""
        for _, queue in self.watchers:
            queue.put_nowait(None)

    def requests(self, verb: str) -> list[Asked]:
        """Those of one verb so far."""
        return [one for one in self.asked if one.verb == verb]

    def _tell(self, kind: Kind, namespace: str, type: str, thing: Thing) -> None:
        for asked, queue in self.watchers:
            if asked.kind is kind and asked.namespace in (None, namespace) and _selected(asked, thing):
                queue.put_nowait(_event(type, thing))


@asynccontextmanager
async def serving_cluster(cluster: Cluster, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serves the cluster on loopback, at a free port; its URL. A violation fails what uses it."""

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Talk(cluster, reader, writer).whole()
        except (Cut, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    cluster.door = await asyncio.start_server(attend, "127.0.0.1", 0, ssl=tls)
    port = cluster.door.sockets[0].getsockname()[1]
    cluster.listen = partial(asyncio.start_server, attend, "127.0.0.1", port, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        cluster.door.close()
        cluster.end_watches()
        assert cluster.violations == []


@dataclass(slots=True)
class _Talk:
    """One connection with one request."""

    cluster: Cluster
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def whole(self) -> None:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        values = dict(line.split(": ", 1) for line in head[1:] if line)
        asked = self._judged(method, target, headers, {name.lower(): value for name, value in values.items()})
        if asked is None:
            await self._answer(404, _status(404, "the server could not find the requested resource"))
            return
        self.cluster.asked.append(asked)
        if asked.verb in self.cluster.silent:
            await self.reader.read()
            return
        status, message = self._refusal(asked)
        if status != 200:
            await self._answer(status, _status(status, message))
        elif self.cluster.instead is not None:
            await self._answer(200, {})
        elif asked.verb == "watch":
            await self._watch(asked)
        else:
            await self._read(asked)

    def _judged(self, method: str, target: str, headers: dict[str, str], values: dict[str, str]) -> Asked | None:
        """The request; None, and a violation, for what incidentd may not ask."""
        url = urlsplit(target)
        pairs = parse_qsl(url.query, strict_parsing=bool(url.query), keep_blank_values=True)
        query = dict(pairs)
        found = list(places(url.path))
        wrong = [*faults_in(method, headers, query), *(() if found else (f"no such path: {url.path}",))]
        if len(pairs) != len(query):
            wrong.append(f"a parameter twice: {url.query}")
        asked = None
        if found:
            asked = Asked(*found[0], query, values.get("authorization", "").removeprefix("Bearer "))
            wrong += faults_in_query(asked)
        self.cluster.violations += wrong
        return None if wrong else asked

    def _refusal(self, asked: Asked) -> tuple[int, str]:
        cluster = self.cluster
        if asked.token not in cluster.tokens:
            return 401, "Unauthorized"
        if asked.kind in cluster.not_served:
            return 404, "the server could not find the requested resource"
        if (asked.kind, asked.namespace) in cluster.forbidden or asked.verb in cluster.forbidden_verbs:
            return 403, f'{asked.kind} is forbidden: User "incidentd" cannot {asked.verb} it'
        if asked.verb == "watch" and int(asked.query["resourceVersion"]) < cluster.oldest:
            return 410, "too old resource version"
        if "continue" in asked.query and cluster.expired_pages:
            cluster.expired_pages -= 1
            return 410, "The provided continue parameter is too old"
        return 200, ""

    async def _read(self, asked: Asked) -> None:
        things = self.cluster.things[asked.kind]
        if asked.name is not None:
            thing = things.get((asked.namespace or "", asked.name))
            absent = {**_status(404, "not found"), "details": {"name": asked.name}}
            await self._answer(200 if thing else 404, thing or absent, asked.verb)
            return
        names = sorted(name for name, thing in things.items() if _shown(asked, name, thing))
        begin, limit = int(asked.query.get("continue", "0")), int(asked.query["limit"])
        metadata = {"resourceVersion": str(self.cluster.version)}
        if begin + limit < len(names):
            metadata["continue"] = str(begin + limit)
        items = [things[name] for name in names[begin : begin + limit]]
        document = {"kind": f"{asked.kind.resource.singular}List", "metadata": metadata, "items": items}
        await self._answer(200, document, asked.verb)

    async def _watch(self, asked: Asked) -> None:
        """Events as they come, until the server ends it or the client is gone."""
        self._head(200)
        if self.cluster.hollow:
            self._chunk(b"")
            return
        queue: asyncio.Queue[Thing | None] = asyncio.Queue()
        left = asyncio.ensure_future(self.reader.read())
        left.add_done_callback(lambda _: queue.put_nowait({}))
        self.cluster.watchers.append((asked, queue))
        try:
            await self.writer.drain()
            while (event := await queue.get()) is not None:
                if not event:
                    raise Cut
                self._chunk(json.dumps(event).encode() + b"\n")
                await self.writer.drain()
            self._chunk(b"")
        finally:
            left.cancel()
            self.cluster.watchers.remove((asked, queue))

    async def _answer(self, status: int, document: Thing, verb: str = "") -> None:
        body = json.dumps(document).encode() if self.cluster.instead is None else self.cluster.instead.encode()
        self._head(status)
        if verb in self.cluster.cut:
            self.cluster.cut.remove(verb)
            self._chunk(body[: len(body) // 2])
            await self.writer.drain()
            raise Cut
        for begin in range(0, len(body), 50_000):
            self._chunk(body[begin : begin + 50_000])
            await self.writer.drain()
        self._chunk(b"")

    def _head(self, status: int) -> None:
        lines = (
            f"HTTP/1.1 {status} {_REASONS[status]}",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
        )
        self.writer.write("\r\n".join((*lines, "", "")).encode())

    def _chunk(self, piece: bytes) -> None:
        self.writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))


def _shown(asked: Asked, name: tuple[str, str], thing: Thing) -> bool:
    return asked.namespace in (None, name[0]) and _selected(asked, thing)


def _selected(asked: Asked, thing: Thing) -> bool:
    type, label = asked.query.get("fieldSelector", ""), asked.query.get("labelSelector", "")
    if type.startswith("metadata.name=") and thing["metadata"]["name"] != type.removeprefix("metadata.name="):
        return False
    if type.startswith("type!=") and thing.get("type") == type.removeprefix("type!="):
        return False
    if type.startswith("type=") and thing.get("type") != type.removeprefix("type="):
        return False
    name, _, value = label.partition("=")
    return not label or thing["metadata"].get("labels", {}).get(name) == value


def _event(type: str, thing: Thing) -> Thing:
    return {"type": type, "object": thing}


def _status(code: int, message: str) -> Thing:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
