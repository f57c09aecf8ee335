"""Releases: a renewal is joined to the one that carries it, and comes too late or in time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Assessment, Reason, Stage, Step
from incidentd.model.location import Location
from incidentd.model.policy import Policy
from incidentd.model.release import Carried, Release
from incidentd.policy.assess import assess_all
from incidentd.policy.judgements import Judgements
from incidentd.policy.releases import Releases
from incidentd.policy.sightings import Sightings
from tests.policy.builders import DAY, HOUR, START, B, Fleet, certificate, place, release, seen, store

TICK = timedelta(microseconds=1)
WHERE, DISK = place(service="Storage"), store()
OLD = certificate(ends=60 * DAY)
NEW = certificate(ends=400 * DAY)
OTHER = certificate("other.example.net", ends=400 * DAY)
SOONER = certificate(ends=50 * DAY)


def waiting(*releases: Release, stored: bool = False, where: Location = WHERE) -> Fleet:
    """A certificate with 60 days left is served; what is announced; and, where told, its renewal lies in a store."""
    fleet = Fleet().sweep(seen(where, OLD))
    if stored:
        fleet.sweep(seen(DISK, NEW))
    return fleet.announce(*releases)


def late_by(assessment: Assessment) -> Reason | None:
    """Why it comes too late."""
    late = (Reason.RELEASE_PLANNED_LATE, Reason.RELEASE_SLIPPED, Reason.RENEWAL_UNCARRIED)
    return next((reason for reason in assessment.reasons if reason in late), None)


@pytest.mark.parametrize(
    ("announced", "carried"),
    [
        ([release(NEW)], "R"),
        ([release(NEW, shipped=DAY)], "R"),
        ([release(NEW, abandoned=True)], None),
        ([release(OTHER)], None),
        ([release(SOONER)], None),
        ([release()], None),
        ([replace(release(), carried=Carried(removed=(NEW,)))], None),
        ([replace(release(), carried=Carried(changed=((SOONER, NEW),)))], "R"),
        ([replace(release(), carried=Carried(changed=((OLD, OTHER),)))], None),
        ([release(NEW, id="late", planned=55 * DAY), release(NEW, id="early", planned=9 * DAY)], "early"),
        ([release(NEW, id="some day"), release(NEW, id="early", planned=9 * DAY)], "early"),
        ([release(NEW, id="b", planned=9 * DAY), release(NEW, id="a", planned=9 * DAY)], "a"),
        ([release(NEW, id="slipped", planned=-DAY), release(NEW, id="planned", planned=9 * DAY)], "planned"),
        ([release(NEW, id="slipped", planned=-DAY), release(NEW, id="late", planned=55 * DAY)], "slipped"),
    ],
)
def test_a_renewal_travels_in_the_release_that_brings_a_successor(
    announced: list[Release], carried: str | None
) -> None:
    """By lineage; of several the one in time that ships first. What was abandoned carries nothing."""
    carrier = waiting(*announced).assess(OLD).carrier
    assert (carrier.id if carrier else None) == carried


def test_what_takes_its_place_in_the_same_file_is_of_its_lineage() -> None:
    """As in a store: one of its names is enough there, and elsewhere it is not."""
    old = certificate("a.example.net", "b.example.net", ends=60 * DAY)
    fewer = certificate("a.example.net", ends=400 * DAY)
    fleet = Fleet().sweep(seen(place("a.example.net"), old))
    assert fleet.announce(release(fewer)).assess(old).carrier is None
    paired = replace(release(), carried=Carried(changed=((old, fewer),)))
    carrier = fleet.announce(paired).assess(old).carrier
    assert carrier is not None and carrier.brings == fewer.fingerprint
    assert fleet.announce(replace(paired, abandoned_at=START)).assess(old).carrier is None


@pytest.mark.parametrize(
    ("announced", "late"),
    [
        (release(NEW), None),
        (release(NEW, planned=53 * DAY), None),
        (release(NEW, planned=53 * DAY + TICK), Reason.RELEASE_PLANNED_LATE),
        (release(NEW, planned=90 * DAY), Reason.RELEASE_PLANNED_LATE),
        (release(NEW, planned=timedelta()), None),
        (release(NEW, planned=-TICK), Reason.RELEASE_SLIPPED),
        (release(NEW, planned=90 * DAY, shipped=-HOUR), None),
        (release(NEW, planned=-2 * DAY, shipped=-DAY), None),
        (release(NEW, planned=-2 * DAY, shipped=-DAY - TICK), Reason.RELEASE_SLIPPED),
    ],
)
def test_a_release_is_late_by_its_plan_or_by_its_slipping(announced: Release, late: Reason | None) -> None:
    """Seven days before the end at the latest, and not past its time; the word that it shipped counts for a day."""
    assessment = waiting(announced).assess(OLD)
    assert late_by(assessment) is late
    assert assessment.stage is (Stage.RELEASE_LATE if late else Stage.DUE)
    assert assessment.step is (Step.ERROR if late else Step.WARNING)


@pytest.mark.parametrize(
    ("after", "on_time", "late"),
    [
        (timedelta(), Step.WARNING, Step.ERROR),
        (50 * DAY, Step.ERROR, Step.CRITICAL),
        (58 * DAY, Step.CRITICAL, Step.CRITICAL),
        (59 * DAY + HOUR, Step.LAST_DAY, Step.LAST_DAY),
        (61 * DAY, Step.EXPIRED, Step.EXPIRED),
    ],
)
def test_late_is_one_severity_up(after: timedelta, on_time: Step, late: Step) -> None:
    """The last day and the end are no matter of releases."""
    fleet = waiting(release(NEW)).wait(after)
    assert fleet.assess(OLD).step is on_time
    assert fleet.announce(release(NEW, planned=90 * DAY)).assess(OLD).step is late


def test_expired_and_mismatch_are_shown_before_a_late_release_and_the_rest_after_it() -> None:
    """Each keeps its reason."""
    late = release(NEW, planned=90 * DAY)
    gone = waiting(late).wait(61 * DAY).assess(OLD)
    assert (gone.stage, late_by(gone)) == (Stage.EXPIRED, Reason.RELEASE_PLANNED_LATE)
    parked = waiting(late).sweep(seen(WHERE, OTHER)).assess(OLD)
    assert (parked.stage, late_by(parked)) == (Stage.MISMATCH, Reason.RELEASE_PLANNED_LATE)
    stored = waiting(late, stored=True).assess(OLD)
    assert (stored.stage, Reason.RENEWED_NOT_DEPLOYED in stored.reasons) == (Stage.RELEASE_LATE, True)


def test_a_release_that_begins_to_ship_does_not_slip() -> None:
    """What it forgot is partly deployed; planned too late it stays too late."""
    fleet = Fleet().sweep(seen(WHERE, OLD), seen(WHERE, OLD, member=B)).announce(release(NEW, planned=DAY))
    fleet.wait(2 * DAY)
    assert fleet.assess(OLD).stage is Stage.RELEASE_LATE
    fleet.sweep(seen(WHERE, NEW), seen(WHERE, OLD, member=B))
    assert fleet.assess(OLD).stage is Stage.PARTLY_DEPLOYED
    assert fleet.announce(release(NEW, planned=58 * DAY)).assess(OLD).stage is Stage.RELEASE_LATE


def test_what_is_served_everywhere_waits_for_no_release() -> None:
    """Whatever was planned, or said: looks are the proof, and nothing else settles."""
    fleet = waiting(release(NEW, planned=90 * DAY)).sweep(seen(WHERE, NEW))
    assert (fleet.assess(OLD).stage, fleet.assess(OLD).carrier) == (Stage.PARTLY_DEPLOYED, None)
    assert fleet.proven(seen(WHERE, NEW)).assess(OLD).stage is Stage.SETTLED
    said = waiting(release(NEW, planned=DAY, shipped=DAY)).wait(DAY)
    assert said.assess(OLD).stage is Stage.DUE
    assert said.wait(2 * DAY).assess(OLD).stage is Stage.RELEASE_LATE


@pytest.mark.parametrize(
    ("waits", "others", "late"),
    [
        (7 * DAY, [release(service="storage")], False),
        (7 * DAY + TICK, [release(service="storage")], True),
        (7 * DAY + TICK, [release(service="STORAGE", abandoned=True)], True),
        (7 * DAY + TICK, [release(OTHER, service="storage", shipped=DAY)], True),
        (7 * DAY + TICK, [release(service="queue")], False),
        (7 * DAY + TICK, [release()], False),
        (7 * DAY + TICK, [], False),
        (7 * DAY + TICK, [release(service="storage"), release(NEW, id="carries", planned=20 * DAY)], False),
        (7 * DAY + TICK, [release(service="storage", announced=-82 * DAY)], True),
        (7 * DAY + TICK, [release(service="storage", announced=-83 * DAY)], False),
        (
            7 * DAY + TICK,
            [release(service="storage", announced=-83 * DAY), release(service="storage", id="later")],
            True,
        ),
    ],
)
def test_a_stored_renewal_that_no_release_carries_is_late(waits: timedelta, others: list[Release], late: bool) -> None:
    """Where its service announced releases in the last 90 days, and after `policy.release_within`."""
    assessment = waiting(*others, stored=True).wait(waits).assess(OLD)
    assert (late_by(assessment) is Reason.RENEWAL_UNCARRIED) is late
    assert assessment.stage is (Stage.RELEASE_LATE if late else Stage.RENEWED_NOT_DEPLOYED)


def test_where_nothing_is_renewed_no_release_is_missed() -> None:
    """There is nothing to carry; and what ships somewhere by itself needs none."""
    announced = release(service="storage")
    assert waiting(announced).wait(20 * DAY).assess(OLD).stage is Stage.DUE
    fleet = Fleet().sweep(seen(WHERE, OLD), seen(WHERE, OLD, member=B)).announce(announced).wait(20 * DAY)
    assert fleet.sweep(seen(WHERE, NEW), seen(WHERE, OLD, member=B)).assess(OLD).stage is Stage.PARTLY_DEPLOYED


def test_how_long_a_renewal_may_wait_is_a_setting() -> None:
    """`policy.release_within`."""
    fleet = waiting(release(service="storage"), stored=True)
    fleet.policy = Policy(release_within=HOUR)
    assert fleet.wait(HOUR).assess(OLD).stage is Stage.RENEWED_NOT_DEPLOYED
    assert fleet.wait(TICK).assess(OLD).stage is Stage.RELEASE_LATE


def test_a_spare_is_warned_of_however_late_its_release() -> None:
    """What caps the severity caps this too."""
    late = waiting(release(NEW, planned=90 * DAY), where=place(use="spare")).assess(OLD)
    assert (late.stage, late.step) == (Stage.RELEASE_LATE, Step.WARNING)


@pytest.mark.parametrize(
    ("announced", "at", "step"),
    [
        (release(NEW), 46 * DAY, Step.ERROR),
        (release(NEW, planned=20 * DAY), 20 * DAY, Step.ERROR),
        (release(NEW, planned=46 * DAY), 46 * DAY, Step.CRITICAL),
        (release(NEW, planned=50 * DAY), 46 * DAY, Step.ERROR),
        (release(NEW, planned=90 * DAY), 46 * DAY, Step.CRITICAL),
        (release(service="storage"), 7 * DAY, Step.ERROR),
        (release(service="storage", announced=-83 * DAY), 46 * DAY, Step.ERROR),
    ],
)
def test_the_next_change_is_told_with_its_step(announced: Release, at: timedelta, step: Step) -> None:
    """Also where a release turns late by time alone, or has made it a step higher already."""
    assessment = waiting(announced, stored=True).assess(OLD)
    assert (assessment.next_change_at, assessment.next_step) == (START + at, step)


def test_a_late_one_that_is_critical_changes_next_on_its_last_day() -> None:
    """The step that it has reached already does not come again."""
    assessment = waiting(release(NEW, planned=90 * DAY)).wait(50 * DAY).assess(OLD)
    assert (assessment.next_change_at, assessment.next_step) == (START + 59 * DAY, Step.LAST_DAY)


KEPT: dict[str, tuple[Callable[[], Fleet], Callable[[Fleet], object]]] = {
    "a release is announced": (lambda: waiting(), lambda fleet: fleet.announce(release(NEW, planned=90 * DAY))),
    "a release is given up": (
        lambda: waiting(release(NEW, planned=DAY)),
        lambda fleet: fleet.announce(release(NEW, abandoned=True)),
    ),
    "a release slips": (lambda: waiting(release(NEW, planned=DAY)), lambda fleet: fleet.wait(DAY + TICK)),
    "a word is not believed any more": (
        lambda: waiting(release(NEW, shipped=timedelta())),
        lambda fleet: fleet.wait(DAY + TICK),
    ),
    "a renewal waits too long": (
        lambda: waiting(release(service="storage"), stored=True),
        lambda fleet: fleet.wait(7 * DAY + TICK),
    ),
    "a service announces nothing any more": (
        lambda: waiting(release(service="storage", announced=-82 * DAY), stored=True).wait(8 * DAY),
        lambda fleet: fleet.wait(TICK),
    ),
}


@pytest.mark.parametrize("story", KEPT)
def test_what_is_judged_as_it_goes_notices_releases(story: str) -> None:
    """By what is announced, and by time alone; what judging afresh gives, before and after."""
    build, happens = KEPT[story]
    fleet, judgements = build(), Judgements()
    stages = []
    for change in (lambda _: None, happens):
        change(fleet)
        kept = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now, (), fleet.releases).every
        afresh = assess_all(Sightings(fleet.inventory), fleet.policy, fleet.now, releases=Releases(fleet.releases))
        assert kept == afresh
        stages.append((kept[OLD.fingerprint].stage, kept[OLD.fingerprint].carrier))
    assert stages[0] != stages[1]


SPANS = st.integers(-100 * 24, 100 * 24).map(lambda hours: hours * HOUR)
ANY_RELEASE = st.builds(
    release,
    st.sampled_from([NEW, OTHER, SOONER]),
    service=st.sampled_from(["", "storage"]),
    planned=st.none() | SPANS,
    announced=SPANS,
    shipped=st.none() | SPANS,
)


@given(ANY_RELEASE, st.lists(st.integers(0, 2000).map(lambda hours: hours * HOUR), max_size=6))
def test_severity_climbs_as_time_goes_by_in_a_release(announced: Release, waits: list[timedelta]) -> None:
    """A release that carries it can only become late; nothing takes a step back but what somebody says."""
    fleet = waiting(replace(announced, service=""), stored=True)
    steps = [fleet.wait(span).assess(OLD).step or Step.WARNING for span in (timedelta(), *waits)]
    assert steps == sorted(steps)


@given(ANY_RELEASE, st.floats(0, 1))
def test_nothing_changes_before_the_next_change(announced: Release, share: float) -> None:
    """What is said to be next is next."""
    fleet = waiting(announced, stored=True)
    now = fleet.assess(OLD)
    assert now.next_change_at is not None
    span = now.next_change_at - fleet.now
    later = fleet.wait(max(timedelta(), min(span * share, span - TICK))).assess(OLD)
    assert (later.step, late_by(later)) == (now.step, late_by(now)) or late_by(now) is Reason.RENEWAL_UNCARRIED
