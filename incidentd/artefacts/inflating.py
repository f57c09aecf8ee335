"""Inflated: what comes out of a gzip, bzip2 or xz stream, a bounded piece at a time. A bomb ends as a fault.

Several packed streams in a row are one (RFC 1952 2.2; `bzip2` and `xz` do the same), zeros after the last are padding.
"""

import bz2
import lzma
import zlib
from typing import Protocol, assert_never

from incidentd.artefacts.caps import MIB, Allowance, StreamFault
from incidentd.artefacts.kinds import SNIFFED_BYTES, Packing, packing_of
from incidentd.artefacts.scanned import UnreadReason
from incidentd.artefacts.streams import Peeked, Stream, discard, torn

_CHUNK_BYTES = 64 * 1024
_MAX_OUT_BYTES = 256 * 1024
_GZIP_WINDOW = 31
"""zlib manual, inflateInit2: gzip with the largest window."""
_XZ_MEMORY_BYTES = 128 * MIB
"""`xz -9` needs 65 MiB to unpack (xz(1)); a header may claim 4 GiB."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the manners of the other two."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_GZIP_WINDOW)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


class Inflated:
    """A raw stream out of a packed one."""

    def __init__(self, packed: Stream, packing: Packing, allowance: Allowance) -> None:
        self._packed = packed
        self._packing = packing
        self._allowance = allowance
        self._decompressor: _Decompressor | None = _decompressor(packing)
        self._pending = b""
        self._in_bytes = 0
        self._out_bytes = 0

    def read(self, most: int) -> bytes:
        piece = b""
        while not piece and self._decompressor is not None:
            piece = self._piece(self._decompressor, min(most, _MAX_OUT_BYTES))
        return piece

    def skip(self, count: int) -> None:
        discard(self, count)

    def _piece(self, decompressor: _Decompressor, most: int) -> bytes:
        """What one step gives, which may be nothing."""
        if decompressor.eof:
            self._decompressor = self._next(decompressor.unused_data)
            return b""
        data = b""
        if decompressor.needs_input:
            data, self._pending = self._pending or self._more(), b""
            if not data:
                raise torn("its packed data ends before its end")
        try:
            piece = decompressor.decompress(data, most)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            text = f"its packed data is damaged, or wants more than {_XZ_MEMORY_BYTES} bytes of memory"
            raise StreamFault(UnreadReason.DAMAGED, text) from error
        self._count(len(piece))
        return piece

    def _next(self, rest: bytes) -> _Decompressor | None:
        """What follows the end of a packed stream: another, or nothing but padding."""
        while not (rest := rest.lstrip(b"\0")):
            if not (rest := self._more()):
                return None
        if len(rest) < len(self._packing.magic):
            rest += self._more()
        if not rest.startswith(self._packing.magic):
            raise StreamFault(UnreadReason.DAMAGED, "what follows the end of its packed data is something else")
        self._pending = rest
        return _decompressor(self._packing)

    def _more(self) -> bytes:
        data = self._packed.read(_CHUNK_BYTES)
        self._in_bytes += len(data)
        return data

    def _count(self, size_bytes: int) -> None:
        self._allowance.spend_bytes(size_bytes)
        self._out_bytes += size_bytes
        caps = self._allowance.caps
        if self._out_bytes > max(caps.free_expansion_bytes, caps.expansion * self._in_bytes):
            text = f"more than {caps.expansion} bytes come out of each that is packed: it may be a bomb"
            raise StreamFault(UnreadReason.TOO_MUCH, text)


def unpacked(stream: Stream, allowance: Allowance) -> Stream:
    """What a stream holds, whether it is packed or not."""
    packing = packing_of(stream.peek(SNIFFED_BYTES))
    return stream if packing is None else Peeked(Inflated(stream, packing, allowance))


def _decompressor(packing: Packing) -> _Decompressor:
    match packing:
        case Packing.GZIP:
            return _Gzip()
        case Packing.BZIP2:
            return bz2.BZ2Decompressor()
        case Packing.XZ:
            return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)
    assert_never(packing)
