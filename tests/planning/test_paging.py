"""Paging: one line for a phone, which changes with the stage and never with time alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Assessment, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Incident
from incidentd.model.ticket import TicketContent
from incidentd.planning import paging
from incidentd.planning.wording import content, digest
from tests.planning.desk import due, found, key_of, opened
from tests.planning.test_sanitize import BIDI, CONTROLS, ZERO_WIDTH
from tests.planning.test_wording import HOSTILE, said
from tests.policy.builders import DAY, HOUR, START, certificate, place, store

NEW = certificate("api.example.com", not_after=START + 400 * DAY)


def test_a_phone_shows_name_and_date_first() -> None:
    """Then where it is served, and how its renewal stands."""
    judged = certificate("api.example.com", "pay.example.com")
    what = said(judged, due(judged, found(place(env="prod"))))
    assert what.page == (
        "SIE api.example.com +1: certificate expires 2026-12-01 12:00 UTC, served in prod, no renewal found"
    )
    assert "2026-12-01" in what.page[:60]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reasons": (Reason.THRESHOLD_PASSED, Reason.RENEWAL_OVERDUE)}, "renewal overdue"),
        ({"stage": Stage.RENEWED_NOT_DEPLOYED, "successor": NEW.fingerprint}, "renewed, NOT deployed"),
        (
            {"stage": Stage.PARTLY_DEPLOYED, "successor": NEW.fingerprint, "deployed": 1, "deployable": 3},
            "renewed, deployed in part",
        ),
        (
            {"stage": Stage.PARTLY_DEPLOYED, "successor": NEW.fingerprint, "deployed": 3, "deployable": 3},
            "renewed, proof pending",
        ),
        ({"stage": Stage.MISMATCH}, "something else stands in its place"),
    ],
)
def test_a_page_tells_how_the_renewal_stands(changes: dict[str, object], words: str) -> None:
    """In a few words, without a count that would change it at each place."""
    judged = certificate("api.example.com")
    assessment: Assessment = replace(due(judged), **changes)  # type: ignore[arg-type]  # named by the table
    assert said(judged, assessment, timedelta(), NEW).page.endswith(f", served, {words}")


def test_what_has_expired_is_said_so() -> None:
    """The same incident gets another title then."""
    judged = certificate("api.example.com")
    assert "certificate EXPIRED 2026-12-01" in said(judged, due(judged, step=Step.EXPIRED)).page


def test_what_was_never_seen_served_is_stored() -> None:
    """Nobody is told of clients that nobody saw."""
    judged = certificate("api.example.com")
    assert ", stored in prod, " in said(judged, due(judged, found(store(env="prod")))).page


def test_time_alone_changes_nothing_but_what_is_said_at_a_moment() -> None:
    """The page and the digest stay; how much is left is told with the time at which it was."""
    judged = certificate("api.example.com")
    before, after = said(judged, due(judged)), said(judged, due(judged), 29 * DAY)
    assert (before.page, digest(before)) == (after.page, digest(after))
    assert before == after
    assert (before.left, after.left) == (
        "30 days left at 2026-11-01 12:00 UTC",
        "1 day left at 2026-11-30 12:00 UTC",
    )
    assert said(judged, due(judged), 31 * DAY).left == "expired 1 d 0 h ago at 2026-12-02 12:00 UTC"


def test_its_history_is_told_once_it_has_one() -> None:
    """When it was opened, how severe it is by now, and how often it came back."""
    judged = certificate()
    desk, _ = opened(judged)
    row = replace(desk.record(judged), reopenings=1)
    incident = Incident(key_of(judged), "m", judged, due(judged), "queue")
    told = content(incident, Step.ERROR, row, desk.inventory, START, DAY)
    assert told.history == "opened 2026-11-01 12:00 UTC, error now; 1 reopening"
    assert said(judged, due(judged)).history == ""


@pytest.mark.parametrize(
    "text",
    ["", "wiki", "javascript:alert(1)", "https://", "http://[", "https://u@h/", "https://h/" + "x" * 500,
     "https://h/ x", "https://h/\u202e", 'https://h/"><img>', "https://h/\n"],
)  # fmt: skip  # a list, read in rows
def test_only_a_plain_address_is_a_runbook(text: str) -> None:
    """A label is outside text, and a link in a ticket is clicked on."""
    assert paging.runbook([found(place(runbook=text))]) == ""
    assert paging.runbook([found(place(runbook="https://wiki.example.com/certs?x=1#y"))]).endswith("?x=1#y")


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(Step))
def test_a_page_is_one_short_visible_line(name: str, env: str, step: Step) -> None:
    """Whatever names and labels say."""
    judged = certificate(name)
    page = said(judged, due(judged, found(place(env=env)), step=step)).page
    assert len(page) <= paging.PAGE_CHARACTERS
    assert not set(page) & set(ZERO_WIDTH + BIDI + CONTROLS)
    assert "2026-12-01 12:00 UTC" in page


def test_three_thousand_hostile_names_make_a_ticket_of_the_same_shape() -> None:
    """As many details and places, each of them short."""
    many: Certificate = certificate(*(f"{number}{HOSTILE}" for number in range(3_000)))
    what: TicketContent = said(many, due(many, found(place(env=HOSTILE, runbook=HOSTILE), PlaceStatus.MIXED)), HOUR)
    assert "+2999" in what.page
    assert "and 2996 more" in what.what
    assert len(what.what) < 4_000
