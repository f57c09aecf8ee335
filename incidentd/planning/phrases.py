"""Phrases: how instants, spans and lists are put into words, the same everywhere. Always UTC."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def instant(at: datetime) -> str:
    """`2026-12-04 09:14 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def rfc3339(at: datetime) -> str:
    """`2026-12-04T09:14:00Z`, with microseconds where there are any."""
    return at.isoformat().replace("+00:00", "Z")


def ago(span: timedelta) -> str:
    """`8 d 23 h`, `23 h 5 min`, `3 min`, `2 s`: floored."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def days_left(span: timedelta) -> str:
    """`14 days`, floored; under a day `23 h 5 min`. For what is said at a moment only."""
    return counted(span.days, "day") if span >= timedelta(days=1) else ago(span)


def short(fingerprint: str) -> str:
    """`9bd2…41aa`: enough to recognise one by."""
    return f"{fingerprint[:8]}…{fingerprint[-4:]}"


def listed(items: Sequence[str], at_most: int, of: int = 0) -> str:
    """`a, b and 3 more`; `of` is how many there are, where `items` are only the first of them."""
    more = max(of, len(items)) - min(at_most, len(items))
    told = ", ".join(items[:at_most])
    return f"{told} and {more} more" if more else told


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 place`, `3 places`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
