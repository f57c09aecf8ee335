"""What one part of an object means for the place that it is, or might be: seen, unseen, or no place at all. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from incidentd.model.inventory import Place
from incidentd.model.location import Location
from incidentd.model.observation import Gap, GapReason, Observation
from incidentd.sources.kubernetes.holdings import Part
from incidentd.x509.bundles import Blob, BlobKind
from incidentd.x509.pieces import KEYSTORE_ADVICE

_NO_LONGER = "no certificate is in it any more"


def judge(part: Part, location: Location, place: Place | None, at: datetime) -> Observation | Gap | None:
    """None: nothing in it is, or was, a certificate."""
    has_held = place is not None and bool(place.members)
    if part.is_keystore:
        return Gap(location, None, GapReason.UNREADABLE, f"a keystore: {KEYSTORE_ADVICE}", at)
    if part.blob is None:
        return Gap(location, None, GapReason.UNREADABLE, _NO_LONGER, at) if has_held else None
    said = tuple(one.text for one in part.blob.unread)
    if part.blob.certificates and not part.blob.torn:
        return Observation(location, "", part.blob.certificates, at, said)
    return Gap(location, None, _reason(part.blob), said[0] if said else _NO_LONGER, at)


def _reason(blob: Blob) -> GapReason:
    if blob.torn:
        return GapReason.TORN
    return GapReason.TOO_LARGE if blob.kind is BlobKind.TOO_LARGE else GapReason.UNREADABLE


def observations_in(found: Iterable[Observation | Gap | None]) -> Iterator[Observation]:
    """Those of them that are observations."""
    return (one for one in found if isinstance(one, Observation))


def gaps_in(found: Iterable[Observation | Gap | None]) -> Iterator[Gap]:
    """Those of them that are gaps."""
    return (one for one in found if isinstance(one, Gap))
