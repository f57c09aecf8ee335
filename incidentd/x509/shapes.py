"""What a piece of DER is, by its outline alone: a key or a revocation list is not reported as a bad certificate."""

from enum import StrEnum

from incidentd.x509.der import (
    BIT_STRING,
    GENERALIZED_TIME,
    INTEGER,
    OBJECT_ID,
    SEQUENCE,
    UTC_TIME,
    DerError,
    Element,
    readable_children,
)
from incidentd.x509.skeleton import read_skeleton

_PKCS7_PREFIX = bytes.fromhex("2a864886f70d0107")
"""RFC 2315 14: every kind of PKCS#7 content begins with it."""
_PKCS12_VERSION = b"\x03"
_JAVA_MAGICS = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
"""JKS and JCEKS."""
_BOUNCY_CASTLE_VERSIONS = (b"\x00\x00\x00\x01", b"\x00\x00\x00\x02")
_BOUNCY_CASTLE_SALT_LENGTH = b"\x00\x00\x00\x14"
_HEADER_OCTETS = 10


class Shape(StrEnum):
    """What an element looks like."""

    CERTIFICATE = "certificate"
    BROKEN_CERTIFICATE = "broken_certificate"
    """Signed like a certificate, and neither a request nor a revocation list, but not built like a certificate."""
    PKCS7 = "pkcs7"
    KEYSTORE = "keystore"
    """PKCS#12 (RFC 7292 4)."""
    SOMETHING_ELSE = "something_else"


def shape_of(element: Element) -> Shape:
    """The shape of one whole element. Never raises."""
    if element.tag != SEQUENCE:
        return Shape.SOMETHING_ELSE
    parts = readable_children(element, 4)
    tags = [part.tag for part in parts]
    if tags[:1] == [OBJECT_ID]:
        return Shape.PKCS7 if parts[0].content.startswith(_PKCS7_PREFIX) else Shape.SOMETHING_ELSE
    if tags[:2] == [INTEGER, SEQUENCE] and parts[0].content == _PKCS12_VERSION:
        return Shape.KEYSTORE
    if _has_certificate_bones(element):
        return Shape.CERTIFICATE
    return Shape.BROKEN_CERTIFICATE if _is_signed_like_one(parts, tags) else Shape.SOMETHING_ELSE


def is_java_keystore(data: bytes) -> bool:
    """True for JKS, JCEKS and Bouncy Castle's BKS and UBER, by how their files begin."""
    if data.startswith(_JAVA_MAGICS):
        return True
    return data.startswith(_BOUNCY_CASTLE_VERSIONS) and data[4:8] == _BOUNCY_CASTLE_SALT_LENGTH


def begins_like_der(data: bytes) -> bool:
    """True for a long SEQUENCE. Text that happens to begin with a zero (0x30) has no length octet above 0x7f."""
    return len(data) > 1 and data[0] == SEQUENCE and 0x80 <= data[1] <= 0x84


def begins_like_certificates(data: bytes) -> bool:
    """For DER that is cut short: could certificates have stood here? Cut within the header, it could."""
    if not begins_like_der(data):
        return False
    content = data[2 + (data[1] & 0x7F) :][:_HEADER_OCTETS]
    signed_data = bytes((OBJECT_ID, len(_PKCS7_PREFIX) + 1)) + _PKCS7_PREFIX
    return content[:1] in (b"", bytes((SEQUENCE,))) or signed_data.startswith(content)


def _has_certificate_bones(element: Element) -> bool:
    try:
        read_skeleton(element.whole)
    except DerError:
        return False
    return True


def _is_signed_like_one(parts: list[Element], tags: list[int]) -> bool:
    """SEQUENCE, algorithm, signature: so are requests (RFC 2986 4.2) and revocation lists (RFC 5280 5.1) as well."""
    if tags != [SEQUENCE, SEQUENCE, BIT_STRING]:
        return False
    inner = [part.tag for part in readable_children(parts[0], 6)]
    is_request = inner[:3] == [INTEGER, SEQUENCE, SEQUENCE] and inner[3:4] != [SEQUENCE]
    is_revocation_list = bool({UTC_TIME, GENERALIZED_TIME} & set(inner))
    return not is_request and not is_revocation_list
