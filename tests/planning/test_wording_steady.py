"""Steady wording: time alone, the order of places and what comes and goes rewrite nothing; no text counts down."""

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import PlaceFinding, PlaceStatus, Reason, Stage, Step
from incidentd.model.lineage import SuccessorBy
from incidentd.planning.wording import digest
from tests.planning.desk import due, found
from tests.planning.test_wording import said, texts
from tests.policy.builders import DAY, HOUR, MINUTE, START, certificate, place

STEADY = st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=23, minutes=59))


ANSWERED = st.sampled_from([status for status in PlaceStatus if status is not PlaceStatus.UNKNOWN])


@given(STEADY, ANSWERED, st.booleans(), STEADY)
def test_time_alone_rewrites_nothing(later: timedelta, status: PlaceStatus, unseen: bool, gap: timedelta) -> None:
    """Nor does a place that comes and goes, as long as it is not gone for a day."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    steady = due(judged, found(place(), status, successor=new.fingerprint))
    since = START + later - gap if unseen else None
    blinking = due(
        judged,
        found(place(), status, successor=new.fingerprint, unseen_since=since),
        reasons=(Reason.THRESHOLD_PASSED, *((Reason.UNSEEN_PLACES,) if unseen else ())),
    )
    before = digest(said(judged, steady, timedelta(), new))
    assert digest(said(judged, blinking, later, new)) == before


@given(st.sampled_from(SuccessorBy), st.sampled_from(SuccessorBy))
def test_how_the_successor_was_found_rewrites_nothing(before: SuccessorBy, now: SuccessorBy) -> None:
    """It changes with where the successor is seen; how far that got is what the ticket says."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    first, then = (
        due(judged, found(place()), stage=Stage.RENEWED_NOT_DEPLOYED, successor=new.fingerprint, successor_by=by)
        for by in (before, now)
    )
    told = digest(said(judged, first, timedelta(), new))
    assert digest(said(judged, then, timedelta(), new)) == told


def test_an_address_that_never_answered_is_told_at_once() -> None:
    """It does not come and go, so nothing is rewritten."""
    judged = certificate()
    silent = found(place(), PlaceStatus.UNKNOWN, first_at=None, unseen_since=START)
    (line,) = said(judged, due(judged, silent), timedelta()).places
    assert (line.state, line.seen) == ("never answered", "not seen since 2026-11-01 12:00 UTC")


def test_a_place_that_is_unseen_for_a_day_is_told_once() -> None:
    """With the instant since when, so that it is not told again."""
    judged = certificate()
    blind = due(judged, found(place(), unseen_since=START))
    assert said(judged, blind, 24 * HOUR).places[0].seen == "lately"
    (line,) = said(judged, blind, 24 * HOUR + MINUTE).places
    assert line.seen == "not seen since 2026-11-01 12:00 UTC"
    assert digest(said(judged, blind, 25 * HOUR)) == digest(said(judged, blind, 40 * DAY))


def test_another_chain_round_the_same_certificate_rewrites_nothing() -> None:
    """Servers that present different intermediates by turns begin a new run with each."""
    judged = certificate()
    now, before = (due(judged, found(place(), first_at=START - span)) for span in (HOUR, DAY))
    assert digest(said(judged, now)) == digest(said(judged, before))


@given(st.permutations([found(place(f"{name}.example.net", env=name, owner=name)) for name in "abcd"]))
def test_the_order_of_places_does_not_matter(findings: list[PlaceFinding]) -> None:
    """Content is the same however they became known."""
    judged = certificate()
    in_order = sorted(findings, key=lambda finding: finding.location.uri)
    assert said(judged, due(judged, *findings)) == said(judged, due(judged, *in_order))


def test_no_text_that_stays_counts_down() -> None:
    """Absolute dates only: no days or hours left, in no stage and at no step."""
    # Numbers of their own, for one in hexadecimal may look like a number of days.
    judged = certificate(fingerprint="a" * 64, serial="a")
    new = certificate(ends=400 * DAY, fingerprint="b" * 64, serial="b")
    for stage in (Stage.DUE, Stage.RENEWED_NOT_DEPLOYED, Stage.PARTLY_DEPLOYED, Stage.MISMATCH, Stage.EXPIRED):
        for step in Step:
            what = said(judged, due(judged, stage=stage, step=step, successor=new.fingerprint), timedelta(), new)
            assert not any(re.search(r"\d+ ?(d|h|days?|hours?|min)\b|\bleft\b|\bago\b", text) for text in texts(what))
