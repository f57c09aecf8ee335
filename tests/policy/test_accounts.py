"""Accounts: whether a source answered completely, so that what is missing from its answer is gone."""

import pytest

from incidentd.model.assessment import Stage
from incidentd.model.observation import AbsenceKind, GapReason
from tests.policy.builders import DAY, HOUR, A, Fleet, absent, certificate, gap, place, seen, store

OLD = certificate(ends=60 * DAY)
EDGE, SECRET, OTHER = place(source="cluster"), store(source="cluster"), store("/other", source="cluster")


def stage_after(member: str | None, reason: GapReason, *, of_endpoint: bool) -> Stage:
    """A stored certificate whose object is gone, in sweeps that could not see another place."""
    beside = seen(store("/etc/pki/b.pem", source="cluster"), certificate("b.test", ends=300 * DAY))
    fleet = Fleet().sweep(seen(SECRET, OLD), beside)
    missed = gap(EDGE if of_endpoint else OTHER, member, reason)
    for _ in range(4):
        fleet.wait(HOUR).sweep(absent(SECRET, kind=AbsenceKind.REMOVED), missed, beside)
    return fleet.assess(OLD).stage


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (A, GapReason.REFUSED),
        (A, GapReason.TIMED_OUT),
        (A, GapReason.NOT_ALLOWED),
        (None, GapReason.UNRESOLVED),
        (None, GapReason.NOT_ALLOWED),
    ],
)
def test_an_endpoint_that_does_not_answer_keeps_nothing_in_place(member: str | None, reason: GapReason) -> None:
    """It is no part of the listing from which the object is missing."""
    assert stage_after(member, reason, of_endpoint=True) is Stage.SETTLED


@pytest.mark.parametrize("reason", [GapReason.PERMISSION, GapReason.TIMED_OUT, GapReason.NOT_LOOKED_AT])
def test_a_part_of_the_listing_that_is_missing_does(reason: GapReason) -> None:
    """What could not be read may hold it."""
    assert stage_after(None, reason, of_endpoint=False) is Stage.DUE
