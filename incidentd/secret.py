"""A secret that is never shown: given inline, or by a file that is read at each use, so that a change counts.

Of a token that others have to show, only the hash is kept, and it is compared in constant time.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, StringConstraints

from incidentd.errors import ConfigError

LARGEST_SECRET_BYTES = 65_536


def _one_line(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().strip()
    if not text or any(ord(letter) < 32 for letter in text):
        raise ValueError("a secret is one line of text")
    return SecretStr(text)


SecretText = Annotated[SecretStr, AfterValidator(_one_line)]
"""A secret given inline."""

SecretFile = Annotated[str, StringConstraints(pattern=r"^[^\x00]+$")]
"""A file that holds a secret; relative to the configuration file."""


def read_secret_file(path: Path) -> str:
    """The file's text without surrounding white space. Raises ConfigError where there is none; never shows a byte."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the secret file cannot be read: {error.strerror}", where=str(path)) from None
    if len(content) > LARGEST_SECRET_BYTES:
        raise ConfigError(f"the secret file has more than {LARGEST_SECRET_BYTES} bytes", where=str(path))
    try:
        text = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise ConfigError("the secret file holds no text", where=str(path), hint="it is one line of UTF-8")
    return text


class SecretReference:
    """Where a secret is, not what it is: `read()` fetches it anew each time."""

    __slots__ = ("_inline", "path")

    def __init__(self, inline: SecretStr | None = None, path: Path | None = None) -> None:
        """One of the two is given."""
        self._inline = inline
        self.path = path
        """The file it stands in; None for one that was given inline."""

    def read(self) -> str:
        """The secret as it is now. Raises ConfigError when its file cannot be read."""
        if self._inline is not None:
            return self._inline.get_secret_value()
        if self.path is None:
            raise ConfigError("a secret was given neither inline nor by file")
        return read_secret_file(self.path)

    def __repr__(self) -> str:
        return f"SecretReference({'inline' if self.path is None else str(self.path)})"


def reference(inline: SecretStr | None, file: str | None, folder: Path) -> SecretReference | None:
    """The secret of a setting and its `…_file` twin; None where neither is set. Relative files stand in `folder`."""
    if inline is not None:
        return SecretReference(inline=inline)
    return SecretReference(path=folder / file) if file is not None else None


class Token:
    """A token. The file of one that changes counts at once; one that cannot be read leaves the token before."""

    def __init__(self, secret: SecretReference) -> None:
        """Raises ConfigError when there is no token in its file."""
        self._path = secret.path
        self._seen = _mark(secret.path)
        self._hash = _hash(secret.read())

    def matches(self, given: str) -> bool:
        """True for the token as it is now."""
        self._read_again()
        return hmac.compare_digest(_hash(given), self._hash)

    def _read_again(self) -> None:
        mark = _mark(self._path)
        if mark is None or mark == self._seen or self._path is None:
            return
        try:
            self._hash = _hash(read_secret_file(self._path))
            self._seen = mark
        except ConfigError:
            return  # in the middle of being replaced


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _mark(path: Path | None) -> tuple[int, int, int] | None:
    """Changes when the file does; None while there is none."""
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
