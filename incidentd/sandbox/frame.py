"""What every sandbox application shares: journal, judge, faults, switches, Date header, control interface.

A frame reads the whole request, decides its fate, lets the vendor's routes do the work, and sends one whole answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from incidentd.sandbox.faults import Answer, AnswerLost, Fault, Script
from incidentd.sandbox.journal import JournalEntry, Judge, RecordedRequest, masked

Now = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[None]]
CONTROL = "/__sandbox__/"


class Frame(ABC):
    """An ASGI application around a vendor's routes. `now` is aware UTC; `sleep` is needed for delays only."""

    def __init__(self, *, now: Now, sleep: Sleep | None = None, judge: Judge | None = None) -> None:
        self.now = now
        self.sleep = sleep
        self.judge = judge
        self.journal: list[JournalEntry] = []
        self.faults = Script()
        self.down = False  # 503 to everything
        self.down_retry_after_seconds: int | None = None
        self.unauthorized = False  # 401 to everything
        self.forbidden = False  # 403 to everything
        self.read_only = False  # 403 to writes

    @property
    def writes(self) -> list[JournalEntry]:
        """The journal's entries that asked for a change, in order, whatever became of them."""
        return [entry for entry in self.journal if self.is_write(entry.request.method, entry.request.path)]

    @property
    def refusals(self) -> list[JournalEntry]:
        """The journal's entries that the judge found fault with."""
        return [entry for entry in self.journal if entry.verdicts]

    def is_write(self, method: str, path: str) -> bool:
        """Whether such a call asks for a change."""
        return method not in ("GET", "HEAD", "OPTIONS")

    @abstractmethod
    def vendor(self) -> ASGIApp:
        """The routes that do the vendor's work."""

    @abstractmethod
    def control(self) -> ASGIApp:
        """The routes under /__sandbox__/."""

    @abstractmethod
    def refusal(self, status: int) -> Answer:
        """The vendor's own words for a wholesale 401, 403 or 503."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request (ASGI)."""
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        body = await _whole_body(receive)
        if scope["path"].startswith(CONTROL):
            return await _send(await _work(self.control(), scope, body), send)
        await self._serve(scope, body, send)

    async def _serve(self, scope: Scope, body: bytes, send: Send) -> None:
        request = _recorded(scope, body, self.now())
        fault = self.faults.pick(request.method, request.path)
        entry = JournalEntry(request, self.judge(request) if self.judge else [], fault.kind if fault else None)
        self.journal.append(entry)
        if fault is None:
            return await self._reply(entry, await self._true_answer(entry, scope, body), send)
        await self._strike(fault, entry, scope, body, send)

    async def _strike(self, fault: Fault, entry: JournalEntry, scope: Scope, body: bytes, send: Send) -> None:
        await self._wait(fault.before_seconds)
        true = await self._true_answer(entry, scope, body) if fault.commit else None
        await self._wait(fault.after_seconds)
        if fault.cut:
            raise AnswerLost(f"{fault.kind}: {entry.request.method} {entry.request.path}")
        damaged = _damaged(fault.answer or true or self.refusal(503), fault)
        if fault.announce_all and true is not None:
            await _send(damaged, send, announced_bytes=max(len(true.body), len(damaged.body) + 1))
            raise AnswerLost(f"{fault.kind}: {entry.request.method} {entry.request.path}")
        await self._reply(entry, damaged, send)

    async def _true_answer(self, entry: JournalEntry, scope: Scope, body: bytes) -> Answer:
        closed = self._closed(entry.request)
        if closed is not None:
            return closed
        answer = await _work(self.vendor(), scope, body)
        entry.committed = answer.status < 400
        return answer

    def _closed(self, request: RecordedRequest) -> Answer | None:
        if self.down:
            wait = self.down_retry_after_seconds
            answer = self.refusal(503)
            return answer if wait is None else answer.with_header("Retry-After", str(wait))
        if self.unauthorized:
            return self.refusal(401)
        if self.forbidden or (self.read_only and self.is_write(request.method, request.path)):
            return self.refusal(403)
        return None

    async def _reply(self, entry: JournalEntry, answer: Answer, send: Send) -> None:
        dated = answer.with_header("Date", format_datetime(self.now(), usegmt=True))
        entry.status, entry.answer, entry.answer_headers = dated.status, dated.body, dated.headers
        await _send(dated, send)

    async def _wait(self, seconds: float) -> None:
        if not seconds:
            return
        if self.sleep is None:
            raise ValueError("a delay was scripted, but this sandbox was built without `sleep`")
        await self.sleep(seconds)


def _recorded(scope: Scope, body: bytes, at: datetime) -> RecordedRequest:
    headers = masked(scope["headers"])
    host = dict(headers).get("host", "sandbox")
    return RecordedRequest(
        method=scope["method"],
        origin=f"{scope.get('scheme', 'http')}://{host}",
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        at=at,
    )


def _damaged(answer: Answer, fault: Fault) -> Answer:
    if fault.content_type is not None:
        answer = answer.with_header("Content-Type", fault.content_type)
    if fault.keep_bytes is not None:
        answer = Answer(answer.status, answer.headers, answer.body[: fault.keep_bytes])
    return answer


async def _whole_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise AnswerLost("the caller hung up before its request was whole")
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _work(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start.get("headers", ()))
    return Answer(start["status"], pairs, b"".join(message.get("body", b"") for message in messages[1:]))


async def _send(answer: Answer, send: Send, announced_bytes: int | None = None) -> None:
    length = len(answer.body) if announced_bytes is None else announced_bytes
    whole = answer if answer.status == 204 else answer.with_header("Content-Length", str(length))
    headers: list[Any] = [(name.lower().encode(), value.encode("latin-1")) for name, value in whole.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    more = announced_bytes is not None
    await send({"type": "http.response.body", "body": answer.body, "more_body": more})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
