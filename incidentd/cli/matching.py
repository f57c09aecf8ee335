"""Matching: which certificates a person means by a fingerprint, serial, host, path, or ticket; and which places."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from incidentd.model.incident import Event, IncidentRecord
from incidentd.model.inventory import Inventory, Place
from incidentd.model.places import kept_places
from incidentd.planning.retiring import Meant, addresses_of
from incidentd.planning.sanitize import sanitize
from incidentd.policy.names import covers

SHORTEST_PREFIX = 8
History = tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]
_FILE = "file://"


def matching(cert: str, inventory: Inventory, history: History) -> Iterator[str]:
    """Their fingerprints, some of them twice; empty for a ticket about incidentd itself.

    By the host of a place only where nothing is named more exactly: one host has the certificates of many names.
    """
    found = tuple(_named_exactly(cert, inventory, history))
    wanted = cert.strip().lower()
    yield from found
    for place in () if found else inventory.places.values():
        if wanted in _hosts(place):
            yield from _shown_at(place)


def _named_exactly(cert: str, inventory: Inventory, history: History) -> Iterator[str]:
    wanted = cert.strip().lower()
    digits = wanted.replace(":", "")
    path = os.path.abspath(cert.strip()).lower()
    for record, _ in history:
        ticket = record.ticket
        if ticket is not None and wanted in (ticket.key.lower(), ticket.id.lower(), ticket.url.lower() or None):
            yield record.fingerprint
    for fingerprint, certificate in inventory.certificates.items():
        prefix = len(digits) >= SHORTEST_PREFIX and fingerprint.startswith(digits)
        serial = certificate.serial != "" and digits.lstrip("0") == certificate.serial.lower()
        if prefix or serial or (wanted and covers(certificate.covered_names, wanted)):
            yield fingerprint
    for place in inventory.places.values():
        if {wanted, path} & _names(place):
            yield from _shown_at(place)


def _shown_at(place: Place) -> Iterator[str]:
    return (fp for member in place.members for fp in member.current.chain)


def places_meant(target: str, inventory: Inventory) -> Iterator[Meant]:
    """The places that a person means by an address, host, server name, file or folder, and which addresses of each.

    One address of several is meant by itself (`192.0.2.8`), or as tickets show it (`tls://host:443 [192.0.2.8]`). Of
    two files whose names differ in case only one is meant.
    """
    wanted, path = target.strip().lower(), os.path.abspath(target.strip().removeprefix(_FILE))
    whole, _, address = wanted.removesuffix("]").partition(" [")
    for place in inventory.places.values():
        mine = addresses_of(place)
        if _is_file(place):
            if _lies_at_or_in(place, path):
                yield Meant(place, mine)
        elif whole in _names(place) | _hosts(place):
            yield Meant(place, mine & {address} if address else mine)
        elif wanted in mine:
            yield Meant(place, frozenset({wanted}))


def near_places(target: str, inventory: Inventory) -> list[str]:
    """Names of places that are spelled like it, the nearest first."""
    known = {name for place in kept_places(inventory) for name in (_address(place).partition("?")[0], *_hosts(place))}
    return near(target, known)


def near(wanted: str, known: Iterable[str]) -> list[str]:
    """What is spelled like it, the nearest first."""
    return get_close_matches(wanted.strip().lower(), sorted(set(known)))


def or_meant(names: Iterable[str], otherwise: str) -> str:
    """The hint where nothing matched: what is near, and where to look."""
    named = " or ".join(sanitize(name) for name in names)
    return f"did you mean {named}? {otherwise}" if named else otherwise


def _address(place: Place) -> str:
    return place.location.uri.lower().partition("://")[2]


def _names(place: Place) -> set[str]:
    """The place by its whole address, and without what stands before and behind it."""
    uri, address = place.location.uri.lower(), _address(place)
    return {uri, uri.partition("?")[0], address, address.partition("?")[0]}


def _hosts(place: Place) -> set[str]:
    """Its host without the port, and the name that is asked for there; nothing of a file."""
    if _is_file(place):
        return set()
    host = _address(place).partition("?")[0].rpartition(":")[0].strip("[]")
    return {host, (place.location.asked_name or host).lower()}


def _is_file(place: Place) -> bool:
    return place.location.uri.startswith(_FILE)


def _lies_at_or_in(place: Place, path: str) -> bool:
    """True for the file itself, and for one that lies somewhere beneath the folder."""
    return f"{place.location.uri.removeprefix(_FILE)}{os.sep}".startswith(path.rstrip(os.sep) + os.sep)
