"""PEM blocks (RFC 7468), one by one, as they stand in files that people and programs have been at.

Explanatory text, indentation, CRLF, a byte order mark, UTF-16, headers inside a block and a missing last newline are
tolerated. The body of a block that cannot hold certificates (a key above all) is stepped over and never copied.
"""

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

# It begins with a plain text, not with a choice, because that is what the regex engine searches for quickly.
_MARK = re.compile(rb"-----(BEGIN|END) ([^\r\n-]{1,64})-----")
_WIDEST_INDENT = 64
_ENDS_A_JOINED_FILE = re.compile(rb"[A-Za-z0-9+/=-]\Z")
_BEGIN = b"-----BEGIN"
_WHITESPACE = b" \t\r\n\f\v"
_SHORTEST_RULE = 5


class Holds(StrEnum):
    """What the label of a block promises."""

    CERTIFICATE = "certificate"
    TRUSTED_CERTIFICATE = "trusted_certificate"
    """OpenSSL's: a certificate and then its trust settings (openssl-x509(1), -trustout)."""
    PKCS7 = "pkcs7"
    SOMETHING_ELSE = "something_else"


_LABELS = {
    b"CERTIFICATE": Holds.CERTIFICATE,
    b"X509 CERTIFICATE": Holds.CERTIFICATE,
    b"TRUSTED CERTIFICATE": Holds.TRUSTED_CERTIFICATE,
    b"PKCS7": Holds.PKCS7,
    b"PKCS #7 SIGNED DATA": Holds.PKCS7,
    b"CMS": Holds.PKCS7,
}


class BadBase64(ValueError):
    """The body of a block is not base64."""


class CutBase64(BadBase64):
    """The body of a block ends with a single character of a group of four: the rest is missing."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its place among all blocks (from 1), and its body where it may hold certificates."""

    number: int
    holds: Holds
    is_ended: bool
    """False when the next block, or the end of the data, came before its END."""
    body: bytes = field(default=b"", repr=False)


def as_ascii(data: bytes) -> bytes:
    """UTF-16 text, as some Windows tools write it, in one byte a character; without a byte order mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("ascii", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def blocks(data: bytes) -> Iterator[Block]:
    """The blocks of `data`, in order. An END without its BEGIN is text."""
    number = 0
    opened: re.Match[bytes] | None = None
    for mark in filter(_begins_a_line, _MARK.finditer(data)):
        if opened is not None:
            yield _block(number, data, opened, mark)
            opened = None
        if mark.group(1) == b"BEGIN":
            number += 1
            opened = mark
    if opened is not None:
        yield _block(number, data, opened, None)


def ends_within_a_mark(data: bytes) -> bool:
    """True when the last line is the beginning of a BEGIN line: the file was cut there."""
    tail = data[max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 :].strip(_WHITESPACE)
    if tail.startswith(_BEGIN):
        return _MARK.match(tail) is None
    return len(tail) > _SHORTEST_RULE and _BEGIN.startswith(tail)


def decoded(body: bytes) -> bytes:
    """The bytes that a body's base64 stands for. Missing padding is forgiven. Raises BadBase64 or CutBase64."""
    compact = _without_headers(body).translate(None, _WHITESPACE)
    if len(compact.rstrip(b"=")) % 4 == 1:
        raise CutBase64("the block's base64 is cut short")
    padding = b"=" * (-len(compact) % 4)
    try:
        return binascii.a2b_base64(compact + padding, strict_mode=True)
    except binascii.Error as error:
        raise BadBase64("the block's body is not base64") from error


def _block(number: int, data: bytes, begin: re.Match[bytes], end: re.Match[bytes] | None) -> Block:
    holds = _LABELS.get(begin.group(2).strip(), Holds.SOMETHING_ELSE)
    is_ended = end is not None and end.group(1) == b"END"
    if end is None or not is_ended or holds is Holds.SOMETHING_ELSE:
        return Block(number, holds, is_ended)
    return Block(number, holds, is_ended, data[begin.end() : end.start()])


def _begins_a_line(mark: re.Match[bytes]) -> bool:
    """Also right behind base64 or dashes, where files without a last newline were joined; not within a sentence."""
    at = mark.start()
    before = mark.string[max(0, at - _WIDEST_INDENT) : at]
    line = before.rstrip(b" \t")
    if not line:
        return at <= _WIDEST_INDENT
    if line[-1:] in (b"\n", b"\r"):
        return True
    return line == before and _ENDS_A_JOINED_FILE.search(line) is not None


def _without_headers(body: bytes) -> bytes:
    """RFC 1421 headers (`Proc-Type: 4,CLEAR`) are lines with a colon, which base64 has not."""
    if b":" not in body:
        return body
    return b"\n".join(line for line in body.splitlines() if b":" not in line)
