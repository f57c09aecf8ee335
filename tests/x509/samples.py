"""Certificates made for the tests, the same bytes in every run, and DER written by hand where a library would not."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from incidentd.model.certificate import Certificate
from incidentd.x509.parse import parse_certificate

NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2027, 2, 22, 20, 29, 53, tzinfo=UTC)
NOT_AFTER_DER = b"\x17\x0d270222202953Z"
BAD_VERSION = b"\xa0\x03\x02\x01\x07"
"""Version 8: the library refuses the whole certificate."""
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def certificate_der(
    common_name: str = "blob.example.net",
    *,
    names: Sequence[str] = ("blob.example.net", "*.blob.example.net"),
    addresses: Sequence[str] = (),
    serial: int = 0x2013,
    not_after: datetime = NOT_AFTER,
    is_ca: bool = False,
    issuer: str = "Sandbox Issuing CA",
) -> bytes:
    """A signed certificate; Ed25519 signs without chance, so the bytes depend on the arguments alone."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(_name(issuer))
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(ip_address(address)) for address in addresses]
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(KEY, None).public_bytes(Encoding.DER)


def pem_block(der: bytes, label: str = "CERTIFICATE", newline: str = "\n") -> bytes:
    """One block with lines of 64 characters and a last newline."""
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return newline.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def indefinite(tag: int, *parts: bytes) -> bytes:
    """One BER element of indefinite length."""
    return bytes((tag, 0x80)) + b"".join(parts) + b"\x00\x00"


def handmade(
    *,
    not_after: bytes = NOT_AFTER_DER,
    not_before: bytes = b"\x17\x0d260101000000Z",
    serial: bytes = b"\x02\x02\x20\x13",
    version: bytes = b"\xa0\x03\x02\x01\x02",
    issuer: bytes = b"\x30\x00",
    subject: bytes = b"\x30\x00",
    key: bytes = b"\x30\x45\x30\x03\x06\x01\x2a\x03\x3e\x00" + bytes(61),
    extensions: Sequence[bytes] = (),
) -> bytes:
    """A certificate field by field, each as its own DER, with nothing checked: what hostile peers send."""
    algorithm = tlv(0x30, b"\x06\x03\x2b\x65\x70")
    rest = tlv(0xA3, tlv(0x30, *extensions)) if extensions else b""
    validity = tlv(0x30, not_before, not_after)
    to_be_signed = tlv(0x30, version, serial, algorithm, issuer, validity, subject, key, rest)
    return tlv(0x30, to_be_signed, algorithm, b"\x03\x02\x00\x00")


def alternative_names(*names: bytes) -> bytes:
    """The extension, its general names as DER."""
    return tlv(0x30, b"\x06\x03\x55\x1d\x11", tlv(0x04, tlv(0x30, *names)))


def name_der(*values: bytes, oid: bytes = b"\x55\x04\x03", tag: int = 0x0C) -> bytes:
    """A distinguished name, by default of common names in UTF-8."""
    return tlv(0x30, *(tlv(0x31, tlv(0x30, tlv(0x06, oid), tlv(tag, value))) for value in values))


def parsed_whole(der: bytes) -> Certificate:
    """The certificate; fails the test when it is unreadable."""
    parsed = parse_certificate(der)
    assert isinstance(parsed, Certificate), parsed
    return parsed


def _name(common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc.")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
