"""Streams: bytes in one direction, looked at a little ahead, and windows on them. An end too early is a fault."""

from typing import BinaryIO, Protocol

from incidentd.artefacts.caps import Allowance, StreamFault
from incidentd.artefacts.scanned import UnreadReason

_CHUNK_BYTES = 64 * 1024


class Raw(Protocol):
    """Where bytes come from."""

    def read(self, most: int) -> bytes:
        """Up to `most` bytes, and none only at the end. Raises StreamFault and Exhausted."""
        ...

    def skip(self, count: int) -> None:
        """Steps over so many bytes. Raises StreamFault where there are fewer, and Exhausted."""
        ...


class Stream(Raw, Protocol):
    """A stream that can be looked at ahead; `read` gives fewer bytes than asked for only at the end."""

    def peek(self, count: int) -> bytes:
        """The next bytes, at most `count`, fewer only at the end; they stay where they are."""
        ...


def torn(text: str = "it ends before its end") -> StreamFault:
    """Something is missing."""
    return StreamFault(UnreadReason.TORN, text)


class RawFile:
    """A file on disk, or what a process writes. What is stepped over is not read where it need not be."""

    def __init__(self, file: BinaryIO, allowance: Allowance, size_bytes: int | None = None) -> None:
        """`size_bytes` of a file in which one can step ahead."""
        self._file = file
        self._allowance = allowance
        self._size_bytes = size_bytes
        self._at = 0

    def read(self, most: int) -> bytes:
        try:
            piece = self._file.read(most) or b""
        except OSError as error:
            text = f"it cannot be read: {error.strerror or type(error).__name__}"
            raise StreamFault(UnreadReason.NOT_ACCESSIBLE, text) from error
        self._at += len(piece)
        self._allowance.spend_bytes(len(piece))
        return piece

    def skip(self, count: int) -> None:
        if self._size_bytes is None:
            discard(self, count)
            return
        if self._at + count > self._size_bytes:
            raise torn()
        self._file.seek(count, 1)
        self._at += count


def discard(raw: Raw, count: int) -> None:
    """Steps over bytes by reading them."""
    while count > 0:
        piece = raw.read(min(count, _CHUNK_BYTES))
        if not piece:
            raise torn()
        count -= len(piece)


class Peeked:
    """A raw stream with a buffer before it."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._buffer = b""
        self._at = 0

    def peek(self, count: int) -> bytes:
        self._fill(count)
        return self._buffer[self._at : self._at + count]

    def read(self, most: int) -> bytes:
        self._fill(most)
        piece = self._buffer[self._at : self._at + most]
        self._at += len(piece)
        return piece

    def skip(self, count: int) -> None:
        held = min(count, len(self._buffer) - self._at)
        self._at += held
        if count > held:
            self._raw.skip(count - held)

    def _fill(self, count: int) -> None:
        """Reads until there are so many in the buffer, or no more."""
        missing = count - (len(self._buffer) - self._at)
        if missing <= 0:
            return
        pieces = [self._buffer[self._at :]]
        while missing > 0 and (piece := self._raw.read(max(missing, _CHUNK_BYTES))):
            pieces.append(piece)
            missing -= len(piece)
        self._buffer, self._at = b"".join(pieces), 0


class Window:
    """The next so many bytes of a stream, as a stream of its own."""

    def __init__(self, stream: Stream, size_bytes: int) -> None:
        self._stream = stream
        self.left_bytes = size_bytes

    def peek(self, count: int) -> bytes:
        return self._whole(self._stream.peek(min(count, self.left_bytes)), count)

    def read(self, most: int) -> bytes:
        wanted = min(most, self.left_bytes)
        piece = self._whole(self._stream.read(wanted), most)
        self.left_bytes -= len(piece)
        return piece

    def skip(self, count: int) -> None:
        if count > self.left_bytes:
            raise torn()
        self._stream.skip(count)
        self.left_bytes -= count

    def _whole(self, piece: bytes, wanted: int) -> bytes:
        """What the stream promised has to be there: a member that is cut off is not a short one."""
        if len(piece) < min(wanted, self.left_bytes):
            raise torn()
        return piece
