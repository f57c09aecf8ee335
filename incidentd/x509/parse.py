"""The one boundary between a peer's bytes and a Certificate: each field is read by itself, and no exception leaves.

The library reads first; what it refuses is read by our own walk; what neither reads is named in `Certificate.unread`.
notAfter is the exception to partial failure: without it there is nothing to watch, and the blob is Unreadable.
"""

import hashlib

from incidentd.model.certificate import Certificate, KeyType
from incidentd.x509.der import SEQUENCE, DerCutShort, DerError, Element
from incidentd.x509.field_by_field import MAX_NAME_CHARACTERS, FieldByField, Refusal, attempt
from incidentd.x509.fields import FieldReader, NamesRead
from incidentd.x509.keeping import noted
from incidentd.x509.lenient import LenientReader
from incidentd.x509.library import LibraryReader
from incidentd.x509.skeleton import Skeleton, read_skeleton
from incidentd.x509.times import TimeOutOfRange
from incidentd.x509.unreadable import Unreadable, UnreadableReason

MAX_CERTIFICATE_BYTES = 1024 * 1024
MAX_NAMES = 10_000
_ALGORITHMS = {
    bytes.fromhex("06072a8648ce3d0201"): KeyType.EC,
    bytes.fromhex("06092a864886f70d010101"): KeyType.RSA,
    bytes.fromhex("06092a864886f70d01010a"): KeyType.RSA,
}
"""OIDs of keys as they stand: id-ecPublicKey, rsaEncryption, id-RSASSA-PSS (RFC 5480 2.1.1, RFC 4055 1.2)."""
_SHORT_HEADER = 2


def parse_certificate(der: bytes) -> Certificate | Unreadable:
    """What can be read of one DER certificate; never raises for what the bytes are.

    Bytes after the certificate are not part of it (nor of its fingerprint) and are named in `unread`. `is_ca` is what
    BasicConstraints says: a self-signed version 1 certificate is no CA here, so that an appliance's old certificate is
    treated like any server's. Texts are cut at 256 characters, names at 10,000; each cut is named in `unread`.
    """
    if len(der) > MAX_CERTIFICATE_BYTES:
        text = f"{len(der)} bytes, where a certificate may have {MAX_CERTIFICATE_BYTES}"
        return Unreadable(UnreadableReason.CERTIFICATE_TOO_LARGE, text)
    try:
        skeleton = read_skeleton(der)
    except DerCutShort as error:
        return Unreadable(UnreadableReason.CUT_SHORT, f"the certificate is cut short: {error}")
    except DerError as error:
        return Unreadable(UnreadableReason.NOT_A_CERTIFICATE, f"not a certificate: {error}")
    fields = FieldByField(_readers(skeleton))
    if len(der) > len(skeleton.der):
        fields.note("trailing", f"{len(der) - len(skeleton.der)} bytes after the certificate are not part of it")
    parsed = _certificate(skeleton, fields)
    if isinstance(parsed, Certificate):
        noted(parsed.fingerprint, skeleton.der)
    return parsed


def _readers(skeleton: Skeleton) -> list[FieldReader]:
    library = attempt(lambda: LibraryReader(skeleton.der))
    lenient = LenientReader(skeleton)
    return [lenient] if isinstance(library, Refusal) else [library, lenient]


def _certificate(skeleton: Skeleton, fields: FieldByField) -> Certificate | Unreadable:
    not_after = fields.read(lambda reader: reader.not_after())
    if isinstance(not_after, Refusal):
        return _without_not_after(not_after.error)
    return Certificate(
        fingerprint=hashlib.sha256(skeleton.der).hexdigest(),
        not_before=fields.read_or("not_before", lambda reader: reader.not_before(), None),
        not_after=not_after,
        subject=fields.text("subject", lambda reader: reader.subject()),
        common_name=_common_name(fields),
        names=_names(fields),
        issuer=fields.text("issuer", lambda reader: reader.issuer()),
        serial=fields.text("serial", lambda reader: reader.serial()),
        is_ca=fields.read_or("is_ca", lambda reader: reader.is_ca(), False),
        self_signed=skeleton.subject is not None and skeleton.subject.whole == skeleton.issuer.whole,
        key_id=_key_id(skeleton.key, fields),
        key_type=_key_type(skeleton.key),
        # Last: the fields above have left their notes by now.
        unread=tuple(fields.notes),
    )


def _without_not_after(error: BaseException) -> Unreadable:
    if isinstance(error, TimeOutOfRange):
        return Unreadable(UnreadableReason.NOT_AFTER_OUT_OF_RANGE, f"notAfter is out of range: {error}")
    return Unreadable(UnreadableReason.NOT_AFTER_UNREADABLE, f"notAfter cannot be read: {error}")


def _common_name(fields: FieldByField) -> str | None:
    found = fields.read_or("common_name", lambda reader: reader.common_name(), None)
    return None if found is None else fields.cut("common_name", found)


def _names(fields: FieldByField) -> tuple[str, ...]:
    """The names, with one note for each cap that was exceeded, so that nobody takes a part for the whole."""
    found = fields.read_or("names", lambda reader: reader.names(), NamesRead(()))
    if found.trouble:
        fields.note("names", found.trouble)
    if len(found.names) > MAX_NAMES:
        fields.note("names", f"the first {MAX_NAMES} of {len(found.names)} were kept")
    kept = found.names[:MAX_NAMES]
    too_long = sum(len(name) > MAX_NAME_CHARACTERS for name in kept)
    if not too_long:
        return kept
    fields.note("names", f"{too_long} cut at {MAX_NAME_CHARACTERS} characters")
    return tuple(name[:MAX_NAME_CHARACTERS] for name in kept)


def _key_id(key: Element | None, fields: FieldByField) -> str:
    """SHA-256 over the SubjectPublicKeyInfo as it stands: two certificates of one key share it, whatever its kind."""
    if key is None or key.tag != SEQUENCE:
        fields.note("key_id", "there is no key where it should be")
        return ""
    return hashlib.sha256(key.whole).hexdigest()


def _key_type(key: Element | None) -> KeyType | None:
    """The algorithm's OID is the first thing in the first thing of a SubjectPublicKeyInfo (RFC 5280 4.1)."""
    if key is None:
        return None
    begun = key.content[_SHORT_HEADER:]
    return next((kind for oid, kind in _ALGORITHMS.items() if begun.startswith(oid)), None)
