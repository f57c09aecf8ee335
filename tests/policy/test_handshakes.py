"""Handshakes of one look that do not agree: how many showed the old one is known; while one does, it is there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import MemberFinding, PlaceStatus, Stage
from incidentd.model.certificate import Certificate, KeyType
from incidentd.model.policy import CloseAfter, Policy
from tests.policy.builders import DAY, HOUR, MINUTE, Fleet, certificate, place, seen

EDGE = place()
AT_ONCE = Policy(close_after=CloseAfter(observations=1, apart=timedelta()))
LOW, HIGH = "00" * 32, "ff" * 32
"""Of handshakes at one instant the lower fingerprint counts as the first."""


def pair(*, old_first: bool) -> tuple[Certificate, Certificate]:
    """An old one and its successor, by the order in which a look shows them."""
    first, last = (LOW, HIGH) if old_first else (HIGH, LOW)
    return certificate(ends=20 * DAY, fingerprint=first), certificate(ends=400 * DAY, fingerprint=last)


def at(fleet: Fleet, judged: Certificate) -> MemberFinding:
    (member,) = fleet.finding(judged, EDGE).members
    return member


@pytest.mark.parametrize("old_first", [True, False])
def test_how_many_still_showed_it_is_known_of_the_last_look(old_first: bool) -> None:
    """Each time anew, until all of them agree."""
    old, new = pair(old_first=old_first)
    fleet = Fleet().sweep(seen(EDGE, old))
    assert at(fleet, old).handshakes is None
    for still in (4, 1, 3):
        looks = [*[seen(EDGE, old)] * still, *[seen(EDGE, new)] * (5 - still)]
        fleet.wait(HOUR).sweep(*looks)
        assert at(fleet, old).handshakes == (still, 5)
        assert not at(fleet, old).status.settled
        assert at(fleet, old).status not in (PlaceStatus.REPLACING, PlaceStatus.MISMATCH)
    fleet.wait(HOUR).sweep(*[seen(EDGE, new)] * 5)
    assert at(fleet, old).handshakes is None


@pytest.mark.parametrize("old_first", [True, False])
def test_a_look_that_still_showed_it_is_no_proof(old_first: bool) -> None:
    """Even where one look is enough, and whichever handshake came last."""
    old, new = pair(old_first=old_first)
    fleet = Fleet(AT_ONCE).sweep(seen(EDGE, old)).wait(HOUR).sweep(seen(EDGE, old), seen(EDGE, new), seen(EDGE, new))
    assert fleet.assess(old).stage is not Stage.SETTLED
    assert fleet.assess(old).deployed == 0
    settles = fleet.wait(HOUR).sweep(seen(EDGE, new), seen(EDGE, new)).assess(old).stage is Stage.SETTLED
    assert settles is old_first, "what came after the old one is a successor; what came before it came and went"


def test_a_stranger_beside_it_is_a_mismatch_all_the_same() -> None:
    """Some clients get what nobody meant them to get."""
    old, wrong = certificate(fingerprint=LOW), certificate("parked.example.org", ends=400 * DAY, fingerprint=HIGH)
    fleet = Fleet().sweep(seen(EDGE, old)).wait(HOUR).sweep(seen(EDGE, old), seen(EDGE, wrong))
    assert (at(fleet, old).status, at(fleet, old).handshakes) == (PlaceStatus.MISMATCH, (1, 2))


def test_that_they_agree_again_is_news_once() -> None:
    """A row is written for it; what is seen the same again needs none."""
    old, new = pair(old_first=True)
    fleet = Fleet().sweep(seen(EDGE, old)).wait(HOUR).sweep(seen(EDGE, old), seen(EDGE, new))
    written = []
    for _ in range(3):
        fleet.wait(MINUTE).sweep(seen(EDGE, new), seen(EDGE, new))
        assert fleet.last is not None
        written.append(len(fleet.last.places))
    assert written == [1, 0, 0]


def test_where_the_second_chain_begins_is_news_too() -> None:
    """A program of before may have written the chains as one."""
    both = seen(EDGE, certificate(key_type=KeyType.EC), certificate(key_type=KeyType.RSA))
    fleet, written = Fleet(), []
    for look in (both, both, replace(both, others=(1,)), replace(both, others=(1,))):
        fleet.wait(MINUTE).sweep(look)
        assert fleet.last is not None
        written.append(len(fleet.last.places))
    assert written == [1, 0, 1, 0]
    (where,) = fleet.inventory.places.values()
    assert [len(run.chains) for run in where.members[0].runs] == [1, 2]
