"""Certificate: a parsed X.509 value. It knows nothing of where or when it was seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class KeyType(StrEnum):
    """Kinds of keys of which a server may have a certificate each, and gives out the one that a client can use."""

    EC = "ec"
    RSA = "rsa"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What could be read of one certificate.

    `fingerprint` (SHA-256 over the DER, lowercase hex) is its only identity. `not_after` is always known: a blob
    without a readable notAfter is not a Certificate but an unreadable one. Texts are raw here and made harmless where
    they are shown.
    """

    fingerprint: str
    not_before: datetime | None
    not_after: datetime
    subject: str = ""
    """RFC 4514 text of the subject."""
    common_name: str | None = None
    names: tuple[str, ...] = ()
    """Subject alternative names: DNS names and IP addresses (RFC 5280 4.2.1.6), as they stand."""
    issuer: str = ""
    serial: str = ""
    """Serial number, lowercase hex without leading zeros."""
    is_ca: bool = False
    self_signed: bool = False
    """Subject equals issuer."""
    key_id: str = ""
    """SHA-256 over the SubjectPublicKeyInfo, lowercase hex; empty where it could not be read."""
    key_type: KeyType | None = None
    """None for a key of another kind, and where it could not be read."""
    unread: tuple[str, ...] = ()
    """Fields that could not be read, as `field: reason`."""

    @property
    def is_authority(self) -> bool:
        """A CA certificate that stands for an authority.

        A self-signed one with names of its own is a server's, whatever its CA flag says: the commonest tools set the
        flag on every self-signed certificate that they make.
        """
        return self.is_ca and not (self.self_signed and self.names)

    @property
    def covered_names(self) -> tuple[str, ...]:
        """The names a client may ask for: the alternative names, else the common name (RFC 6125 6.4.4)."""
        if self.names:
            return self.names
        return (self.common_name,) if self.common_name else ()

    @property
    def display_name(self) -> str:
        """The first name a person would recognise it by."""
        covered = self.covered_names
        return covered[0] if covered else (self.subject or self.fingerprint[:16])

    @property
    def lifetime(self) -> timedelta | None:
        """From notBefore to notAfter; None where notBefore could not be read or makes no sense."""
        if self.not_before is None or self.not_before >= self.not_after:
            return None
        return self.not_after - self.not_before
