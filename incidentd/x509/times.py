"""UTCTime and GeneralizedTime to instants, as leniently as OpenSSL, and never later than what stands there.

RFC 5280 4.1.2.5 wants seconds and a Z. In the wild seconds are missing, and offsets and fractions occur (X.680 46, 47).
A time without a zone is not guessed.
"""

import re
from datetime import UTC, datetime, timedelta

from incidentd.x509.der import GENERALIZED_TIME, UTC_TIME, Element

_REST = rb"(\d\d)(\d\d)(\d\d)(\d\d)"
_ZONE = rb"(Z|[+-]\d{4})"
_UTC = re.compile(rb"(\d\d)" + _REST + rb"(\d\d)?" + _ZONE)
_GENERALIZED = re.compile(rb"(\d{4})" + _REST + rb"(?:(\d\d)(?:[.,]\d+)?)?" + _ZONE)


class TimeUnreadable(ValueError):
    """The element holds no time that can be read."""


class TimeOutOfRange(TimeUnreadable):
    """The time lies outside the years 1 to 9999."""


def read_time(element: Element) -> datetime:
    """The instant, UTC, in whole seconds: a fraction is dropped, which is never later.

    Raises TimeUnreadable, or TimeOutOfRange for years that a datetime cannot hold.
    """
    match = _pattern(element.tag).fullmatch(element.content[:64])
    if match is None or len(element.content) > 64:
        raise TimeUnreadable("it is not written as a time")
    year, month, day, hour, minute, second = (int(part or b"0") for part in match.groups()[:6])
    year = _full_year(year) if element.tag == UTC_TIME else year
    if year == 0:
        raise TimeOutOfRange("the year is 0")
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise TimeUnreadable("there is no such date or time of day") from error
    return _to_utc(local, match.group(7))


def _pattern(tag: int) -> re.Pattern[bytes]:
    if tag == UTC_TIME:
        return _UTC
    if tag == GENERALIZED_TIME:
        return _GENERALIZED
    raise TimeUnreadable("it is neither UTCTime nor GeneralizedTime")


def _full_year(two_digits: int) -> int:
    """RFC 5280 4.1.2.5.1: 50 and above are 19YY, below are 20YY."""
    return two_digits + (1900 if two_digits >= 50 else 2000)


def _to_utc(local: datetime, zone: bytes) -> datetime:
    if zone == b"Z":
        return local
    hours, minutes = int(zone[1:3]), int(zone[3:5])
    if hours > 14 or minutes > 59:
        raise TimeUnreadable("there is no such offset from UTC")
    offset = timedelta(hours=hours, minutes=minutes)
    try:
        return local - offset if zone[:1] == b"+" else local + offset
    except OverflowError as error:
        raise TimeOutOfRange("the offset leads outside the years 1 to 9999") from error
