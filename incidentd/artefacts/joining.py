"""Two sides of a change, joined: what came, what went, and which took which one's place. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from incidentd.artefacts.gathering import in_order
from incidentd.artefacts.scanned import Changed, InBuild, Scanned, Unread
from incidentd.model.certificate import Certificate
from incidentd.policy.names import covers_all, normal, wildcard_for
from incidentd.policy.succession import answers_for

_MOST_NAMES = 100
_MOST_CANDIDATES = 50
"""For one certificate: whoever makes certificates decides on no time of ours."""


def joined(base: Scanned, head: Scanned) -> Scanned:
    """What `head` changes in `base`. A certificate that is on both sides, wherever it is, is no change."""
    before = {one.certificate.fingerprint for one in (*base.added, *base.trust)}
    after = {one.certificate.fingerprint for one in (*head.added, *head.trust)}
    came = [one for one in head.added if one.certificate.fingerprint not in before]
    went = [one for one in base.added if one.certificate.fingerprint not in after]
    changed = tuple(_changes(went, came))
    replaced = {one.old.certificate.fingerprint for one in changed}
    replacing = {one.new.certificate.fingerprint for one in changed}
    said = {one.place for one in head.unread}
    return Scanned(
        added=in_order(one for one in came if one.certificate.fingerprint not in replacing),
        changed=changed,
        removed=in_order(one for one in went if one.certificate.fingerprint not in replaced),
        trust=tuple(one for one in head.trust if one.certificate.fingerprint not in before),
        unread=(*head.unread, *(_before(one) for one in base.unread if one.place not in said)),
        unopened=head.unopened,
        unread_more=head.unread_more + base.unread_more,
        unopened_more=head.unopened_more,
    )


def _before(unread: Unread) -> Unread:
    return Unread(unread.place, unread.reason, f"as it was before: {unread.text}")


def _changes(went: Iterable[InBuild], came: Iterable[InBuild]) -> Iterator[Changed]:
    """Each of the old ones with at most one new one: in the same file first, then the one that ends last."""
    by_key: dict[str, list[InBuild]] = defaultdict(list)
    for one in came:
        for key in _keys(one.certificate):
            by_key[key].append(one)
    taken: set[str] = set()
    for old in went:
        keys = _keys_that_answer(old.certificate)
        found = (new for key in keys for new in by_key.get(key, ()) if new.certificate.fingerprint not in taken)
        kin = [new for new in islice(found, _MOST_CANDIDATES) if _takes_its_place(new, old)]
        if kin:
            new = max(kin, key=lambda one: (_shares_a_place(one, old), one.certificate.not_after))
            taken.add(new.certificate.fingerprint)
            yield Changed(old, new)


def _takes_its_place(new: InBuild, old: InBuild) -> bool:
    """In the same file for one of its names; elsewhere for all of them. A step back is a change, too."""
    if _shares_a_place(new, old):
        return answers_for(new.certificate, old.certificate, None)
    return covers_all(new.certificate.covered_names, old.certificate.covered_names)


def _shares_a_place(one: InBuild, other: InBuild) -> bool:
    return not set(one.places).isdisjoint(other.places)


def _keys(certificate: Certificate) -> set[str]:
    """By what a certificate can be found: its names, and its subject."""
    return {f"subject {certificate.subject}", *map(normal, certificate.covered_names[:_MOST_NAMES])}


def _keys_that_answer(certificate: Certificate) -> list[str]:
    wildcards = (wildcard_for(normal(name)) for name in certificate.covered_names[:_MOST_NAMES])
    return sorted(_keys(certificate) | {name for name in wildcards if name})
