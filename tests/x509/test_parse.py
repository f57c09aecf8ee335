"""One certificate at a time: every field, and every way in which one of them can be wrong alone."""

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.certificate import Certificate
from incidentd.x509.parse import parse_certificate
from incidentd.x509.unreadable import Unreadable, UnreadableReason
from tests.x509.samples import (
    BAD_VERSION,
    KEY,
    NOT_AFTER,
    NOT_AFTER_DER,
    NOT_BEFORE,
    alternative_names,
    certificate_der,
    handmade,
    name_der,
    parsed_whole,
    tlv,
)

_BASIC_CONSTRAINTS = b"\x06\x03\x55\x1d\x13"


def test_every_field_of_a_sound_certificate_is_read() -> None:
    """Names, times, serial, key: as they stand, and nothing is left unread."""
    der = certificate_der(addresses=("192.0.2.7", "2001:db8::1"))
    spki = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert parsed_whole(der) == Certificate(
        fingerprint=hashlib.sha256(der).hexdigest(),
        not_before=NOT_BEFORE,
        not_after=NOT_AFTER,
        subject="CN=blob.example.net,O=Example\\, Inc.",
        common_name="blob.example.net",
        names=("blob.example.net", "*.blob.example.net", "192.0.2.7", "2001:db8::1"),
        issuer="CN=Sandbox Issuing CA,O=Example\\, Inc.",
        serial="2013",
        is_ca=False,
        self_signed=False,
        key_id=hashlib.sha256(spki).hexdigest(),
        unread=(),
    )


@pytest.mark.parametrize("version", [b"\xa0\x03\x02\x01\x02", BAD_VERSION])
def test_the_fallback_reads_what_the_library_reads(version: bytes) -> None:
    """A version that the library refuses changes the fingerprint and nothing else."""
    sound = certificate_der(addresses=("192.0.2.7",), is_ca=True)
    other = parsed_whole(sound.replace(b"\xa0\x03\x02\x01\x02", version, 1))
    expected = parsed_whole(sound)
    assert (other.subject, other.names, other.is_ca, other.serial, other.issuer, other.common_name) == (
        expected.subject,
        expected.names,
        True,
        expected.serial,
        expected.issuer,
        expected.common_name,
    )
    assert (other.not_after, other.not_before, other.key_id, other.unread) == (
        NOT_AFTER,
        NOT_BEFORE,
        expected.key_id,
        (),
    )


def test_a_self_signed_ca_is_both() -> None:
    """Subject equals issuer, and BasicConstraints says CA."""
    root = parsed_whole(certificate_der("root", issuer="root", is_ca=True))
    assert root.self_signed
    assert root.is_ca


def test_a_self_signed_version_1_certificate_is_no_ca() -> None:
    """It has no BasicConstraints; an appliance's own certificate must open an incident like any server's."""
    parsed = parsed_whole(handmade(version=b"", subject=name_der(b"appliance"), issuer=name_der(b"appliance")))
    assert (parsed.self_signed, parsed.is_ca, parsed.common_name) == (True, False, "appliance")


def test_the_last_year_of_the_calendar_stays() -> None:
    """RFC 5280 4.1.2.5: no well-defined expiration."""
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert parsed_whole(certificate_der(not_after=never)).not_after == never


@pytest.mark.parametrize(
    ("defect", "unread"),
    [
        pytest.param({"serial": b"\x05\x00"}, ("serial",), id="serial is no number"),
        pytest.param({"serial": b"\x02\x00"}, ("serial",), id="serial is empty"),
        pytest.param({"serial": b"\x02\x03\x00\x00\x07"}, (), id="serial is not minimal"),
        pytest.param({"version": BAD_VERSION}, (), id="version 8"),
        pytest.param({"not_before": b"\x17\x01x"}, ("not_before",), id="notBefore"),
        pytest.param({"subject": b"\x30\x03\x31\x7f\x00"}, ("subject", "common_name"), id="subject"),
        pytest.param({"subject": name_der(b"x", oid=b"\x55\x84")}, ("subject", "common_name"), id="type without end"),
        pytest.param({"subject": name_der(b"x", oid=b"\x55" * 65)}, ("subject", "common_name"), id="type too long"),
        pytest.param({"issuer": b"\x30\x03\x31\x7f\x00"}, ("issuer",), id="issuer"),
        pytest.param({"key": b"\x04\x01x"}, ("key_id",), id="key"),
        pytest.param({"extensions": [b"\x04\x00"]}, (), id="an extension that is none"),
        pytest.param({"extensions": [alternative_names(b"\x82\x7fabc")]}, ("names",), id="name longer than its list"),
        pytest.param(
            {"extensions": [tlv(0x30, b"\x06\x03\x55\x1d\x11")]}, ("names",), id="alternative names: no value"
        ),
        pytest.param({"extensions": [tlv(0x30, _BASIC_CONSTRAINTS, tlv(0x04, b"\x02\x01\x01"))]}, ("is_ca",), id="CA"),
    ],
)
def test_a_defect_hides_only_its_own_field(defect: dict[str, bytes], unread: tuple[str, ...]) -> None:
    """notAfter is read, and exactly the fields that could not be read are named."""
    parsed = parsed_whole(handmade(**defect))  # type: ignore[arg-type]  # one keyword of many
    assert parsed.not_after == NOT_AFTER
    assert tuple(note.partition(":")[0] for note in parsed.unread) == unread


def test_bytes_after_the_subject_may_be_anything() -> None:
    """What stands before a defect counts: the end is known even when the key and all behind it are garbage."""
    der = certificate_der()
    at = der.index(NOT_AFTER_DER) + len(NOT_AFTER_DER)
    parsed = parsed_whole(der[:at] + b"\x84" * (len(der) - at))
    assert parsed.not_after == NOT_AFTER
    assert not parsed.self_signed
    assert {note.partition(":")[0] for note in parsed.unread} == {"subject", "common_name", "key_id"}


@pytest.mark.parametrize(
    ("not_after", "reason"),
    [
        (b"\x17\x0d270230000000Z", UnreadableReason.NOT_AFTER_UNREADABLE),
        (b"\x17\x0c270222202953", UnreadableReason.NOT_AFTER_UNREADABLE),
        (b"\x04\x0d270222202953Z", UnreadableReason.NOT_AFTER_UNREADABLE),
        (b"\x18\x0f00000101000000Z", UnreadableReason.NOT_AFTER_OUT_OF_RANGE),
        (b"\x18\x1399991231235959-0100", UnreadableReason.NOT_AFTER_OUT_OF_RANGE),
    ],
)
def test_without_a_readable_end_there_is_no_certificate(not_after: bytes, reason: UnreadableReason) -> None:
    """There would be nothing to watch; the reason tells which way."""
    parsed = parse_certificate(handmade(not_after=not_after))
    assert isinstance(parsed, Unreadable)
    assert parsed.reason is reason


@pytest.mark.parametrize(
    ("der", "reason"),
    [
        (b"", UnreadableReason.CUT_SHORT),
        (certificate_der()[:-1], UnreadableReason.CUT_SHORT),
        (b"hello, world", UnreadableReason.CUT_SHORT),
        (b"\x04\x02ab", UnreadableReason.NOT_A_CERTIFICATE),
        (b"\x30\x00", UnreadableReason.NOT_A_CERTIFICATE),
        (tlv(0x30, tlv(0x30, b"\x02\x01\x01")), UnreadableReason.NOT_A_CERTIFICATE),
        (tlv(0x30, tlv(0x30, *[b"\x30\x00"] * 9)), UnreadableReason.NOT_A_CERTIFICATE),
        (b"\x30" * 5_000_000, UnreadableReason.CERTIFICATE_TOO_LARGE),
    ],
)
def test_what_is_no_certificate_has_a_reason(der: bytes, reason: UnreadableReason) -> None:
    """Each with a stable reason; nothing raises."""
    parsed = parse_certificate(der)
    assert isinstance(parsed, Unreadable)
    assert parsed.reason is reason


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    """Any bytes, alone or behind a certificate's beginning, are classified."""
    for der in (data, b"\x30\x82\x01\x00" + data, certificate_der()[:200] + data):
        parse_certificate(der)


def test_trailing_bytes_do_not_change_the_identity() -> None:
    """The fingerprint is of the certificate alone; the note says that something followed."""
    der = certificate_der()
    parsed = parsed_whole(der + b"\x00" * 5)
    assert parsed.fingerprint == parsed_whole(der).fingerprint
    assert parsed.unread == ("trailing: 5 bytes after the certificate are not part of it",)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([tlv(0x82, b"caf\xe9.example")], ("caf\\xe9.example",)),
        ([tlv(0x82, "健診.example".encode())], ("健診.example",)),
        ([tlv(0x82, b"a\x00b"), tlv(0x86, b"https://x"), tlv(0x82, b"<script>")], ("a\x00b", "<script>")),
        ([tlv(0x87, b"\xc0\x00\x02\x07"), tlv(0x87, b"\x01\x02\x03")], ("192.0.2.7", "#010203")),
    ],
)
def test_names_are_kept_as_they_stand(names: list[bytes], expected: tuple[str, ...]) -> None:
    """Bytes that are no text are shown as escapes; making them harmless is for who shows them."""
    assert parsed_whole(handmade(extensions=[alternative_names(*names)])).names == expected


def test_names_of_a_repeated_extension_are_all_kept() -> None:
    """RFC 5280 4.2 forbids it; which one a client believes is not known."""
    twice = [alternative_names(tlv(0x82, b"a.example")), alternative_names(tlv(0x82, b"b.example"))]
    assert parsed_whole(handmade(extensions=twice)).names == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("subject", "text", "common_name"),
    [
        (name_der(b"first", b"last"), "CN=last,CN=first", "last"),
        (name_der(b"\xff\xfe"), "CN=\\\\xff\\\\xfe", "\\xff\\xfe"),
        (name_der(b"\x00a\x00b", tag=0x1E), "CN=ab", "ab"),
        (name_der(b"caf\xe9", tag=0x14), "CN=café", "café"),
        (name_der(b' a,b"c; '), 'CN=\\ a\\,b\\"c\\;\\ ', ' a,b"c; '),
        (name_der(b"#a\x00"), "CN=\\#a\\00", "#a\x00"),
        (name_der(b"x", oid=b"\x2a\x03\x04"), "1.2.3.4=x", None),
        (name_der(b"x", oid=b"\x88\x37\x03"), "2.999.3=x", None),
    ],
)
def test_subjects_that_the_library_refuses_are_told_as_rfc_4514_text(
    subject: bytes, text: str, common_name: str | None
) -> None:
    """Last name first, special characters escaped, bytes outside the encoding shown as escapes."""
    parsed = parsed_whole(handmade(subject=subject, version=BAD_VERSION))
    assert (parsed.subject, parsed.common_name) == (text, common_name)
    assert parsed.unread == ()


def test_long_texts_are_cut_and_said() -> None:
    """256 characters of a name are kept, and a note tells of each cut."""
    long = tlv(0x82, b"a" * 300)
    parsed = parsed_whole(handmade(subject=name_der(b"b" * 900), extensions=[alternative_names(long, tlv(0x82, b"c"))]))
    assert parsed.names == ("a" * 256, "c")
    assert (len(parsed.subject), parsed.common_name) == (256, "b" * 256)
    assert parsed.unread == (
        "subject: cut at 256 of 903 characters",
        "common_name: cut at 256 of 900 characters",
        "names: 1 cut at 256 characters",
    )
