"""Shipping: where the renewal of a certificate is, from its issue to being served, in dates that stay as they are."""

from collections.abc import Iterator
from datetime import datetime

from incidentd.model.assessment import Assessment, Reason
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory
from incidentd.model.release import Carrier
from incidentd.planning.phrases import counted, instant
from incidentd.planning.sanitize import sanitize

LATE = (Reason.RELEASE_PLANNED_LATE, Reason.RELEASE_SLIPPED, Reason.RENEWAL_UNCARRIED)
"""Why a release comes too late."""
ID_CHARACTERS = 100


def trail(certificate: Certificate, assessment: Assessment, inventory: Inventory) -> str:
    """`issued 2013-01-07 → stored 2013-01-07 → in release R → planned … → served at 0 of 3 places`.

    Empty where no release has to do with it.
    """
    if not concerns(assessment):
        return ""
    return " → ".join(_stations(certificate, assessment, inventory))


def concerns(assessment: Assessment) -> bool:
    """True where a release carries its renewal, or should."""
    return assessment.carrier is not None or Reason.RENEWAL_UNCARRIED in assessment.reasons


def lateness(certificate: Certificate, assessment: Assessment) -> str:
    """Why its renewal comes too late, in one sentence; empty where it does not."""
    reason = next((one for one in assessment.reasons if one in LATE), None)
    carrier = assessment.carrier
    if reason is Reason.RENEWAL_UNCARRIED:
        return "No release that was announced carries the newer certificate."
    if reason is None or carrier is None:
        return ""
    named = f"Release {sanitize(carrier.id, ID_CHARACTERS)}"
    if reason is Reason.RELEASE_SLIPPED:
        return f"{named} carries the newer certificate, and nothing serves it: {_when(carrier, certificate)}."
    return f"{named} carries the newer certificate too late: {_when(carrier, certificate)}."


def _stations(certificate: Certificate, assessment: Assessment, inventory: Inventory) -> Iterator[str]:
    carrier, successor = assessment.carrier, assessment.successor
    brought = carrier.brings if carrier else successor
    known = inventory.certificates.get(brought or "")
    issued_at = carrier.issued_at if carrier else known.not_before if known else None
    if issued_at is not None:
        yield f"issued {_day(issued_at)}"
    stored_at = inventory.first_seen.get(brought or "")
    yield f"stored {_day(stored_at)}" if stored_at else "not seen in any store"
    if carrier is None:
        yield "in no release that was announced"
    else:
        yield f"in release {sanitize(carrier.id, ID_CHARACTERS)}, announced {_day(carrier.announced_at)}"
        yield _when(carrier, certificate)
    yield f"served at {assessment.deployed} of {counted(assessment.deployable, 'place')}"


def _when(carrier: Carrier, certificate: Certificate) -> str:
    """The word that it shipped is told as a word: only looks are proof."""
    if carrier.shipped_at is not None:
        return f"said to have shipped {instant(carrier.shipped_at)}"
    if carrier.planned_at is None:
        return "no planned time was announced"
    return f"planned {instant(carrier.planned_at)}: {_against(carrier.planned_at, certificate.not_after)}"


def _against(at: datetime, not_after: datetime) -> str:
    if at > not_after:
        days = (at - not_after).days
        return f"{counted(days, 'day')} AFTER expiry" if days else "AFTER expiry"
    return f"{counted((not_after - at).days, 'day')} before expiry"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
