"""An archive: thousands of certificate files in a moment, each its own certificate, made from one that was signed.

Nobody who reads a stored certificate asks for its signature, so all of them keep the first one's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from tests.x509.samples import NOT_AFTER, certificate_der, pem_block

SERIAL = 0x7FABCDEF01234567
MOULD = certificate_der("n00000.example.test", names=("n00000.example.test",), serial=SERIAL)
FOLDERS = 20


@dataclass(frozen=True, slots=True)
class Filed:
    """One certificate in one file."""

    path: Path
    fingerprint: str
    name: str
    not_after: datetime


def lay_down(folder: Path, count: int, ends: Callable[[int], datetime], *, first: int = 0) -> list[Filed]:
    """So many files in a few folders; `ends` says when the n-th ends. Numbers from `first` on, five digits."""
    return [_lay(folder / f"{number % FOLDERS:02d}", number, ends(number - first)) for number in _numbers(first, count)]


def _numbers(first: int, count: int) -> Sequence[int]:
    """In an order that has nothing to do with when they end."""
    return sorted(range(first, first + count), key=lambda number: sha256(str(number).encode()).digest())


def _lay(folder: Path, number: int, end: datetime) -> Filed:
    """Before 2050, as the mould's time has two digits for the year (RFC 5280, 4.1.2.5)."""
    der = MOULD.replace(b"n00000", b"n%05d" % number)
    der = der.replace(SERIAL.to_bytes(8, "big"), b"\x7f" + number.to_bytes(7, "big"))
    der = der.replace(_utc_time(NOT_AFTER), _utc_time(end))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number}.pem"
    path.write_bytes(pem_block(der))
    return Filed(path, sha256(der).hexdigest(), f"n{number:05d}.example.test", end.replace(microsecond=0))


def _utc_time(at: datetime) -> bytes:
    return at.strftime("%y%m%d%H%M%SZ").encode()


def day_one(folder: Path, size: int, now: datetime) -> tuple[list[Filed], list[Filed]]:
    """So many that are due, from an hour to 84 days before their end, soonest first; and as many old ones."""
    due = lay_down(folder / "pki", size, lambda n: now + timedelta(hours=1) + timedelta(days=84) * n / size)
    stale = lay_down(folder / "old", size, lambda n: now - timedelta(days=8, minutes=n), first=50_000)
    return sorted(due, key=lambda filed: (filed.not_after, filed.fingerprint)), stale
