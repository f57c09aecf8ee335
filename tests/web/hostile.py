"""Certificates and files whose names want to be more than names."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.web.world import START

NAMES = (
    "<script>alert('name')</script>",
    "<img src=x onerror=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title><svg/onload=alert(1)>",
    "&lt;b&gt;",
    "exe.\u202egpj.moc",
    "zero\u200bwidth\ufeff",
    "red\x1b[31m\x1b]8;;http://evil.example\x07",
    "line\r\nSet-Cookie: a=b",
    "nul\x00byte\x85",
    "tag\U000e0041\u2028next",
)
"""In the subject, and where they are ASCII also as an alternative name."""
FILE_NAMES = ("<img src=x onerror=alert(2)>.pem", 'a" onmouseover="alert(2).pem', "b\u202emep.pem", "c\x1b[2J.pem")


def hostile_certificate(name: str, days: float = 60.0) -> bytes:
    """PEM of a certificate with that name as its subject's name and organization."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START - timedelta(days=300))
        .not_valid_after(START + timedelta(days=days))
    )
    if name.isascii():
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def lay_out_hostile(folder: Path) -> int:
    """One file for each name, some under hostile file names; how many there are."""
    (folder / "certs").mkdir()
    for number, name in enumerate(NAMES):
        file = FILE_NAMES[number] if number < len(FILE_NAMES) else f"{number}.pem"
        (folder / "certs" / file).write_bytes(hostile_certificate(name, 60.0 + number))
    return len(NAMES)
