"""A person's word that something is gone: proof at once, and over with whatever is seen there afterwards."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import PlaceStatus, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.location import Location
from incidentd.model.observation import AbsenceKind, GapReason, Observation
from incidentd.policy.blindness import blind_gaps
from incidentd.policy.judgements import Judgements
from tests.policy.builders import (
    DAY,
    HOUR,
    START,
    WORD,
    A,
    B,
    C,
    Fleet,
    Item,
    absent,
    certificate,
    gap,
    place,
    seen,
    store,
)

OLD, NEW, OTHER = certificate(), certificate(ends=400 * DAY), certificate("other.example.net", ends=400 * DAY)
EDGE, BESIDE, DISK = place(), place("b.example.net"), store()
GONE = absent(EDGE, kind=AbsenceKind.UNCONFIGURED)


def dead(where: Location = EDGE, reason: GapReason = GapReason.TIMED_OUT) -> Fleet:
    """It showed the old certificate, and has not been seen for a week."""
    return Fleet().sweep(seen(where, OLD)).wait(HOUR).sweeps(8, DAY, gap(where, reason=reason))


@pytest.mark.parametrize("where", [EDGE, DISK])
def test_a_word_is_proof_at_once(where: Location) -> None:
    """What cannot be seen blocks for ever, until somebody says that it is gone."""
    fleet = dead(where)
    assert fleet.finding(OLD, where).status is PlaceStatus.PRESENT
    fleet.wait(HOUR).retire(where)
    [member] = fleet.finding(OLD, where).members
    assert (member.status, member.word, member.removed) == (PlaceStatus.RETIRED, WORD, True)
    assert (member.first_at, member.unseen_since) == (fleet.now, None)
    assert fleet.assess(OLD).stage is Stage.SETTLED


def test_a_word_speaks_of_no_other_place() -> None:
    """Another place that cannot be seen keeps it open; and one that shows it."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(BESIDE, OLD)).wait(HOUR).sweep(gap(EDGE), gap(BESIDE)).retire(EDGE)
    assert fleet.finding(OLD, BESIDE).status is PlaceStatus.PRESENT
    assert fleet.assess(OLD).stage is not Stage.SETTLED
    assert fleet.assess(OLD).unseen == (BESIDE.uri,)
    fleet.wait(HOUR).sweep(gap(EDGE), seen(BESIDE, OLD))
    assert fleet.assess(OLD).stage is not Stage.SETTLED
    fleet.proven(gap(EDGE), seen(BESIDE, NEW))
    assert fleet.assess(OLD).stage is Stage.SETTLED


@pytest.mark.parametrize(
    "reason",
    [GapReason.TIMED_OUT, GapReason.REFUSED, GapReason.UNRESOLVED, GapReason.SOURCE_FAILED, GapReason.NOT_LOOKED_AT],
)
def test_what_stays_out_of_reach_leaves_the_word_as_it_is(reason: GapReason) -> None:
    """It is asked again in every sweep, for as long as it is configured."""
    fleet = dead().retire(EDGE).wait(HOUR)
    said = fleet.finding(OLD, EDGE)
    fleet.sweeps(3, DAY, gap(EDGE, reason=reason))
    assert fleet.finding(OLD, EDGE) == said


def test_what_leaves_the_configuration_afterwards_adds_nothing_to_the_word() -> None:
    """It is put back later, and refuses: it is as gone as it was said to be."""
    fleet = dead().retire(EDGE).wait(HOUR).sweeps(5, DAY, GONE).wait(HOUR)
    assert fleet.finding(OLD, EDGE).members[0].word is WORD
    fleet.sweep(gap(EDGE, reason=GapReason.REFUSED))
    assert fleet.assess(OLD).stage is Stage.SETTLED


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (EDGE, GapReason.NO_CERTIFICATE),
        (EDGE, GapReason.STARTTLS_REFUSED),
        (DISK, GapReason.TORN),
        (DISK, GapReason.PERMISSION),
    ],
)
def test_what_is_there_and_cannot_be_read_ends_the_word(where: Location, reason: GapReason) -> None:
    """Something answers: what it serves is not known, and it counts as it did before the word, for good."""
    fleet = dead(where).retire(where).wait(HOUR).sweep(gap(where, reason=reason))
    [member] = fleet.finding(OLD, where).members
    assert (member.status, member.word) == (PlaceStatus.PRESENT, None)
    assert member.unseen_since == START + HOUR
    fleet.wait(DAY).sweep(gap(where))
    assert fleet.assess(OLD).stage is not Stage.SETTLED


@pytest.mark.parametrize(
    ("shown", "status", "stage"),
    [
        (OLD, PlaceStatus.PRESENT, Stage.DUE),
        (OTHER, PlaceStatus.MISMATCH, Stage.MISMATCH),
        (NEW, PlaceStatus.RETIRED, Stage.SETTLED),
    ],
    ids=["the certificate", "a stranger", "its successor"],
)
def test_what_answers_is_judged_by_what_it_shows(shown: Certificate, status: PlaceStatus, stage: Stage) -> None:
    """The certificate counts again, a stranger is no replacement; a successor is no reason to open anything."""
    fleet = dead().retire(EDGE).wait(DAY).sweep(seen(EDGE, shown))
    assert fleet.finding(OLD, EDGE).status is status
    assert fleet.assess(OLD).stage is stage


def test_a_bundle_that_is_back_damaged_may_hold_what_it_held() -> None:
    """It was seen with two certificates before, and has one of them and a part that could not be read."""
    fleet = Fleet().sweep(seen(DISK, OTHER, OLD)).wait(HOUR).sweep(gap(DISK, reason=GapReason.MISSING_FOLDER))
    fleet.retire(DISK).wait(HOUR)
    assert fleet.assess(OLD).stage is Stage.SETTLED
    damaged = seen(DISK, OTHER)
    fleet.sweep(Observation(DISK, "", damaged.chain, START, unread=("block 2: its base64 is damaged",)))
    assert fleet.finding(OLD, DISK).status is PlaceStatus.PRESENT


def test_one_address_of_several_is_gone_by_itself() -> None:
    """The others are judged by their looks."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR)
    fleet.sweep(seen(EDGE, OLD), gap(EDGE, B)).retire(EDGE, B)
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.PRESENT
    fleet.proven(seen(EDGE, NEW), gap(EDGE, B))
    assert fleet.assess(OLD).stage is Stage.SETTLED


def test_an_address_that_never_answered_is_gone_with_its_place() -> None:
    """It might have served anything; one that is named only afterwards still may."""
    fleet = Fleet().sweep(seen(EDGE, OLD), gap(EDGE, B)).wait(HOUR).sweep(gap(EDGE, A), gap(EDGE, B)).retire(EDGE)
    assert fleet.assess(OLD).stage is Stage.SETTLED
    fleet.wait(HOUR).sweep(gap(EDGE, A), gap(EDGE, B))
    assert fleet.assess(OLD).stage is Stage.SETTLED
    fleet.sweep(gap(EDGE, A), gap(EDGE, B), gap(EDGE, C))
    assert fleet.assess(OLD).stage is not Stage.SETTLED


def test_nobody_is_blind_to_what_is_gone() -> None:
    """Neither to a member nor to an address that never answered; and again, once the word is over."""
    fleet = Fleet().sweep(seen(EDGE, OLD), gap(EDGE, B)).wait(HOUR).sweep(gap(EDGE, A), gap(EDGE, B)).wait(3 * DAY)
    assert blind_gaps(fleet.inventory, fleet.policy, fleet.now)
    fleet.retire(EDGE).wait(3 * DAY).sweep(gap(EDGE, A), gap(EDGE, B))
    assert not blind_gaps(fleet.inventory, fleet.policy, fleet.now)
    fleet.sweep(gap(EDGE, A, GapReason.NO_CERTIFICATE), gap(EDGE, B))
    assert blind_gaps(fleet.inventory, fleet.policy, fleet.now)


def test_a_suspicious_removal_is_believed_on_a_persons_word() -> None:
    """A folder that was emptied proves nothing by itself."""
    files = [store(f"/etc/pki/{name}.pem") for name in "abc"]
    fleet = Fleet().sweep(*[seen(each, OLD) for each in files]).wait(HOUR)
    fleet.sweeps(4, HOUR, *[absent(each) for each in files])
    assert fleet.assess(OLD).suspect
    for each in files:
        fleet.retire(each)
    assert fleet.assess(OLD).stage is Stage.SETTLED


def test_what_a_person_called_gone_makes_no_later_removal_suspect() -> None:
    """Five of seven files were retired: the sixth, deleted later, is one of two and no part of a greater loss."""
    files = [store(f"/etc/pki/{n}.pem") for n in range(7)]
    rest, last, other = files[:5], files[5], seen(files[6], OTHER)
    fleet = Fleet().sweep(*[seen(each, OLD) for each in (*rest, last)], other).wait(HOUR)
    fleet.sweep(*[gap(each) for each in rest], seen(last, OLD), other)
    for each in rest:
        fleet.retire(each)
    fleet.wait(HOUR).sweeps(4, HOUR, *[absent(each) for each in (*rest, last)], other)
    assert not fleet.assess(OLD).suspect
    assert fleet.assess(OLD).stage is Stage.SETTLED


def test_a_gap_that_begins_to_answer_is_news() -> None:
    """Whether a person may call it gone depends on it; how it is out of reach does not."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR)
    told = []
    for reason in (
        GapReason.TIMED_OUT,
        GapReason.REFUSED,
        GapReason.NO_CERTIFICATE,
        GapReason.SOURCE_FAILED,
        GapReason.UNRESOLVED,
    ):
        fleet.wait(HOUR).sweep(gap(EDGE, reason=reason))
        [member] = fleet.inventory.places[(EDGE.source, EDGE.uri)].members
        told.append(member.unseen_reason)
        assert member.unseen_since == START + 2 * HOUR
    first, answers, last = GapReason.TIMED_OUT, GapReason.NO_CERTIFICATE, GapReason.UNRESOLVED
    assert told == [first, first, answers, answers, last]


LOOKS = st.sampled_from(
    [
        *[seen(EDGE, one, member=address) for one in (OLD, NEW, OTHER) for address in (A, B)],
        *[gap(EDGE, address, reason) for reason in GapReason for address in (A, B)],
        *[absent(EDGE, address, AbsenceKind.UNRESOLVED_ADDRESS) for address in (A, B)],
        GONE,
    ]
)
SWEEPS = st.lists(st.lists(LOOKS, min_size=1, max_size=3), max_size=5)
WAITS = st.sampled_from([timedelta(seconds=1), HOUR, DAY, 20 * DAY])


@settings(max_examples=200)
@given(before=SWEEPS, after=SWEEPS, apart=WAITS, whose=st.sampled_from([(), (A,), (B,)]))
def test_a_word_never_outlives_a_later_sighting(
    before: Sequence[Sequence[Item]], after: Sequence[Sequence[Item]], apart: timedelta, whose: tuple[str, ...]
) -> None:
    """Whatever came before it, and whatever comes after: no address that showed it since is gone by a word.

    And none that was not spoken of ever is.
    """
    fleet, kept = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)), Judgements()
    for items in before:
        fleet.wait(apart).sweep(*items)
    fleet.wait(apart).retire(EDGE, *whose)
    spoken_of = set(whose or (A, B))
    for items in after:
        kept.assess_all(fleet.inventory, fleet.policy, fleet.now)
        fleet.wait(apart).sweep(*items)
        spoken_of -= {look.member for look in items if isinstance(look, Observation) and OLD in look.chain}
        for member in fleet.finding(OLD, EDGE).members:
            assert member.word is None or member.address in spoken_of
        assert (
            kept.assess_all(fleet.inventory, fleet.policy, fleet.now).every[OLD.fingerprint].stage
            == fleet.assess(OLD).stage
        )
