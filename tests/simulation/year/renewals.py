"""Renewals: which certificate stands at which address from when on. Made up once from a seed; the truth of a year."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from incidentd.model.certificate import Certificate

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AUTOMATION = "CN=Renews By Itself"
SETTLING_IN = 2 * DAY
"""Nothing is deployed so early: on the first day the guard lets what is due open little by little."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How long certificates of a kind last, and how long before their end they are replaced."""

    lasts: timedelta
    sooner: timedelta
    later: timedelta
    issuer: str = "CN=Issuing CA"


KINDS = (
    Kind(397 * DAY, 80 * DAY, 8 * DAY),
    Kind(397 * DAY, 60 * DAY, 2 * DAY),
    Kind(200 * DAY, 60 * DAY, 5 * DAY),
    Kind(90 * DAY, 30 * DAY, 28 * DAY, AUTOMATION),
)
LATE_SHARE = 0.03
"""So many are replaced only once they have expired, or almost."""
CROWD_SHARE = 0.1
"""So many hosts have two addresses, which are not deployed to at once."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One certificate at one host: since when, and from when on each address shows the next one."""

    host: int
    certificate: Certificate
    since: datetime
    """When it is first shown."""
    until: tuple[datetime, ...]
    """By address; the last is when the certificate has left the host."""

    @property
    def let_off(self) -> bool:
        """Whether automation renews it."""
        return self.certificate.issuer == AUTOMATION


def host_name(host: int) -> str:
    """The name that clients ask for."""
    return f"h{host}.example.test"


def stays(host: int, chance: random.Random, until: datetime) -> Iterator[Stay]:
    """All certificates of one host, one after the other, until an instant and one beyond."""
    kind = KINDS[host % len(KINDS)]
    addresses = 2 if chance.random() < CROWD_SHARE else 1
    begins, since = START - kind.lasts * (0.02 + 0.9 * chance.random()), START
    while True:
        ends = begins + kind.lasts
        leaves = max(ends - _margin(kind, chance), START + SETTLING_IN)
        moments = tuple(leaves + number * chance.randint(1, 60) * HOUR for number in range(addresses))
        yield Stay(host, certificate_of(host, begins, ends, kind.issuer), since, moments)
        if leaves > until:
            return
        begins, since = leaves - HOUR, moments[0]


def _margin(kind: Kind, chance: random.Random) -> timedelta:
    if chance.random() < LATE_SHARE:
        return timedelta(hours=chance.randint(-72, 30))
    return kind.later + (kind.sooner - kind.later) * chance.random()


def certificate_of(host: int, begins: datetime, ends: datetime, issuer: str) -> Certificate:
    """What stands at a host for so long."""
    name = host_name(host)
    fingerprint = sha256(f"{name} {ends.isoformat()}".encode()).hexdigest()
    return Certificate(
        fingerprint=fingerprint,
        not_before=begins,
        not_after=ends,
        subject=f"CN={name}",
        common_name=name,
        names=(name,),
        issuer=issuer,
        serial=fingerprint[:16],
    )


def authority() -> Certificate:
    """The CA that every server sends along. It outlives the year by far."""
    return Certificate(
        fingerprint=sha256(b"the authority").hexdigest(),
        not_before=START - 1000 * DAY,
        not_after=START + 3000 * DAY,
        subject="CN=Issuing CA",
        common_name="Issuing CA",
        issuer="CN=Root",
        serial="1",
        is_ca=True,
    )
