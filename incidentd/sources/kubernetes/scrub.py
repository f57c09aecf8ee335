"""Secrets made public in place: of their data, only certificates stay. What is taken out is never decoded to an object.

Works on the bytes of an answer before they are JSON to Python. Each value of a Secret's `data` gives way, within its
own span, to the certificates in it. Of the annotations only incidentd's own stay, because kubectl keeps a copy of the
whole Secret in `kubectl.kubernetes.io/last-applied-configuration`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from incidentd.sources.kubernetes.public import public_text

OWN_ANNOTATIONS = b"incidentd.io/"
_PRIVATE_NAMES = (b".key", b"key.pem", b"privatekey", b"id_rsa", b"id_ed25519", b"id_ecdsa")
"""How data keys end that hold nothing but a private key: their values are not even looked at."""
# A lone quote is the last choice: what it opens has no end.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],"]', re.DOTALL)
_QUOTE, _COMMA, _OPEN, _CLOSE = ord('"'), ord(","), b"{[", b"}]"
_NOT_WELL_FORMED = "the answer is not JSON"


class Broken(ValueError):
    """The answer is not the JSON that the API promises. Quotes nothing of it."""


def scrub(page: memoryview) -> None:
    """Takes everything that is not public out of an answer with Secrets, in place. Raises Broken.

    The answer is one Secret, a list of them, or an event of a watch. Its length stays, and what it is as JSON.
    """
    for text in _texts(page):
        if text.within in (b"data", b"stringData"):
            is_private = text.name.endswith(_PRIVATE_NAMES)
            _replace(page, text, b"" if is_private else public_text(page[text.begin + 1 : text.end - 1]))
        elif text.within == b"annotations" and not text.name.startswith(OWN_ANNOTATIONS):
            _replace(page, text, b"")


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that is a value: where it stands with its quotes, its name, and that of the object it stands in."""

    begin: int
    end: int
    name: bytes
    within: bytes


@dataclass(slots=True)
class _Open:
    """An object or a list that is not closed yet."""

    name: bytes
    is_object: bool
    key: bytes | None = field(default=None)
    """The name of the value that comes next; None where a name is due."""


def _texts(page: memoryview) -> Iterator[_Text]:
    """Every text that is a value, in order, while the page is being changed behind. Raises Broken."""
    open_ones = [_Open(b"", is_object=False)]
    for token in _TOKEN.finditer(page):
        begin, end = token.span()
        first, inner = page[begin], open_ones[-1]
        if first == _QUOTE:
            if end - begin == 1:
                raise Broken(_NOT_WELL_FORMED)
            if inner.is_object and inner.key is None:
                inner.key = bytes(page[begin + 1 : end - 1])
            else:
                yield _Text(begin, end, inner.key or b"", inner.name)
        elif first == _COMMA:
            inner.key = None
        elif first in _OPEN:
            open_ones.append(_Open(inner.key or b"", is_object=first == _OPEN[0]))
        else:
            open_ones.pop()
            if not open_ones:
                raise Broken(_NOT_WELL_FORMED)
    if len(open_ones) != 1:
        raise Broken(_NOT_WELL_FORMED)


def _replace(page: memoryview, text: _Text, by: bytes) -> None:
    """Another text in the place of one that is at least as long; JSON allows the spaces behind it."""
    room = text.end - text.begin - 2
    page[text.begin : text.end] = b'"' + by + b'"' + b" " * (room - len(by))
