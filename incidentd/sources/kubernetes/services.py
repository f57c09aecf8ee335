"""Services: ports that look like TLS (v1, ServicePort). Pure.

A LoadBalancer is asked at its own names or addresses, a ClusterIP by its name in the cluster, as its clients do.
"""

from collections.abc import Iterator

from incidentd.sources.kubernetes.exposed import Found, found_at, origin_of
from incidentd.sources.kubernetes.ingresses import balancers
from incidentd.sources.kubernetes.inside import objects_at, port_at, text_at
from incidentd.sources.kubernetes.objects import Kind, Object

_PROTOCOLS = ("https", "tls")
_PORT = 443


def exposed_by_service(thing: Object) -> Found:
    """Ports with `appProtocol: https`; without one, those called https or tls (or `https-…`), and 443."""
    origin = origin_of(Kind.SERVICES, thing)
    if origin is None:
        return Found()
    kind = text_at(thing, "spec", "type") or "ClusterIP"
    if kind == "LoadBalancer":
        hosts = balancers(thing)
    elif kind == "ClusterIP":
        hosts = [f"{origin.name}.{origin.namespace}.svc"]
    else:
        return Found()  # a NodePort is a port of machines, an ExternalName leads anywhere
    return Found.joined(found_at(origin, hosts, port) for port in _ports(thing))


def _ports(thing: Object) -> Iterator[int]:
    for one in objects_at(thing, "spec", "ports"):
        port = port_at(one, "port")
        if port is not None and text_at(one, "protocol") in ("", "TCP") and _looks_like_tls(one, port):
            yield port


def _looks_like_tls(one: Object, port: int) -> bool:
    said = text_at(one, "appProtocol").lower()
    if said:
        return said in _PROTOCOLS
    return text_at(one, "name").partition("-")[0] in _PROTOCOLS or port == _PORT
