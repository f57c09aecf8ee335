"""Ignoring: annotations that their source trusts let a certificate off, never in its last week, and never in part."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.model.assessment import Reason, Stage, Step
from incidentd.model.location import IGNORED_UNTIL, Location, labels_of
from incidentd.policy.judgements import Judgements
from tests.policy.builders import DAY, HOUR, START, Fleet, certificate, place, seen, store
from tests.policy.test_judgements import MICROSECOND, agree

OLD = certificate(ends=60 * DAY)
EDGE, OTHER, DISK = place(), place("b.example.net"), store()


def ignoring(where: Location, until: datetime | str) -> Location:
    """A place with what its source makes of the annotation."""
    text = until if isinstance(until, str) else f"{until:%Y-%m-%dT%H:%M:%SZ}"
    return replace(where, labels=labels_of({IGNORED_UNTIL: text}))


def test_it_is_let_off_until_the_end_of_the_wish() -> None:
    """A microsecond before it is, at the end it is not; and what is kept from pass to pass says the same."""
    until = START + 20 * DAY
    fleet = Fleet().sweep(seen(ignoring(EDGE, until), OLD))
    let_off = fleet.assess(OLD)
    assert (let_off.stage, let_off.reasons) == (Stage.EXEMPT, (Reason.EXEMPT_BY_ANNOTATION,))
    assert let_off.proof == f"annotation incidentd.io/ignore-until at {EDGE.uri}"
    assert let_off.next_change_at == until and not let_off.wants_incident
    assert fleet.wait(20 * DAY - MICROSECOND).assess(OLD).stage is Stage.EXEMPT
    assert fleet.wait(MICROSECOND).assess(OLD).stage is Stage.DUE


def test_the_last_week_is_never_ignored() -> None:
    """Whatever is asked for; nor a certificate from the beginning of time."""
    fleet = Fleet().sweep(seen(ignoring(EDGE, START + 59 * DAY), OLD))
    assert fleet.assess(OLD).next_change_at == OLD.not_after - 7 * DAY
    assert fleet.wait(53 * DAY).assess(OLD).step is Step.ERROR
    ancient = certificate(ends=datetime.min.replace(tzinfo=UTC) + DAY - START, lasts=timedelta())
    assert Fleet().sweep(seen(ignoring(EDGE, START + DAY), ancient)).assess(ancient).stage is Stage.EXPIRED


def test_every_place_that_decides_has_to_ask_for_it() -> None:
    """One that does not keeps the incident; where it is served, the stored copy has no say."""
    asked = [seen(ignoring(EDGE, START + 20 * DAY), OLD), seen(OTHER, OLD)]
    fleet = Fleet().sweep(*asked)
    assert fleet.assess(OLD).stage is Stage.DUE
    fleet.wait(HOUR).sweep(asked[0], seen(ignoring(OTHER, START + 10 * DAY), OLD)).sweep(seen(DISK, OLD))
    assert fleet.assess(OLD).next_change_at == START + 10 * DAY
    stored = Fleet().sweep(seen(ignoring(DISK, START + 20 * DAY), OLD))
    assert stored.assess(OLD).stage is Stage.EXEMPT


def test_only_the_first_places_are_named() -> None:
    """The rest are counted."""
    many = [seen(ignoring(place(f"{n}.example.net"), START + 20 * DAY), OLD) for n in range(5)]
    assert Fleet().sweep(*many).assess(OLD).proof.endswith("tls://2.example.net:443 and 2 more")


@pytest.mark.parametrize("text", ["", "soon", "2026-11-20", "2026-11-20T00:00:00", "9" * 400])
def test_what_is_no_time_asks_for_nothing(text: str) -> None:
    """A label of that name with any other text."""
    assert Fleet().sweep(seen(ignoring(EDGE, text), OLD)).assess(OLD).stage is Stage.DUE


def test_a_wish_that_comes_and_goes_is_judged_each_time() -> None:
    """What is kept from pass to pass is what judging afresh gives."""
    where = ignoring(EDGE, START + 20 * DAY)
    fleet, judgements = Fleet(), Judgements()
    for steps in ((EDGE, HOUR), (where, HOUR), (where, 10 * DAY), (EDGE, HOUR), (where, 30 * DAY)):
        agree(judgements, fleet.sweep(seen(steps[0], OLD)).wait(steps[1]))
