"""The fields of a certificate as the cryptography library reads them. Everything it raises stays within `parse`."""

import warnings
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from incidentd.x509.distinguished import text_from_bytes
from incidentd.x509.fields import NamesRead

# The library warns, once a process and on stderr, of serial numbers and name lengths that are not as they should be.
# A certificate that somebody else made is no reason to write to an operator's terminal.
warnings.filterwarnings("ignore", module=r"incidentd\.x509\.library")
warnings.filterwarnings("ignore", module=r"cryptography\.x509\.name")


class LibraryReader:
    """Reads by the library. Construction raises when the library refuses the certificate as a whole."""

    def __init__(self, der: bytes) -> None:
        self._certificate = x509.load_der_x509_certificate(der)

    def not_before(self) -> datetime:
        return self._certificate.not_valid_before_utc

    def not_after(self) -> datetime:
        return self._certificate.not_valid_after_utc

    def serial(self) -> str:
        return format(self._certificate.serial_number, "x")

    def subject(self) -> str:
        return self._certificate.subject.rfc4514_string()

    def issuer(self) -> str:
        return self._certificate.issuer.rfc4514_string()

    def common_name(self) -> str | None:
        found = self._certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not found:
            return None
        value = found[-1].value
        return value if isinstance(value, str) else text_from_bytes(value)

    def names(self) -> NamesRead:
        try:
            found = self._certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return NamesRead(())
        return NamesRead(tuple(str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress)))

    def is_ca(self) -> bool:
        try:
            return self._certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            return False
