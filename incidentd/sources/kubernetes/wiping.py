"""Bytes that may hold a private key, and are overwritten once they were looked through.

What Python frees it does not wipe: whatever passes here is kept in one buffer, moved without copies, and zeroed.
"""

import ctypes
from collections.abc import Callable

_FIRST_CAPACITY = 16 * 1024

_address_of: Callable[[bytes], int] = ctypes.pythonapi.PyBytes_AsString
ctypes.pythonapi.PyBytes_AsString.restype = ctypes.c_void_p
ctypes.pythonapi.PyBytes_AsString.argtypes = [ctypes.py_object]


def wipe(secret: bytes) -> None:
    """Zeroes bytes that the caller has just made and that nobody else holds; they are not to be used any more.

    A bytes object cannot be changed in Python, and some calls give nothing else. Short ones are shared: left alone.
    """
    if len(secret) > 1:
        ctypes.memset(_address_of(secret), 0, len(secret))


class TooMuch(Exception):
    """More bytes than a page may have."""


class Page:
    """A buffer that grows without leaving copies behind. Used again and again, wiped in between."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = bytearray(min(_FIRST_CAPACITY, most_bytes))
        self.length = 0

    def append(self, piece: memoryview) -> None:
        """Raises TooMuch beyond what it may hold."""
        end = self.length + len(piece)
        if end > self._most_bytes:
            raise TooMuch
        if end > len(self._bytes):
            self._grow(min(max(end, 2 * len(self._bytes)), self._most_bytes))
        memoryview(self._bytes)[self.length : end] = piece
        self.length = end

    def find_line_end(self, start: int) -> int:
        """Where the next line feed stands, from `start` on; -1 where none does."""
        return self._bytes.find(b"\n", start, self.length)

    def line(self, end: int) -> memoryview:
        """The bytes before `end`, to be changed in place."""
        return memoryview(self._bytes)[:end]

    def drop(self, count: int) -> None:
        """Forget the first `count` bytes; what follows moves up, and its old place is wiped."""
        rest = self.length - count
        view = memoryview(self._bytes)
        view[:rest] = view[count : self.length]
        view[rest : self.length] = bytes(self.length - rest)
        self.length = rest

    def wipe(self) -> None:
        """Zero what was in it; it is empty then."""
        memoryview(self._bytes)[: self.length] = bytes(self.length)
        self.length = 0

    @property
    def view(self) -> memoryview:
        """What is in it, to be changed in place."""
        return memoryview(self._bytes)[: self.length]

    def _grow(self, capacity: int) -> None:
        larger = bytearray(capacity)
        memoryview(larger)[: self.length] = memoryview(self._bytes)[: self.length]
        length = self.length
        self.wipe()
        self._bytes, self.length = larger, length
