"""Automation: short lives are let off on proof only, and until it is overdue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.policy import Policy
from incidentd.model.threshold import Threshold
from incidentd.policy.automation import automated, is_short_lived, matches, overdue_at
from tests.policy.builders import DAY, HOUR, MINUTE, START, Fleet, certificate, gap, place, seen, store

TICK = timedelta(microseconds=1)
EVERYTHING = Policy(automated=((("issuer", "*"),),))
EDGE = place(team="web")
SHORT = certificate(ends=90 * DAY, lasts=90 * DAY)


@pytest.mark.parametrize(
    ("lasts", "short"),
    [(184 * DAY - TICK, True), (184 * DAY, False), (90 * DAY, True), (365 * DAY, False)],
)
def test_short_lived_is_under_184_days(lasts: timedelta, short: bool) -> None:
    """Exactly 184 days are not."""
    judged = certificate(ends=30 * DAY, lasts=lasts)
    assert is_short_lived(judged) is short
    assert (automated(judged, [EDGE], EVERYTHING) is not None) is short


@pytest.mark.parametrize("begun", [None, START + 91 * DAY])
def test_a_lifetime_that_cannot_be_told_is_not_short(begun: object) -> None:
    """Unread, or beginning after its end."""
    judged = replace(SHORT, not_before=begun)  # type: ignore[arg-type]  # None or an instant
    assert not is_short_lived(judged) and automated(judged, [EDGE], EVERYTHING) is None


@pytest.mark.parametrize(
    ("lasts", "overdue"),
    [
        (90 * DAY, 60 * DAY + 4.5 * DAY),
        (12 * DAY, 8 * DAY + 14.4 * HOUR),
        (10 * DAY, 10 * DAY * 2 / 3 + 12 * HOUR),
        (10 * DAY - TICK, (10 * DAY - TICK) / 2 + (10 * DAY - TICK) / 20),
        (6 * DAY, 3 * DAY + 7.2 * HOUR),
        (4 * DAY, 2 * DAY + 6 * HOUR),
        (DAY, 12 * HOUR + 6 * HOUR),
        (8 * HOUR, 8 * HOUR),
    ],
)
def test_overdue_is_two_thirds_or_a_half_and_a_grace(lasts: timedelta, overdue: timedelta) -> None:
    """Half under ten days; 5 % or six hours of grace; never past the end."""
    assert abs(overdue_at(START, lasts) - START - overdue) <= TICK


FIELDS = replace(SHORT, issuer="CN=R3,O=Let's Encrypt", subject="CN=web", names=("a.example.net", "b.example.org"))


@pytest.mark.parametrize(
    ("matcher", "hit"),
    [
        ((("issuer", "*let's encrypt*"),), True),
        ((("issuer", "*DigiCert*"),), False),
        ((("subject", "cn=WEB"),), True),
        ((("name", "*.example.org"),), True),
        ((("name", "*.example.com"),), False),
        ((("source", "edge"),), True),
        ((("source", "disk"),), False),
        ((("location", "tls://*.example.net:443"),), True),
        ((("team", "w?b"),), True),
        ((("region", "*"),), False),
        ((("source", "edge"), ("team", "db")), False),
        ((("source", "edge"), ("team", "web")), True),
    ],
)
def test_which_matcher_hits(matcher: tuple[tuple[str, str], ...], hit: bool) -> None:
    """All globs of one matcher, whatever their case; a label that is not set matches nothing."""
    assert matches(matcher, FIELDS, EDGE) is hit


def test_every_place_has_to_be_matched() -> None:
    """By one matcher or by several; each is told."""
    by_source = (("source", "edge"),)
    policy = Policy(automated=(by_source,))
    assert automated(SHORT, [EDGE, store()], policy) is None
    assert automated(SHORT, [], policy) is None
    both = automated(SHORT, [EDGE, store(), EDGE], Policy(automated=(by_source, (("source", "disk"),))))
    assert both is not None and both.proof == "policy.automated {source: edge} and {source: disk}"


def watched(judged: Certificate = SHORT, policy: Policy = EVERYTHING) -> Fleet:
    """Seen at the edge, now."""
    return Fleet(policy).sweep(seen(EDGE, judged))


def test_without_proof_the_literal_rule_holds() -> None:
    """A 60-day certificate found today opens an incident today."""
    found = certificate(ends=59 * DAY, lasts=60 * DAY)
    assert Fleet().sweep(seen(EDGE, found)).assess(found).stage is Stage.DUE


def test_it_is_let_off_until_the_renewal_is_overdue() -> None:
    """At the instant not yet, a microsecond later it opens; and it says on whose word."""
    overdue = START + 64.5 * DAY
    fleet = watched().wait(64.5 * DAY)
    assessment = fleet.assess(SHORT)
    assert (assessment.stage, assessment.reasons) == (Stage.EXEMPT, (Reason.RENEWED_BY_AUTOMATION,))
    assert (assessment.opens_at, assessment.next_change_at, assessment.step) == (overdue, overdue, None)
    assert assessment.proof == "policy.automated {issuer: *}"
    opened = fleet.wait(TICK).assess(SHORT)
    assert (opened.stage, opened.step, opened.opens_at) == (Stage.DUE, Step.WARNING, overdue)
    assert opened.reasons == (Reason.RENEWAL_OVERDUE,)


def test_automation_never_opens_before_the_threshold() -> None:
    """Being let off must not make it worse: with a threshold of ten days, overdue at two thirds waits."""
    fleet = watched(policy=replace(EVERYTHING, threshold=Threshold(days=10))).wait(80 * DAY)
    assert (fleet.assess(SHORT).stage, fleet.assess(SHORT).reasons) == (Stage.FINE, (Reason.NOT_YET_DUE,))
    opened = fleet.wait(TICK).assess(SHORT)
    assert (opened.stage, opened.opens_at) == (Stage.DUE, START + 80 * DAY)


def test_what_lives_for_hours_opens_at_the_latest_when_it_has_expired() -> None:
    """Six hours of grace are more than an eight-hour certificate has left."""
    short = certificate(ends=8 * HOUR, lasts=8 * HOUR)
    fleet = watched(short).wait(8 * HOUR)
    assert fleet.assess(short).stage is Stage.EXEMPT
    assert fleet.wait(TICK).assess(short).stage is Stage.EXPIRED


def test_blindness_takes_the_exemption_away() -> None:
    """Unseen for longer than a day: nobody knows whether it was renewed."""
    fleet = watched().wait(HOUR).sweep(gap(EDGE)).wait(24 * HOUR)
    assessment = fleet.assess(SHORT)
    assert (assessment.stage, assessment.next_change_at) == (Stage.EXEMPT, START + 25 * HOUR)
    assessment = fleet.wait(TICK).assess(SHORT)
    assert (assessment.stage, assessment.reasons) == (Stage.DUE, (Reason.THRESHOLD_PASSED, Reason.UNSEEN_PLACES))
    assert fleet.wait(MINUTE).sweep(seen(EDGE, SHORT)).assess(SHORT).stage is Stage.EXEMPT


def test_a_stored_copy_elsewhere_has_to_match_too() -> None:
    """The same certificate in a place that nobody renews is no automation."""
    policy = Policy(automated=((("source", "edge"),),))
    fleet = watched(policy=policy).sweep(seen(store(), SHORT))
    assert fleet.assess(SHORT).stage is Stage.DUE
