"""Blobs to certificates: what a file, a secret's value or standard input holds, block by block, whatever else is in it.

One bad block costs one block. Nothing raises for what the bytes are, and every cap that is met is said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from incidentd.model.certificate import Certificate
from incidentd.x509.der import DerError, read_element
from incidentd.x509.parse import parse_certificate
from incidentd.x509.pem import as_ascii
from incidentd.x509.pieces import KEYSTORE_ADVICE, Candidate, Piece, der_pieces, pem_pieces
from incidentd.x509.shapes import Shape, begins_like_der, is_java_keystore, shape_of
from incidentd.x509.unreadable import Unreadable, UnreadableReason

MAX_BLOB_BYTES = 10 * 1024 * 1024
MAX_BLOCKS = 10_000

Parse = Callable[[bytes], Certificate | Unreadable]


class BlobKind(StrEnum):
    """How the certificates of a blob are packed."""

    PEM = "pem"
    DER = "der"
    PKCS7 = "pkcs7"
    """PKCS#7 in DER or BER; in PEM it is `pem`."""
    KEYSTORE = "keystore"
    """PKCS#12, JKS, JCEKS, BKS."""
    EMPTY = "empty"
    NO_CERTIFICATE = "no_certificate"
    """Something else, whole: a key, a request, a revocation list, text."""
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Blob:
    """What was found, in the order in which it stands."""

    kind: BlobKind
    certificates: tuple[Certificate, ...] = ()
    unread: tuple[Unreadable, ...] = ()
    torn: bool = False
    """True when the end of what was being written is missing; `read_blob` says exactly when."""


def may_hold_certificates(begin: bytes) -> bool:
    """Whether what begins like this is worth reading whole, where nobody said that certificates are in it."""
    return b"-----BEGIN" in as_ascii(begin) or begins_like_der(begin) or is_java_keystore(begin)


def read_blob(data: bytes, parse: Parse = parse_certificate) -> Blob:
    """All certificates in `data`, of at most 10 MiB and 10,000 blocks; never raises for what the bytes are.

    Read: PEM (certificates, OpenSSL's trusted certificates, PKCS#7), DER (one or several in a row), PKCS#7. Other PEM
    blocks are stepped over. Keystores are recognised and not read.

    The blob is torn, so that its reader must treat it as a gap, never as an absence, when
    - it is empty, or white space only: what a writer leaves between truncating and writing;
    - a PEM block of any kind has no END before the next BEGIN or the end, or the last line is half a BEGIN line;
    - the base64 or the DER in a certificate or PKCS#7 block ends before its time;
    - DER, or the last of several in a row, claims more bytes than follow.
    A corrupt block that is all there is unread, and not torn.
    """
    if len(data) > MAX_BLOB_BYTES:
        text = f"{len(data)} bytes, where a file may have {MAX_BLOB_BYTES}: split it, or point at a smaller one"
        return Blob(BlobKind.TOO_LARGE, unread=(Unreadable(UnreadableReason.BLOB_TOO_LARGE, text),))
    if not data.strip():
        return Blob(BlobKind.EMPTY, torn=True)
    if is_java_keystore(data):
        reason = UnreadableReason.KEYSTORE_NOT_SUPPORTED
        return Blob(BlobKind.KEYSTORE, unread=(Unreadable(reason, f"a Java keystore: {KEYSTORE_ADVICE}"),))
    if begins_like_der(data):
        return _collected(_der_kind(data), der_pieces(data), parse)
    return _collected(BlobKind.PEM, pem_pieces(as_ascii(data)), parse)


def _der_kind(data: bytes) -> BlobKind:
    """By the first element, which settles what the whole is."""
    try:
        shape = shape_of(read_element(data))
    except DerError:
        return BlobKind.DER
    if shape is Shape.PKCS7:
        return BlobKind.PKCS7
    return BlobKind.KEYSTORE if shape is Shape.KEYSTORE else BlobKind.DER


def _collected(kind: BlobKind, pieces: Iterator[Piece], parse: Parse) -> Blob:
    """What the pieces come to, up to the cap."""
    certificates: list[Certificate] = []
    unread: list[Unreadable] = []
    for count, piece in enumerate(pieces):
        if count == MAX_BLOCKS:
            text = f"what follows the first {MAX_BLOCKS} blocks was not read: split it"
            unread.append(Unreadable(UnreadableReason.TOO_MANY_BLOCKS, text))
            break
        outcome = _parsed(piece, parse) if isinstance(piece, Candidate) else piece
        if isinstance(outcome, Certificate):
            certificates.append(outcome)
        elif outcome is not None:
            unread.append(outcome)
    is_torn = any(one.reason is UnreadableReason.CUT_SHORT for one in unread)
    held = kind if certificates or unread else BlobKind.NO_CERTIFICATE
    return Blob(held, tuple(certificates), tuple(unread), is_torn)


def _parsed(candidate: Candidate, parse: Parse) -> Certificate | Unreadable:
    parsed = parse(candidate.der)
    if isinstance(parsed, Certificate):
        return parsed
    return replace(parsed, text=candidate.where + parsed.text)
