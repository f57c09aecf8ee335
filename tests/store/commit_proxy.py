"""A way to a PostgreSQL that is cut at a COMMIT: before it arrives, or after it was carried out and before the answer.

Between a TCP port on loopback and the server's socket; whoever connects again gets through again.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

_COMMIT, _TO_WRITE, _TO_READ = b"COMMIT\0", b" READ WRITE\0", b" READ ONLY\0"
_CHUNK_BYTES = 65_536


class Cut(Enum):
    """When the connection breaks."""

    BEFORE = "the server never hears of it"
    AFTER = "it is done, and nobody is told"


class CommitProxy:
    """Counts the COMMITs of what was written that pass, and cuts the one it was told to."""

    def __init__(self, socket_path: Path) -> None:
        self._server_path = str(socket_path)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.commits = 0
        self._cut_at: tuple[int, Cut] | None = None
        self._writing: set[socket.socket] = set()
        threading.Thread(target=self._accepts, daemon=True).start()

    def cut(self, nth: int, when: Cut) -> None:
        """The nth COMMIT from now on (1: the next one)."""
        self._cut_at = (self.commits + nth, when)

    @property
    def has_cut(self) -> bool:
        """True once it came to that."""
        return self._cut_at is not None and self.commits >= self._cut_at[0]

    def close(self) -> None:
        """Nobody gets through any more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accepts(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carries, args=(client,), daemon=True).start()

    def _carries(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as either:
            server.connect(self._server_path)
            either.register(client, selectors.EVENT_READ, server)
            either.register(server, selectors.EVENT_READ, client)
            with suppress(OSError):
                while all(self._passes(key.fileobj, key.data, client) for key, _ in either.select()):
                    pass

    def _passes(self, from_here: object, to_there: socket.socket, client: socket.socket) -> bool:
        """False when this was the end, for either of them."""
        assert isinstance(from_here, socket.socket)
        data = from_here.recv(_CHUNK_BYTES)
        cut = self._cut_now(data, client) if from_here is client else None
        if not data or cut is Cut.BEFORE:
            return False
        to_there.sendall(data)
        if cut is Cut.AFTER:
            to_there.recv(_CHUNK_BYTES)  # its answer: it is committed
            return False
        return True

    def _cut_now(self, data: bytes, client: socket.socket) -> Cut | None:
        if _TO_WRITE in data:
            self._writing.add(client)
        elif _TO_READ in data:
            self._writing.discard(client)
        if _COMMIT not in data or client not in self._writing:
            return None
        self.commits += 1
        return self._cut_at[1] if self._cut_at is not None and self._cut_at[0] == self.commits else None


@contextmanager
def commits_through(socket_path: Path) -> Iterator[CommitProxy]:
    """One, as long as it is needed."""
    proxy = CommitProxy(socket_path)
    try:
        yield proxy
    finally:
        proxy.close()
