"""Exposing: which endpoints the objects of a cluster name, which of them are looked at, and with which labels. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from incidentd.model.location import EXPOSED_BY, NAMESPACE, Labels, labels_of
from incidentd.sources.interface import Remark
from incidentd.sources.kubernetes.allowing import AllowList
from incidentd.sources.kubernetes.annotations import agreed, said_by, with_ignoring
from incidentd.sources.kubernetes.exposed import Exposed, Found, Origin
from incidentd.sources.kubernetes.gateways import accepted, exposed_by_gateway, secret_namespaces
from incidentd.sources.kubernetes.ingresses import exposed_by_ingress
from incidentd.sources.kubernetes.objects import Kind, Listing
from incidentd.sources.kubernetes.services import exposed_by_service
from incidentd.sources.kubernetes.tenants_settings import Trusted
from incidentd.sources.target import Target, parse_host

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint that is looked at, and the objects that expose it."""

    target: Target
    origins: tuple[Origin, ...]
    named: bool
    """By a glob of the allow-list; else it depends on its addresses whether it is any of ours."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is looked at of all that is exposed, in the order of addresses, and why other things are not."""

    endpoints: tuple[Endpoint, ...]
    refused: frozenset[str]
    """Addresses of places that are exposed, and that the allow-list refuses."""
    remarks: tuple[Remark, ...]


def exposed_in(listings: Mapping[Kind, Listing]) -> Found:
    """What all objects that could be read expose."""
    routes = accepted(_objects(listings, Kind.HTTPROUTES))
    return Found.joined(
        (
            *(exposed_by_ingress(one) for one in _objects(listings, Kind.INGRESSES)),
            *(exposed_by_gateway(one, routes) for one in _objects(listings, Kind.GATEWAYS)),
            *(exposed_by_service(one) for one in _objects(listings, Kind.SERVICES)),
        )
    )


def chosen_of(found: Found, allowed: AllowList) -> Chosen:
    """Each endpoint once, however many objects expose it."""
    targets: dict[str, Target] = {}
    origins: dict[str, dict[str, Origin]] = {}
    refused: set[str] = set()
    remarks = list(found.remarks)
    for one in found.exposed:
        target, refusal = _judged(one, allowed)
        if refusal:
            remarks.append(Remark(one.origin.words, f"{one.host} is not looked at: {refusal}"))
            refused.update((target.uri,) if target else ())
        elif target is not None:
            targets[target.uri] = target
            origins.setdefault(target.uri, {})[one.origin.words] = one.origin
    endpoints = (
        Endpoint(target, tuple(origins[uri][words] for words in sorted(origins[uri])), allowed.names_host(target.host))
        for uri, target in sorted(targets.items())
    )
    return Chosen(tuple(endpoints), frozenset(refused), tuple(dict.fromkeys(remarks)))


def labelled(
    endpoint: Endpoint, trusted: Collection[Trusted], known: Labels, now: datetime
) -> tuple[Endpoint, tuple[Remark, ...]]:
    """An endpoint with the labels that its objects give it, and what of their annotations does not count."""
    said = agreed([said_by(origin.thing, trusted) for origin in endpoint.origins])
    own = {**said.labels, EXPOSED_BY: _words(endpoint.origins)}
    namespaces = {origin.namespace for origin in endpoint.origins}
    if len(namespaces) == 1:
        own[NAMESPACE] = namespaces.pop()
    labels = labels_of(with_ignoring(own, said.ignore_until, known, now))
    remarks = tuple(Remark(endpoint.origins[0].words, text) for text in said.remarks)
    return replace(endpoint, target=replace(endpoint.target, labels=labels)), remarks


def homes_of(endpoint: Endpoint) -> tuple[frozenset[str], ...]:
    """Of each object that exposes an endpoint, the namespaces in which its Secret may be; as known, where none is."""
    if not endpoint.origins:
        return tuple(frozenset((namespace,)) for _, namespace in exposed_by(endpoint.target.labels))
    return tuple(
        frozenset((one.namespace, *(secret_namespaces(one.thing) if one.kind is Kind.GATEWAYS else ())))
        for one in endpoint.origins
    )


def exposed_by(labels: Labels) -> tuple[tuple[str, str], ...]:
    """The kinds (in the singular) and namespaces that a place is known by, out of its labels."""
    words = dict(labels).get(EXPOSED_BY, "").split(", ")
    parts = (word.split("/") for word in words)
    return tuple((part[0], part[1]) for part in parts if len(part) == 3)


def _judged(one: Exposed, allowed: AllowList) -> tuple[Target | None, str]:
    """The endpoint, if it is one at all, and why it is not looked at; empty where it is."""
    try:
        target = Target(parse_host(one.host), one.port)
    except ValueError as error:
        return None, str(error).partition(";")[0]
    return target, allowed.refusal_of_host(target.host) or ""


def _words(origins: Sequence[Origin]) -> str:
    words = [origin.words for origin in origins]
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return ", ".join(words[:MOST_NAMED]) + more


def _objects(listings: Mapping[Kind, Listing], kind: Kind) -> Sequence[Mapping[str, object]]:
    return listings[kind].objects if kind in listings else ()
