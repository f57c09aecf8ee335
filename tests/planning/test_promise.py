"""The promise register: what is inside its window stands there with its incident or its exemption, or with neither."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import PlaceStatus, Reason, Stage
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.planning.promise import Entry, promise_document, register
from tests.planning.desk import Desk, due, found, opened, out_of_scope, settled
from tests.policy.builders import DAY, START, Fleet, certificate, place, seen

JUDGED = certificate(ends=20 * DAY)


def of(desk: Desk) -> tuple[Entry, ...]:
    """The register of a desk."""
    return register(desk.assessments.values(), desk.certificates, desk.rows.values())


def test_it_has_its_incident() -> None:
    """Open, with its ticket; and as people hold it."""
    desk, judged = opened()
    [entry] = of(desk)
    assert (entry.certificate, entry.is_kept, entry.exemption) == (judged, True, None)
    [row] = promise_document([entry])["certificates"]
    assert (row["kept"], row["exemption"], row["stage"]) == (True, None, "due")
    record = desk.record(judged)
    assert record.ticket is not None
    assert row["incident"] == {
        "key": record.key, "state": "open", "severity": "warning", "tracker": "queue", "ticket": record.ticket.key,
        "url": record.ticket.url, "opened_at": "2026-11-01T12:00:00Z", "held_by": None, "held_until": None,
    }  # fmt: skip  # a list, read in rows
    held = replace(desk.record(judged), state=IncidentState.HELD, held_by=HeldBy.PERSON, held_at=START)
    [entry] = register(desk.assessments.values(), desk.certificates, [held])
    assert entry.is_kept and promise_document([entry])["certificates"][0]["incident"]["held_by"] == "person"


@pytest.mark.parametrize(
    ("reason", "proof", "told"),
    [
        (Reason.EXEMPT_BY_POLICY, "alice: moved", "alice: moved"),
        (Reason.RENEWED_BY_AUTOMATION, "2 renewals seen", "2 renewals seen"),
        (Reason.CA_LEFT_BEHIND, "", "a CA certificate that everything hanging on it leaves behind in time"),
    ],
)
def test_it_has_its_exemption_with_its_proof(reason: Reason, proof: str, told: str) -> None:
    """A person's word, what was seen, or the rule that wants no incident of it."""
    desk = Desk((JUDGED, out_of_scope(JUDGED, reason, proof=proof, next_change_at=START + DAY)))
    [entry] = of(desk)
    assert entry.is_kept
    [row] = promise_document([entry])["certificates"]
    assert (row["incident"], row["kept"]) == (None, True)
    assert row["exemption"] == {"reason": reason.value, "proof": told, "until": "2026-11-02T12:00:00Z"}


def test_with_neither_the_promise_is_not_kept() -> None:
    """Due, and nothing was opened: the guard holds it, or nobody runs."""
    [entry] = of(Desk((JUDGED, due(JUDGED))))
    [row] = promise_document([entry])["certificates"]
    assert (entry.is_kept, row["kept"], row["incident"], row["exemption"]) == (False, False, None, None)


@pytest.mark.parametrize(
    "reason", [Reason.NON_PRODUCTION, Reason.NOT_IN_PLACE, Reason.NOT_YET_DUE, Reason.STALE_ARCHIVE]
)
def test_of_some_nothing_was_promised(reason: Reason) -> None:
    """Not in production, not in the window, long dead; and what is replaced with proof."""
    assert of(Desk((JUDGED, out_of_scope(JUDGED, reason)))) == ()
    assert of(Desk((JUDGED, settled(JUDGED)))) == ()


@pytest.mark.parametrize(
    ("status", "ago", "kept"),
    [
        (PlaceStatus.UNKNOWN, DAY, True),
        (PlaceStatus.PRESENT, DAY, False),
        (PlaceStatus.UNKNOWN, REOPENS_WITHIN + DAY, False),
    ],
)
def test_what_was_closed_lately_stands_until_something_brings_it_back(
    status: PlaceStatus, ago: timedelta, kept: bool
) -> None:
    """A new address that tells nothing yet does not; the certificate itself does."""
    desk, judged = opened()
    closed = replace(desk.record(judged), state=IncidentState.CLOSED, closed_at=START)
    desk.judge(judged, due(judged, found(place(), status)))
    rows = [closed] if ago < REOPENS_WITHIN else []  # the store gives no older ones
    [entry] = register(desk.assessments.values(), desk.certificates, rows)
    assert entry.is_kept is kept


def test_the_row_that_is_active_counts_and_the_soonest_end_comes_first() -> None:
    """An earlier life was closed; a page is no incident of its own."""
    desk, judged = opened()
    later, closed = (
        certificate(ends=85 * DAY),
        replace(desk.record(judged), id=7, state=IncidentState.CLOSED, closed_at=START),
    )
    page = replace(desk.record(judged), id=8, key=f"{desk.record(judged).key}:page", tracker="oncall")
    desk.judge(later, due(later))
    for rows in ([closed, desk.record(judged), page], [desk.record(judged), page, closed]):
        first, second = register(desk.assessments.values(), desk.certificates, rows)
        assert (first.incident, second.certificate) == (desk.record(judged), later)


def test_a_name_does_nothing_to_who_reads_it() -> None:
    """The document is ASCII as JSON, and no proof holds a control character."""
    desk = Desk((JUDGED, out_of_scope(JUDGED, Reason.EXEMPT_BY_POLICY, proof="eve: \x1b[2J")))
    text = json.dumps(promise_document(of(desk)))
    assert "\\u001b" not in text


def test_what_is_really_judged_stands_there_as_the_rules_say() -> None:
    """From looks to the register: one due, one with time left, one that is exempt by its renewals is not here yet."""
    soon, later = certificate(ends=30 * DAY), certificate("b.example.net", ends=300 * DAY)
    fleet = Fleet().sweep(seen(place(), soon), seen(place("b.example.net"), later))
    [entry] = register([fleet.assess(soon), fleet.assess(later)], fleet.inventory.certificates, [])
    assert (entry.certificate, entry.assessment.stage, entry.is_kept) == (soon, Stage.DUE, False)
