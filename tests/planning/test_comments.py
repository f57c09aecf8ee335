"""Comments: first entries and steps up, each once, at most one a day but for steps. Never "still open"."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import PlaceStatus, Stage, Step
from incidentd.model.plan import ActionKind
from incidentd.planning.comments import STAGE_WORDS
from incidentd.planning.phrases import short
from tests.planning.desk import due, found, kinds, opened, said
from tests.policy.builders import DAY, HOUR, START, certificate, place

MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("stage", list(STAGE_WORDS))
def test_the_first_entry_into_a_stage_is_told_once(stage: Stage) -> None:
    """Leaving and entering it again is not."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    desk.know(new)
    there = due(judged, stage=stage, successor=new.fingerprint)
    plan = desk.judge(judged, there).run()
    assert said(plan.actions) == [f"stage:{stage}"]
    text = plan.actions[0].comments[0].text
    assert text.startswith(f"{STAGE_WORDS[stage]} at 2026-11-01 12:00 UTC: ")
    assert "tls://api.example.net:443" in text
    desk.judge(judged, due(judged)).wait(2 * DAY).run()
    assert said(desk.judge(judged, there).wait(2 * DAY).run().actions) == []


def test_a_newer_certificate_is_named_where_one_is_known() -> None:
    """And not where none is."""
    desk, judged = opened()
    mixed = due(judged, found(place(), PlaceStatus.MISMATCH), stage=Stage.MISMATCH)
    text = desk.judge(judged, mixed).plan().actions[0].comments[0].text
    assert "does not replace it" in text and " by " not in text


@pytest.mark.parametrize(("of", "entered"), [(2, "PARTLY DEPLOYED at "), (1, "DEPLOYED, NOT PROVEN YET at ")])
def test_what_was_deployed_is_named_not_the_newest_in_the_store(of: int, entered: str) -> None:
    """A wildcard in the store that ends later stands nowhere: the comment names what does; one of one is not a part."""
    desk, judged = opened()
    new, wildcard = certificate(ends=400 * DAY), certificate("*.example.net", ends=500 * DAY)
    there = found(place(), PlaceStatus.REPLACING, successor=new.fingerprint)
    partly = due(judged, there, stage=Stage.PARTLY_DEPLOYED, successor=wildcard.fingerprint, deployed=1, deployable=of)
    text = desk.know(new).know(wildcard).judge(judged, partly).plan().actions[0].comments[0].text
    assert text.startswith(entered)
    assert f"replaced by {short(new.fingerprint)} at 1 of {of}." in text
    assert short(wildcard.fingerprint) not in text


@pytest.mark.parametrize("stage", [Stage.DUE, Stage.EXPIRED])
def test_due_and_expiry_are_no_news_by_themselves(stage: Stage) -> None:
    """The first is the opening, the second a step."""
    desk, judged = opened()
    assert said(desk.judge(judged, due(judged, stage=stage)).plan().actions) == []


def test_what_the_opening_says_is_not_said_again() -> None:
    """Opened at a later stage and step."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    at_once = due(judged, step=Step.CRITICAL, stage=Stage.RENEWED_NOT_DEPLOYED, successor=new.fingerprint)
    desk, _ = opened()
    desk.know(new).judge(judged, at_once)
    desk.run()
    assert desk.plan().empty


def test_at_most_one_comment_a_day() -> None:
    """The second stage of a day is told when the day is over, if it still holds."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, due(judged, stage=Stage.RENEWED_NOT_DEPLOYED, successor=new.fingerprint)).run()
    partly = due(judged, stage=Stage.PARTLY_DEPLOYED, successor=new.fingerprint, deployed=1, deployable=3)
    plan = desk.judge(judged, partly).wait(HOUR).run()
    assert (kinds(plan), said(plan.actions)) == ([ActionKind.UPDATE], [])
    assert desk.wait(23 * HOUR - MOMENT).plan().empty
    assert said(desk.wait(MOMENT).run().actions) == ["stage:partly_deployed"]
    assert desk.wait(3 * DAY).plan().empty


def test_steps_up_are_told_whatever_was_said_today() -> None:
    """Each step once, in the order of the ladder."""
    desk, judged = opened()
    desk.judge(judged, due(judged, stage=Stage.MISMATCH)).run()
    told = []
    for step in (Step.ERROR, Step.CRITICAL, Step.LAST_DAY, Step.EXPIRED):
        desk.judge(judged, due(judged, step=step)).wait(HOUR)
        told += said(desk.run().actions)
    assert told == ["step:error", "step:critical", "step:last_day", "step:expired"]


def test_a_step_that_was_skipped_is_not_told_later() -> None:
    """Warning to critical: one comment that names both ends."""
    desk, judged = opened()
    plan = desk.judge(judged, due(judged, step=Step.CRITICAL)).run()
    assert said(plan.actions) == ["step:critical"]
    assert plan.actions[0].comments[0].text.startswith("SEVERITY UP warning -> critical: 30 days left at ")


@pytest.mark.parametrize(
    ("step", "begins"),
    [
        (Step.LAST_DAY, "LAST DAY: 30 days left at 2026-11-01 12:00 UTC"),
        (Step.EXPIRED, "EXPIRED at 2026-12-01 12:00 UTC"),
    ],
)
def test_later_steps_have_words_of_their_own(step: Step, begins: str) -> None:
    """They keep the severity."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.CRITICAL)).run()
    plan = desk.judge(judged, due(judged, step=step)).run()
    assert plan.actions[0].comments[0].text.startswith(begins)


def test_a_step_up_says_when_the_next_one_comes() -> None:
    """An instant that is past is not announced."""
    desk, judged = opened()
    ahead = due(judged, step=Step.CRITICAL, next_change_at=START + DAY, next_step=Step.LAST_DAY)
    assert (
        "Next change: last day, 2026-11-02 12:00 UTC." in desk.judge(judged, ahead).plan().actions[0].comments[0].text
    )
    past = due(judged, step=Step.ERROR, next_change_at=START, next_step=Step.CRITICAL)
    assert "Next change" not in desk.judge(judged, past).plan().actions[0].comments[0].text


def test_a_last_comment_that_lies_in_the_future_holds_nothing_back() -> None:
    """It was written under a clock that was wrong."""
    desk, judged = opened()
    desk.rows = {id: replace(row, last_comment_at=START + 400 * DAY) for id, row in desk.rows.items()}
    assert said(desk.judge(judged, due(judged, stage=Stage.MISMATCH)).plan().actions) == ["stage:mismatch"]


def test_where_nothing_shows_it_the_comment_says_that_there_is_no_proof() -> None:
    """All places are on their way: not one that could be named."""
    desk, judged = opened()
    moving = due(judged, found(place(), PlaceStatus.REPLACING), step=Step.EXPIRED)
    assert "No place is proven clean yet." in desk.judge(judged, moving).plan().actions[0].comments[0].text


@pytest.mark.parametrize("order", [1, -1])
def test_places_are_named_in_the_order_of_their_addresses(order: int) -> None:
    """However they became known: five of them, and how many more."""
    desk, judged = opened()
    places = [found(place(f"{name}.example.net")) for name in "abcdefg"][::order]
    text = desk.judge(judged, due(judged, *places, step=Step.EXPIRED)).plan().actions[0].comments[0].text
    named = ", ".join(f"tls://{name}.example.net:443" for name in "abcde")
    assert f"Not replaced at 7 of 7 places: {named} and 2 more." in text
