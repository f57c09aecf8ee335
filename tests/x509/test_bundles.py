"""Blobs: whatever else is in them, the certificates come out, and a torn one is never taken for an empty one."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from hypothesis import given
from hypothesis import strategies as st

from incidentd.x509.bundles import Blob, BlobKind, read_blob
from incidentd.x509.unreadable import UnreadableReason
from tests.x509.samples import KEY, certificate_der, handmade, indefinite, pem_block, tlv

LEAF = certificate_der("leaf")
ISSUER = certificate_der("issuer", is_ca=True, names=())
PRIVATE_KEY = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
TWO = pem_block(LEAF) + pem_block(ISSUER)
TRUST = bytes.fromhex("300c300a06082b06010505070301")
PKCS7 = serialize_certificates([x509.load_der_x509_certificate(der) for der in (LEAF, ISSUER)], Encoding.DER)
SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"


def _names(blob: Blob) -> list[str | None]:
    return [certificate.common_name for certificate in blob.certificates]


def _reasons(blob: Blob) -> list[UnreadableReason]:
    return [one.reason for one in blob.unread]


def _ber(certificates: Sequence[bytes]) -> bytes:
    """SignedData as streaming writers make it: every length indefinite."""
    content = indefinite(0x30, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
    signed = indefinite(0x30, b"\x02\x01\x01", b"\x31\x00", content, indefinite(0xA0, *certificates), b"\x31\x00")
    return indefinite(0x30, SIGNED_DATA, indefinite(0xA0, signed))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TWO, id="plain"),
        pytest.param(TWO.rstrip(), id="no last newline"),
        pytest.param(TWO.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(TWO.replace(b"\n", b"\r"), id="CR"),
        pytest.param(b"\xef\xbb\xbf" + TWO, id="byte order mark"),
        pytest.param(TWO.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b"    " + TWO.replace(b"\n", b"\n    "), id="indented, as in YAML"),
        pytest.param(b"subject=/CN=leaf\n" + pem_block(LEAF) + b"\n# next\n\xff\xfe\n" + pem_block(ISSUER), id="text"),
        pytest.param(PRIVATE_KEY + TWO, id="key first"),
        pytest.param(pem_block(LEAF) + PRIVATE_KEY + pem_block(ISSUER), id="key between"),
        pytest.param(TWO.replace(b"CERTIFICATE", b"X509 CERTIFICATE"), id="old label"),
        pytest.param(
            TWO.replace(b"CERTIFICATE-----\nM", b"CERTIFICATE-----\nProc-Type: 4,CLEAR\nX: y\n\nM"), id="headers"
        ),
        pytest.param(
            pem_block(LEAF + TRUST, "TRUSTED CERTIFICATE") + pem_block(ISSUER, "TRUSTED CERTIFICATE"), id="trusted"
        ),
        pytest.param(pem_block(_ber([LEAF, ISSUER]), "PKCS7"), id="PKCS#7"),
        pytest.param(pem_block(_ber([LEAF, ISSUER]), "CMS"), id="CMS"),
        pytest.param(PRIVATE_KEY.rstrip() + pem_block(LEAF).rstrip() + pem_block(ISSUER), id="joined without newline"),
        pytest.param(TWO.replace(b"=\n", b"\n"), id="no padding"),
    ],
)
def test_certificates_come_out_of_pem_however_it_is_written(data: bytes) -> None:
    """Leaf and issuer, in order, and nothing unread."""
    blob = read_blob(data)
    assert (blob.kind, _names(blob), blob.unread, blob.torn) == (BlobKind.PEM, ["leaf", "issuer"], (), False)
    assert all(certificate.unread == () for certificate in blob.certificates)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (LEAF + ISSUER, BlobKind.DER),
        (LEAF + ISSUER + b"\n\0", BlobKind.DER),
        (_ber([LEAF, ISSUER]), BlobKind.PKCS7),
        (_ber([LEAF, b"\xa1\x02\x05\x00", ISSUER]), BlobKind.PKCS7),
    ],
    ids=["in a row", "padded", "BER", "attribute certificate between"],
)
def test_certificates_come_out_of_der(data: bytes, kind: BlobKind) -> None:
    """One after the other, or inside a PKCS#7, DER and BER."""
    blob = read_blob(data)
    assert (blob.kind, _names(blob), blob.unread, blob.torn) == (kind, ["leaf", "issuer"], (), False)


def test_a_pkcs7_of_the_library_is_read_in_its_own_order() -> None:
    """DER sorts a set by its bytes: the order in it says nothing."""
    blob = read_blob(PKCS7)
    assert (blob.kind, sorted(_names(blob), key=str), blob.unread) == (BlobKind.PKCS7, ["issuer", "leaf"], ())


def _request() -> x509.CertificateSigningRequest:
    return x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(KEY, None)


def _revocation_list() -> x509.CertificateRevocationList:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(x509.Name([]))
    return builder.last_update(at).next_update(at.replace(year=2027)).sign(KEY, None)


_EC_KEY = ec.derive_private_key(2013, ec.SECP256R1())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PRIVATE_KEY, id="key"),
        pytest.param(_EC_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), id="key, DER"),
        pytest.param(_EC_KEY.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()), id="EC"),
        pytest.param(_EC_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), id="public"),
        pytest.param(_request().public_bytes(Encoding.PEM), id="request"),
        pytest.param(_request().public_bytes(Encoding.DER), id="request, DER"),
        pytest.param(_revocation_list().public_bytes(Encoding.PEM), id="revocation list"),
        pytest.param(_revocation_list().public_bytes(Encoding.DER), id="revocation list, DER"),
        pytest.param(_ber([]), id="PKCS#7 without certificates"),
        pytest.param(b"0.1.2\n", id="text that begins like DER"),
        pytest.param(b"0" * 5_000, id="more of it"),
        pytest.param(b"-----\na rule, and no block\n-----\n", id="rules"),
        pytest.param(b"-----END CERTIFICATE-----\n", id="an END alone"),
        pytest.param(b"see `-----BEGIN CERTIFICATE-----` in the text\n", id="a BEGIN within a line"),
        pytest.param(b"the -----BEGIN CERTIFICATE----- line\n", id="a BEGIN behind a word"),
        pytest.param(b" " * 100 + b"-----BEGIN CERTIFICATE-----\n", id="a BEGIN far to the right"),
        pytest.param(tlv(0x30, b"\x06\x03\x2a\x03\x04", bytes(200)), id="content of another kind"),
        pytest.param(tlv(0x30, SIGNED_DATA[:-1] + b"\x03", bytes(200)), id="PKCS#7, enveloped"),
        pytest.param(tlv(0x30, b"\xa0\x03\x02\x01\x02" * 60), id="a SEQUENCE of another kind"),
        pytest.param(bytes(range(256)) * 20, id="binary"),
        pytest.param(b"\x30\x84\x01\x00\x00\x00\x00\x00\x00", id="binary that begins like DER"),
    ],
)
def test_what_holds_no_certificate_says_so(data: bytes) -> None:
    """Nothing found, nothing unread, nothing torn."""
    assert read_blob(data) == Blob(BlobKind.NO_CERTIFICATE)


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\t"])
def test_an_empty_file_is_torn(data: bytes) -> None:
    """It is what a writer leaves between truncating and writing."""
    assert read_blob(data) == Blob(BlobKind.EMPTY, torn=True)


@given(st.integers(2, len(LEAF) - 1))
def test_der_cut_anywhere_is_torn(cut: int) -> None:
    """Whatever is missing; and a whole one before it is kept."""
    alone, behind = read_blob(LEAF[:cut]), read_blob(ISSUER + LEAF[:cut])
    assert (alone.torn, alone.certificates, _reasons(alone)) == (True, (), [UnreadableReason.CUT_SHORT])
    assert (behind.torn, _names(behind)) == (True, ["issuer"])


@given(st.integers(2, len(PKCS7) - 1))
def test_pkcs7_cut_anywhere_is_torn(cut: int) -> None:
    """A set that is not whole is not taken for a smaller set."""
    assert read_blob(PKCS7[:cut]).torn
    assert read_blob(PKCS7[:cut]).certificates == ()


@given(st.integers(len(b"-----B"), len(pem_block(LEAF)) - len(b"-\n")))
def test_pem_cut_within_a_block_is_torn(cut: int) -> None:
    """From half a BEGIN line to an END line that lacks one dash; the whole block before it is kept."""
    blob = read_blob(pem_block(ISSUER) + pem_block(LEAF)[:cut])
    assert (blob.torn, _names(blob), _reasons(blob)) == (True, ["issuer"], [UnreadableReason.CUT_SHORT])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(pem_block(LEAF)[:-40] + pem_block(ISSUER), id="BEGIN within a block"),
        pytest.param(PRIVATE_KEY[:-30] + pem_block(ISSUER), id="a key without END"),
        pytest.param(pem_block(LEAF[:-7]) + pem_block(ISSUER), id="DER shorter than its length"),
        pytest.param(pem_block(PKCS7[:-7], "PKCS7") + pem_block(ISSUER), id="PKCS#7 shorter than its length"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nMIIBA\n-----END CERTIFICATE-----\n" + pem_block(ISSUER), id="base64"
        ),
        pytest.param(pem_block(b"", "CERTIFICATE") + pem_block(ISSUER), id="an empty block"),
    ],
)
def test_a_block_that_ends_before_its_time_is_torn(data: bytes) -> None:
    """The others are read all the same."""
    blob = read_blob(data)
    assert (blob.torn, _names(blob), _reasons(blob)) == (True, ["issuer"], [UnreadableReason.CUT_SHORT])
    assert blob.unread[0].text.startswith("block 1: ")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (pem_block(LEAF).replace(b"MII", b"M*I", 1), UnreadableReason.BAD_BASE64),
        (pem_block(handmade(not_after=b"\x17\x00")), UnreadableReason.NOT_AFTER_UNREADABLE),
        (pem_block(b"\x30\x03\x02\x01\x00"), UnreadableReason.NOT_A_CERTIFICATE),
        (pem_block(tlv(0x30, SIGNED_DATA), "PKCS7"), UnreadableReason.BAD_PKCS7),
        (pem_block(b"\x04\x80", "PKCS7"), UnreadableReason.BAD_PKCS7),
        (pem_block(tlv(0x30, SIGNED_DATA, tlv(0xA0, b"\x04\x00")), "PKCS7"), UnreadableReason.BAD_PKCS7),
        (pem_block(tlv(0x30, b"\x02\x01\x07"), "PKCS7"), UnreadableReason.BAD_PKCS7),
        (pem_block(b"\x04\x80", "TRUSTED CERTIFICATE"), UnreadableReason.NOT_A_CERTIFICATE),
        (pem_block(tlv(0x30, tlv(0x04, b"a" * 1_100_000))), UnreadableReason.CERTIFICATE_TOO_LARGE),
    ],
)
def test_one_bad_block_costs_one_block(bad: bytes, reason: UnreadableReason) -> None:
    """Its neighbours are read; it is named by its number; the blob is not torn."""
    blob = read_blob(pem_block(LEAF) + bad + pem_block(ISSUER))
    assert (_names(blob), _reasons(blob), blob.torn) == (["leaf", "issuer"], [reason], False)
    assert blob.unread[0].text.startswith("block 2: ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (LEAF + b"garbage", UnreadableReason.NOT_A_CERTIFICATE),
        (LEAF + b"\x30\x89", UnreadableReason.NOT_A_CERTIFICATE),
        (
            LEAF + tlv(0x30, tlv(0x30, b"\x05\x00" * 9), b"\x30\x00", b"\x03\x01\x00"),
            UnreadableReason.NOT_A_CERTIFICATE,
        ),
        (LEAF + handmade(not_after=b"\x17\x00"), UnreadableReason.NOT_AFTER_UNREADABLE),
        (LEAF + tlv(0x30, SIGNED_DATA, b"\xa0\x02\x30\x7f"), UnreadableReason.BAD_PKCS7),
    ],
)
def test_bad_der_behind_a_certificate_is_said(data: bytes, reason: UnreadableReason) -> None:
    """The first is kept, the second has a reason."""
    blob = read_blob(data)
    assert (_names(blob), _reasons(blob), blob.torn) == (["leaf"], [reason], False)


@pytest.mark.parametrize(
    "data",
    [
        serialize_key_and_certificates(b"a", _EC_KEY, None, None, NoEncryption()),
        b"\xfe\xed\xfe\xed\x00\x00\x00\x02",
        b"\xce\xce\xce\xce\x00\x00\x00\x02",
        b"\x00\x00\x00\x02\x00\x00\x00\x14" + bytes(20),
    ],
    ids=["PKCS#12", "JKS", "JCEKS", "BKS"],
)
def test_a_keystore_is_named_with_what_to_do(data: bytes) -> None:
    """It is unread, not absent."""
    blob = read_blob(data)
    assert (blob.kind, _reasons(blob)) == (BlobKind.KEYSTORE, [UnreadableReason.KEYSTORE_NOT_SUPPORTED])
    assert "export" in blob.unread[0].text


@given(st.binary(max_size=300))
def test_no_blob_raises(data: bytes) -> None:
    """Any bytes, alone or within a block, are classified."""
    for blob in (data, pem_block(data), pem_block(data, "PKCS7"), LEAF + data, b"-----BEGIN CERTIFICATE-----\n" + data):
        read = read_blob(blob)
        assert read.certificates or read.unread or read.kind in (BlobKind.NO_CERTIFICATE, BlobKind.EMPTY)


def test_keys_are_not_kept() -> None:
    """Neither the result nor its text form holds a byte of the key that stood beside the certificates."""
    secret = PRIVATE_KEY.splitlines()[1].decode()
    for data in (PRIVATE_KEY + TWO, PRIVATE_KEY[:-20], TWO + PRIVATE_KEY[:-20]):
        assert secret not in repr(read_blob(data))


def test_an_rsa_style_signature_is_not_needed() -> None:
    """A certificate of any algorithm is read: here ECDSA, signed with chance."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([]))
    builder = builder.public_key(_EC_KEY.public_key()).serial_number(7).not_valid_before(at)
    der = builder.not_valid_after(at.replace(year=2027)).sign(_EC_KEY, hashes.SHA256()).public_bytes(Encoding.DER)
    assert read_blob(der).certificates[0].serial == "7"
