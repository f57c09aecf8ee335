"""Gateways: the hosts of their listeners that speak TLS (gateway.networking.k8s.io/v1, Listener). Pure.

A listener without a host of its own, or with a wildcard, has those of the HTTPRoutes that it accepted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from incidentd.sources.kubernetes.exposed import Found, Origin, found_at, is_wildcard, origin_of
from incidentd.sources.kubernetes.inside import objects_at, port_at, text_at, texts_at
from incidentd.sources.kubernetes.objects import Kind, Object, name_of

_SPEAKING_TLS = ("HTTPS", "TLS")


@dataclass(frozen=True, slots=True)
class Attached:
    """A route that a Gateway accepted."""

    route: Object
    section: str
    """The name of the one listener; empty: all of them."""
    port: int | None

    def is_at(self, listener: Object) -> bool:
        """True for a listener that it is attached to."""
        section, port = self.section, self.port
        return section in ("", text_at(listener, "name")) and port in (None, port_at(listener, "port"))


Routes = Mapping[tuple[str | None, str], Sequence[Attached]]
"""By namespace and name of the Gateway."""


def accepted(routes: Iterable[Object]) -> Routes:
    """By the word of the Gateways' controllers: what a route asks for itself, any tenant may write."""
    found: dict[tuple[str | None, str], list[Attached]] = {}
    for route in routes:
        for parent in filter(_is_accepted, objects_at(route, "status", "parents")):
            namespace = text_at(parent, "parentRef", "namespace") or name_of(route)[0]
            section, port = text_at(parent, "parentRef", "sectionName"), port_at(parent, "parentRef", "port")
            key = (namespace, text_at(parent, "parentRef", "name"))
            found.setdefault(key, []).append(Attached(route, section, port))
    return found


def exposed_by_gateway(thing: Object, routes: Routes) -> Found:
    """By its listeners."""
    origin = origin_of(Kind.GATEWAYS, thing)
    if origin is None:
        return Found()
    listeners = [one for one in objects_at(thing, "spec", "listeners") if text_at(one, "protocol") in _SPEAKING_TLS]
    attached = routes.get((origin.namespace, origin.name), ())
    return Found.joined(_of_listener(one, origin, attached) for one in listeners)


def secret_namespaces(gateway: Object) -> tuple[str, ...]:
    """Other namespaces in which its listeners have their Secrets, by the word of its owner."""
    listeners = objects_at(gateway, "spec", "listeners")
    references = (one for listener in listeners for one in objects_at(listener, "tls", "certificateRefs"))
    return tuple(namespace for one in references if (namespace := text_at(one, "namespace")))


def _of_listener(listener: Object, origin: Origin, attached: Sequence[Attached]) -> Found:
    port, own = port_at(listener, "port"), text_at(listener, "hostname")
    if port is None:
        return Found()
    if own and not is_wildcard(own):
        return found_at(origin, [own], port)
    routed = [host for one in attached if one.is_at(listener) for host in texts_at(one.route, "spec", "hostnames")]
    if own:  # here `*` stands for several labels, too (Gateway API, Hostname)
        return found_at(origin, [host for host in routed if host.endswith(own[1:])] or [own], port)
    return found_at(origin, routed or _addresses(origin.thing), port)


def _addresses(gateway: Object) -> Iterator[str]:
    return (value for each in objects_at(gateway, "status", "addresses") if (value := text_at(each, "value")))


def _is_accepted(parent: Object) -> bool:
    conditions = objects_at(parent, "conditions")
    is_gateway = text_at(parent, "parentRef", "kind") in ("", "Gateway")
    return is_gateway and any(
        text_at(one, "type") == "Accepted" and text_at(one, "status") == "True" for one in conditions
    )
