"""Sightings: the inventory turned round, so that places are found by certificate and certificates by name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Place, SilentAddress
from incidentd.model.location import Role
from incidentd.policy.names import normal, wildcard_for
from incidentd.policy.silence import may_serve, sees_ipv6


class Sightings:
    """Look-ups over one inventory. Built once for an inventory and as immutable as it is."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._sees_ipv6 = sees_ipv6(inventory)
        self._places: dict[str, list[Place]] = defaultdict(list)
        self._by_name: dict[str, list[Certificate]] = defaultdict(list)
        self._by_subject: dict[str, list[Certificate]] = defaultdict(list)
        self._served: dict[str, list[Place]] = defaultdict(list)
        self._never_seen: set[str] = set()
        for place in inventory.places.values():
            self._note_place(place)
        for certificate in sorted(inventory.certificates.values(), key=_by_end, reverse=True):
            self._note_certificate(certificate)

    def places_of(self, fingerprint: str) -> list[Place]:
        """Every place that ever showed the certificate, as far as is remembered."""
        return self._places.get(fingerprint, [])

    def never_seen(self, uri: str) -> bool:
        """True when some source has a place of this address that it could not see a single time so far."""
        return uri in self._never_seen

    def silent_at(self, place: Place) -> tuple[SilentAddress, ...]:
        """The addresses of a place that never answered and may serve anything."""
        return tuple(silent for silent in place.silent if may_serve(silent, self._sees_ipv6))

    def related(self, certificate: Certificate) -> Iterator[Certificate]:
        """Certificates that could be of the same lineage, the latest end first.

        They cover the name that the fewest cover, as who covers all names covers that one; or share a CA's subject.
        """
        covering = (self._covering(normal(name)) for name in certificate.covered_names)
        lists = min(covering, key=lambda found: sum(map(len, found)), default=())
        if certificate.is_authority:
            lists = (*lists, self._by_subject.get(certificate.subject, []))
        return merge(*lists, key=_by_end, reverse=True)

    def _covering(self, name: str) -> tuple[list[Certificate], ...]:
        return tuple(self._by_name.get(held, []) for held in (name, wildcard_for(name)) if held)

    def served_for(self, names: Iterable[str]) -> Iterator[Place]:
        """Served places that are asked for one of these names; wildcards stand for the names they cover."""
        for name in {normal(name): None for name in names}:
            yield from self._served.get(name, [])

    def _note_place(self, place: Place) -> None:
        shown = {fp: None for member in place.members for run in member.runs for fp in run.chain}
        for fingerprint in shown:
            self._places[fingerprint].append(place)
        if not place.members and place.unseen_since is not None:
            self._never_seen.add(place.location.uri)
        asked = place.location.asked_name
        if place.location.role is Role.SERVED and asked:
            for covering in (normal(asked), wildcard_for(normal(asked))):
                if covering:
                    self._served[covering].append(place)

    def _note_certificate(self, certificate: Certificate) -> None:
        self._by_subject[certificate.subject].append(certificate)
        for name in {normal(name): None for name in certificate.covered_names}:
            self._by_name[name].append(certificate)


def _by_end(certificate: Certificate) -> tuple[datetime, str]:
    return certificate.not_after, certificate.fingerprint
