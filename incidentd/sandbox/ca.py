"""A certificate authority of our own: certificates with exactly the names, dates and issuers that are asked for.

Nothing here reads a clock. Keys are for the sandbox only and never show in a repr.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

KeyType = Literal["ec", "rsa"]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey

_COMMON_NAME_LIMIT = 64
"""RFC 5280 appendix A.1, ub-common-name."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, ready to be served."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    issuers: tuple[x509.Certificate, ...] = ()
    """Intermediates, nearest first; the root is not served."""

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the DER, lowercase hex."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def chain_pem(self) -> bytes:
        """The certificate and its intermediates, leaf first, as a server is configured with them."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.issuers))

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key, PKCS#8, without a password."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class CertificateAuthority:
    """A root, or an intermediate under another authority. Dates are aware and end up in it to the second.

    Keys and serial numbers are drawn by chance where none are given. Where all are given, and the authority's own is of
    Ed25519, whose signatures need no chance (RFC 8032, 5.1.6), the same certificates come out each time, to the byte.
    """

    def __init__(
        self,
        name: str = "Sandbox Root",
        *,
        not_before: datetime,
        not_after: datetime,
        issuer: "CertificateAuthority | None" = None,
        key_type: KeyType = "ec",
        key: PrivateKey | None = None,
    ) -> None:
        key = key or _new_key(key_type)
        signer = issuer.issued if issuer else None
        self._own: Issued = _signed(_common_name(name), (), key, not_before, not_after, signer, is_ca=True)

    @property
    def issued(self) -> Issued:
        """Its own certificate and key."""
        return self._own

    @property
    def certificate_pem(self) -> bytes:
        """Its own certificate."""
        return self._own.certificate_pem

    def intermediate(
        self, name: str = "Sandbox Intermediate", *, not_before: datetime, not_after: datetime, key_type: KeyType = "ec"
    ) -> "CertificateAuthority":
        """An authority under this one, which is served with what it issues."""
        return CertificateAuthority(name, not_before=not_before, not_after=not_after, issuer=self, key_type=key_type)

    def issue(
        self,
        names: Sequence[str],
        *,
        not_before: datetime,
        not_after: datetime,
        key_type: KeyType = "ec",
        key: PrivateKey | None = None,
        serial_number: int | None = None,
    ) -> Issued:
        """A server certificate for DNS names and addresses, the first also as its common name."""
        key = key or _new_key(key_type)
        return _signed(_common_name(names[0]), names, key, not_before, not_after, self._own, serial_number, is_ca=False)


def self_signed(names: Sequence[str], *, not_before: datetime, not_after: datetime, key_type: KeyType = "ec") -> Issued:
    """A server certificate that vouches for itself."""
    return _signed(_common_name(names[0]), names, _new_key(key_type), not_before, not_after, None, is_ca=False)


def _signed(
    subject: x509.Name,
    names: Sequence[str],
    key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    signer: Issued | None,
    serial_number: int | None = None,
    *,
    is_ca: bool,
) -> Issued:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(not_before.replace(microsecond=0))
        .not_valid_after(not_after.replace(microsecond=0))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), False)
    signing = signer.key if signer else key
    certificate = builder.sign(signing, None if isinstance(signing, Ed25519PrivateKey) else hashes.SHA256())
    return Issued(certificate, key, _intermediates(signer))


def _intermediates(signer: Issued | None) -> tuple[x509.Certificate, ...]:
    """What is served above a certificate: its signer and the signer's own, without the root."""
    if signer is None or signer.certificate.issuer == signer.certificate.subject:
        return ()
    return (signer.certificate, *signer.issuers)


def _new_key(key_type: KeyType) -> PrivateKey:
    if key_type == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:_COMMON_NAME_LIMIT])])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
