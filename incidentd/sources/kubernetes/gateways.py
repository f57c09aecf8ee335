"""Gateways: the hosts of their listeners that speak TLS (gateway.networking.k8s.io/v1, Listener). Pure.

A listener without a host of its own, or with a wildcard, has those of the HTTPRoutes that it accepted.
"""

from collections.abc import Iterator, Sequence

from incidentd.sources.kubernetes.exposed import Found, Origin, found_at, is_wildcard, origin_of
from incidentd.sources.kubernetes.inside import objects_at, port_at, text_at, texts_at
from incidentd.sources.kubernetes.objects import Kind, Object, name_of

_SPEAKING_TLS = ("HTTPS", "TLS")


def exposed_by_gateway(thing: Object, routes: Sequence[Object]) -> Found:
    """By its listeners. `routes`: all HTTPRoutes that could be read."""
    origin = origin_of(Kind.GATEWAYS, thing)
    if origin is None:
        return Found()
    listeners = [one for one in objects_at(thing, "spec", "listeners") if text_at(one, "protocol") in _SPEAKING_TLS]
    return Found.joined(_of_listener(one, origin, routes) for one in listeners)


def _of_listener(listener: Object, origin: Origin, routes: Sequence[Object]) -> Found:
    port, own = port_at(listener, "port"), text_at(listener, "hostname")
    if port is None:
        return Found()
    if own and not is_wildcard(own):
        return found_at(origin, [own], port)
    accepted = (route for route in routes if _is_accepted(route, listener, origin))
    routed = [host for route in accepted for host in texts_at(route, "spec", "hostnames")]
    if own:  # here `*` stands for several labels, too (Gateway API, Hostname)
        return found_at(origin, [host for host in routed if host.endswith(own[1:])] or [own], port)
    return found_at(origin, routed or _addresses(origin.thing), port)


def _addresses(gateway: Object) -> Iterator[str]:
    return (value for each in objects_at(gateway, "status", "addresses") if (value := text_at(each, "value")))


def _is_accepted(route: Object, listener: Object, origin: Origin) -> bool:
    """By the word of the Gateway's controller: what a route asks for itself, any tenant may write."""
    namespace, _ = name_of(route)
    return any(
        _is_meant(text_at(parent, "parentRef", "namespace") or namespace, parent, listener, origin)
        and any(
            text_at(one, "type") == "Accepted" and text_at(one, "status") == "True"
            for one in objects_at(parent, "conditions")
        )
        for parent in objects_at(route, "status", "parents")
    )


def _is_meant(namespace: str | None, parent: Object, listener: Object, origin: Origin) -> bool:
    section, port = text_at(parent, "parentRef", "sectionName"), port_at(parent, "parentRef", "port")
    return (
        (namespace, text_at(parent, "parentRef", "name")) == (origin.namespace, origin.name)
        and text_at(parent, "parentRef", "kind") in ("", "Gateway")
        and section in ("", text_at(listener, "name"))
        and port in (None, port_at(listener, "port"))
    )
