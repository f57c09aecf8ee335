"""CertificateReader: parse_certificate with a bounded memory: a fleet shows the same certificates every hour."""

import hashlib
from threading import Lock

from incidentd.model.certificate import Certificate
from incidentd.x509.parse import parse_certificate
from incidentd.x509.unreadable import Unreadable

_DEFAULT_REMEMBERED = 20_000
_MAX_REMEMBERED_NAMES = 100
"""A certificate with more names is parsed each time: otherwise whoever makes certificates decides on our memory."""


class CertificateReader:
    """Remembers the last `remembered` (at least 1) that it parsed, by SHA-256 of the bytes. Safe between threads."""

    def __init__(self, remembered: int = _DEFAULT_REMEMBERED) -> None:
        self._remembered = remembered
        self._known: dict[bytes, Certificate] = {}
        self._lock = Lock()

    def parse(self, der: bytes) -> Certificate | Unreadable:
        """As `parse_certificate`; the same bytes give the same object while they are remembered."""
        digest = hashlib.sha256(der).digest()
        known = self._known.get(digest)
        if known is not None:
            return known
        parsed = parse_certificate(der)
        if isinstance(parsed, Certificate) and len(parsed.names) <= _MAX_REMEMBERED_NAMES:
            self._remember(digest, parsed)
        return parsed

    def _remember(self, digest: bytes, certificate: Certificate) -> None:
        with self._lock:
            while len(self._known) >= self._remembered:
                del self._known[next(iter(self._known))]
            self._known[digest] = certificate
