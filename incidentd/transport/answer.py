"""Answer: a whole HTTP answer as a value. Its representation shows no header and no body: both may hold secrets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from incidentd.errors import TransportError

_EXCERPT_CHARACTERS = 300
_MOST_DIGITS = 10
_UNIX_TIMES_FROM = 1e9
"""Seconds: 32 years, or September 2001."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and the whole body of an answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    where: str = ""
    """Method and host, for messages."""

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return 200 <= self.status < 300

    @property
    def date(self) -> datetime | None:
        """The Date header (RFC 9110 6.6.1), aware, UTC: the other side's clock. None where there is none to read."""
        return _http_date(self.headers.get("date", ""))

    def json(self) -> Any:
        """The body as JSON, whatever its media type says. Raises TransportError (sent): the request had its effect."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            what = f"the answer (HTTP {self.status}) is not JSON"
            raise TransportError(what, self.where, "look for a proxy or a login page in between", sent=True) from None

    def wait_seconds(self, now: datetime) -> float | None:
        """How long the other side asks us to wait, in seconds; None where it does not say.

        Retry-After as seconds or date (RFC 9110 10.2.3), else PagerDuty's `ratelimit-reset` (seconds), else Jira's
        `x-ratelimit-reset` (ISO 8601), which a gateway's 429 may carry alone; some write a Unix time into a reset.
        `now` is ours, for want of a Date header.
        """
        at = self.date or now
        for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset"):
            wait = _wait(self.headers.get(name, ""), at)
            if wait is not None:
                is_unix_time = name != "retry-after" and wait >= _UNIX_TIMES_FROM
                return max(0.0, wait - at.timestamp()) if is_unix_time else wait
        return None


def excerpt(text: str, limit: int = _EXCERPT_CHARACTERS) -> str:
    """Outside text for a message: one line of printable characters, cut at `limit`."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _wait(text: str, now: datetime) -> float | None:
    written = text.strip()
    if written.isascii() and written.isdigit():
        return float(written[:_MOST_DIGITS])
    at = _http_date(written) or _iso_date(written)
    return max(0.0, (at - now).total_seconds()) if at else None


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _iso_date(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
