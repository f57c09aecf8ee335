"""Controllers: live, ready and with a time they are proof; not ready, or unseen, they are none and take all others."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Reason, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.location import Controller, Location
from incidentd.model.policy import Policy
from incidentd.policy.controllers import troubles
from incidentd.policy.judgements import Judgements
from tests.policy.builders import DAY, HOUR, START, Fleet, Item, certificate, gap, place, seen, store
from tests.policy.test_judgements import MICROSECOND, agree
from tests.policy.test_renewals import G, in_time, until

LASTS = 60 * DAY
GRACE = 3 * DAY
OLD, NEW = certificate(ends=LASTS, lasts=LASTS), certificate(ends=LASTS + 40 * DAY, lasts=LASTS)
EDGE, FILE = place(), store("/prod/web/api", source="cluster")
READY = Controller("cert-manager", ready=True, renews_at=START + 30 * DAY)
NOT_READY = replace(READY, ready=False)
EVERYTHING = Policy(automated=((("issuer", "*"),),))


def told(controller: Controller | None, where: Location = FILE) -> Location:
    """A place with what its controller says."""
    return replace(where, controller=controller)


def fleet_of(controller: Controller | None, judged: Certificate = OLD, policy: Policy | None = None) -> Fleet:
    """One certificate, served and stored; the store's controller speaks."""
    return Fleet(policy).sweep(seen(EDGE, judged)).sweep(seen(told(controller), judged))


def test_it_is_let_off_until_the_controllers_time_and_the_grace() -> None:
    """At that instant not yet, a microsecond later it opens: not two thirds of the lifetime, but what it said."""
    fleet = fleet_of(READY)
    let_off = fleet.assess(OLD)
    assert (let_off.stage, let_off.reasons) == (Stage.EXEMPT, (Reason.RENEWED_BY_AUTOMATION,))
    assert let_off.proof == "cert-manager: ready, renews it on 2026-12-01"
    assert let_off.opens_at == let_off.next_change_at == START + 30 * DAY + GRACE
    for source in (EDGE, told(READY)):
        until(fleet, 33).sweep(seen(source, OLD))
    assert fleet.assess(OLD).stage is Stage.EXEMPT
    opened = fleet.wait(MICROSECOND).assess(OLD)
    assert (opened.stage, opened.reasons) == (Stage.DUE, (Reason.RENEWAL_OVERDUE,))


@pytest.mark.parametrize("renews_at", [START + 59 * DAY, datetime.max.replace(tzinfo=START.tzinfo)])
def test_its_time_never_reaches_past_the_end(renews_at: datetime) -> None:
    """What has expired has missed its renewal, whatever was said."""
    assert fleet_of(replace(READY, renews_at=renews_at)).assess(OLD).opens_at == OLD.not_after


@pytest.mark.parametrize("controller", [None, NOT_READY, replace(READY, renews_at=None)])
def test_without_readiness_and_a_time_it_is_no_proof(controller: Controller | None) -> None:
    """None, one that is not ready, one that does not say when."""
    assert fleet_of(controller).assess(OLD).stage is Stage.DUE


def test_one_that_is_not_ready_takes_every_other_proof_away() -> None:
    """The operator's word, and what was seen before; ready again, it gives it back."""
    fleet = fleet_of(NOT_READY, policy=EVERYTHING)
    assert fleet.assess(OLD).stage is Stage.DUE
    assert fleet.wait(HOUR).sweep(seen(told(READY), OLD)).assess(OLD).stage is Stage.EXEMPT
    seen_twice = Fleet()
    for days, one in in_time(3):
        until(seen_twice, days).sweeps(3, HOUR, seen(EDGE, one))
    assert seen_twice.assess(G[2]).stage is Stage.EXEMPT
    assert seen_twice.sweep(seen(told(NOT_READY), G[2])).assess(G[2]).stage is Stage.DUE


def test_what_they_say_when_they_are_not_ready_is_told_once_each() -> None:
    """In their words; of those that are ready, and of places that show another, nothing."""
    failing = Controller("robot", ready=False, trouble="it lost its key")
    rest = [store(f"/{n}", source="cluster") for n in range(3)]
    fleet = Fleet().sweep(
        *(seen(told(each, at), OLD) for each, at in zip((NOT_READY, failing, failing), rest, strict=True))
    )
    fleet.sweep(seen(told(READY, EDGE), OLD)).sweep(seen(told(replace(failing, trouble="x"), FILE), NEW), source="f")
    assert troubles(fleet.assess(OLD).findings) == (
        "cert-manager owns it: it is not ready",
        "robot owns it: it lost its key",
    )


def test_of_several_the_earliest_time_counts() -> None:
    """Each is named."""
    other = told(Controller("robot", ready=True, renews_at=START + 10 * DAY), store("/other", source="disk"))
    let_off = fleet_of(READY).sweep(seen(other, OLD)).assess(OLD)
    assert let_off.opens_at == START + 10 * DAY + GRACE
    assert let_off.proof == "cert-manager: ready, renews it on 2026-12-01; robot: ready, renews it on 2026-11-11"


def test_once_it_has_renewed_there_is_time_to_roll_out() -> None:
    """The store has the new one, clients do not get it yet: due when any other's renewal would be overdue."""
    fleet = until(fleet_of(READY), 30).sweep(seen(EDGE, OLD))
    fleet.sweep(seen(told(replace(READY, renews_at=START + 70 * DAY)), NEW))
    let_off = fleet.assess(OLD)
    assert (let_off.stage, let_off.proof) == (Stage.EXEMPT, "cert-manager: ready, renewed it")
    assert let_off.opens_at == START + 40 * DAY + GRACE
    assert fleet.sweep(seen(told(NOT_READY), NEW)).assess(OLD).reasons[0] is Reason.THRESHOLD_PASSED


def test_what_it_says_counts_only_as_long_as_it_can_be_seen() -> None:
    """Live status: a store that is unseen for longer than a day says nothing."""
    fleet = fleet_of(READY).wait(HOUR).sweep(gap(told(READY)))
    assert fleet.assess(OLD).next_change_at == fleet.now + DAY
    assert fleet.wait(DAY).sweep(seen(EDGE, OLD)).assess(OLD).stage is Stage.EXEMPT
    assert fleet.wait(MICROSECOND).assess(OLD).stage is Stage.DUE


@pytest.mark.parametrize("where", [store("/stage/api", source="cluster", env="stage"), FILE])
def test_only_a_production_place_that_has_it_speaks_for_it(where: Location) -> None:
    """Not a stage's controller, nor that of a place that shows a stranger by now."""
    stranger = certificate("other.example.org", ends=90 * DAY)
    fleet = Fleet().sweep(seen(EDGE, OLD)).sweep(seen(told(READY, where), OLD))
    if where is FILE:
        fleet.wait(HOUR).sweep(seen(told(READY, where), stranger))
    assert fleet.assess(OLD).stage is Stage.DUE


def test_a_long_life_is_not_let_off() -> None:
    """Nor one whose beginning cannot be read."""
    for judged in (certificate(ends=LASTS, lasts=184 * DAY), replace(OLD, not_before=None)):
        assert fleet_of(READY, judged).assess(judged).stage is Stage.DUE


def test_a_span_of_blindness_beyond_the_calendar_never_ends() -> None:
    """Who never wants to hear of blindness may say so."""
    fleet = (
        fleet_of(READY, policy=Policy(blind_after=timedelta.max)).wait(HOUR).sweep(gap(EDGE)).sweep(gap(told(READY)))
    )
    assert fleet.assess(OLD).stage is Stage.EXEMPT


LOOKS = st.builds(
    lambda controller, judged: seen(told(controller), judged),
    st.sampled_from([None, READY, NOT_READY, replace(READY, renews_at=START + 10 * DAY)]),
    st.sampled_from([OLD, NEW]),
)
STEPS = st.tuples(
    st.sampled_from([timedelta(), HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY]),
    st.one_of(LOOKS, st.just(gap(FILE)), st.just(seen(EDGE, OLD)), st.just(seen(EDGE, NEW))),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=6))
def test_what_controllers_say_is_judged_as_it_goes_as_it_is_afresh(steps: list[tuple[timedelta, Item]]) -> None:
    """Each word, and each instant that follows from one."""
    fleet, judgements = fleet_of(READY), Judgements()
    agree(judgements, fleet)
    for apart, item in steps:
        agree(judgements, fleet.wait(apart).sweep(item))
        agree(judgements, fleet.wait(MICROSECOND))
