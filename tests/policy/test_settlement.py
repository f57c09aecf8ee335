"""Settlement: positive proof at each member of each place, and what is none."""

from datetime import timedelta

import pytest

from incidentd.model.assessment import MemberFinding, PlaceStatus, Reason, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.location import Location
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.model.policy import CloseAfter, Policy
from tests.policy.builders import DAY, HOUR, MINUTE, START, A, B, C, Fleet, absent, certificate, gap, place, seen, store

OLD = certificate(ends=30 * DAY)
NEW = certificate(ends=400 * DAY)
NEXT = certificate(ends=800 * DAY)
WRONG = certificate("parked.example.org", ends=400 * DAY)
EDGE, DISK = place(), store()


def at(fleet: Fleet, address: str = A, where: Location = EDGE, judged: Certificate = OLD) -> MemberFinding:
    """How one member stands towards the old certificate."""
    return next(each for each in fleet.finding(judged, where).members if each.address == address)


def served_then(*chain: Certificate) -> Fleet:
    """The old one was seen at the edge, and an hour later something else."""
    return Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(seen(EDGE, *chain))


@pytest.mark.parametrize(
    ("looks", "apart", "status"),
    [
        (1, HOUR, PlaceStatus.REPLACING),
        (2, HOUR, PlaceStatus.REPLACING),
        (3, 5 * MINUTE, PlaceStatus.REPLACED),
        (3, 5 * MINUTE - timedelta(microseconds=1), PlaceStatus.REPLACING),
        (20, timedelta(seconds=30), PlaceStatus.REPLACING),
        (4, 4 * MINUTE, PlaceStatus.REPLACED),
    ],
)
def test_three_looks_ten_minutes_apart_are_proof(looks: int, apart: timedelta, status: PlaceStatus) -> None:
    """As many in a row, the first and the last as far from each other."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweeps(looks, apart, seen(EDGE, NEW))
    assert (at(fleet).status, at(fleet).successor, at(fleet).looks) == (status, NEW.fingerprint, looks)
    assert fleet.finding(OLD, EDGE).status is status


def test_the_policy_says_how_much_proof() -> None:
    """One look and no time at all, if that is what is configured."""
    fleet = Fleet(Policy(close_after=CloseAfter(1, timedelta(0)))).sweep(seen(EDGE, OLD)).wait(HOUR)
    assert at(fleet.sweep(seen(EDGE, NEW))).status is PlaceStatus.REPLACED


def test_ten_samples_in_one_sweep_are_one_look() -> None:
    """Proof takes sweeps, not handshakes."""
    assert at(Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(*[seen(EDGE, NEW)] * 10)).looks == 1


def test_gaps_between_the_looks_do_not_matter() -> None:
    """They neither count nor break."""
    fleet = served_then(NEW).wait(HOUR).sweep(gap(EDGE, A)).wait(HOUR).sweep(seen(EDGE, NEW))
    assert at(fleet.wait(HOUR).sweep(gap(EDGE))).status is PlaceStatus.REPLACING
    assert at(fleet.wait(HOUR).sweep(seen(EDGE, NEW))).status is PlaceStatus.REPLACED


def test_looks_at_one_successor_and_the_next_count_together() -> None:
    """What matters is that it is not the old one, and fit."""
    fleet = served_then(NEW).wait(HOUR).sweep(seen(EDGE, NEXT)).wait(HOUR).sweep(seen(EDGE, NEXT))
    assert (at(fleet).status, at(fleet).successor) == (PlaceStatus.REPLACED, NEXT.fingerprint)


def test_each_member_needs_its_own_proof() -> None:
    """A region that was forgotten keeps the incident open, and is named."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B))
    fleet.proven(seen(EDGE, NEW), seen(EDGE, OLD, member=B))
    assert [at(fleet, each).status for each in (A, B)] == [PlaceStatus.REPLACED, PlaceStatus.PRESENT]
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.PRESENT
    assert (fleet.assess(OLD).deployed, fleet.assess(OLD).deployable) == (1, 2)


def test_a_new_member_needs_proof_too() -> None:
    """An address that joined an hour ago may be one of several behind it."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW))
    fleet.wait(HOUR).sweep(seen(EDGE, NEW), seen(EDGE, NEW, member=B))
    assert (at(fleet, B).status, at(fleet, B).showed, at(fleet, A).showed) == (PlaceStatus.REPLACING, False, True)
    assert at(fleet.proven(seen(EDGE, NEW), seen(EDGE, NEW, member=B)), B).status is PlaceStatus.REPLACED


@pytest.mark.parametrize("there", [WRONG, certificate(ends=20 * DAY), certificate(ends=90 * DAY, self_signed=True)])
def test_anything_else_is_a_mismatch_however_often_it_is_seen(there: Certificate) -> None:
    """Another name, an earlier end, a self-made one: open and climbing."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, there)).proven(seen(EDGE, there))
    assert (at(fleet).status, at(fleet).successor) == (PlaceStatus.MISMATCH, there.fingerprint)
    assert fleet.assess(OLD).stage is Stage.MISMATCH


def test_a_mismatch_after_proof_is_no_proof() -> None:
    """The last looks in a row count, not some looks some time ago."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW)).wait(HOUR).sweep(seen(EDGE, WRONG))
    assert at(fleet).status is PlaceStatus.MISMATCH
    assert at(fleet.wait(HOUR).sweep(seen(EDGE, NEW))).status is PlaceStatus.REPLACING


@pytest.mark.parametrize("reason", [GapReason.REFUSED, GapReason.TIMED_OUT, GapReason.UNRESOLVED])
def test_what_cannot_be_seen_stays_as_it_was(reason: GapReason) -> None:
    """Months of silence prove nothing."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweeps(50, DAY, gap(EDGE, reason=reason))
    assert (at(fleet).status, at(fleet).unseen_since) == (PlaceStatus.PRESENT, START + HOUR)
    assert fleet.assess(OLD).unseen == (EDGE.uri,)


@pytest.mark.parametrize(
    ("answers", "apart", "status"),
    [
        (3, 12 * HOUR, PlaceStatus.RETIRED),
        (2, 24 * HOUR, PlaceStatus.LEAVING),
        (24, HOUR, PlaceStatus.LEAVING),
        (25, HOUR, PlaceStatus.RETIRED),
    ],
)
def test_an_address_is_retired_after_three_answers_over_a_day(
    answers: int, apart: timedelta, status: PlaceStatus
) -> None:
    """Complete DNS answers without it, while others are in them."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR)
    fleet.sweeps(answers, apart, seen(EDGE, NEW), absent(EDGE, B, AbsenceKind.UNRESOLVED_ADDRESS))
    assert (at(fleet, B).status, at(fleet, B).removed) == (status, True)


def test_answers_without_any_address_retire_nothing() -> None:
    """An empty listing where there had been things."""
    gone = [absent(EDGE, each, AbsenceKind.UNRESOLVED_ADDRESS) for each in (A, B)]
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR).sweeps(60, 12 * HOUR, *gone)
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.LEAVING
    fleet.wait(HOUR).sweep(*gone, seen(EDGE, NEW, member=C))
    assert {at(fleet, each).status for each in (A, B)} == {PlaceStatus.RETIRED}


def test_an_address_that_was_retired_in_time_stays_so_when_the_rest_goes() -> None:
    """While the answers still held another address, they were proof."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR)
    fleet.sweeps(4, 12 * HOUR, seen(EDGE, NEW), absent(EDGE, B, AbsenceKind.UNRESOLVED_ADDRESS))
    fleet.wait(HOUR).sweep(*[absent(EDGE, each, AbsenceKind.UNRESOLVED_ADDRESS) for each in (A, B)])
    assert [at(fleet, each).status for each in (A, B)] == [PlaceStatus.REPLACED, PlaceStatus.RETIRED]


def test_an_address_that_had_its_proof_and_then_leaves_is_still_proven() -> None:
    """That a load balancer moves on must not open what was closed."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW)).wait(HOUR)
    fleet.sweep(absent(EDGE, A, AbsenceKind.UNRESOLVED_ADDRESS), seen(EDGE, NEW, member=B))
    assert (at(fleet).status, at(fleet).removed) == (PlaceStatus.REPLACED, False)


@pytest.mark.parametrize("kind", [AbsenceKind.REMOVED, AbsenceKind.UNCONFIGURED])
def test_a_place_is_retired_by_as_many_sweeps_as_far_apart(kind: AbsenceKind) -> None:
    """Deleted, or no longer configured."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(place("b.example.net"), NEXT)).wait(HOUR)
    still = seen(place("b.example.net"), NEXT)
    assert at(fleet.sweeps(2, HOUR, absent(EDGE, kind=kind), still)).status is PlaceStatus.LEAVING
    assert at(fleet.wait(HOUR).sweep(absent(EDGE, kind=kind), still)).status is PlaceStatus.RETIRED
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.deployable) == (Stage.SETTLED, 0)


def test_a_place_that_was_retired_stays_so_when_its_target_leaves_the_configuration() -> None:
    """One removal after another is no new doubt."""
    others = [seen(store(f"/etc/pki/{n}.pem"), NEXT) for n in range(3)]
    fleet = Fleet().sweep(seen(DISK, OLD), *others).proven(absent(DISK), *others)
    fleet.wait(HOUR).sweep(absent(DISK, kind=AbsenceKind.UNCONFIGURED, group="disk"), *others)
    assert at(fleet, "", DISK).status is PlaceStatus.RETIRED


def test_what_is_back_with_a_successor_after_its_retirement_is_still_settled() -> None:
    """A host that was away and returns renewed."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(absent(EDGE, kind=AbsenceKind.UNCONFIGURED))
    assert at(fleet.wait(HOUR).sweep(seen(EDGE, NEW))).status is PlaceStatus.RETIRED
    assert at(fleet.proven(seen(EDGE, NEW))).status is PlaceStatus.REPLACED
    assert at(fleet.wait(HOUR).sweep(seen(EDGE, OLD))).status is PlaceStatus.MIXED


def test_never_seen_served_all_stored_places_must_be_settled() -> None:
    """Replaced in one and removed from the other."""
    other, third = store("/srv/copy.pem"), seen(store("/srv/third.pem"), NEXT)
    fleet = Fleet().sweep(seen(DISK, OLD), seen(other, OLD), third).proven(seen(DISK, NEW), seen(other, OLD), third)
    assert fleet.assess(OLD).stage is Stage.PARTLY_DEPLOYED
    assessment = fleet.proven(seen(DISK, NEW), absent(other), third).assess(OLD)
    assert (assessment.stage, assessment.reasons) == (Stage.SETTLED, (Reason.ALL_STORED_SETTLED,))
    assert (assessment.deployed, assessment.deployable) == (1, 1)


def test_a_stored_copy_does_not_block_what_was_seen_served() -> None:
    """It is listed as a leftover."""
    fleet = Fleet().sweep(seen(DISK, OLD)).sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW)).sweep(seen(DISK, OLD))
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.reasons) == (Stage.SETTLED, (Reason.ALL_SERVED_SETTLED,))
    left = [finding for finding in assessment.findings if not finding.status.settled]
    assert [(finding.location, finding.blocks) for finding in left] == [(DISK, False)]


def test_what_is_not_production_never_blocks() -> None:
    """Staging may serve the old one as long as it likes."""
    staging = place("staging.example.net", env="staging")
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(staging, OLD)).proven(seen(EDGE, NEW), seen(staging, OLD))
    assert fleet.assess(OLD).stage is Stage.SETTLED


def test_a_bundle_that_lost_only_this_one_has_removed_it() -> None:
    """Nothing new stands in its place; as much proof as for any removal."""
    beside = certificate("b.example.net", ends=50 * DAY)
    fleet = Fleet().sweep(seen(DISK, OLD, beside)).wait(HOUR).sweep(seen(DISK, beside))
    assert (at(fleet, "", DISK).status, at(fleet, "", DISK).removed) == (PlaceStatus.LEAVING, True)
    assert at(fleet.proven(seen(DISK, beside)), "", DISK).status is PlaceStatus.RETIRED
    renewed = certificate("b.example.net", ends=500 * DAY)
    assert at(fleet.wait(HOUR).sweep(seen(DISK, renewed)), "", DISK).status is PlaceStatus.RETIRED


def test_a_bundle_that_changes_again_goes_on_without_it() -> None:
    """What else is renewed in it is no stranger in its place, and counts."""
    beside = certificate("b.example.net", ends=50 * DAY)
    fleet = Fleet().sweep(seen(DISK, OLD, beside)).wait(HOUR).sweep(seen(DISK, beside)).wait(HOUR)
    fleet.sweeps(2, HOUR, seen(DISK, certificate("b.example.net", ends=500 * DAY)))
    assert (at(fleet, "", DISK).status, at(fleet, "", DISK).looks) == (PlaceStatus.RETIRED, 3)


def test_what_appears_where_a_file_was_missing_once_is_still_a_stranger() -> None:
    """One look without it is no removal."""
    keeps = [seen(store(f"/etc/pki/{n}.pem"), NEXT) for n in range(6)]
    fleet = Fleet().sweep(seen(DISK, OLD), *keeps).wait(HOUR).sweep(absent(DISK), *keeps)
    assert at(fleet.wait(HOUR).sweep(seen(DISK, WRONG), *keeps), "", DISK).status is PlaceStatus.MISMATCH


def test_answers_of_two_kinds_are_not_added_up() -> None:
    """Two DNS answers without it and one configuration without it are neither proof."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR)
    fleet.sweeps(2, HOUR, absent(EDGE, A, AbsenceKind.UNRESOLVED_ADDRESS), seen(EDGE, NEW, member=B)).wait(HOUR)
    fleet.sweep(absent(EDGE, kind=AbsenceKind.UNCONFIGURED))
    assert (at(fleet).status, at(fleet).looks) == (PlaceStatus.LEAVING, 1)


def test_another_certificate_written_over_it_is_a_mismatch_until_it_is_gone() -> None:
    """A file with a certificate for other names replaced nothing; once it was removed with proof, it was."""
    keeps = [seen(store(f"/etc/pki/{n}.pem"), NEXT) for n in range(6)]
    fleet = Fleet().sweep(seen(DISK, OLD), *keeps).wait(HOUR).sweep(seen(DISK, WRONG), *keeps)
    assert at(fleet, "", DISK).status is PlaceStatus.MISMATCH
    fleet.proven(absent(DISK), *keeps).wait(HOUR).sweep(seen(DISK, WRONG), *keeps)
    assert at(fleet, "", DISK).status is PlaceStatus.RETIRED


def test_a_served_chain_that_drops_what_merely_stood_behind_its_head_has_removed_it() -> None:
    """Clients get the head; the same head with less behind it is no stranger."""
    head = certificate("head.example.net", ends=90 * DAY)
    where = place("head.example.net")
    fleet = Fleet().sweep(seen(where, head, WRONG)).wait(HOUR).sweep(seen(where, head))
    assert at(fleet, A, where, WRONG).status is PlaceStatus.LEAVING
    fleet = Fleet().sweep(seen(where, WRONG, head)).wait(HOUR).sweep(seen(where, head))
    assert at(fleet, A, where, WRONG).status is PlaceStatus.MISMATCH


def test_the_successor_must_be_valid_when_it_is_looked_at() -> None:
    """Not before its time, not even when its time has come since, without a look."""
    early = certificate(ends=400 * DAY, lasts=395 * DAY)
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, early))
    assert at(fleet).status is PlaceStatus.MISMATCH
    assert at(fleet.wait(10 * DAY)).status is PlaceStatus.MISMATCH
    assert at(fleet.proven(seen(EDGE, early))).status is PlaceStatus.REPLACED
