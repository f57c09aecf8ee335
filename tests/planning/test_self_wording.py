"""What a self-incident says: what happened, since when, what is not seen because of it, and what to do next."""

import json
from dataclasses import asdict, replace

import pytest

from incidentd.model.assessment import Step
from incidentd.model.blindness import Cause, CauseId, CauseKind, Trace
from incidentd.model.incident import HeldBy
from incidentd.model.ticket import TicketContent, Topic
from incidentd.planning import self_wording
from incidentd.planning.sanitize import sanitize
from incidentd.trackers.jira import adf
from incidentd.trackers.jira import render as jira
from incidentd.trackers.pagerduty import events
from tests.planning.self_desk import SelfDesk, cause
from tests.policy.builders import HOUR, START

HOSTILE = "\x1b[31mred\u202egnp.exe {{7*7}} <script>alert(1)</script> *bold* \u200b'\"; DROP TABLE x; --\n"


def content(told: Cause, title: str = "") -> TicketContent:
    """What the ticket says."""
    return self_wording.content("default", told, told.step, title)


@pytest.mark.parametrize("kind", list(CauseKind))
def test_every_cause_answers_the_three_questions(kind: CauseKind) -> None:
    """What, impact, next action; and by which rule, and when it closes."""
    said = content(cause(kind, why="HTTP 503", scale=3))
    words = self_wording.sentence(CauseId(kind, "edge"))
    assert said.title.startswith("[incidentd] ")
    assert words.endswith(said.title.removeprefix("[incidentd] ").removesuffix(" since 2026-11-01 12:00 UTC"))
    assert said.headline == f"{words[0].upper()}{words[1:]} since 2026-11-01 12:00 UTC."
    assert "edge" in said.title
    assert "HTTP 503" in said.what
    for text in (said.impact, said.action, said.why_now, *said.rule, *said.tasks):
        assert text.endswith(".")
    assert "closes by itself" in " ".join(said.rule)
    assert said.commands[0].startswith("incidentd ")
    assert said.labels == ("incidentd-self", f"cause-{kind}", "sev-warning")
    assert (said.topic, said.due_on.isoformat()) == (Topic.ITSELF, "2026-11-01")


@pytest.mark.parametrize(
    ("kind", "extent"),
    [
        (CauseKind.SOURCE, "3 production places there cannot be looked at"),
        (CauseKind.STALLED, "3 production places there cannot be looked at"),
        (CauseKind.BLIND, "3 of 40 production places unseen for too long"),
        (CauseKind.OUTBOX, "3 actions waiting for too long"),
        (CauseKind.TRACKER, "3 open incidents there"),
        (CauseKind.AUTOMATION, "3 open incidents there"),
    ],
)
def test_how_much_it_concerns_is_counted(kind: CauseKind, extent: str) -> None:
    """In the ticket as in one line for the board, the log and stderr."""
    told = cause(kind, scale=3)
    assert content(told).what == f"When this was written: {extent}."
    assert self_wording.told_of(told).endswith(f"({extent})")
    assert self_wording.told_of(replace(told, why="503")).endswith(f"({extent}): 503")


def test_places_are_capped_and_the_rest_is_counted() -> None:
    """The first ones by name."""
    said = content(cause(scale=3000))
    assert [line.place for line in said.places] == ["tls://a.test:443"]
    assert (said.places[0].state, said.places[0].seen) == ("refused", "since 2026-11-01 12:00 UTC")
    assert said.places_left_out == 2999
    never = content(cause(first=(Trace("file:///a", "stored", "not looked at"),)))
    assert never.places[0].seen == ""


def test_the_title_stays() -> None:
    """As the one of every ticket does."""
    assert content(cause(), "as it was opened").title == "as it was opened"


def test_comments_say_what_got_worse_and_name_the_first() -> None:
    """With the time they are said at."""
    told, now = cause(scale=7), START + HOUR
    assert self_wording.on_step_up(told, Step.WARNING, Step.ERROR, now) == (
        "SEVERITY UP warning -> error at 2026-11-01 13:00 UTC: 7 of 40 production places unseen for too long. "
        "tls://a.test:443 and 6 more."
    )
    assert self_wording.on_growth(told, now).startswith("MORE at 2026-11-01 13:00 UTC: 7 of 40")
    assert self_wording.on_reopening(told, "it began again", now).startswith(
        "REOPENED at 2026-11-01 13:00 UTC: it began again. 7 of 40"
    )


def test_nothing_is_named_where_nothing_is_known() -> None:
    """A source that fails from its first sweep on has no places yet."""
    empty = cause(CauseKind.SOURCE, scale=0, first=())
    assert self_wording.on_growth(empty, START).endswith("0 production places there cannot be looked at.")


@pytest.mark.parametrize(("held_by", "words"), [(None, "a person"), (HeldBy.AUTOMATION, "an automation")])
def test_a_held_one_says_on_whose_word_and_when_it_comes_back(held_by: HeldBy | None, words: str) -> None:
    """Once a step."""
    desk = SelfDesk(cause())
    desk.run()
    comment = self_wording.on_hold(cause(), replace(desk.row, held_by=held_by, held_step=Step.ERROR))
    assert comment.id == "held:error:0"
    assert comment.text.startswith(f"Closed by {words}")
    assert "gets worse by a severity step" in comment.text
    assert self_wording.on_hold(cause(), desk.row).id == "held:warning:0"


@pytest.mark.parametrize("kind", list(CauseKind))
def test_hostile_words_of_others_are_inert(kind: CauseKind) -> None:
    """Errors, places and names come from outside."""
    said = content(cause(kind, why=HOSTILE, first=(Trace(HOSTILE, HOSTILE, HOSTILE, START),)))
    texts = json.dumps(asdict(said), default=str, ensure_ascii=False)
    assert not set("\x1b\u202e\u200b") & set(texts)
    assert sanitize(HOSTILE)[:20] in said.what


@pytest.mark.parametrize("kind", list(CauseKind))
def test_both_trackers_show_it_as_what_it_is(kind: CauseKind) -> None:
    """Not as an expiring certificate, and within their limits."""
    said = content(cause(kind, why="x" * 9999, scale=9))
    payload = events.trigger(said)["payload"]
    assert (payload["class"], payload["component"]) == ("incidentd-blindness", "incidentd")
    shown = adf.plain(jira.description(said))
    assert "What it concerns" in shown
    assert "certificate?" not in shown
    assert "and 8 more\n" in shown
