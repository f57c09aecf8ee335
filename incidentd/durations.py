"""Durations and thresholds as people write them: `30s`, `10m`, `24h`, `3mo`. A number without a unit is refused."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from incidentd.model.threshold import Threshold

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION_PATTERN = r"^[0-9]{1,9}(s|m|h|d|w)$"
_THRESHOLD_PATTERN = r"^[0-9]{1,5}(mo|d)$"
_DURATION = re.compile(_DURATION_PATTERN)
_THRESHOLD = re.compile(_THRESHOLD_PATTERN)


def parse_duration(text: object) -> timedelta:
    """A whole number and a unit (s, m, h, d, w) as a span of time; zero is allowed. Raises ValueError."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str):
        raise ValueError("a duration needs a unit, as in 30s, 10m, 24h or 7d")
    written = text.strip()
    if not _DURATION.fullmatch(written):
        raise ValueError("a duration is a whole number and a unit: s, m, h, d or w, as in 30s, 10m, 24h or 7d")
    # 999999999w would overflow; timedelta holds at most 999,999,999 days.
    try:
        return timedelta(seconds=int(written[:-1]) * _SECONDS[written[-1]])
    except OverflowError:
        raise ValueError("a duration of more than 999999999 days makes no sense") from None


def duration_text(span: timedelta) -> str:
    """The shortest way to write a span: `1h` for 3600 seconds. Parts of a second are kept as a decimal of seconds."""
    seconds = span.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{int(seconds) // _SECONDS[unit]}{unit}"
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{seconds}s"


def parse_threshold(text: object) -> Threshold:
    """`3mo` (calendar months) or `90d` (days of 24 hours); more than zero. Raises ValueError."""
    if isinstance(text, Threshold):
        return text
    written = text.strip() if isinstance(text, str) else ""
    if not _THRESHOLD.fullmatch(written):
        raise ValueError("a threshold is a whole number of calendar months or of days, as in 3mo or 90d")
    amount = int(written.removesuffix("mo").removesuffix("d"))
    if not amount:
        raise ValueError("a threshold of nothing would never warn: write 3mo, or another number of months or days")
    return Threshold(months=amount) if written.endswith("mo") else Threshold(days=amount)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION_PATTERN, "examples": ["30s", "10m", "24h", "7d"]}),
]
"""A setting that holds a span of time."""


def _at_least_a_second(span: timedelta) -> timedelta:
    if span < timedelta(seconds=1):
        raise ValueError("must be at least 1s")
    return span


PositiveDuration = Annotated[Duration, AfterValidator(_at_least_a_second)]
"""A setting that holds an interval: nothing is done more often than once a second."""

ThresholdSetting = Annotated[
    Threshold,
    BeforeValidator(parse_threshold),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _THRESHOLD_PATTERN, "examples": ["3mo", "90d"]}),
]
"""A setting that holds a threshold."""
