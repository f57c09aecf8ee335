"""Ingresses: the hosts for which they end TLS (networking.k8s.io/v1, IngressTLS). Pure.

Port 443 is the only one there is: "Currently the Ingress only supports a single TLS port, 443" (IngressSpec).
"""

from incidentd.sources.kubernetes.exposed import Found, found_at, origin_of
from incidentd.sources.kubernetes.inside import objects_at, text_at, texts_at
from incidentd.sources.kubernetes.objects import Kind, Object

PORT = 443


def exposed_by_ingress(thing: Object) -> Found:
    """Nothing without a `tls` section. One that lists no hosts speaks for all that have a rule.

    Where no host is named at all, the addresses of its load balancer are asked, for no name.
    """
    origin = origin_of(Kind.INGRESSES, thing)
    sections = objects_at(thing, "spec", "tls")
    if origin is None or not sections:
        return Found()
    ruled = [host for rule in objects_at(thing, "spec", "rules") if (host := text_at(rule, "host"))]
    listed = [host for section in sections for host in texts_at(section, "hosts")]
    if not all(texts_at(section, "hosts") for section in sections):
        listed += ruled
    return found_at(origin, listed or balancers(thing), PORT, ruled)


def balancers(thing: Object) -> list[str]:
    """Names or addresses in `status.loadBalancer.ingress`, of Ingresses and Services alike."""
    points = objects_at(thing, "status", "loadBalancer", "ingress")
    return [host for point in points if (host := text_at(point, "hostname") or text_at(point, "ip"))]
