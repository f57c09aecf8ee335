"""Sightings: the inventory turned round, so that places are found by certificate and certificates by name."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from operator import is_

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Place, PlaceKey, SilentAddress
from incidentd.model.location import Role
from incidentd.model.places import Kept, places_in
from incidentd.policy.names import normal, wildcard_for
from incidentd.policy.silence import has_ipv6, may_serve

Concerned = dict[str, set[PlaceKey]]
"""Certificates that may have to be judged otherwise, by fingerprint; and those of their places that stand otherwise."""


class Sightings:
    """Look-ups over one inventory. It can follow the inventory: what did not change is not turned round again."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = Inventory()
        self._ipv6_places = 0
        self._places: dict[str, list[PlaceKey]] = defaultdict(list)
        self._by_name: dict[str, list[Certificate]] = defaultdict(list)
        self._by_subject: dict[str, list[Certificate]] = defaultdict(list)
        self._coverable: dict[str, list[Certificate]] = defaultdict(list)
        """By each name, its own or a wildcard, that covers one of their names."""
        self._served: dict[str, list[PlaceKey]] = defaultdict(list)
        self._never_seen: Counter[str] = Counter()
        self.follow(inventory)

    def places_of(self, fingerprint: str) -> list[Place]:
        """Every place that ever showed the certificate, as far as is remembered; sorted by source and address."""
        return [self.inventory.places[key] for key in self.keys_of(fingerprint)]

    def keys_of(self, fingerprint: str) -> list[PlaceKey]:
        """The keys of those places."""
        return self._places.get(fingerprint, [])

    def beside(self, fingerprint: str) -> set[str]:
        """What stood beside it at a server with several types of keys: that took nobody's place."""
        kept = places_in(self.inventory).kept
        members = (member for key in self.keys_of(fingerprint) for member in kept[key].place.members)
        runs = (run for member in members for run in member.runs if run.others and fingerprint in run.chain)
        return {head for run in runs for head in run.heads}

    def never_seen(self, uri: str) -> bool:
        """True when some source has a place of this address that it could not see a single time so far."""
        return uri in self._never_seen

    def silent_at(self, place: Place) -> tuple[SilentAddress, ...]:
        """The addresses of a place that never answered and may serve anything."""
        expected = (silent for silent in place.silent if silent.word is None)
        return tuple(silent for silent in expected if may_serve(silent, self._ipv6_places > 0))

    def related(self, certificate: Certificate) -> Iterator[Certificate]:
        """Certificates that could be of the same lineage, the latest end first.

        They cover the name that the fewest cover, as who covers all names covers that one; or share a CA's subject.
        """
        covering = (self._covering(normal(name)) for name in certificate.covered_names)
        lists = min(covering, key=lambda found: sum(map(len, found)), default=())
        if certificate.is_authority:
            lists = (*lists, self._by_subject.get(certificate.subject, []))
        return merge(*map(reversed, lists), key=_by_end, reverse=True)

    def served_for(self, names: Iterable[str]) -> Iterator[Place]:
        """Served places that are asked for one of these names; wildcards stand for the names they cover."""
        for name in {normal(name): None for name in names}:
            yield from (self.inventory.places[key] for key in self._served.get(name, []))

    def follow(self, inventory: Inventory) -> Concerned:
        """Goes on with a later inventory of the same state, in which no certificate was forgotten."""
        concerned: Concerned = {}
        before, self.inventory = self.inventory, inventory
        if inventory.certificates is not before.certificates:
            known = before.certificates
            new = (each for fingerprint, each in inventory.certificates.items() if fingerprint not in known)
            self._note_certificates(new, concerned)
        if inventory.places is not before.places:
            self._follow_places(places_in(before).kept, places_in(inventory).kept, concerned)
        return concerned

    def _follow_places(
        self, before: Mapping[PlaceKey, Kept], after: Mapping[PlaceKey, Kept], concerned: Concerned
    ) -> None:
        had_ipv6, were_unseen, asked = self._ipv6_places > 0, set(self._never_seen), dict[str, None]()
        for key in _changed(before, after):
            for kept, turn in ((before.get(key), self._forget_place), (after.get(key), self._note_place)):
                if kept is not None:
                    turn(key, kept.place)
                    _concern(concerned, _shown(kept.place), key)
                    asked |= dict.fromkeys(_asked_names(kept.place))
        for name in asked:
            _concern(concerned, _fingerprints(self._by_name.get(name, ())))
        turned = were_unseen ^ set(self._never_seen)
        for key, kept in after.items() if turned else ():
            # What was never seen from one source, or is now, concerns what others have at the same address.
            if key[1] in turned:
                _concern(concerned, _shown(kept.place), key)
        if had_ipv6 != (self._ipv6_places > 0):
            for fingerprint, keys in self._places.items():
                _concern(concerned, (fingerprint,), *keys)

    def _covering(self, name: str) -> tuple[list[Certificate], ...]:
        return tuple(self._by_name.get(held, []) for held in _covering_names(name))

    def _note_certificates(self, new: Iterable[Certificate], concerned: Concerned) -> None:
        """Who has a name that a new certificate covers, or is a CA of its subject, may have a successor in it."""
        names: dict[str, None] = {}
        subjects: dict[str, None] = {}
        for certificate in sorted(new, key=_by_end):
            _concern(concerned, (certificate.fingerprint,))
            for name in {normal(name): None for name in certificate.covered_names}:
                names[name] = None
                insort(self._by_name[name], certificate, key=_by_end)
                for covering in _covering_names(name):
                    self._coverable[covering].append(certificate)
            if certificate.is_authority and certificate.subject:
                subjects[certificate.subject] = None
                insort(self._by_subject[certificate.subject], certificate, key=_by_end)
        for name in names:
            _concern(concerned, _fingerprints(self._coverable.get(name, ())))
        for subject in subjects:
            _concern(concerned, _fingerprints(self._by_subject[subject]))

    def _note_place(self, key: PlaceKey, place: Place) -> None:
        """`key` is the inventory's own: one of many thousands would else stand here once for each certificate."""
        for fingerprint in _shown(place):
            insort(self._places[fingerprint], key)
        for name in _asked_names(place):
            insort(self._served[name], key)
        self._ipv6_places += has_ipv6(place)
        if _was_never_seen(place):
            self._never_seen[place.location.uri] += 1

    def _forget_place(self, key: PlaceKey, place: Place) -> None:
        for fingerprint in _shown(place):
            _drop(self._places[fingerprint], key)
        for name in _asked_names(place):
            _drop(self._served[name], key)
        self._ipv6_places -= has_ipv6(place)
        if _was_never_seen(place):
            self._never_seen[place.location.uri] -= 1
            if not self._never_seen[place.location.uri]:
                del self._never_seen[place.location.uri]


def _changed(before: Mapping[PlaceKey, Kept], after: Mapping[PlaceKey, Kept]) -> list[PlaceKey]:
    """The keys of what does not stand as it was written before."""
    if before is after:
        return []
    if len(before) <= len(after) and all(map(is_, before, after)):
        # As nearly always: the same keys, and new ones behind them.
        pairs = zip(after.items(), [*before.values(), *[None] * (len(after) - len(before))], strict=True)
        others = [(key, kept, earlier) for (key, kept), earlier in pairs if earlier is not kept]
        return [key for key, kept, earlier in others if earlier != kept]
    gone = [key for key in before if key not in after]
    same = ((before.get(key), kept, key) for key, kept in after.items())
    return [*gone, *(key for earlier, kept, key in same if earlier is not kept and earlier != kept)]


def _concern(concerned: Concerned, fingerprints: Iterable[str], *keys: PlaceKey) -> None:
    for fingerprint in fingerprints:
        concerned.setdefault(fingerprint, set()).update(keys)


def _fingerprints(certificates: Iterable[Certificate]) -> Iterator[str]:
    return (certificate.fingerprint for certificate in certificates)


def _was_never_seen(place: Place) -> bool:
    return not place.members and place.unseen_since is not None


def _drop(keys: list[PlaceKey], key: PlaceKey) -> None:
    del keys[bisect_left(keys, key)]


def _shown(place: Place) -> dict[str, None]:
    """All that any remembered look showed."""
    return {fingerprint: None for member in place.members for run in member.runs for fingerprint in run.chain}


def _asked_names(place: Place) -> tuple[str, ...]:
    """The names of certificates that answer for the name that is asked for there."""
    asked = place.location.asked_name
    return _covering_names(normal(asked)) if place.location.role is Role.SERVED and asked else ()


def _covering_names(name: str) -> tuple[str, ...]:
    """A name in its normal form, and the wildcard that covers it."""
    return tuple(held for held in (name, wildcard_for(name)) if held)


def _by_end(certificate: Certificate) -> tuple[datetime, str]:
    return certificate.not_after, certificate.fingerprint
