"""A tripwire across a tracker: at the n-th request from now something is struck, at an exact moment of that request."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from incidentd.sandbox.faults import AnswerLost
from incidentd.sandbox.frame import CONTROL


class Moment(StrEnum):
    """When it strikes."""

    ARRIVING = "arriving"
    """Before any work is done, which then is done all the same."""
    ARRIVED = "arrived"
    """Before any work is done; the request is lost with its sender."""
    DONE = "done"
    """The work is done, and no byte of the answer is out."""
    ANSWERED = "answered"
    """The whole answer is out."""


@dataclass
class _Armed:
    moment: Moment
    strike: Callable[[], object]
    line: re.Pattern[str]
    left: int


@dataclass
class Tripwire:
    """An ASGI application around another one."""

    app: ASGIApp
    tripped: threading.Event = field(default_factory=threading.Event)
    _armed: _Armed | None = None

    def arm(self, moment: Moment, strike: Callable[[], object], *, nth: int = 1, line: str = ".*") -> None:
        """`strike` is called once, at the nth request whose `METHOD /path` matches `line` whole."""
        self.tripped.clear()
        self._armed = _Armed(moment, strike, re.compile(line), nth)

    def disarm(self) -> None:
        """Nothing is struck any more."""
        self._armed = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        armed = self._struck_by(scope)
        if armed is None:
            return await self.app(scope, receive, send)
        if armed.moment is Moment.ARRIVING:
            self._strike(armed)
            return await self.app(scope, receive, send)
        if armed.moment is Moment.ARRIVED:
            self._strike(armed)
            raise AnswerLost(f"{scope['method']} {scope['path']}")
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, keep)
        if armed.moment is Moment.DONE:
            self._strike(armed)
        for message in answer:
            await send(message)
        if armed.moment is Moment.ANSWERED:
            self._strike(armed)

    def _struck_by(self, scope: Scope) -> _Armed | None:
        armed = self._armed
        if armed is None or scope["type"] != "http" or scope["path"].startswith(CONTROL):
            return None
        if not armed.line.fullmatch(f"{scope['method']} {scope['path']}"):
            return None
        armed.left -= 1
        if armed.left:
            return None
        self._armed = None
        return armed

    def _strike(self, armed: _Armed) -> None:
        armed.strike()
        self.tripped.set()
