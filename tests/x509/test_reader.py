"""CertificateReader: the same certificate is parsed once, and its memory has a bound."""

from incidentd.x509.bundles import read_blob
from incidentd.x509.reader import CertificateReader
from incidentd.x509.unreadable import Unreadable
from tests.x509.samples import certificate_der, pem_block


def test_known_bytes_give_the_same_object() -> None:
    """Whichever blob they come in."""
    reader, der = CertificateReader(), certificate_der()
    first = reader.parse(der)
    assert reader.parse(bytes(bytearray(der))) is first
    assert read_blob(pem_block(der), reader.parse).certificates[0] is first


def test_the_oldest_is_forgotten_first() -> None:
    """Two are remembered; the third takes the place of the first."""
    reader = CertificateReader(remembered=2)
    ders = [certificate_der(serial=serial) for serial in (1, 2, 3)]
    parsed = [reader.parse(der) for der in ders]
    assert reader.parse(ders[2]) is parsed[2]
    assert reader.parse(ders[1]) is parsed[1]
    assert reader.parse(ders[0]) is not parsed[0]
    assert reader.parse(ders[0]) == parsed[0]


def test_certificates_with_many_names_are_not_remembered() -> None:
    """Otherwise whoever makes certificates would decide on our memory."""
    reader = CertificateReader()
    der = certificate_der(names=[f"h{number}.example" for number in range(101)])
    assert reader.parse(der) == reader.parse(der)
    assert reader.parse(der) is not reader.parse(der)


def test_what_is_unreadable_is_judged_each_time() -> None:
    """Nothing is remembered of it."""
    reader = CertificateReader()
    assert isinstance(reader.parse(b"\x30\x00"), Unreadable)
    assert reader.parse(b"\x30\x00") == reader.parse(b"\x30\x00")
