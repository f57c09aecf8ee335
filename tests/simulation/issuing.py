"""Issuing: the certificates of a life. Its seed decides each of their bytes, and so in which order fingerprints stand.

Drawn by chance, they would make of the same seed another life in every process.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from incidentd.sandbox.ca import CertificateAuthority, Issued

START = datetime(2037, 3, 2, 6, 0, tzinfo=UTC)
"""Later than any file that a life writes: the system dates its changes by a clock that no test can set, and what is
remembered of a file depends on how long ago it changed. The days of the week fall as they do in 2026."""
NAME = "api.example.test"
_FAR = timedelta(days=3650)
_YEAR = timedelta(days=365)
_SERIAL_BYTES = 16
_KEY_BYTES = 31
"""Below the order of the curve, whatever they are."""


@dataclass(frozen=True)
class Issuer:
    """Whoever is asked twice for the same certificate gives the same one."""

    seed: int
    _issued: dict[tuple[int, str], Issued] = field(default_factory=dict)

    def certificate(self, ends_in_minutes: int, name: str = NAME) -> Issued:
        """A certificate of a year that ends so long after the beginning."""
        asked = ends_in_minutes, name
        if asked not in self._issued:
            ends, drawn = START + timedelta(minutes=ends_in_minutes), _digest(f"{self.seed} {name} {ends_in_minutes}")
            self._issued[asked] = _authority().issue(
                (name,),
                not_before=ends - _YEAR,
                not_after=ends,
                key=ec.derive_private_key(int.from_bytes(drawn[:_KEY_BYTES], "big"), ec.SECP256R1()),
                serial_number=int.from_bytes(drawn[:_SERIAL_BYTES], "big"),
            )
        return self._issued[asked]


@lru_cache(maxsize=1)
def _authority() -> CertificateAuthority:
    key = Ed25519PrivateKey.from_private_bytes(_digest("authority"))
    return CertificateAuthority(not_before=START - _FAR, not_after=START + _FAR, key=key)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
