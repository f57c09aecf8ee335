"""Gathering: events to certificates with their places, each once, in an order that the build's does not decide."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from incidentd.artefacts.scanned import Event, Held, InBuild, Scanned, Unread, UnreadReason
from incidentd.model.certificate import Certificate
from incidentd.policy.authorities import BUNDLE_MORE_THAN

MOST_PLACES = 10
PLACE_CHARACTERS = 1000
MOST_UNREAD = 1000


@dataclass(slots=True)
class _Seen:
    """One certificate on its way: the first places in the order of their names."""

    certificate: Certificate
    places: list[str] = field(default_factory=list)
    count: int = 0

    def at(self, place: str) -> None:
        self.count += 1
        insort(self.places, place[:PLACE_CHARACTERS])
        del self.places[MOST_PLACES:]

    @property
    def in_build(self) -> InBuild:
        return InBuild(self.certificate, tuple(self.places), self.count - len(self.places))


@dataclass(slots=True)
class Gathered:
    """What a build holds. `roots_are_trust`: a root that stands by itself vouches for others, and is no update."""

    roots_are_trust: bool = True
    _held: dict[str, _Seen] = field(default_factory=dict)
    _trust: dict[str, _Seen] = field(default_factory=dict)
    _unread: list[Unread] = field(default_factory=list)
    _unopened: list[Unread] = field(default_factory=list)
    _unread_count: int = 0
    _unopened_count: int = 0

    def take(self, events: Iterable[Event]) -> None:
        """Adds what was found."""
        for event in events:
            if isinstance(event, Held):
                self._take_held(event)
            elif event.reason is UnreadReason.UNOPENED:
                self._unopened_count += 1
                _put(self._unopened, event)
            else:
                self._unread_count += 1
                _put(self._unread, event)

    def scanned(self) -> Scanned:
        """All of it, as something that has no base."""
        trust = (seen for fingerprint, seen in self._trust.items() if fingerprint not in self._held)
        return Scanned(
            added=in_order(seen.in_build for seen in self._held.values()),
            trust=in_order(seen.in_build for seen in trust),
            unread=tuple(self._unread),
            unopened=tuple(self._unopened),
            unread_more=self._unread_count - len(self._unread),
            unopened_more=self._unopened_count - len(self._unopened),
        )

    def _take_held(self, held: Held) -> None:
        seen = self._trust if self._is_trust(held) else self._held
        for fingerprint, certificate in {one.fingerprint: one for one in held.certificates}.items():
            seen.setdefault(fingerprint, _Seen(certificate)).at(held.place)

    def _is_trust(self, held: Held) -> bool:
        """Authorities, no leaf among them, and too many of them, or each a root."""
        if len({one.fingerprint for one in held.certificates}) > BUNDLE_MORE_THAN:
            return all(one.is_authority or _is_old_root(one) for one in held.certificates)
        return self.roots_are_trust and all(one.is_authority and one.self_signed for one in held.certificates)


def _is_old_root(certificate: Certificate) -> bool:
    """Roots of version 1 do not say that they are authorities, and stand in bundles to this day."""
    return certificate.self_signed and not certificate.names


def in_order(found: Iterable[InBuild]) -> tuple[InBuild, ...]:
    """By place, then by fingerprint."""
    return tuple(sorted(found, key=lambda one: (one.places[:1], one.certificate.fingerprint)))


def _put(unread: list[Unread], event: Unread) -> None:
    """The first ones in the order of their places: whoever fills a build with damage decides on no memory of ours."""
    insort(unread, event, key=lambda one: (one.place, one.text))
    del unread[MOST_UNREAD:]
