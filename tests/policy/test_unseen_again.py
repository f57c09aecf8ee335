"""What is there again and cannot be seen is not gone, and what could not be read is not taken out."""

from dataclasses import replace

import pytest

from incidentd.model.assessment import PlaceStatus, Stage
from incidentd.model.location import Location
from incidentd.model.observation import AbsenceKind, GapReason
from tests.policy.builders import DAY, HOUR, A, B, Fleet, absent, certificate, gap, place, seen, store

OLD, NEW, OTHER = certificate(), certificate(ends=400 * DAY), certificate("other.example.net", ends=400 * DAY)
EDGE, DISK, BESIDE = place(), store(), store("/etc/pki/b.pem")


def retired(where: Location, kind: AbsenceKind) -> Fleet:
    """One of two places of the old certificate, long gone; the other one still shows it."""
    beside = replace(where, uri=where.uri + "2")
    fleet = Fleet().sweep(seen(where, OLD), seen(beside, OLD)).wait(HOUR)
    return fleet.sweeps(5, DAY, absent(where, kind=kind), seen(beside, OLD)).wait(HOUR)


@pytest.mark.parametrize(
    ("where", "kind", "reason"),
    [
        (EDGE, AbsenceKind.UNCONFIGURED, GapReason.REFUSED),
        (EDGE, AbsenceKind.UNCONFIGURED, GapReason.UNRESOLVED),
        (DISK, AbsenceKind.UNCONFIGURED, GapReason.MISSING_FOLDER),
        (DISK, AbsenceKind.REMOVED, GapReason.TORN),
        (DISK, AbsenceKind.REMOVED, GapReason.PERMISSION),
    ],
)
def test_a_place_that_is_back_unseen_is_retired_no_longer(
    where: Location, kind: AbsenceKind, reason: GapReason
) -> None:
    """Its removal was proven, but something is there again: the other place's renewal settles nothing."""
    beside = replace(where, uri=where.uri + "2")
    fleet = retired(where, kind)
    assert fleet.finding(OLD, where).status is PlaceStatus.RETIRED
    fleet.sweep(gap(where, reason=reason), seen(beside, OLD)).wait(HOUR)
    fleet.sweeps(4, HOUR, gap(where, reason=reason), seen(beside, NEW))
    assert fleet.finding(OLD, where).status is PlaceStatus.LEAVING
    assert fleet.assess(OLD).stage is not Stage.SETTLED


@pytest.mark.parametrize(
    ("where", "kind", "reason"),
    [
        (EDGE, AbsenceKind.UNCONFIGURED, GapReason.SOURCE_FAILED),
        (DISK, AbsenceKind.REMOVED, GapReason.MISSING_FOLDER),
        (DISK, AbsenceKind.REMOVED, GapReason.NOT_LOOKED_AT),
    ],
)
def test_a_gap_that_says_nothing_of_the_place_takes_no_proof_back(
    where: Location, kind: AbsenceKind, reason: GapReason
) -> None:
    """The source could not be asked: what was proven gone before is as gone as it was."""
    beside = replace(where, uri=where.uri + "2")
    fleet = retired(where, kind).sweep(gap(where, reason=reason), seen(beside, OLD))
    assert fleet.finding(OLD, where).status is PlaceStatus.RETIRED


def test_a_renamed_source_that_sees_nothing_yet_retires_nothing() -> None:
    """The place left one source for another, which cannot reach it: it never left the configuration."""
    moved = replace(EDGE, source="edge2")
    gone = absent(EDGE, kind=AbsenceKind.UNCONFIGURED)
    fleet = Fleet().sweep(seen(EDGE, OLD))
    for _ in range(5):
        fleet.wait(HOUR).sweep(gone).sweep(gap(moved))
    assert fleet.assess(OLD).stage is not Stage.SETTLED
    fleet.sweep(absent(moved, kind=AbsenceKind.UNCONFIGURED))
    assert fleet.assess(OLD).stage is Stage.SETTLED


def test_an_address_that_dns_names_in_between_is_not_gone() -> None:
    """Answers without it count only in a row, and one that names it, even unreachable, begins them anew."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR)
    without = absent(EDGE, B, AbsenceKind.UNRESOLVED_ADDRESS)
    for _ in range(4):
        fleet.sweep(seen(EDGE, NEW), without).wait(12 * HOUR).sweep(seen(EDGE, NEW), gap(EDGE, B)).wait(HOUR)
    assert not fleet.finding(OLD, EDGE).status.settled
    fleet.sweeps(3, 13 * HOUR, seen(EDGE, NEW), without)
    assert fleet.finding(OLD, EDGE).status.settled


def test_that_it_is_back_is_noticed_within_a_gap() -> None:
    """First the name does not resolve, which says nothing of the address; then it is named again, and refuses."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR)
    fleet.sweeps(3, DAY, seen(EDGE, NEW), absent(EDGE, B, AbsenceKind.UNRESOLVED_ADDRESS)).wait(HOUR)
    fleet.sweep(gap(EDGE, A, GapReason.UNRESOLVED), gap(EDGE, B, GapReason.UNRESOLVED)).wait(HOUR)
    assert fleet.finding(OLD, EDGE).status.settled
    fleet.sweep(seen(EDGE, NEW), gap(EDGE, B, GapReason.REFUSED))
    assert not fleet.finding(OLD, EDGE).status.settled


def test_a_block_that_cannot_be_read_may_be_the_one_that_is_missing() -> None:
    """A damaged bundle has not lost the certificate; a whole one without it has."""
    damaged = replace(seen(DISK, OTHER), unread=("block 2: its base64 is damaged",))
    fleet = Fleet().sweep(seen(DISK, OTHER, OLD), seen(BESIDE, OTHER)).wait(HOUR)
    fleet.sweeps(5, HOUR, damaged, seen(BESIDE, OTHER))
    assert fleet.finding(OLD, DISK).status is PlaceStatus.PRESENT
    fleet.proven(seen(DISK, OTHER), seen(BESIDE, OTHER))
    assert fleet.finding(OLD, DISK).status is PlaceStatus.RETIRED


def test_a_successor_beside_a_block_that_cannot_be_read_is_one() -> None:
    """It replaces the certificate, whatever else the file holds."""
    renewed = replace(seen(DISK, NEW), unread=("block 2: its base64 is damaged",))
    fleet = Fleet().sweep(seen(DISK, OLD)).proven(renewed)
    assert fleet.assess(OLD).stage is Stage.SETTLED
