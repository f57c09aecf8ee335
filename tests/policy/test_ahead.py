"""Ahead: what is foretold is what comes, if nothing is seen otherwise; and an opening is foretold to the instant."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import PlaceStatus, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.observation import AbsenceKind
from incidentd.model.policy import Exemption, Policy
from incidentd.policy.ahead import unchanged_until, wanted_from
from incidentd.policy.assess import assess_all
from incidentd.policy.holding import FOREVER
from incidentd.policy.releases import NO_RELEASES
from incidentd.policy.sightings import Sightings
from tests.policy.builders import DAY, HOUR, START, A, B, Fleet, Item, absent, certificate, gap, place, seen
from tests.policy.test_judgements import MICROSECOND, OLD, without_counts
from tests.policy.test_renewals import EDGE, G, in_time, rolled, until

INTERVALS = {"edge": HOUR}
NEW = certificate(ends=400 * DAY)
BRIEF = certificate(ends=65 * DAY, lasts=90 * DAY)


def opening(fleet: Fleet, judged: Certificate, at: timedelta) -> timedelta:
    """When its incident is wanted from, counted from START; until so long after START."""
    known = Sightings(fleet.inventory)
    from_ = wanted_from(judged.fingerprint, known, fleet.policy, NO_RELEASES, fleet.now, START + at)
    return from_ - START


LOOKS = st.lists(
    st.one_of(
        st.builds(
            lambda host, address, one: seen(place(host), one, member=address),
            st.sampled_from(["api.example.net", "b.example.net"]),
            st.sampled_from([A, B]),
            st.sampled_from([OLD, NEW, BRIEF]),
        ),
        st.builds(lambda address: gap(place(), address), st.sampled_from([None, A])),
        st.just(absent(place())),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda item: (item.location.uri, item.member),
)
"""What shows two things at once is no state that it could stay in."""


@settings(max_examples=60, deadline=None)
@given(st.lists(LOOKS, min_size=1, max_size=4), st.integers(1, 40))
def test_what_is_foretold_is_what_comes(before: list[list[Item]], hours: int) -> None:
    """Whatever was seen, and then goes on to be seen."""
    fleet = Fleet().sweep(seen(place(), OLD), seen(place("b.example.net"), OLD))
    for items in before:
        fleet.wait(HOUR).sweep(*items, source="edge")
    foretold = unchanged_until(fleet.inventory, fleet.now + hours * HOUR, INTERVALS)
    for _ in range(hours):
        fleet.wait(HOUR).sweep(*before[-1], source="edge")
    then = assess_all(Sightings(foretold), fleet.policy, fleet.now)
    real = assess_all(Sightings(fleet.inventory), fleet.policy, fleet.now)
    assert {fp: without_counts(one) for fp, one in then.items()} == {
        fp: without_counts(one) for fp, one in real.items()
    }


def test_what_is_under_way_gets_its_proof_and_what_nobody_sweeps_does_not() -> None:
    """One look at a successor, and time; a source that left the configuration looks at nothing any more."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(seen(EDGE, NEW))
    later = fleet.now + 5 * HOUR
    stages = []
    for intervals in (INTERVALS, {}, {"edge": 10 * HOUR}):
        then = Sightings(unchanged_until(fleet.inventory, later, intervals))
        stages.append(assess_all(then, fleet.policy, later)[OLD.fingerprint])
    assert stages[0].stage is Stage.SETTLED
    assert [one.findings[0].status for one in stages[1:]] == [PlaceStatus.REPLACING] * 2


def test_an_opening_is_foretold_to_the_instant() -> None:
    """Its window; what is open already is wanted from now on."""
    judged = certificate(ends=100 * DAY)
    fleet = Fleet().sweep(seen(EDGE, judged))
    opens_at = fleet.assess(judged).opens_at
    assert opens_at is not None and START + opening(fleet, judged, 50 * DAY) == opens_at
    assert fleet.wait(opens_at - fleet.now).assess(judged).stage is Stage.FINE
    assert fleet.wait(MICROSECOND).assess(judged).stage is Stage.DUE
    assert START + opening(fleet, judged, 50 * DAY) == fleet.now


def test_an_overdue_renewal_and_the_end_of_an_exemption_are_foretold() -> None:
    """By two renewals that were seen; by a person's word."""
    fleet = rolled(*in_time(3))
    assert opening(fleet, G[2], 70 * DAY) == 61.5 * DAY
    fleet = Fleet(Policy(exemptions=(Exemption(OLD.fingerprint, START + 5 * DAY, "moved", "me"),)))
    assert opening(fleet.sweep(seen(EDGE, OLD)), OLD, 20 * DAY) == 5 * DAY


def test_the_end_of_a_roll_out_and_blindness_are_foretold() -> None:
    """What is rolled out stops half way; or a place is not seen any more."""
    other = place("b.example.net")
    fleet = until(rolled(*in_time(3), where=(EDGE, other)), 60).sweep(seen(EDGE, G[3]), seen(other, G[2]))
    assert opening(fleet, G[3], 70 * DAY) == 61.5 * DAY
    fleet = rolled(*in_time(3)).wait(HOUR).sweep(gap(EDGE))
    assert opening(fleet, G[2], 70 * DAY) == fleet.now - START + DAY


def test_where_time_alone_does_not_open_it_the_end_is_told() -> None:
    """At rest, or with proof that may still get better; up to the end of the calendar."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW))
    assert opening(fleet, OLD, FOREVER - START) == FOREVER - START
    gone = Fleet().sweep(seen(EDGE, OLD)).proven(absent(EDGE, kind=AbsenceKind.UNCONFIGURED))
    gone.wait(HOUR).sweep(seen(EDGE, NEW))
    assert gone.assess(OLD).stage is Stage.SETTLED
    assert opening(gone, OLD, 300 * DAY) == 300 * DAY
