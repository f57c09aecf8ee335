"""Controllers: what renews a certificate says so itself. Live only: not ready, or unseen for too long, is no proof."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from incidentd.model.assessment import PlaceFinding, PlaceStatus
from incidentd.model.certificate import Certificate
from incidentd.model.location import Controller
from incidentd.policy.automation import Automated, grace, is_short_lived, overdue_at
from incidentd.policy.holding import after

CURRENT = (PlaceStatus.PRESENT, PlaceStatus.MIXED)
RENEWED = (PlaceStatus.REPLACED, PlaceStatus.REPLACING)


def is_one_not_ready(places: Iterable[PlaceFinding]) -> bool:
    """True where a controller of the certificate says that it is not ready: then no word and no past is proof."""
    return any(not controller.ready for controller, _ in _speaking(places))


def troubles(places: Iterable[PlaceFinding]) -> tuple[str, ...]:
    """What those say that are not ready, each thing once: `cert-manager owns it: its last issuance failed`."""
    told = (
        f"{controller.name} owns it: {controller.trouble or 'it is not ready'}"
        for controller, _ in _speaking(places)
        if not controller.ready
    )
    return tuple(dict.fromkeys(told))


def controlled(
    certificate: Certificate, places: Sequence[PlaceFinding], blind_after: timedelta, now: datetime
) -> Automated | None:
    """What controllers that are ready say of a short-lived certificate's renewal; None where none tells its time.

    Overdue at the earliest of their times and the grace. Once one has renewed it, what it says is of the successor:
    then the certificate is let off for as long as any other, so that what was renewed can be rolled out.
    """
    begins, lifetime = certificate.not_before, certificate.lifetime
    if begins is None or lifetime is None or not is_short_lived(certificate):
        return None
    instants: list[datetime] = []
    unseen: list[datetime] = []
    names: dict[str, None] = {}
    for controller, place in _speaking(places):
        unseen_since = [member.unseen_since for member in place.members if member.unseen_since]
        if controller.renews_at is None or any(now > after(since, blind_after) for since in unseen_since):
            continue
        renewed = place.status in RENEWED
        overdue = overdue_at(begins, lifetime) if renewed else after(controller.renews_at, grace(lifetime))
        instants.append(min(overdue, certificate.not_after))
        unseen += [after(since, blind_after) for since in unseen_since]
        names[f"{controller.name}: ready, {_when(controller.renews_at, renewed=renewed)}"] = None
    if not instants:
        return None
    return Automated("; ".join(names), min(instants), min(unseen, default=None))


def _when(renews_at: datetime, *, renewed: bool) -> str:
    return "renewed it" if renewed else f"renews it on {renews_at:%Y-%m-%d}"


def _speaking(places: Iterable[PlaceFinding]) -> Iterator[tuple[Controller, PlaceFinding]]:
    """The controllers of places that show the certificate, or one that succeeded it there."""
    for place in places:
        if place.location.controller is not None and place.status in (*CURRENT, *RENEWED):
            yield place.location.controller, place
