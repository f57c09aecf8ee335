"""Routing: which route an incident takes, and whose it is. The first route that matches a place speaks for that place.

A route matches by globs over labels, the source, and `owner`, which is the incident's own where a place has no such
label. So what nobody owns, and no route asks for otherwise, goes to the last route: that is its one queue.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from incidentd.model.assessment import Assessment, PlaceFinding
from incidentd.model.certificate import Certificate
from incidentd.model.location import Location
from incidentd.model.owner import Owner, Owners
from incidentd.model.policy import Route
from incidentd.planning.owning import owner_of
from incidentd.policy.hearsay import heard_of_all


@dataclass(frozen=True, slots=True)
class Routed:
    """What was found out of one incident."""

    route: Route
    owner: Owner


class Routing:
    """Routes and owners, and what they came to in the last pass: an assessment that is the same is not routed again."""

    def __init__(
        self, routes: Sequence[Route], owners: Owners | None = None, pushed_sources: Collection[str] = ()
    ) -> None:
        self._routes = tuple(routes)
        self._owners = owners or Owners()
        self._pushed = frozenset(pushed_sources)
        self._known: dict[str, tuple[Assessment, Routed]] = {}

    def of(self, assessment: Assessment, certificate: Certificate) -> Routed:
        """The route that most of its places lead to, and its owner; pushed ones have no say beside our own."""
        known = self._known.get(assessment.fingerprint)
        if known is not None and known[0] is assessment:
            return known[1]
        findings = heard_of_all(assessment.findings, self._pushed)
        owner = owner_of(findings, certificate, self._owners)
        routed = Routed(_route(findings, self._routes, owner.name), owner)
        self._known[assessment.fingerprint] = (assessment, routed)
        return routed

    def forget_all_but(self, fingerprints: Collection[str]) -> None:
        """What is over is not routed again."""
        for known in list(self._known):  # the board may ask meanwhile, in another thread
            if known not in fingerprints:
                self._known.pop(known, None)


def route_of(assessment: Assessment, routes: Sequence[Route], owner: str = "") -> Route:
    """The route to the tracker that most production places lead to, ties by name; of several the commonest, then first.

    The last route takes what matches none.
    """
    return _route(assessment.findings, routes, owner)


def _route(findings: Sequence[PlaceFinding], routes: Sequence[Route], owner: str) -> Route:
    taken = Counter(_first_match(one.location, routes, owner) for one in findings if one.production)
    votes: Counter[str] = Counter()
    for position, count in taken.items():
        votes[routes[position].tracker] += count
    if not votes:
        return routes[-1]
    tracker = min(votes, key=lambda name: (-votes[name], name))
    of_it = [position for position in taken if routes[position].tracker == tracker]
    return routes[min(of_it, key=lambda position: (-taken[position], position))]


def _first_match(location: Location, routes: Sequence[Route], owner: str) -> int:
    labels = {"owner": owner, **dict(location.labels), "source": location.source}
    last = len(routes) - 1
    return next((position for position, route in enumerate(routes) if _matches(route, labels)), last)


def _matches(route: Route, labels: dict[str, str]) -> bool:
    return all(labels.get(name) and fnmatchcase(labels[name].casefold(), glob.casefold()) for name, glob in route.match)
