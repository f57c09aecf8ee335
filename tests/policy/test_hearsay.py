"""Hearsay: a pusher's word opens, and settles its own places. Whoever steals its token can silence nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.location import Controller, Location
from incidentd.model.policy import Policy
from incidentd.policy.hearsay import speaks
from incidentd.policy.judgements import Judgements
from tests.policy.builders import DAY, HOUR, START, Fleet, absent, certificate, place, seen, store

PUSHED = Policy(pushed_sources=("branch", "other"))
OLD, NEW = certificate(ends=30 * DAY), certificate(ends=400 * DAY)
EDGE, DISK = place(), store()
THERE, COPY = place("10.0.0.1", source="branch", asked="api.example.net"), store(source="branch")
ELSEWHERE = store("/srv/a.pem", source="other")


def settled(*kept: Location, proven_at: Location = THERE, policy: Policy = PUSHED) -> bool:
    """Whether it closes once a successor is proven at one place, and nothing changed at these."""
    fleet = Fleet(policy).sweep(seen(proven_at, OLD))
    for where in kept:
        fleet.sweep(seen(where, OLD))
    by_source: dict[str, list[Location]] = {}
    for where in kept:
        by_source.setdefault(where.source, []).append(where)
    with_it = [seen(where, OLD) for where in by_source.get(proven_at.source, [])]
    fleet.proven(seen(proven_at, NEW), *with_it)
    return fleet.assess(OLD).stage is Stage.SETTLED


@pytest.mark.parametrize(
    ("source", "sources", "has"),
    [
        ("edge", {"edge"}, True),
        ("edge", {"edge", "branch"}, True),
        ("branch", {"branch"}, True),
        ("branch", set(), True),
        ("branch", {"branch", "edge"}, False),
        ("branch", {"branch", "other"}, False),
    ],
)
def test_a_pusher_has_a_say_on_what_nobody_else_has(source: str, sources: set[str], has: bool) -> None:
    """Our own looks always have one."""
    assert speaks(source, sources, PUSHED.pushed_sources) is has


def test_what_only_a_pusher_has_closes_on_its_proof() -> None:
    """Served there and replaced there; its own copy is a leftover, as ours would be."""
    assert settled()
    assert settled(COPY)


@pytest.mark.parametrize("kept", [DISK, ELSEWHERE, EDGE], ids=["our copy", "another pusher's copy", "served here"])
def test_what_a_pusher_says_it_serves_releases_nobody_elses_place(kept: Location) -> None:
    """One token is enough to show any certificate and a successor: it must not close what others see."""
    assert not settled(kept)


def test_what_we_see_served_releases_every_copy() -> None:
    """As ever; and where nobody pushes, nothing is otherwise."""
    assert settled(DISK, COPY, ELSEWHERE, proven_at=EDGE)
    assert settled(DISK, policy=Policy())


def test_what_is_served_there_has_to_be_replaced_there_too() -> None:
    """A renewal in our store closes nothing that a pusher still serves."""
    assert not settled(THERE, proven_at=DISK)
    assert not settled(THERE, proven_at=EDGE)


def test_a_place_that_left_a_pusher_releases_nothing() -> None:
    """Not even when it is gone on the best proof."""
    fleet = Fleet(PUSHED).sweep(seen(DISK, OLD)).sweep(seen(THERE, OLD))
    fleet.wait(HOUR).sweeps(5, HOUR, absent(THERE))
    assert fleet.assess(OLD).stage is Stage.DUE


def test_severity_is_not_kept_down_by_what_a_pusher_says_is_served_instead() -> None:
    """Of a certificate that it does not have itself."""
    there = seen(THERE, NEW)
    ours = Fleet(PUSHED).sweep(seen(DISK, OLD)).wait(29 * DAY).sweep(there).assess(OLD)
    assert (ours.step, Reason.CAPPED_OTHER_SERVED in ours.reasons) == (Step.LAST_DAY, False)
    its_own = Fleet(PUSHED).sweep(seen(COPY, OLD), there).wait(29 * DAY).sweep(seen(COPY, OLD), there).assess(OLD)
    assert (its_own.step, Reason.CAPPED_OTHER_SERVED in its_own.reasons) == (Step.WARNING, True)
    both = Fleet(PUSHED).sweep(seen(DISK, OLD)).wait(29 * DAY).sweep(there).sweep(seen(EDGE, NEW)).assess(OLD)
    assert Reason.CAPPED_OTHER_SERVED in both.reasons


LASTS, EVERY = 30 * DAY, 20 * DAY
G = [certificate(ends=number * EVERY + LASTS, lasts=LASTS) for number in range(3)]
"""A lineage: each is renewed after two thirds of its life."""


def renewed_at(*where: Location) -> Fleet:
    """A fleet in which all of them were renewed in time at these places."""
    fleet = Fleet(PUSHED)
    for number, one in enumerate(G):
        fleet.wait(START + number * EVERY - fleet.now)
        for each in where:
            fleet.sweeps(3, timedelta(hours=1), seen(each, one))
    return fleet


def test_renewals_at_a_pushers_own_places_let_its_own_off() -> None:
    """Two of them, in time, as everywhere."""
    assert renewed_at(THERE).assess(G[2]).stage is Stage.EXEMPT


def test_renewals_that_a_pusher_tells_of_let_nothing_of_ours_off() -> None:
    """Not what is seen here for the first time, nor what has one renewal too few."""
    assert renewed_at(THERE).sweep(seen(EDGE, G[2])).assess(G[2]).stage is Stage.DUE
    fleet = Fleet(PUSHED).sweep(seen(THERE, G[0])).wait(EVERY).sweep(seen(THERE, G[1]))
    fleet.sweep(seen(EDGE, G[1])).wait(EVERY).sweeps(3, HOUR, seen(EDGE, G[2]))
    assert fleet.assess(G[2]).stage is Stage.DUE


READY = Controller("cert-manager", True, START + 20 * DAY)


@pytest.mark.parametrize(
    ("places", "stage"),
    [
        ((replace(THERE, controller=READY),), Stage.EXEMPT),
        ((replace(EDGE, controller=READY), THERE), Stage.EXEMPT),
        ((replace(THERE, controller=READY), EDGE), Stage.DUE),
        ((replace(THERE, controller=READY), ELSEWHERE), Stage.DUE),
        ((replace(EDGE, controller=READY), replace(THERE, controller=replace(READY, ready=False))), Stage.DUE),
    ],
    ids=["only there", "ours", "beside ours", "beside another pusher's", "theirs is not ready"],
)
def test_a_controller_speaks_for_what_only_its_pusher_has(places: tuple[Location, ...], stage: Stage) -> None:
    """Against a certificate every one has a say; that is no way to silence anything."""
    short = certificate(ends=LASTS, lasts=LASTS)
    fleet = Fleet(PUSHED)
    for where in places:
        fleet.sweep(seen(where, short))
    assert fleet.assess(short).stage is stage


@pytest.mark.parametrize("shown", [[], [G[2]], [G[1]]], ids=["nothing", "it", "the one before"])
def test_judging_what_changed_is_judging_all(shown: list[Certificate]) -> None:
    """Also where the change is that a pusher shows what we have."""
    fleet, kept = renewed_at(EDGE), Judgements()
    kept.assess_all(fleet.inventory, fleet.policy, fleet.now)
    for one in shown:
        fleet.sweep(seen(THERE, one))
    judged = kept.assess_all(fleet.inventory, fleet.policy, fleet.now).every
    assert judged[G[2].fingerprint].stage is fleet.assess(G[2]).stage
    assert (judged[G[2].fingerprint].stage is Stage.EXEMPT) is (not shown)
