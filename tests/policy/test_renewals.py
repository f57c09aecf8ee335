"""Renewals: two that were seen everywhere in time let a short-lived certificate off; one miss takes that away."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Reason, Stage
from incidentd.model.certificate import Certificate, KeyType
from incidentd.model.location import Location
from incidentd.model.observation import AbsenceKind, Observation
from incidentd.model.policy import CloseAfter, Policy
from incidentd.model.threshold import Threshold
from incidentd.policy.judgements import Judgements
from tests.policy.builders import DAY, HOUR, START, A, B, Fleet, Item, absent, certificate, gap, place, seen, store
from tests.policy.test_judgements import MICROSECOND, agree

LASTS, EVERY = 30 * DAY, 20 * DAY
OVERDUE = 21.5 * DAY
"""After the beginning: two thirds of 30 days, and 5 % of grace."""
EDGE, OTHER, DEV, FILE = place(), place("b.example.net"), place("c.example.net", env="dev"), store()
NAMES = ("api.example.net", "b.example.net", "c.example.net")


def generation(number: int, **more: object) -> Certificate:
    """One that begins at START plus 20 days for each before it."""
    return certificate(*NAMES, ends=number * EVERY + LASTS, lasts=LASTS, **more)


G = [generation(number) for number in range(6)]
"""A lineage: each is renewed after two thirds of its life."""


def until(fleet: Fleet, days: float) -> Fleet:
    """The clock moves to so many days after START."""
    return fleet.wait(START + days * DAY - fleet.now)


def rolled(*renewals: tuple[float, Certificate], where: Sequence[Location] = (EDGE,)) -> Fleet:
    """A fleet that showed these, each three times from a day on."""
    fleet = Fleet()
    for days, one in renewals:
        until(fleet, days).sweeps(3, HOUR, *(seen(each, one) for each in where))
    return fleet


def in_time(generations: int) -> list[tuple[float, Certificate]]:
    """Each renewed when two thirds of its life are over."""
    return [(number * 20, G[number]) for number in range(generations)]


@pytest.mark.parametrize(("generations", "stage"), [(1, Stage.DUE), (2, Stage.DUE), (3, Stage.EXEMPT)])
def test_two_renewals_are_proof(generations: int, stage: Stage) -> None:
    """None, one, two."""
    assert rolled(*in_time(generations)).assess(G[generations - 1]).stage is stage


def test_it_says_what_was_seen_and_until_when_it_is_let_off() -> None:
    """The two renewals with their days; at the instant of the overdue renewal not yet, a microsecond later it opens."""
    fleet = rolled(*in_time(3))
    let_off = fleet.assess(G[2])
    assert let_off.reasons == (Reason.RENEWED_BY_AUTOMATION,)
    told = f"{G[0].fingerprint[:8]} on 2026-11-21, {G[1].fingerprint[:8]} on 2026-12-11"
    assert let_off.proof == f"2 renewals seen served everywhere in time: {told}"
    assert let_off.opens_at == let_off.next_change_at == START + 2 * EVERY + OVERDUE
    assert until(fleet, 61.5).assess(G[2]).stage is Stage.EXEMPT
    missed = fleet.wait(MICROSECOND).assess(G[2])
    assert (missed.stage, missed.reasons) == (Stage.DUE, (Reason.RENEWAL_OVERDUE,))


@pytest.mark.parametrize(("late", "stage"), [(timedelta(), Stage.EXEMPT), (MICROSECOND, Stage.DUE)])
def test_a_renewal_counts_that_was_seen_when_it_was_not_overdue_yet(late: timedelta, stage: Stage) -> None:
    """Exactly then is in time."""
    second = START + EVERY + OVERDUE + late - 40 * DAY
    fleet = rolled(*in_time(2), (40 + (second - START) / DAY, G[2]))
    assert fleet.assess(G[2]).stage is stage


def test_after_a_miss_two_renewals_have_to_be_earned_again() -> None:
    """The one that came late, and the first after it, do not do."""
    late = [(0.0, G[0]), (20.0, G[1]), (42.0, G[2])]
    stages = [
        rolled(*late).assess(G[2]).stage,
        rolled(*late, (60.0, G[3])).assess(G[3]).stage,
        rolled(*late, (60.0, G[3]), (80.0, G[4])).assess(G[4]).stage,
    ]
    assert stages == [Stage.DUE, Stage.DUE, Stage.EXEMPT]


def issued_again(number: int, after: timedelta) -> Certificate:
    """So long after another of its generation."""
    return certificate(*NAMES, ends=number * EVERY + LASTS + after, lasts=LASTS)


@pytest.mark.parametrize(("apart", "stage"), [(3 * DAY - HOUR, Stage.DUE), (3 * DAY, Stage.EXEMPT)])
def test_what_is_issued_again_soon_is_no_renewal(apart: timedelta, stage: Stage) -> None:
    """Three certificates in three days are a person who tries; within a tenth of a life nothing renews by itself."""
    tries = [issued_again(0, number * apart) for number in range(3)]
    fleet = rolled(*((number * apart / DAY, one) for number, one in enumerate(tries)))
    assert fleet.assess(tries[-1]).stage is stage


@pytest.mark.parametrize(("tries", "stage"), [(1, Stage.EXEMPT), (4, Stage.EXEMPT), (5, Stage.DUE)])
def test_what_was_issued_again_counts_neither_way(tries: int, stage: Stage) -> None:
    """Before the last renewal, so that those before it count; where there are too many nobody can tell."""
    again = [(40 + hours / 4, issued_again(2, hours * HOUR)) for hours in range(1, tries + 1)]
    fleet = rolled(*in_time(3), *again)
    assert fleet.assess(again[-1][1]).stage is stage


def test_what_was_issued_again_too_late_was_missed() -> None:
    """The same day as the one that was overdue: that one's renewal came too late all the same."""
    late = issued_again(2, DAY)
    assert rolled(*in_time(3), (62.0, late)).assess(late).stage is Stage.DUE


def test_while_it_is_rolled_out_those_before_it_count() -> None:
    """At one of two places: let off, as its predecessor was, until that one's renewal would be overdue."""
    fleet = until(rolled(*in_time(3), where=(EDGE, OTHER)), 60).sweep(seen(EDGE, G[3]), seen(OTHER, G[2]))
    ends = START + 2 * EVERY + OVERDUE
    assert (fleet.assess(G[3]).stage, fleet.assess(G[3]).next_change_at) == (Stage.EXEMPT, ends)
    assert until(fleet, 61.5).assess(G[3]).stage is Stage.EXEMPT
    assert fleet.wait(MICROSECOND).assess(G[3]).stage is Stage.DUE
    assert until(fleet, 62).sweep(seen(EDGE, G[3]), seen(OTHER, G[3])).assess(G[3]).stage is Stage.DUE


def test_a_place_that_was_forgotten_is_a_miss() -> None:
    """Two renewals at one address, while the other one still serves the first certificate."""
    fleet = Fleet()
    for days, one in in_time(3):
        until(fleet, days).sweeps(3, HOUR, seen(EDGE, one), seen(EDGE, G[0], member=B))
    assert fleet.assess(G[2]).reasons[0] is Reason.THRESHOLD_PASSED


def test_each_certificate_that_it_replaced_counts() -> None:
    """One name's certificates were renewed twice; those of another place, which it takes over, never."""
    manual = certificate("b.example.net", ends=50 * DAY, lasts=LASTS)
    fleet = Fleet()
    for days, one in in_time(2):
        until(fleet, days).sweeps(3, HOUR, seen(EDGE, one), seen(OTHER, manual))
    until(fleet, 40).sweeps(3, HOUR, seen(EDGE, G[2]), seen(OTHER, G[2]))
    assert fleet.assess(G[2]).stage is Stage.DUE


def test_ways_back_may_part_and_meet_again() -> None:
    """A second issue for one of two places, then one for both again, which is still being rolled out."""
    again = generation(2)
    fleet = rolled(*in_time(2), where=(EDGE, OTHER))
    until(fleet, 40).sweeps(3, HOUR, seen(EDGE, G[2]), seen(EDGE, G[2], member=B), seen(OTHER, again))
    until(fleet, 60).sweep(seen(EDGE, G[3]), seen(EDGE, G[2], member=B), seen(OTHER, G[3]))
    assert fleet.assess(G[3]).stage is Stage.EXEMPT
    fleet.sweep(seen(EDGE, G[3]), seen(EDGE, G[2], member=B), seen(OTHER, again, member=B), seen(OTHER, G[3]))
    assert fleet.assess(G[3]).stage is Stage.EXEMPT


def test_an_address_that_came_later_and_one_that_left_are_no_misses() -> None:
    """What never showed the old one was never to be renewed; what was removed with proof is not any more."""
    fleet = Fleet()
    until(fleet, 0).sweeps(3, HOUR, seen(EDGE, G[0]), seen(EDGE, G[0], member=B))
    left = absent(EDGE, B, AbsenceKind.UNRESOLVED_ADDRESS)
    until(fleet, 10).sweeps(4, DAY, seen(EDGE, G[0]), left)
    for days, one in in_time(3)[1:]:
        until(fleet, days).sweeps(3, HOUR, seen(EDGE, one), left)
    until(fleet, 50).sweep(seen(EDGE, G[2]), seen(EDGE, G[2], member="192.0.2.9"), left)
    assert fleet.assess(G[2]).stage is Stage.EXEMPT


def test_what_stood_there_in_between_breaks_no_lineage() -> None:
    """A parking page for an hour, between the first and the second."""
    parked = certificate("parked.example.org", ends=400 * DAY)
    days = [(0.0, G[0]), (19.0, parked), (20.0, G[1]), (40.0, G[2])]
    assert rolled(*days).assess(G[2]).stage is Stage.EXEMPT


def test_a_return_of_what_was_replaced_takes_the_proof_away() -> None:
    """The old one is served again, long overdue."""
    fleet = rolled(*in_time(3))
    assert until(fleet, 45).sweep(seen(EDGE, G[1])).assess(G[2]).reasons[0] is Reason.THRESHOLD_PASSED


@pytest.mark.parametrize("where", [DEV, FILE])
def test_only_what_production_serves_proves_anything(where: Location) -> None:
    """Neither a store nor a stage: what is deployed there reaches nobody."""
    fleet = rolled(*in_time(2), where=(where,))
    until(fleet, 40).sweeps(3, HOUR, seen(where, G[2]))
    assert until(fleet, 41).sweep(seen(EDGE, G[2])).assess(G[2]).stage is Stage.DUE


def side_by_side(*keys: Certificate) -> Observation:
    """A look at a server with several types of keys; the first is what it prefers."""
    return replace(seen(EDGE, *keys), others=tuple(range(1, len(keys))))


@pytest.mark.parametrize(
    ("before", "turned"),
    [(KeyType.EC, False), (KeyType.EC, True), (None, False)],
    ids=["the one that is preferred", "the other one", "seen before types were asked for"],
)
def test_one_type_of_key_earns_nothing_for_the_other(before: KeyType | None, turned: bool) -> None:
    """A robot renews the EC one of two; a person the RSA one, too late, and may prefer it from then on."""
    first, second = (generation(number, key_type=before) for number in range(2))
    robots, by_hand = generation(2, key_type=KeyType.EC), [generation(n, key_type=KeyType.RSA) for n in (0, 2)]
    fleet = Fleet()
    for day, one in ((0, first), (20, second)):
        until(fleet, day).sweeps(3, HOUR, side_by_side(one, by_hand[0]) if before else seen(EDGE, one))
    last = (by_hand[1], robots) if turned else (robots, by_hand[1])
    until(fleet, 40).sweeps(3, HOUR, side_by_side(*last))
    assert fleet.assess(robots).stage is Stage.EXEMPT
    assert fleet.assess(by_hand[1]).stage is Stage.DUE


def test_each_type_of_key_earns_its_own() -> None:
    """A robot that renews both."""
    lines = [[generation(n, key_type=kind) for n in range(3)] for kind in (KeyType.EC, KeyType.RSA)]
    fleet = Fleet()
    for day, keys in zip((0, 20, 40), zip(*lines, strict=True), strict=True):
        until(fleet, day).sweeps(3, HOUR, side_by_side(*keys))
    assert [fleet.assess(line[2]).stage for line in lines] == [Stage.EXEMPT, Stage.EXEMPT]


def test_a_year_long_one_is_not_let_off_by_its_renewals() -> None:
    """Only short lives are; and a beginning that cannot be read tells nothing."""
    fleet = rolled(*in_time(2), (40.0, certificate(*NAMES, ends=100 * DAY, lasts=184 * DAY)))
    [newest] = (one for one in fleet.inventory.certificates.values() if one not in G)
    assert until(fleet, 41).assess(newest).stage is Stage.DUE
    unread = replace(G[1], not_before=None)
    fleet = rolled((0.0, G[0]), (20.0, unread), (40.0, G[2]))
    assert fleet.assess(G[2]).stage is Stage.DUE


def test_blindness_takes_what_was_earned_away() -> None:
    """Unseen for longer than a day, as with any other proof."""
    fleet = rolled(*in_time(3)).wait(HOUR).sweep(gap(EDGE)).wait(DAY)
    assert fleet.assess(G[2]).stage is Stage.EXEMPT
    assert fleet.wait(MICROSECOND).assess(G[2]).stage is Stage.DUE


def test_where_more_stand_beside_each_other_than_anybody_rolls_out_nothing_is_proven() -> None:
    """A hundred by turns at one address, all of them back again and again."""
    many = [certificate(*NAMES, ends=(30 + number / 100) * DAY, lasts=LASTS) for number in range(100)]
    fleet = Fleet()
    for one in (*many, *many):
        fleet.wait(HOUR / 10).sweep(seen(EDGE, one))
    assert fleet.assess(many[-1]).stage is Stage.DUE


LOOKS = st.builds(
    lambda where, address, one: seen(where, one, member=address),
    st.sampled_from([EDGE, OTHER, DEV]),
    st.sampled_from([A, B]),
    st.sampled_from(G),
)
SWEEPS = st.lists(
    LOOKS
    | st.builds(gap, st.sampled_from([EDGE, OTHER]), st.sampled_from([None, A, B]))
    | st.builds(absent, st.sampled_from([EDGE, OTHER]), st.sampled_from([None, B]), st.just(AbsenceKind.UNCONFIGURED)),
    min_size=1,
    max_size=3,
)
WAITS = st.sampled_from([timedelta(), HOUR, DAY, 1.5 * DAY, 1.5 * DAY + MICROSECOND, 10 * DAY, 18.5 * DAY, 20 * DAY])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([Threshold(months=3), Threshold(days=12)]), st.lists(st.tuples(WAITS, SWEEPS), max_size=6))
def test_a_lineage_that_is_kept_up_is_the_one_that_is_found_afresh(
    threshold: Threshold, steps: list[tuple[timedelta, list[Item]]]
) -> None:
    """Whatever is seen of one certificate, at its own places only, is known to all that rest on it; and so is time."""
    fleet, judgements = rolled(*in_time(3), where=(EDGE, OTHER)), Judgements()
    fleet.policy = Policy(threshold=threshold, close_after=CloseAfter(2, HOUR))
    agree(judgements, fleet)
    for apart, items in steps:
        agree(judgements, fleet.wait(apart).sweep(*items))
        agree(judgements, fleet.wait(MICROSECOND))


def test_what_happens_where_only_its_predecessor_is_changes_the_judgement() -> None:
    """The law's sharpest case by hand: where it does not stand yet, one comes back that was replaced long before."""
    fleet, judgements = rolled(*in_time(3), where=(EDGE, OTHER)), Judgements()
    until(fleet, 60).sweep(seen(EDGE, G[3]), seen(OTHER, G[2]))
    agree(judgements, fleet)
    agree(judgements, fleet.wait(HOUR).sweep(seen(EDGE, G[3]), seen(OTHER, G[1])))
    kept = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every
    assert kept[G[3].fingerprint].stage is Stage.DUE
    agree(judgements, fleet.wait(HOUR).sweep(seen(EDGE, G[3]), seen(OTHER, G[3])))
