"""The public corpora: thousands of odd certificates, and what OpenSSL says of their notAfter (oracle.tsv)."""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidentd.model.certificate import Certificate
from incidentd.x509.bundles import read_blob
from incidentd.x509.parse import parse_certificate
from incidentd.x509.unreadable import Unreadable

_OPENSSL_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class OracleRow:
    """One certificate-labelled block of a PEM file (`block` from 0), or one DER file (`block` None)."""

    path: str
    block: int | None
    sha256: str
    not_after: datetime | None
    """OpenSSL's, to the second; None where it has none in the years 1 to 9999."""


def corpora_path() -> Path | None:
    """Where the corpora are, or None."""
    path = os.environ.get("INCIDENTD_CORPORA")
    return Path(path) if path and Path(path, "oracle.tsv").is_file() else None


def required_corpora() -> Path:
    """Where the corpora are; skips the test, saying why, when they are not there."""
    path = corpora_path()
    if path is None:
        pytest.skip("INCIDENTD_CORPORA does not name a folder with oracle.tsv: nothing was compared with OpenSSL")
    return path


def corpus_files(root: Path) -> Iterator[Path]:
    """Every file, in a stable order."""
    return (path for path in sorted(root.rglob("*")) if path.is_file())


def oracle_rows(root: Path) -> list[OracleRow]:
    """The whole oracle."""
    with (root / "oracle.tsv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [_row(row[0], row[1], row[4]) for row in rows]


def corpus_ders(root: Path) -> list[bytes]:
    """The bytes of every certificate candidate in the corpora, once each."""
    found: dict[bytes, None] = {}

    def keep(der: bytes) -> Certificate | Unreadable:
        found[der] = None
        return parse_certificate(der)

    for path in corpus_files(root):
        read_blob(path.read_bytes(), keep)
    return list(found)


def _row(place: str, sha256: str, not_after: str) -> OracleRow:
    path, _, block = place.partition("#")
    return OracleRow(path, int(block) if block else None, sha256, _openssl_time(not_after))


def _openssl_time(text: str) -> datetime | None:
    # OpenSSL pads the year with spaces: `   1-01-01 00:00:00Z`.
    padded = text[:4].replace(" ", "0") + text[4:]
    match = _OPENSSL_TIME.fullmatch(padded)
    if match is None or match.group(1) == "0000":
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
