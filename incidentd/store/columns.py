"""Column types that read back exactly what was written, on either database, whatever a hostile name holds."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from incidentd.errors import StoreError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ESCAPE = re.compile(r"\\(?:\\|u([0-9a-f]{4}))")

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""A row's own number. SQLite counts only `INTEGER` keys up by itself."""


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 in UTC, exact over the years 1 to 9999. A naive time is a TypeError."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(microseconds: int) -> datetime:
    """The aware UTC time so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def plain_text(text: str) -> str:
    """Text that every database takes: NUL and lone surrogates (undecodable file names) become escapes."""
    if text.isascii() and "\\" not in text and "\0" not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace("\0", "\\u0000")
    return escaped.encode("utf-8", "backslashreplace").decode("utf-8")


def outside_text(text: str) -> str:
    """What `plain_text` was given."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\\", text)


def unreadable(what: str) -> StoreError:
    """The error of what nobody wrote as it stands there."""
    return StoreError(
        f"a stored {what} cannot be read", hint="the database was damaged or changed by hand: restore a backup"
    )


class Instant(TypeDecorator[datetime]):
    """A time as integer microseconds: eight bytes that order as the times do."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        try:
            return None if value is None else instant(value)
        except (TypeError, OverflowError):  # SQLite keeps whatever was put there
            raise unreadable("time") from None


class OutsideText(TypeDecorator[str]):
    """Text that strangers wrote: kept exactly, though PostgreSQL refuses NUL and SQLite lone surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else plain_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else outside_text(value)
