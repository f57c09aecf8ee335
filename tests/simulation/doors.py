"""Doors: between a process and a tracker of the sandbox. Each request is a step; what goes wrong goes wrong here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from incidentd.sandbox.frame import Frame
from incidentd.transport.in_process import AsgiApp
from tests.simulation.schedule import Misfortune

if TYPE_CHECKING:
    from tests.simulation.process import Process

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

RETRY_AFTER_SECONDS = 90
LATE_SECONDS = 45.0
"""More than the client waits for an answer."""
_NOT_DONE = {Misfortune.DISK_FULL: 503, Misfortune.FORBIDDEN: 403, Misfortune.THROTTLED: 429}
_NEVER_ANSWERED = 3600.0


def door(process: Process, frame: Frame) -> AsgiApp:
    """The tracker as this process reaches it."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        await process.awake()
        misfortune = process.life.call(process, frame, scope["method"], scope["path"], body)
        process.strike(misfortune)
        if misfortune is Misfortune.NOT_DONE:
            raise ConnectionResetError("it went away on the way there")
        if misfortune in _NOT_DONE:
            return await _refuse(send, _NOT_DONE[misfortune])
        if misfortune is Misfortune.LATE:
            process.life.later(LATE_SECONDS, lambda: _work(frame, scope, body))
            await asyncio.sleep(_NEVER_ANSWERED)  # noqa: TID251 - virtual time
        messages = await _work(frame, scope, body)
        process.life.after_call(process, frame)
        process.strike_after(misfortune)
        await process.awake()
        await _answer(send, messages, misfortune)

    return app


async def _answer(send: Send, messages: list[Message], misfortune: Misfortune | None) -> None:
    if misfortune is Misfortune.ANSWER_LOST:
        raise ConnectionResetError("it went away on the way back")
    if misfortune is Misfortune.BAD_GATEWAY:
        return await _refuse(send, 502)
    if misfortune is Misfortune.HALF_ANSWER:
        messages = [messages[0], {"type": "http.response.body", "body": messages[1]["body"][:20]}]
        messages[0]["headers"] = [pair for pair in messages[0]["headers"] if pair[0] != b"content-length"]
    for message in messages:
        await send(message)


async def _work(frame: Frame, scope: Message, body: bytes) -> list[Message]:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await frame(scope, receive, send)
    return messages


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain")]
    if status == 429:
        headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
