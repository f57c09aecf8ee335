"""Location: a stable address where a certificate can be, with its role and labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What a location does with a certificate."""

    SERVED = "served"
    """Clients get it from here."""
    STORED = "stored"


Labels = tuple[tuple[str, str], ...]
"""Label names and values, sorted by name, so that equal labels are equal values."""


IGNORED_UNTIL = "incidentd.io/ignore-until"
"""The label by which a place asks to be ignored: until when, RFC 3339 in UTC. The source has bounded it."""
IGNORING_ASKED = "incidentd.io/ignore-until-asked"
"""Beside it, what was asked for: so that the same wish, seen again, gains no time."""


NAMESPACE = "namespace"
"""The label that says in which namespace of a cluster a place, or the object that exposes it, is."""
EXPOSED_BY = "exposed_by"
"""The label that names the objects of a cluster by which an endpoint is known."""


def labels_of(pairs: Mapping[str, str]) -> Labels:
    """Sorted, hashable labels out of a mapping."""
    return _shared(tuple(sorted(pairs.items())))


@lru_cache(maxsize=1000)
def _shared(labels: Labels) -> Labels:
    """Thousands of places have the same labels, and share them."""
    return labels


@dataclass(frozen=True, slots=True)
class Controller:
    """What renews the certificate at a location, and what it said of it at the last look."""

    name: str
    """`cert-manager`."""
    ready: bool
    renews_at: datetime | None = None
    """When it means to renew; None: it does not say."""
    trouble: str = ""
    """Why it is not ready, in words of ours; empty where it is, or does not say."""


@dataclass(frozen=True, slots=True)
class Location:
    """A stable address: `tls://host:443?sni=name`, `smtp://host:25`, `file:///etc/pki/a.pem`."""

    uri: str
    source: str
    """Name of the source that sweeps it. The same address in two sources is two locations."""
    role: Role
    labels: Labels = ()
    asked_name: str | None = None
    """The server name that is asked for there; None where no name is asked for."""
    controller: Controller | None = None
    """As the source found it at the last look; like a label, it may be another one at the next."""

    def label(self, name: str) -> str | None:
        """The value of one label, or None where it is not set."""
        return dict(self.labels).get(name)
