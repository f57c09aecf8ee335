"""Silence: an address that never answered may serve anything, until it answers or its name has long left it."""

import pytest

from incidentd.model.assessment import PlaceStatus, Reason, Stage
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.policy.silence import sees_ipv6
from tests.policy.builders import DAY, HOUR, START, A, B, C, Fleet, Item, absent, certificate, gap, place, seen, store

OLD, NEW = certificate(ends=30 * DAY), certificate(ends=400 * DAY)
EDGE = place()
V6 = "2001:db8::7"


def silent(fleet: Fleet) -> list[str]:
    """The addresses that never answered, at the only served place."""
    return [each.address for known in fleet.inventory.places.values() for each in known.silent]


def half_silent(address: str = B, reason: GapReason = GapReason.TIMED_OUT) -> Fleet:
    """Of two addresses of a name one answers, and is proven to be renewed."""
    mute = gap(EDGE, address, reason)
    return Fleet().sweep(seen(EDGE, OLD), mute).proven(seen(EDGE, NEW), mute)


def test_an_address_that_never_answered_is_not_settled() -> None:
    """It counts in neither k nor n, and is told as unseen."""
    fleet = half_silent()
    assessment = fleet.assess(OLD)
    finding = fleet.finding(OLD, EDGE)
    assert [(each.address, each.status, each.showed) for each in finding.members] == [
        (A, PlaceStatus.REPLACED, True),
        (B, PlaceStatus.UNKNOWN, False),
    ]
    assert (finding.status, finding.members[1].unseen_since) == (PlaceStatus.UNKNOWN, START)
    assert (assessment.stage, assessment.deployed, assessment.deployable) == (Stage.PARTLY_DEPLOYED, 1, 1)
    assert Reason.UNSEEN_PLACES in assessment.reasons


def test_it_is_remembered_as_it_first_was() -> None:
    """Another reason later is no news, nor is a gap of the whole place."""
    fleet = half_silent()
    before = fleet.inventory.places
    for later in (gap(EDGE, B, GapReason.REFUSED), gap(EDGE, None, GapReason.UNRESOLVED)):
        fleet.wait(30 * DAY).sweep(later, gap(EDGE, A))
        after = fleet.inventory.places[EDGE.source, EDGE.uri]
        assert after.silent == before[EDGE.source, EDGE.uri].silent
    fleet.wait(HOUR).sweep(gap(EDGE, B), gap(EDGE, A))
    assert fleet.last is not None and fleet.last.places == ()


def test_once_it_answers_it_is_a_member_like_any_other() -> None:
    """And takes the same proof."""
    fleet = half_silent().wait(HOUR).sweep(seen(EDGE, NEW), seen(EDGE, NEW, member=B))
    assert (silent(fleet), fleet.finding(OLD, EDGE).status) == ([], PlaceStatus.REPLACING)
    fleet.proven(seen(EDGE, NEW), seen(EDGE, NEW, member=B))
    assert fleet.assess(OLD).stage is Stage.SETTLED
    assert silent(fleet.wait(HOUR).sweep(seen(EDGE, NEW), gap(EDGE, B))) == []


@pytest.mark.parametrize(
    "without",
    [
        pytest.param([seen(EDGE, NEW)], id="the other answers"),
        pytest.param([gap(EDGE, A)], id="the other is asked"),
        pytest.param([absent(EDGE, A, AbsenceKind.UNRESOLVED_ADDRESS), gap(EDGE, C)], id="the other left too"),
        pytest.param([absent(EDGE, A, AbsenceKind.UNRESOLVED_ADDRESS)], id="an answer that is told by who left"),
        pytest.param([absent(EDGE, kind=AbsenceKind.UNCONFIGURED)], id="the target left the configuration"),
    ],
)
def test_it_is_forgotten_after_a_day_of_answers_without_it(without: list[Item]) -> None:
    """Not by the first, nor just before."""
    fleet = half_silent().wait(HOUR).sweep(*without)
    assert B in silent(fleet)
    assert fleet.last is not None and fleet.last.places
    assert B in silent(fleet.wait(DAY - HOUR / 60).sweep(*without))
    assert B not in silent(fleet.wait(HOUR / 60).sweep(*without))


def test_an_answer_with_it_begins_the_day_anew() -> None:
    """DNS that turns its addresses round never forgets one."""
    fleet = half_silent()
    for _ in range(5):
        fleet.wait(12 * HOUR).sweep(seen(EDGE, NEW)).wait(12 * HOUR).sweep(seen(EDGE, NEW), gap(EDGE, B))
    assert silent(fleet) == [B] and fleet.assess(OLD).stage is Stage.PARTLY_DEPLOYED
    fleet.wait(HOUR).sweep(seen(EDGE, NEW)).wait(2 * DAY).sweep(seen(EDGE, NEW))
    assert fleet.assess(OLD).stage is Stage.SETTLED


def test_a_leaving_under_a_clock_that_was_ahead_is_no_earlier_and_no_later() -> None:
    """The day begins with the first answer under the right clock."""
    fleet = half_silent().wait(400 * DAY).sweep(seen(EDGE, NEW)).wait(-399 * DAY).sweep(seen(EDGE, NEW))
    assert silent(fleet) == [B]
    assert silent(fleet.wait(DAY).sweep(seen(EDGE, NEW))) == []


@pytest.mark.parametrize(
    ("address", "reason", "stage"),
    [
        (V6, GapReason.UNREACHABLE, Stage.SETTLED),
        (V6, GapReason.TIMED_OUT, Stage.PARTLY_DEPLOYED),
        (B, GapReason.UNREACHABLE, Stage.PARTLY_DEPLOYED),
    ],
)
def test_a_monitor_without_ipv6_can_close(address: str, reason: GapReason, stage: Stage) -> None:
    """Only what has no route, and only by IPv6."""
    assert half_silent(address, reason).assess(OLD).stage is stage


def test_a_monitor_that_ever_saw_ipv6_has_it() -> None:
    """An address without a route is then one that is down."""
    other = place("other.example.net")
    fleet = half_silent(V6, GapReason.UNREACHABLE).sweep(seen(other, NEW, member="2001:db8::1"), gap(EDGE, V6))
    assert fleet.assess(OLD).stage is Stage.PARTLY_DEPLOYED


@pytest.mark.parametrize(("days", "stage"), [(13, Stage.PARTLY_DEPLOYED), (15, Stage.SETTLED)])
def test_an_address_that_came_long_after_the_proof_does_not_undo_it(days: int, stage: Stage) -> None:
    """As with one that shows something: 14 days."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweeps(3, HOUR, seen(EDGE, NEW))
    fleet.wait(days * DAY).sweep(seen(EDGE, NEW), gap(EDGE, B))
    assert fleet.assess(OLD).stage is stage


def test_it_may_serve_what_is_stored() -> None:
    """So nothing is spare on the word of the addresses that answer."""
    disk = store()
    fleet = Fleet().sweep(seen(EDGE, NEW)).sweep(seen(disk, OLD))
    assert Reason.CAPPED_OTHER_SERVED in fleet.assess(OLD).reasons
    fleet.sweep(seen(EDGE, NEW), gap(EDGE, B))
    assert Reason.CAPPED_OTHER_SERVED not in fleet.assess(OLD).reasons


def test_whoever_was_answered_by_ipv6_has_it() -> None:
    """By one address of any place; an address that never answered shows nothing."""
    fleet = Fleet().sweep(seen(EDGE, OLD), gap(EDGE, V6, GapReason.UNREACHABLE))
    assert not sees_ipv6(fleet.inventory)
    assert sees_ipv6(fleet.sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=V6)).inventory)
