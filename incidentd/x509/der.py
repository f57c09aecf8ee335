"""A tag-length walk over DER that forgives what does not matter: it reads structure, never meaning (X.690 8.1).

Non-minimal and indefinite lengths are accepted, as OpenSSL accepts them. Nothing here recurses, so depth is no weapon.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID = 0x01, 0x02, 0x03, 0x04, 0x06
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
CONTEXT_0, CONTEXT_3 = 0xA0, 0xA3

_CONSTRUCTED = 0x20
_INDEFINITE = -1
_MAX_LENGTH_OCTETS = 8
_MAX_TAG_OCTETS = 8


class DerError(ValueError):
    """The bytes are no DER that this walk can follow."""


class DerCutShort(DerError):
    """The bytes end before the element that they begin."""


@dataclass(frozen=True, slots=True)
class Element:
    """One tag, length and value in `data`: content is `data[content_at:content_end]`, all of it `data[at:end]`."""

    data: bytes
    tag: int
    """The first identifier octet: class, constructed bit and (below 31) number."""
    at: int
    content_at: int
    content_end: int
    end: int

    @property
    def content(self) -> bytes:
        """The value's octets."""
        return self.data[self.content_at : self.content_end]

    @property
    def whole(self) -> bytes:
        """Tag, length and value."""
        return self.data[self.at : self.end]


def read_element(data: bytes, at: int = 0, limit: int | None = None) -> Element:
    """The element that begins at `at` and must end by `limit` (default: the end of `data`).

    Raises DerCutShort when it claims more than there is, DerError when the header makes no sense.
    """
    limit = len(data) if limit is None else limit
    tag, content_at, length = _read_header(data, at, limit)
    if length == _INDEFINITE:
        content_end = _end_of_contents(data, content_at, limit)
        return Element(data, tag, at, content_at, content_end, content_end + 2)
    if length > limit - content_at:
        raise DerCutShort(f"an element of {length} bytes where {limit - content_at} are left")
    return Element(data, tag, at, content_at, content_at + length, content_at + length)


def children(parent: Element) -> Iterator[Element]:
    """The elements inside `parent`, in order. Raises DerError at the first that cannot be read."""
    at = parent.content_at
    while at < parent.content_end:
        child = read_element(parent.data, at, parent.content_end)
        yield child
        at = child.end


def readable_children(parent: Element, at_most: int) -> list[Element]:
    """The children of `parent` up to the first that cannot be read: what stands before a defect still counts."""
    found: list[Element] = []
    try:
        for child in children(parent):
            found.append(child)
            if len(found) == at_most:
                break
    except DerError:
        return found
    return found


def _read_header(data: bytes, at: int, limit: int) -> tuple[int, int, int]:
    """Tag, where the content begins, and its length."""
    if at >= limit:
        raise DerCutShort("no bytes left for an element")
    tag = data[at]
    at = _after_long_tag(data, at + 1, limit) if tag & 0x1F == 0x1F else at + 1
    if at >= limit:
        raise DerCutShort("no bytes left for a length")
    first = data[at]
    if first < 0x80:
        return tag, at + 1, first
    if first == 0x80:
        if not tag & _CONSTRUCTED:
            raise DerError("an indefinite length on a primitive element")
        return tag, at + 1, _INDEFINITE
    return tag, at + 1 + (first & 0x7F), _long_length(data, at + 1, first & 0x7F, limit)


def _after_long_tag(data: bytes, at: int, limit: int) -> int:
    for position in range(at, min(limit, at + _MAX_TAG_OCTETS)):
        if not data[position] & 0x80:
            return position + 1
    raise DerError("a tag number that does not end")


def _long_length(data: bytes, at: int, octets: int, limit: int) -> int:
    if octets > _MAX_LENGTH_OCTETS:
        raise DerError("a length of more than eight octets")
    if octets > limit - at:
        raise DerCutShort("no bytes left for a length")
    return int.from_bytes(data[at : at + octets], "big")


def _end_of_contents(data: bytes, at: int, limit: int) -> int:
    """Where the content of an indefinite-length element ends: at its own end-of-contents octets (X.690 8.1.5)."""
    depth = 1
    while True:
        tag, content_at, length = _read_header(data, at, limit)
        if length == _INDEFINITE:
            depth += 1
            at = content_at
            continue
        if tag == 0 and length == 0:
            depth -= 1
            if depth == 0:
                return at
        at = content_at + length
        if at > limit:
            raise DerCutShort("an element without end")
