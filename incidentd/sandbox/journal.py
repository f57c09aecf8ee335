"""What reached a sandbox: one entry for each request, in order, with its answer and the judge's verdicts.

Credentials are masked before anything is kept; the scheme stays, so that a judge can see that there was one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MASK = "***"


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it came in, with its Authorization masked."""

    method: str
    origin: str  # "http://127.0.0.1:8123"
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime

    @property
    def target(self) -> str:
        """The path with its query, as a request line would carry it."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def header(self, name: str) -> str:
        """The first header of that name (any case), or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")

    def json(self) -> Any:
        """The body as JSON; raises ValueError where it is none."""
        return json.loads(self.body)


Judge = Callable[[RecordedRequest], list[str]]


@dataclass(slots=True)
class JournalEntry:
    """A request and what became of it; a status of None means that no answer left the house."""

    request: RecordedRequest
    verdicts: list[str] = field(default_factory=list)
    fault: str | None = None
    status: int | None = None
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: bytes = b""
    committed: bool = False  # the work was done, whatever the caller was told

    def as_json(self) -> dict[str, Any]:
        """The entry as plain values, for the control interface."""
        return {
            "at": self.request.at.isoformat(),
            "method": self.request.method,
            "target": self.request.target,
            "headers": dict(self.request.headers),
            "body": self.request.body.decode("utf-8", "replace"),
            "status": self.status,
            "answer": self.answer.decode("utf-8", "replace"),
            "fault": self.fault,
            "committed": self.committed,
            "verdicts": self.verdicts,
        }


def masked(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers as text, with the secret part of Authorization and Cookie replaced."""
    return tuple(_masked(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)


def _masked(name: str, value: str) -> tuple[str, str]:
    if name == "cookie":
        return name, MASK
    if name != "authorization":
        return name, value
    scheme, separator, _ = value.partition(" ")
    if not separator:
        return name, MASK
    return name, f"{scheme} token={MASK}" if scheme == "Token" else f"{scheme} {MASK}"
