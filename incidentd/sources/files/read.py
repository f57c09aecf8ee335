"""One file to its certificates. Only regular files are opened, at most 10 MB is read, and no key is kept. Blocking."""

import os
import re
import stat
from dataclasses import dataclass

from incidentd.model.certificate import Certificate
from incidentd.model.observation import GapReason
from incidentd.sources.files.expand import Trouble, trouble_of
from incidentd.x509.bundles import MAX_BLOB_BYTES, Blob, BlobKind, Parse, may_hold_certificates, read_blob
from incidentd.x509.parse import parse_certificate

_SNIFFED_BYTES = 64 * 1024
_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )?PRIVATE KEY-----")
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class FileRead:
    """The certificates of a file, in its order; never none."""

    certificates: tuple[Certificate, ...]
    unread: tuple[str, ...] = ()
    """Blocks beside them that could not be read, each with its reason."""


def read_file(path: str, *, named: bool = True, parse: Parse = parse_certificate) -> FileRead | Trouble | None:
    """The certificates in a file, why it cannot be read, or None: nothing in it is, or should be, a certificate.

    A file that nobody `named`, that was merely found in a folder, is read whole only when it begins like one that holds
    certificates. Never raises for what is on disk; needs no configuration and no state.
    """
    try:
        content = _content(path, named)
    except FileNotFoundError:
        # The generation behind a link may be swapped away between following the link and opening: once more, then.
        try:
            content = _content(path, named)
        except OSError as error:
            return trouble_of(error)
    except OSError as error:
        return trouble_of(error)
    if content is None or isinstance(content, Trouble):
        return content
    return _outcome(read_blob(content, parse))


def holds_private_key(path: str) -> bool:
    """True for a file with a private key in PEM (RFC 7468 10 and 11, OpenSSL's and OpenSSH's own kinds too)."""
    try:
        content = _content(path, named=True)
    except OSError:
        return False
    return isinstance(content, bytes) and _PRIVATE_KEY.search(content) is not None


def _content(path: str, named: bool) -> bytes | Trouble | None:
    """All bytes of one generation of the file. Raises OSError."""
    # Opening a device or a pipe may do something, so it is looked at first; O_NONBLOCK is for one put there meanwhile.
    if not stat.S_ISREG(os.stat(path).st_mode):
        return Trouble(GapReason.UNREADABLE, "it is not a regular file")
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return Trouble(GapReason.UNREADABLE, "it is not a regular file")
        if before.st_size > MAX_BLOB_BYTES:
            return Trouble(GapReason.TOO_LARGE, f"it is larger than {MAX_BLOB_BYTES} bytes: split it")
        begin = file.read(_SNIFFED_BYTES) or b""
        if not named and not may_hold_certificates(begin):
            return None
        content = begin + _rest(file.fileno(), MAX_BLOB_BYTES + 1 - len(begin))
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return Trouble(GapReason.TORN, "it was written to while it was read: it is read again at the next sweep")
    return content


def _rest(descriptor: int, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    while most_bytes > 0 and (piece := os.read(descriptor, min(most_bytes, 1024 * 1024))):
        pieces.append(piece)
        most_bytes -= len(piece)
    return b"".join(pieces)


def _outcome(blob: Blob) -> FileRead | Trouble | None:
    said = tuple(one.text for one in blob.unread)
    if blob.torn:
        return Trouble(GapReason.TORN, said[0] if said else "it is empty, as a file is before it is written")
    if blob.certificates:
        return FileRead(blob.certificates, said)
    if not said:
        return None
    reason = GapReason.TOO_LARGE if blob.kind is BlobKind.TOO_LARGE else GapReason.UNREADABLE
    return Trouble(reason, said[0] if len(said) == 1 else f"{said[0]}, and {len(said) - 1} more")
