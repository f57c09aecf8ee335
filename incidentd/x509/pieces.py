"""Cuts a blob into pieces: the DER of what should be a certificate, what cannot be read, or something else (None).

Something else counts too: the cap on blocks must hold for a blob that is made of nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from incidentd.x509 import pem
from incidentd.x509.der import SEQUENCE, DerCutShort, DerError, Element, read_element
from incidentd.x509.pkcs7 import certificate_choices
from incidentd.x509.shapes import Shape, begins_like_certificates, shape_of
from incidentd.x509.unreadable import Unreadable, UnreadableReason

_PADDING = b"\0 \t\r\n"
KEYSTORE_ADVICE = "keystores are not read: export its certificates, `openssl pkcs12 -nokeys` or `keytool -exportcert`"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The bytes of what should be a certificate, and where they stand (`block 3: `; empty in plain DER)."""

    der: bytes = field(repr=False)
    where: str = ""


Piece = Candidate | Unreadable | None


def pem_pieces(data: bytes) -> Iterator[Piece]:
    """The pieces of PEM text, in order."""
    for block in pem.blocks(data):
        where = f"block {block.number}: "
        if not block.is_ended:
            yield Unreadable(UnreadableReason.CUT_SHORT, f"{where}it has no END line")
        elif block.holds is pem.Holds.SOMETHING_ELSE:
            yield None
        else:
            yield from _block_pieces(block, where)
    if pem.ends_within_a_mark(data):
        yield Unreadable(UnreadableReason.CUT_SHORT, "the last line is half a BEGIN line")


def der_pieces(data: bytes) -> Iterator[Piece]:
    """The pieces of DER elements in a row; padding after the last is ignored."""
    at = 0
    while at < len(data):
        try:
            element = read_element(data, at)
        except DerError as error:
            yield _unfollowed(data, at, error)
            return
        yield from _element_pieces(element)
        at = element.end
        if data[at : at + 1] != bytes((SEQUENCE,)):
            yield from _after_the_last(data[at:])
            return


def _block_pieces(block: pem.Block, where: str) -> Iterator[Piece]:
    try:
        der = pem.decoded(block.body)
    except pem.CutBase64 as error:
        yield Unreadable(UnreadableReason.CUT_SHORT, f"{where}{error}")
    except pem.BadBase64 as error:
        yield Unreadable(UnreadableReason.BAD_BASE64, f"{where}{error}")
    else:
        if block.holds is pem.Holds.PKCS7:
            yield from _pkcs7_block_pieces(der, where)
        else:
            yield Candidate(_without_trust(der) if block.holds is pem.Holds.TRUSTED_CERTIFICATE else der, where)


def _without_trust(der: bytes) -> bytes:
    """The certificate alone: the trust settings that OpenSSL puts behind it are another element."""
    try:
        return read_element(der).whole
    except DerError:
        return der


def _pkcs7_block_pieces(der: bytes, where: str) -> Iterator[Piece]:
    try:
        element = read_element(der)
    except DerCutShort as error:
        yield Unreadable(UnreadableReason.CUT_SHORT, f"{where}the PKCS#7 is cut short: {error}")
    except DerError as error:
        yield Unreadable(UnreadableReason.BAD_PKCS7, f"{where}{error}")
    else:
        yield from _pkcs7_pieces(element, where)


def _pkcs7_pieces(element: Element, where: str = "") -> Iterator[Piece]:
    try:
        for choice in certificate_choices(element):
            yield Candidate(choice.whole, where) if choice.tag == SEQUENCE else None
    except DerError as error:
        yield Unreadable(UnreadableReason.BAD_PKCS7, f"{where}the PKCS#7 cannot be followed: {error}")


def _element_pieces(element: Element) -> Iterator[Piece]:
    match shape_of(element):
        case Shape.CERTIFICATE | Shape.BROKEN_CERTIFICATE:
            yield Candidate(element.whole)
        case Shape.PKCS7:
            yield from _pkcs7_pieces(element)
        case Shape.KEYSTORE:
            yield Unreadable(UnreadableReason.KEYSTORE_NOT_SUPPORTED, f"a PKCS#12 keystore: {KEYSTORE_ADVICE}")
        case Shape.SOMETHING_ELSE:
            yield None


def _unfollowed(data: bytes, at: int, error: DerError) -> Piece:
    """At the very beginning this may be no DER at all, only bytes that begin like it."""
    if at == 0 and not begins_like_certificates(data):
        return None
    if isinstance(error, DerCutShort):
        return Unreadable(UnreadableReason.CUT_SHORT, f"cut short at byte {at}: {error}")
    return Unreadable(UnreadableReason.NOT_A_CERTIFICATE, f"what stands at byte {at} is not DER: {error}")


def _after_the_last(rest: bytes) -> Iterator[Piece]:
    if rest.strip(_PADDING):
        text = f"the last {len(rest)} bytes are no certificate"
        yield Unreadable(UnreadableReason.NOT_A_CERTIFICATE, text)
