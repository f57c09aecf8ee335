"""Closing: only on proof or by the policy's word, never by a clock that went back; the note says the proof."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incidentd.model.assessment import Assessment, PlaceStatus, Reason, Stage
from incidentd.model.plan import ActionKind
from incidentd.planning.closing import OUT_OF_SCOPE, may_close, unreplaced
from tests.planning.desk import Desk, due, found, kinds, opened, out_of_scope, settled
from tests.policy.builders import DAY, HOUR, MINUTE, START, certificate, place, store

MOMENT = timedelta(microseconds=1)


def note_of(desk: Desk) -> str:
    """What the one closing says."""
    (action,) = desk.plan().actions
    assert action.kind is ActionKind.CLOSE
    return action.comments[0].text


@pytest.mark.parametrize("reason", [each for each in OUT_OF_SCOPE if each not in (Reason.NOT_YET_DUE,)])
def test_the_policys_word_closes_with_words_of_its_own(reason: Reason) -> None:
    """Not as if it had been fixed, and without a promise to watch it."""
    desk, judged = opened()
    text = note_of(desk.judge(judged, out_of_scope(judged, reason)))
    assert text.startswith(f"Out of scope: {OUT_OF_SCOPE[reason]}.")
    assert "Fixed" not in text and "spare" not in text and "Reopens" not in text
    desk.run()
    assert desk.plan().empty


def scope(reason: Reason, ends: datetime) -> Assessment:
    """Out of scope until an instant."""
    until = {"next_change_at": ends} if reason is Reason.EXEMPT_BY_POLICY else {"opens_at": ends}
    return out_of_scope(certificate(), reason, **until)


@pytest.mark.parametrize("reason", [Reason.NOT_YET_DUE, Reason.RENEWED_BY_AUTOMATION, Reason.EXEMPT_BY_POLICY])
def test_a_clock_that_jumped_back_closes_nothing(reason: Reason) -> None:
    """What would let it off had ended when it was opened; a policy that changed lets it off beyond that."""
    desk, judged = opened()
    row = desk.record(judged)
    assert not may_close(scope(reason, START - MOMENT), row, START - DAY)
    assert may_close(scope(reason, START + DAY), row, START)
    again = replace(row, reopened_at=START + 2 * DAY)
    assert not may_close(scope(reason, START + DAY), again, START)


def test_what_has_no_end_is_let_off_for_good() -> None:
    """A threshold that no window can be counted from, an exemption without an end."""
    desk, judged = opened()
    for reason in (Reason.NOT_YET_DUE, Reason.EXEMPT_BY_POLICY):
        assert may_close(out_of_scope(judged, reason), desk.record(judged), START)


def test_the_note_names_successor_places_looks_and_what_was_to_spare() -> None:
    """Everything that a reader needs to believe it, in absolute dates."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    where = found(place(), PlaceStatus.REPLACED, successor=new.fingerprint, looks=4, last_at=START + HOUR)
    left = found(store("/old.pem"), blocks=False)
    desk.know(new).judge(judged, settled(judged, where, left, by=new)).wait(2 * HOUR)
    desk.inventory = replace(desk.inventory, first_seen={new.fingerprint: START - 3 * DAY})
    text = note_of(desk)
    assert f"Replaced by {new.fingerprint[:8]}…{new.fingerprint[-4:]} (expires {new.not_after:%Y-%m-%d})" in text
    assert "served at 1 of 1 place in at least 4 looks in a row (2026-10-31 12:00 UTC to 2026-11-01 13:00 UTC)" in text
    assert "Old copy still stored, not served: file:///old.pem" in text
    assert "Opened 2026-11-01 12:00 UTC. New certificate first seen 2026-10-29 12:00 UTC. Fully replaced" in text
    assert "Fully replaced 2026-10-31 12:00 UTC: 31 d 0 h to spare." in text
    assert "Reopens by itself if the certificate is seen in place again within 14 days." in text


def test_a_stored_certificate_is_replaced_where_it_was_stored() -> None:
    """Nothing was served, so nothing is said to be."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    where = found(store(), PlaceStatus.REPLACED, successor=new.fingerprint, address="")
    assert "stored at 1 of 1" in note_of(desk.know(new).judge(judged, settled(judged, where, by=new)))


def test_what_was_removed_is_said_to_be_removed() -> None:
    """No successor is claimed."""
    desk, judged = opened()
    text = note_of(desk.judge(judged, settled(judged)))
    assert text.startswith("Retired: removed from 1 of 1 place, last looked at 2026-11-01 12:00 UTC.")
    assert "Fully removed 2026-10-31 12:00 UTC" in text and "Replaced" not in text


def test_what_was_replaced_after_expiry_is_said_to_be_late() -> None:
    """No days to spare."""
    judged, new = certificate(ends=-2 * DAY), certificate(ends=400 * DAY)
    desk, _ = opened(judged)
    text = note_of(desk.know(new).judge(judged, settled(judged, by=new)))
    assert "In place until 2026-10-31 12:00 UTC, 1 d 0 h after it had expired." in text


def test_a_row_without_an_end_spares_nothing() -> None:
    """What is not known is not counted."""
    desk, judged = opened()
    desk.rows = {id: replace(row, not_after=None) for id, row in desk.rows.items()}
    assert "spare" not in note_of(desk.judge(judged, settled(judged)))


def test_a_suspicious_closing_says_what_it_rests_on() -> None:
    """A person who approves it has to see it."""
    desk, judged = opened()
    gone = found(place(), PlaceStatus.RETIRED, suspect=True)
    (held,) = desk.judge(judged, due(judged, gone, suspect=True)).plan().held
    assert held.action.comments[0].text.startswith("Retired: removed from 1 of 1 place")


@pytest.mark.parametrize(
    ("statuses", "without"),
    [
        ([PlaceStatus.REPLACED], False),
        ([PlaceStatus.RETIRED], True),
        ([PlaceStatus.REPLACED, PlaceStatus.RETIRED], True),
    ],
)
def test_only_successors_at_every_place_are_beyond_the_guard(statuses: list[PlaceStatus], without: bool) -> None:
    """A removal of any whole place that blocks is none, nor is what the configuration no longer wants."""
    judged = certificate()
    where = [found(place(f"{index}.example.net"), status) for index, status in enumerate(statuses)]
    assert unreplaced(settled(judged, *where)) is without
    aside = found(store(), PlaceStatus.RETIRED, blocks=False)
    assert unreplaced(settled(judged, *where, aside)) is without
    assert unreplaced(replace(settled(judged, *where), stage=Stage.FINE))


def test_a_closing_that_waits_keeps_its_words() -> None:
    """Looks go on while the tracker is away; a note in other words would be said twice."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    desk.know(new)
    for looks in (3, 4, 5):
        where = found(place(), PlaceStatus.REPLACED, successor=new.fingerprint, looks=looks)
        desk.judge(judged, settled(judged, where, by=new)).wait(MINUTE).commit()
    (waiting,) = desk.outbox.values()
    assert "at least 3 looks" in waiting.comments[0].text
    assert kinds(desk.plan()) == [ActionKind.CLOSE]
    assert desk.commitments(desk.plan()) == []
