"""From a push to a sweep: as if it had been made here, but dated by our own clock alone.

What was seen was so at some time between the answer that the pusher began with and the arrival of its last line. What
begins is dated at the end of that time and what is unseen at its start: so no proof is older than it can be, and no
clock, delay or replay of the other side makes two looks lie further apart than they did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from incidentd.errors import UsageError
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory
from incidentd.model.location import Controller, Location, labels_of
from incidentd.model.observation import Absence, Gap, GapReason, Observation, Sweep
from incidentd.model.places import kept_places
from incidentd.sources.interface import Look
from incidentd.sources.pushed.lines import Seen, Told
from incidentd.sources.pushed.reading import Pushed
from incidentd.sources.pushed.settings import PushedSettings
from incidentd.x509.unreadable import Unreadable

Held = Certificate | Unreadable
MOST_REMEMBERED = 10
"""So many times the places of one push may be remembered of a source: what comes and goes is not forgotten."""


@dataclass(frozen=True, slots=True)
class Between:
    """By our clock: before anything was looked at, and when all of it had been."""

    began_at: datetime
    ended_at: datetime


def sweep_of(pushed: Pushed, name: str, settings: PushedSettings, inventory: Inventory, between: Between) -> Sweep:
    """The sweep of the source `name`. Raises UsageError for a certificate that is not known, and for too much."""
    remembered = {place.location.uri: place.location for place in kept_places(inventory, name)}
    most = MOST_REMEMBERED * settings.most_places
    if len(remembered.keys() | {told.uri for told in pushed.places}) > most:
        raise UsageError(
            f"more than {most} places would be remembered of this source ({MOST_REMEMBERED} x most_places)"
        )
    known = _known(pushed, name, inventory)
    places = ((told, _location(told, name, settings, remembered)) for told in pushed.places)
    looks = Look.joined([_looks(told, at, known, between) for told, at in places])
    failure = None if pushed.failure is None else f"its pusher says: {pushed.failure}"
    began_at, ended_at = between.began_at, between.ended_at
    return Sweep(name, began_at, ended_at, looks.observations, looks.gaps, looks.absences, failure)


def _looks(told: Told, at: Location, known: Mapping[str, Held], between: Between) -> Look:
    seen = [_look(one, at, known, between) for one in told.seen]
    unseen = (Gap(at, one.member, one.reason, one.text, between.began_at) for one in told.unseen)
    return Look(
        tuple(one for one in seen if isinstance(one, Observation)),
        (*(one for one in seen if isinstance(one, Gap)), *unseen),
        tuple(Absence(at, one.member, one.kind, one.group, between.ended_at) for one in told.gone),
    )


def _known(pushed: Pushed, name: str, inventory: Inventory) -> Mapping[str, Held]:
    """What came with it, and what this source showed before: of others it may not even ask."""
    members = (member for place in kept_places(inventory, name) for member in place.members)
    shown = {fingerprint for member in members for run in member.runs for fingerprint in run.chain}
    before = {fingerprint: inventory.certificates[fingerprint] for fingerprint in shown}
    return {**pushed.certificates, **before}


def _location(told: Told, name: str, settings: PushedSettings, remembered: Mapping[str, Location]) -> Location:
    """With the labels that the other side may set, and ours, which win."""
    theirs = {label: value for label, value in told.labels.items() if label in settings.taken_labels}
    labels, by = labels_of({**theirs, **settings.labels}), told.controller
    controller = None if by is None else Controller(by.name, by.ready, by.renews_at)
    location = Location(told.uri, name, told.role, labels, told.asked_name, controller)
    before = remembered.get(told.uri)
    return before if before == location else location


def _look(seen: Seen, at: Location, known: Mapping[str, Held], between: Between) -> Observation | Gap:
    """A chain whose leaf cannot be read here, or of which nobody could tell its parts, was not seen."""
    chain = [_held(fp, known) for fp in seen.chain]
    marked = ((number, one) for number, one in enumerate(chain, 1) if isinstance(one, Unreadable))
    unread = tuple(f"certificate {number} of the chain: {one.text}" for number, one in marked)
    readable = tuple(one for one in chain if isinstance(one, Certificate))
    if isinstance(chain[0], Unreadable) or (unread and seen.others):
        return Gap(at, seen.member or None, GapReason.UNREADABLE, "; ".join(unread), between.began_at)
    return Observation(at, seen.member, readable, between.ended_at, (*seen.unread, *unread), seen.others)


def _held(fingerprint: str, known: Mapping[str, Held]) -> Held:
    held = known.get(fingerprint)
    if held is None:
        raise UsageError(f"the certificate {fingerprint[:16]}… was not sent, and is not known of this source")
    return held
