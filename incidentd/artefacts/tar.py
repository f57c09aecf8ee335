"""Tar archives, header by header: ustar, GNU's and pax's (POSIX.1-2001, pax, "Extended Description"; GNU tar manual).

A reader of our own, because the library's reads headers of any length into memory and steps back in its stream. Links
and devices are names here: nothing is followed, and nothing leaves the archive.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from incidentd.artefacts.caps import Allowance, StreamFault
from incidentd.artefacts.scanned import UnreadReason
from incidentd.artefacts.streams import Stream, Window, torn

BLOCK_BYTES = 512
_MAX_EXTENDED_BYTES = 1024 * 1024
_MAX_NAME_CHARACTERS = 4096
"""PATH_MAX of Linux: no longer name could be unpacked."""
_GNU_NAME, _GNU_TARGET, _PAX, _PAX_SOLARIS, _PAX_GLOBAL, _GNU_SPARSE = b"L", b"K", b"x", b"X", b"g", b"S"
_NO_CONTENT = (b"1", b"2", b"3", b"4", b"5", b"6")
"""Links, devices, folders, pipes: whatever size they claim, nothing follows."""
_SPARSE, _SPARSE_NAME = b"GNU.sparse.", b"GNU.sparse.name"
_PAX_USED = (b"path", b"linkpath", b"size", _SPARSE_NAME)
_SPARSE_GOES_ON_AT, _SPARSE_MORE_GOES_ON_AT = 482, 504


class MemberKind(StrEnum):
    """What stands under a name."""

    FILE = "file"
    SPARSE_FILE = "sparse_file"
    FOLDER = "folder"
    HARD_LINK = "hard_link"
    OTHER = "other"
    """A symbolic link, a device, a pipe."""


_KINDS = {b"5": MemberKind.FOLDER, b"1": MemberKind.HARD_LINK} | dict.fromkeys(
    (b"2", b"3", b"4", b"6"), MemberKind.OTHER
)


@dataclass(frozen=True, slots=True)
class Member:
    """One name in an archive."""

    name: str
    """As it stands: it may lead upwards, or be absolute. Nobody goes there."""
    kind: MemberKind
    content: Window
    """Of a file; empty for all else. Gone once the next member is asked for."""
    target: str = ""
    """Of a hard link."""


@dataclass(slots=True)
class _Said:
    """What the headers before a member's own say of it."""

    name: bytes = b""
    target: bytes = b""
    pax: dict[bytes, bytes] = field(default_factory=dict)


def begins_like_tar(begin: bytes) -> bool:
    """True for a first header whose checksum is right."""
    return len(begin) >= BLOCK_BYTES and _is_header(begin[:BLOCK_BYTES])


def members(stream: Stream, allowance: Allowance) -> Iterator[Member]:
    """All members, in order, up to the end mark. Raises StreamFault where it is torn or damaged, and Exhausted."""
    everywhere: dict[bytes, bytes] = {}
    said = _Said()
    while (block := _block(stream)) is not None:
        allowance.spend_member()
        kind = block[156:157]
        if kind in (_GNU_NAME, _GNU_TARGET, _PAX, _PAX_SOLARIS, _PAX_GLOBAL):
            _heard(kind, _extended(stream, block), said, everywhere)
            continue
        member, size_bytes = _member(stream, block, said, everywhere)
        said = _Said()
        yield member
        stream.skip(member.content.left_bytes + -size_bytes % BLOCK_BYTES)


def _block(stream: Stream) -> bytes | None:
    """The next header; None at the end mark, a block of zeros."""
    block = stream.read(BLOCK_BYTES)
    if len(block) < BLOCK_BYTES:
        raise torn("the archive has no end mark: what came last is missing")
    if not block.strip(b"\0"):
        return None
    if not _is_header(block):
        raise damaged("a header of the archive has a wrong checksum")
    return block


def damaged(text: str) -> StreamFault:
    """Something is not as it has to be."""
    return StreamFault(UnreadReason.DAMAGED, text)


def _is_header(block: bytes) -> bool:
    """Whether the checksum is right; some old programs summed signed bytes (GNU tar manual, "Checksum")."""
    wanted = _number(block[148:156])
    others = block[:148] + b" " * 8 + block[156:]
    total = sum(others)
    return wanted == total or wanted == total - 256 * sum(byte > 127 for byte in others)


def _number(field_bytes: bytes) -> int | None:
    """Octal digits, or GNU's base-256; None for what is neither."""
    if field_bytes[0] == 0x80:
        return int.from_bytes(field_bytes[1:], "big")
    digits = field_bytes.lstrip(b"\0 ").split(b"\0")[0].strip()
    if not digits or digits.strip(b"01234567"):
        return None if digits else 0
    return int(digits, 8)


def _size(block: bytes) -> int:
    found = _number(block[124:136])
    if found is None:
        raise damaged("a header of the archive has no size that could be read")
    return found


def _extended(stream: Stream, block: bytes) -> bytes:
    """The content of a header that speaks of the next member."""
    size_bytes = _size(block)
    if size_bytes > _MAX_EXTENDED_BYTES:
        raise StreamFault(UnreadReason.TOO_LARGE, f"a header of the archive claims {size_bytes} bytes")
    content = stream.read(size_bytes)
    if len(content) < size_bytes:
        raise torn()
    stream.skip(-size_bytes % BLOCK_BYTES)
    return content


def _heard(kind: bytes, content: bytes, said: _Said, everywhere: dict[bytes, bytes]) -> None:
    if kind == _GNU_NAME:
        said.name = content.split(b"\0")[0]
    elif kind == _GNU_TARGET:
        said.target = content.split(b"\0")[0]
    else:
        (everywhere if kind == _PAX_GLOBAL else said.pax).update(_pax_records(content))


def _pax_records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """`LENGTH KEY=VALUE` and a line end, the length in decimal and of the whole record; only what is used here."""
    at = 0
    while at < len(content) and content[at]:
        space = content.find(b" ", at, at + 20)
        digits = content[at:space] if space > 0 else b""
        end = at + int(digits) if digits.isdigit() else 0
        if not space < end <= len(content) or content[end - 1 : end] != b"\n":
            raise damaged("an extended header of the archive cannot be followed")
        key, _, value = content[space + 1 : end - 1].partition(b"=")
        if key in _PAX_USED:
            yield key, value
        elif key.startswith(_SPARSE):
            yield _SPARSE, b""  # that it is one is all that counts: whoever makes up keys decides on no memory of ours
        at = end


def _member(stream: Stream, block: bytes, said: _Said, everywhere: Mapping[bytes, bytes]) -> tuple[Member, int]:
    """The member of a header, and the bytes that follow it in the archive."""
    pax = {**everywhere, **said.pax}
    kind = _kind(block, pax)
    size_bytes = _size(block) if b"size" not in pax else _pax_size(pax[b"size"])
    if block[156:157] == _GNU_SPARSE:
        _skip_sparse_map(stream, block)
    if block[156:157] in _NO_CONTENT:
        size_bytes = 0
    name = pax.get(_SPARSE_NAME) or pax.get(b"path") or said.name or _own_name(block)
    if kind is MemberKind.FILE and name.endswith(b"/"):
        kind = MemberKind.FOLDER  # as tar did it before there were types
    target = (pax.get(b"linkpath") or said.target or _text(block[157:257])) if kind is MemberKind.HARD_LINK else b""
    return Member(_shown(name), kind, Window(stream, size_bytes), _shown(target)), size_bytes


def _kind(block: bytes, pax: Mapping[bytes, bytes]) -> MemberKind:
    kind = _KINDS.get(block[156:157], MemberKind.FILE)
    is_sparse = block[156:157] == _GNU_SPARSE or _SPARSE in pax or _SPARSE_NAME in pax
    return MemberKind.SPARSE_FILE if is_sparse and kind is MemberKind.FILE else kind


def _pax_size(value: bytes) -> int:
    if not value.isdigit() or len(value) > 20:
        raise damaged("an extended header of the archive has no size that could be read")
    return int(value)


def _skip_sparse_map(stream: Stream, block: bytes) -> None:
    """Blocks that say where the pieces of a sparse file go."""
    goes_on = block[_SPARSE_GOES_ON_AT]
    while goes_on:
        more = stream.read(BLOCK_BYTES)
        if len(more) < BLOCK_BYTES:
            raise torn()
        goes_on = more[_SPARSE_MORE_GOES_ON_AT]


def _own_name(block: bytes) -> bytes:
    """GNU's own format keeps other things where POSIX has the prefix of a long name."""
    name, prefix = _text(block[:100]), _text(block[345:500])
    return prefix + b"/" + name if prefix and block[257:263] == b"ustar\0" else name


def _text(field_bytes: bytes) -> bytes:
    return field_bytes.split(b"\0")[0]


def _shown(name: bytes) -> str:
    return name[:_MAX_NAME_CHARACTERS].decode("utf-8", "surrogateescape")
