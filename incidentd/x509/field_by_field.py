"""Reads one field at a time from several readers: the first that succeeds is believed, and every refusal is a value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from incidentd.x509.fields import FieldReader

MAX_NAME_CHARACTERS = 256

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reading failed, and how."""

    error: BaseException


def attempt(read: Callable[[], T]) -> T | Refusal:
    """The result of `read`, or its refusal. A panic inside the library's Rust code is a refusal like any other."""
    try:
        return read()
    except Exception as error:  # the parse boundary: what bytes can provoke in a library is not ours to list
        return Refusal(error)
    except BaseException as error:
        # pyo3 derives its PanicException from BaseException and gives no way to import it.
        if type(error).__name__ != "PanicException":
            raise
        return Refusal(error)


class FieldByField:
    """The readers of one certificate, in order of trust, and the notes on what none of them could read."""

    def __init__(self, readers: Sequence[FieldReader]) -> None:
        self._readers = readers
        self.notes: list[str] = []

    def read(self, reading: Callable[[FieldReader], T]) -> T | Refusal:
        """What the first reader that does not refuse says, else the last one's refusal."""
        outcome: T | Refusal = Refusal(LookupError("nobody can read it"))
        for reader in self._readers:
            outcome = _attempt_with(reader, reading)
            if not isinstance(outcome, Refusal):
                return outcome
        return outcome

    def read_or(self, field: str, reading: Callable[[FieldReader], T], default: D) -> T | D:
        """Like `read`, but a refusal becomes a note and the default."""
        outcome = self.read(reading)
        if not isinstance(outcome, Refusal):
            return outcome
        self.note(field, str(outcome.error))
        return default

    def text(self, field: str, reading: Callable[[FieldReader], str]) -> str:
        """Like `read_or` with the empty text, cut at 256 characters."""
        return self.cut(field, self.read_or(field, reading, ""))

    def cut(self, field: str, text: str) -> str:
        """The first 256 characters, with a note when there were more."""
        if len(text) > MAX_NAME_CHARACTERS:
            self.note(field, f"cut at {MAX_NAME_CHARACTERS} of {len(text)} characters")
        return text[:MAX_NAME_CHARACTERS]

    def note(self, field: str, reason: str) -> None:
        """Remember that a field was not, or not wholly, read."""
        self.notes.append(f"{field}: {reason[:MAX_NAME_CHARACTERS]}")


def _attempt_with(reader: FieldReader, reading: Callable[[FieldReader], T]) -> T | Refusal:
    return attempt(lambda: reading(reader))
