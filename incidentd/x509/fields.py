"""What a reader of certificates offers: one method a field, each of which may raise, and each read by itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NamesRead:
    """The subject alternative names that were read, and what stopped the reading, if anything did."""

    names: tuple[str, ...]
    trouble: str = ""


class FieldReader(Protocol):
    """The fields of one certificate. Any method may raise any Exception: then that field, alone, was not read."""

    def not_before(self) -> datetime:
        """Aware, UTC."""
        ...

    def not_after(self) -> datetime:
        """Aware, UTC; never later than what stands there."""
        ...

    def serial(self) -> str:
        """Lowercase hex without leading zeros; a negative one begins with a minus sign."""
        ...

    def subject(self) -> str:
        """RFC 4514 text."""
        ...

    def issuer(self) -> str:
        """RFC 4514 text."""
        ...

    def common_name(self) -> str | None:
        """The most specific one of the subject; None when there is none."""
        ...

    def names(self) -> NamesRead:
        """DNS names and IP addresses among the subject alternative names."""
        ...

    def is_ca(self) -> bool:
        """What BasicConstraints says (RFC 5280 4.2.1.9); False where it is not there, as in every version 1."""
        ...
