"""What objects expose: endpoints that speak TLS, each with the object that says so. Pure values."""

from collections.abc import Iterable
from dataclasses import dataclass

from incidentd.policy.names import covers
from incidentd.sources.interface import Remark
from incidentd.sources.kubernetes.objects import Kind, Object, name_of

MOST_OF_AN_OBJECT = 500
"""So many endpoints are taken from one object; the others are told. A certificate has a hundred names at most."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The object that exposes an endpoint."""

    kind: Kind
    namespace: str
    name: str
    thing: Object

    @property
    def words(self) -> str:
        """`ingress/web/shop`."""
        return f"{self.kind.resource.singular}/{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Exposed:
    """One endpoint, as it is written: nothing of it is judged yet."""

    host: str
    port: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in some objects."""

    exposed: tuple[Exposed, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @staticmethod
    def joined(parts: Iterable["Found"]) -> "Found":
        """All of them as one, in their order."""
        whole = tuple(parts)
        return Found(
            tuple(one for part in whole for one in part.exposed), tuple(one for part in whole for one in part.remarks)
        )


def origin_of(kind: Kind, thing: Object) -> Origin | None:
    """The object as an origin; None for one without a name or a namespace, which the API has not."""
    namespace, name = name_of(thing)
    return Origin(kind, namespace, name, thing) if namespace and name else None


def found_at(origin: Origin, hosts: Iterable[str], port: int, others: Iterable[str] = ()) -> Found:
    """The endpoints of these hosts. Of a wildcard those of the `others` that it covers; of what covers none, a remark.

    A wildcard is a name that nobody can ask for.
    """
    written = list(dict.fromkeys(host.rstrip(".").lower() for host in hosts))
    plain = [host for host in written if not is_wildcard(host)]
    known = [host for host in dict.fromkeys(others) if not is_wildcard(host)]
    remarks: list[Remark] = []
    for wildcard in filter(is_wildcard, written):
        covered = [host for host in known if covers((wildcard,), host)]
        plain += covered
        if not covered and not any(covers((wildcard,), host) for host in plain):
            remarks.append(Remark(origin.words, f"{wildcard} is no name that could be asked for: {_BY_HAND}"))
    plain = list(dict.fromkeys(plain))
    if len(plain) > MOST_OF_AN_OBJECT:
        beyond = len(plain) - MOST_OF_AN_OBJECT
        remarks.append(Remark(origin.words, f"{beyond} more hosts are not looked at: split it over several objects"))
    exposed = (Exposed(host, port, origin) for host in plain[:MOST_OF_AN_OBJECT])
    return Found(tuple(exposed), tuple(remarks))


def is_wildcard(host: str) -> bool:
    """True for `*.example.net`."""
    return host.startswith("*")


_BY_HAND = "name one host under it as a target of a tls source"
