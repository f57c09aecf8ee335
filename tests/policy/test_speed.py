"""Speed: a fleet of a thousand certificates is judged in a small part of a second."""

from collections.abc import Callable
from datetime import timedelta
from time import process_time

import pytest

from incidentd.model.policy import Policy
from incidentd.policy.assess import assess_all
from incidentd.policy.concentration import review
from incidentd.policy.sightings import Sightings
from tests.policy.baskets import NO_ASSESSMENTS, even_fleet, inventory_of
from tests.policy.builders import DAY, HOUR, START, A, B, Fleet, certificate, place, seen, store

ALLOWED_SECONDS = 1.0
"""Ten times what it takes on a slow machine: to catch what grows with the square of the fleet, not to race."""


def varied() -> Fleet:
    """Five hundred hosts with two addresses, half of them renewed: a thousand certificates, and a copy of each."""
    hosts = [f"h{n}.example.net" for n in range(500)]
    old = [certificate(host, ends=60 * DAY) for host in hosts]
    new = [certificate(host, ends=400 * DAY) for host in hosts]
    fleet = Fleet().sweep(*[seen(place(h), one, member=m) for h, one in zip(hosts, old, strict=True) for m in (A, B)])
    fleet.sweep(*[seen(store(f"/srv/{host}.pem"), one) for host, one in zip(hosts, new, strict=True)])
    return fleet.wait(HOUR).sweep(
        *[seen(place(h), one, member=m) for h, one in zip(hosts[:250], new, strict=False) for m in (A, B)],
        *[seen(place(h), one, member=m) for h, one in zip(hosts[250:], old[250:], strict=True) for m in (A, B)],
    )


def namesakes() -> Fleet:
    """A thousand certificates for one and the same name, each in a place of its own."""
    every = [certificate("*.example.net", ends=60 * DAY + n * HOUR) for n in range(1000)]
    return Fleet().sweep(*[seen(place(f"h{n}.example.net"), one) for n, one in enumerate(every)])


def half_namesakes() -> Fleet:
    """A thousand self-made certificates for localhost, and each for a host of its own: none succeeds another."""
    every = [
        certificate("localhost", f"h{n}.example.net", ends=60 * DAY + n * HOUR, self_signed=True) for n in range(1000)
    ]
    return Fleet().sweep(*[seen(place(f"h{n}.example.net"), one) for n, one in enumerate(every)])


def many_names() -> Fleet:
    """One place whose certificates have five thousand names each."""
    names = [f"h{n}.example.net" for n in range(5000)]
    first, second = certificate(*names, ends=60 * DAY), certificate(*names, ends=400 * DAY)
    return Fleet().sweep(seen(place("h1.example.net"), first)).wait(HOUR).sweep(seen(place("h1.example.net"), second))


def flapping() -> Fleet:
    """A server that makes a certificate for each handshake."""
    fleet = Fleet()
    for _ in range(200):
        fleet.wait(HOUR).sweep(seen(place(), certificate(ends=60 * DAY)))
    return fleet


@pytest.mark.parametrize("fleet", [varied, namesakes, half_namesakes, many_names, flapping])
def test_a_thousand_certificates_are_judged_at_once(fleet: Callable[[], Fleet]) -> None:
    """Whatever they have in common."""
    built = fleet()
    began = process_time()
    judged = assess_all(Sightings(built.inventory), built.policy, built.now)
    assert process_time() - began < ALLOWED_SECONDS
    assert any(each.wants_incident for each in judged.values())


@pytest.mark.parametrize("lives", [timedelta(), 365 * DAY], ids=["all end at one moment", "spread over a year"])
def test_the_concentrations_of_thousands_are_found_in_seconds(lives: timedelta) -> None:
    """Each certificate is looked at a few times, however many end together."""
    placed = even_fleet(8_000, lives, services=50)
    inventory = inventory_of(placed)
    began = process_time()
    found = review(inventory, NO_ASSESSMENTS, Policy(), START)
    assert process_time() - began < 8 * ALLOWED_SECONDS
    assert bool(found.findings) is not bool(lives)
