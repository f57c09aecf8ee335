"""The token of the board: only its hash is kept, and it is compared in constant time."""

import hashlib
import hmac
from pathlib import Path

from incidentd.errors import ConfigError
from incidentd.secret import read_secret_file


class Token:
    """The token in a file. A file that changes counts at once; one that cannot be read leaves the token before."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError when there is no token in the file."""
        self._path = path
        self._seen = _mark(path)
        self._hash = _hash(read_secret_file(path))

    def matches(self, given: str) -> bool:
        """True for the token as it is now."""
        self._read_again()
        return hmac.compare_digest(_hash(given), self._hash)

    def _read_again(self) -> None:
        mark = _mark(self._path)
        if mark is None or mark == self._seen:
            return
        try:
            self._hash = _hash(read_secret_file(self._path))
            self._seen = mark
        except ConfigError:
            return  # in the middle of being replaced


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
