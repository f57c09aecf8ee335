"""Looking at one stream, and at what lies in it: certificates, archives of more streams, or nothing of ours."""

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from incidentd.artefacts.caps import Allowance, StreamFault
from incidentd.artefacts.inflating import Inflated
from incidentd.artefacts.kinds import SNIFFED_BYTES, Packing, packing_of, promises_an_archive, unopened_kind
from incidentd.artefacts.scanned import Event, Held, Unread, UnreadReason
from incidentd.artefacts.streams import Peeked, Stream
from incidentd.artefacts.tar import Member, MemberKind, begins_like_tar, members
from incidentd.model.certificate import Certificate
from incidentd.x509.bundles import MAX_BLOB_BYTES, Blob, may_hold_certificates, read_blob
from incidentd.x509.parse import parse_certificate
from incidentd.x509.shapes import begins_like_der, is_java_keystore
from incidentd.x509.unreadable import Unreadable, UnreadableReason

_HEAD_BYTES = 16
WITHIN = "!/"
"""Between an archive and what is in it: `build.tar!/etc/pki/a.pem`."""
_TRUST_STORE = "cacerts"
"""How the Java trust store is called, wherever it is (keytool, "The cacerts Certificates File"): it is no keystore."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a stream stands, and how deep."""

    place: str
    depth: int = 0
    """Archives around it."""
    is_build: bool = False
    """Somebody named it: it is the build, or a layer of it."""
    is_unpacked: bool = False

    @property
    def name(self) -> str:
        """The last part of its place."""
        return self.place.rpartition("/")[2]


@dataclass(slots=True)
class Eye:
    """Looks at the streams of one build. A certificate that stands in many files is parsed once."""

    allowance: Allowance
    ders: dict[str, bytes] = field(default_factory=dict, repr=False)
    """The certificates that were met, by fingerprint, as they stand."""
    _known: dict[bytes, Certificate] = field(default_factory=dict)

    def look(self, stream: Stream, spot: Spot) -> Iterator[Event]:
        """What is in a stream. A fault ends it as unread; only Exhausted is raised."""
        try:
            yield from self._look(stream, spot)
        except StreamFault as fault:
            yield Unread(spot.place, fault.reason, fault.text)

    def member(self, member: Member, spot: Spot) -> Iterator[Event]:
        """What is in one member of an archive."""
        if member.kind is MemberKind.SPARSE_FILE:
            text = "a sparse file: put it together before it is packed"
            yield Unread(spot.place, UnreadReason.UNOPENED, text)
        elif member.kind is MemberKind.FILE and member.content.left_bytes:
            yield from self.look(member.content, spot)

    def _look(self, stream: Stream, spot: Spot) -> Iterator[Event]:
        begin = stream.peek(SNIFFED_BYTES)
        packing = packing_of(begin)
        if packing is not None:
            yield from self._unpacked(stream, packing, spot)
        elif begins_like_tar(begin):
            yield from self._archive(stream, spot)
        elif may_hold_certificates(begin) and not _is_program(begin):
            yield from self._blob(stream, spot)
        else:
            yield from _nothing(begin, spot)

    def _unpacked(self, stream: Stream, packing: Packing, spot: Spot) -> Iterator[Event]:
        if spot.is_unpacked:
            yield Unread(spot.place, UnreadReason.TOO_DEEP, "it is packed twice: unpack it once")
            return
        inflated = Peeked(Inflated(stream, packing, self.allowance))
        yield from self.look(inflated, Spot(spot.place, spot.depth, spot.is_build, is_unpacked=True))

    def _archive(self, stream: Stream, spot: Spot) -> Iterator[Event]:
        if spot.depth > self.allowance.caps.nesting:
            text = "an archive in an archive in an archive is not looked into: unpack one of them"
            yield Unread(spot.place, UnreadReason.TOO_DEEP, text)
            return
        for member in members(stream, self.allowance):
            yield from self.member(member, Spot(spot.place + WITHIN + member.name, spot.depth + 1))

    def _blob(self, stream: Stream, spot: Spot) -> Iterator[Event]:
        content = stream.read(MAX_BLOB_BYTES + 1)
        blob = read_blob(content, self._parse)
        if blob.certificates:
            yield Held(spot.place, blob.certificates)
        if not _is_trust_store(blob, spot):
            yield from (Unread(spot.place, _REASONS.get(one.reason, _DEFAULT), one.text) for one in blob.unread)

    def _parse(self, der: bytes) -> Certificate | Unreadable:
        digest = hashlib.sha256(der).digest()
        known = self._known.get(digest)
        if known is not None:
            return known
        parsed = parse_certificate(der)
        if isinstance(parsed, Certificate):
            self.allowance.spend_certificate(len(der))
            self._known[digest] = parsed
            self.ders.setdefault(parsed.fingerprint, der)
        return parsed


_DEFAULT = UnreadReason.CERTIFICATE
_REASONS = {
    UnreadableReason.CUT_SHORT: UnreadReason.TORN,
    UnreadableReason.BLOB_TOO_LARGE: UnreadReason.TOO_LARGE,
    UnreadableReason.CERTIFICATE_TOO_LARGE: UnreadReason.TOO_LARGE,
    UnreadableReason.TOO_MANY_BLOCKS: UnreadReason.TOO_MUCH,
    UnreadableReason.KEYSTORE_NOT_SUPPORTED: UnreadReason.KEYSTORE,
}


def _is_trust_store(blob: Blob, spot: Spot) -> bool:
    only_keystore = {one.reason for one in blob.unread} == {UnreadableReason.KEYSTORE_NOT_SUPPORTED}
    return only_keystore and spot.name == _TRUST_STORE


def _is_program(begin: bytes) -> bool:
    """Compiled programs speak of certificates in their texts, and hold none: what is PEM begins with text."""
    is_text = b"\0" not in begin[:_HEAD_BYTES] or begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return not (is_text or begins_like_der(begin) or is_java_keystore(begin))


def _nothing(begin: bytes, spot: Spot) -> Iterator[Unread]:
    """No certificate can be in it; but what cannot be opened, or is not what its name says, is not passed over."""
    kind = unopened_kind(begin)
    if kind is not None:
        reason = UnreadReason.UNSUPPORTED if spot.is_build else UnreadReason.UNOPENED
        yield Unread(spot.place, reason, f"it is {kind}, which is not opened: unpack it into a folder")
    elif spot.is_build and not begin:
        yield Unread(spot.place, UnreadReason.TORN, "it is empty, as a file is before it is written")
    elif promises_an_archive(spot.name) and begin.strip(b"\0"):
        yield Unread(spot.place, UnreadReason.TORN, "its name is an archive's, and no archive begins in it")
