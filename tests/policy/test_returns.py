"""Returns and ends: mixed backends, and what is no longer the old certificate's affair."""

import pytest

from incidentd.model.assessment import PlaceStatus, Reason, Stage
from incidentd.model.observation import AbsenceKind
from tests.policy.builders import DAY, HOUR, MINUTE, A, B, C, Fleet, absent, certificate, gap, place, seen, store

OLD = certificate(ends=300 * DAY)
NEW = certificate(ends=400 * DAY)
WRONG = certificate("parked.example.org", ends=900 * DAY)
EDGE, DISK = place(), store()


def returned() -> Fleet:
    """The old one came back after a successor."""
    return Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW)).wait(HOUR).sweep(seen(EDGE, OLD))


def test_what_came_back_is_a_mixed_backend() -> None:
    """The place says so, whether it shows the old one or the new one now."""
    fleet = returned()
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.MIXED
    fleet.proven(seen(EDGE, NEW))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.MIXED


@pytest.mark.parametrize(
    ("looks", "status"), [(19, PlaceStatus.MIXED), (20, PlaceStatus.MIXED), (25, PlaceStatus.REPLACED)]
)
def test_a_mixed_backend_needs_twenty_in_a_row_over_a_day(looks: int, status: PlaceStatus) -> None:
    """Twenty looks in 19 hours are not yet a day."""
    fleet = returned().wait(HOUR).sweeps(looks, HOUR, seen(EDGE, NEW))
    assert fleet.finding(OLD, EDGE).status is status


def test_a_day_with_fewer_than_twenty_looks_is_not_enough_either() -> None:
    """Both are asked for."""
    assert returned().wait(HOUR).sweeps(19, 2 * HOUR, seen(EDGE, NEW)).finding(OLD, EDGE).status is PlaceStatus.MIXED


def test_one_return_begins_it_anew() -> None:
    """In a row means in a row."""
    fleet = returned().wait(HOUR).sweeps(19, 2 * HOUR, seen(EDGE, NEW)).wait(HOUR).sweep(seen(EDGE, OLD))
    assert fleet.wait(HOUR).sweeps(19, 2 * HOUR, seen(EDGE, NEW)).finding(OLD, EDGE).status is PlaceStatus.MIXED


def test_every_member_of_a_mixed_place_needs_the_longer_proof() -> None:
    """Addresses of one place share their backends."""
    both = [seen(EDGE, NEW), seen(EDGE, NEW, member=B)]
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).proven(*both)
    fleet.wait(HOUR).sweep(seen(EDGE, OLD), both[1]).proven(*both)
    assert {member.status for member in fleet.finding(OLD, EDGE).members} == {PlaceStatus.MIXED}


def test_a_return_is_forgotten_after_fourteen_days() -> None:
    """Counted from the last time it was shown, up to the last look."""
    fleet = returned().wait(14 * DAY).sweep(seen(EDGE, NEW))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.MIXED
    fleet.wait(MINUTE).sweep(seen(EDGE, NEW)).wait(10 * MINUTE).sweep(seen(EDGE, NEW))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.REPLACED


def test_a_return_that_lasted_is_counted_from_its_end() -> None:
    """Served again for two weeks, and gone for an hour: still mixed."""
    fleet = returned().sweeps(15, DAY, seen(EDGE, OLD)).proven(seen(EDGE, NEW))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.MIXED


def test_blindness_does_not_forget_a_return() -> None:
    """Time alone settles nothing."""
    fleet = returned().proven(seen(EDGE, NEW)).wait(HOUR).sweeps(30, DAY, gap(EDGE))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.MIXED


def test_a_mismatch_in_between_is_no_return() -> None:
    """Only a successor can be mixed with the old one."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, WRONG)).wait(HOUR).sweep(seen(EDGE, OLD))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.PRESENT


def test_a_mixed_backend_is_said_and_counts_as_not_deployed() -> None:
    """0 of 1, with the reason beside it."""
    fleet = returned().proven(seen(EDGE, NEW)).wait(250 * DAY).sweep(gap(EDGE))
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.deployed, assessment.deployable) == (Stage.RENEWED_NOT_DEPLOYED, 0, 1)
    assert Reason.MIXED_BACKEND in assessment.reasons


def replaced_for(days: int) -> Fleet:
    """Replaced, and the successor seen once a day since."""
    return Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweeps(days + 1, DAY, seen(EDGE, NEW))


def test_what_follows_a_successor_of_two_weeks_is_not_the_old_ones_affair() -> None:
    """A parking page in the successor's place must not page for a certificate that left long ago."""
    assert replaced_for(13).wait(HOUR).sweep(seen(EDGE, WRONG)).finding(OLD, EDGE).status is PlaceStatus.MISMATCH
    fleet = replaced_for(14).wait(HOUR).sweep(seen(EDGE, WRONG))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.REPLACED
    assert fleet.finding(NEW, EDGE).status is PlaceStatus.MISMATCH


def test_a_successor_that_expires_in_its_place_does_not_bring_the_old_one_back() -> None:
    """The successor is judged by itself."""
    fleet = replaced_for(401).wait(HOUR).sweep(seen(EDGE, NEW))
    assert (fleet.assess(OLD).stage, fleet.assess(NEW).stage) == (Stage.SETTLED, Stage.EXPIRED)


def test_a_successor_that_is_replaced_late_proves_what_it_proved() -> None:
    """One that had expired when its own successor came was still seen valid for months."""
    fleet = replaced_for(401).wait(HOUR).sweep(seen(EDGE, certificate(ends=900 * DAY)))
    assert (fleet.assess(OLD).stage, fleet.assess(NEW).stage) == (Stage.SETTLED, Stage.EXPIRED)


def test_addresses_that_come_long_after_it_went_need_no_proof_of_their_own() -> None:
    """Load balancers change their addresses for ever; one that shows the old certificate itself counts always."""
    fleet = replaced_for(15).wait(HOUR).sweep(seen(EDGE, NEW), seen(EDGE, NEW, member=B))
    assert [member.address for member in fleet.finding(OLD, EDGE).members] == [A]
    assert fleet.assess(OLD).stage is Stage.SETTLED
    fleet.wait(HOUR).sweep(seen(EDGE, NEW), seen(EDGE, OLD, member=B))
    assert [member.address for member in fleet.finding(OLD, EDGE).members] == [A, B]


def test_an_address_that_comes_needs_no_proof_only_when_all_that_showed_it_are_long_done() -> None:
    """Counted from the one that was replaced last."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B))
    fleet.wait(HOUR).sweeps(5, DAY, seen(EDGE, NEW), seen(EDGE, OLD, member=B))
    both = [seen(EDGE, NEW), seen(EDGE, NEW, member=B)]
    fleet.wait(DAY).sweeps(12, DAY, *both).wait(DAY).sweep(*both, seen(EDGE, WRONG, member=C))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.MISMATCH


def test_a_successor_that_expires_within_two_weeks_was_none_for_good() -> None:
    """What stands there now has to be valid now."""
    brief = certificate(ends=310 * DAY)
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(300 * DAY).proven(seen(EDGE, brief))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.REPLACED
    assert fleet.wait(10 * DAY).finding(OLD, EDGE).status is PlaceStatus.MISMATCH


def test_an_address_that_was_there_before_counts_however_long() -> None:
    """It came while the proof was young, and shows something else: that was never settled."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, WRONG, member=B)).wait(HOUR)
    fleet.sweeps(30, DAY, seen(EDGE, NEW), seen(EDGE, WRONG, member=B))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.MISMATCH


def test_a_suspect_retirement_is_final_for_nobody() -> None:
    """Addresses beside a removal that is not believed go on to count."""
    disk = place("disk.example.net", source="disk")
    fleet = Fleet().sweep(seen(disk, OLD)).wait(HOUR).sweeps(20, DAY, absent(disk))
    fleet.wait(HOUR).sweep(absent(disk, A), seen(disk, WRONG, member=B))
    assert fleet.finding(OLD, disk).status is PlaceStatus.MISMATCH


def test_a_place_that_left_the_configuration_is_retired_though_it_had_two_looks_at_a_successor() -> None:
    """Two looks and two removals are neither proof."""
    gone = absent(EDGE, kind=AbsenceKind.UNCONFIGURED)
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweeps(2, HOUR, seen(EDGE, NEW)).wait(HOUR).sweeps(2, HOUR, gone)
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.LEAVING
    assert fleet.wait(HOUR).sweep(gone).finding(OLD, EDGE).status is PlaceStatus.RETIRED
