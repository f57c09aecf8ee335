"""A certificate authority that lives as long as a test, for TLS servers on loopback."""

import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# The handshake is judged by the machine's own clock: from 2020 to 2060 holds on any day.
_FROM, _UNTIL = datetime.datetime(2020, 1, 1), datetime.datetime(2060, 1, 1)


class Authority:
    """Trusted by who is told to; signs for addresses and names."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("incidentd test CA")
        basic = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(self._name, self._name, self._key.public_key()).add_extension(basic, critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())

    def server(self, *names: str) -> ssl.SSLContext:
        """A server's context with a certificate for these names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
        builder = _builder(_named(names[0]), self._name, key.public_key()).add_extension(alternatives, critical=False)
        leaf = builder.sign(self._key, hashes.SHA256())
        encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "both.pem"
            pem = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + leaf.public_bytes(encoding)
            file.write_bytes(pem)
            context.load_cert_chain(file)
        return context

    def client(self) -> ssl.SSLContext:
        """A client's context that trusts this authority."""
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self._certificate.public_bytes(serialization.Encoding.PEM).decode())
        return context


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(_FROM).not_valid_after(_UNTIL)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
