"""Where a renewal is, in dates that stay as they are."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incidentd.model.assessment import Assessment, Reason, Stage
from incidentd.model.inventory import Inventory
from incidentd.model.release import Carrier
from incidentd.planning.paging import page
from incidentd.planning.shipping import lateness, trail
from tests.planning.desk import Desk, due
from tests.policy.builders import DAY, START, certificate

OLD = certificate(ends=60 * DAY)
NEW = certificate(ends=400 * DAY, not_before=START + 2 * DAY)
KNOWN = Inventory({NEW.fingerprint: NEW}, first_seen={NEW.fingerprint: START + 3 * DAY})
CARRIER = Carrier("2026.12", START + 5 * DAY, NEW.fingerprint, NEW.not_before, START + 20 * DAY)


def judged(carrier: Carrier | None, *reasons: Reason, successor: bool = True) -> Assessment:
    """Served at one of three places."""
    known = NEW.fingerprint if successor else None
    return Assessment(
        OLD.fingerprint, Stage.RELEASE_LATE, reasons, deployed=1, deployable=3, successor=known, carrier=carrier
    )


@pytest.mark.parametrize(
    ("planned", "shipped", "words"),
    [
        (START + 20 * DAY, None, "planned 2026-11-21 12:00 UTC: 40 days before expiry"),
        (START + 60 * DAY, None, "planned 2026-12-31 12:00 UTC: 0 days before expiry"),
        (START + 60 * DAY + timedelta(hours=1), None, "planned 2026-12-31 13:00 UTC: AFTER expiry"),
        (START + 63 * DAY, None, "planned 2027-01-03 12:00 UTC: 3 days AFTER expiry"),
        (None, None, "no planned time was announced"),
        (START + 20 * DAY, START + 21 * DAY, "said to have shipped 2026-11-22 12:00 UTC"),
    ],
)
def test_the_trail_of_a_renewal(planned: datetime | None, shipped: datetime | None, words: str) -> None:
    """Issued, stored, in a release, planned, served: each with its date, against the end of what it replaces."""
    carrier = replace(CARRIER, planned_at=planned, shipped_at=shipped)
    assert trail(OLD, judged(carrier), KNOWN) == (
        "issued 2026-11-03 → stored 2026-11-04 → in release 2026.12, announced 2026-11-06 → "
        f"{words} → served at 1 of 3 places"
    )


def test_what_nobody_has_seen_in_a_store_may_be_in_a_release() -> None:
    """Nor need its beginning be readable."""
    told = trail(OLD, judged(replace(CARRIER, issued_at=None), successor=False), Inventory())
    assert told.startswith("not seen in any store → in release 2026.12, announced 2026-11-06 → ")


def test_a_renewal_in_no_release_says_so() -> None:
    """Where releases are announced; elsewhere there is nothing to say."""
    told = trail(OLD, judged(None, Reason.RENEWAL_UNCARRIED), KNOWN)
    assert told == (
        "issued 2026-11-03 → stored 2026-11-04 → in no release that was announced → served at 1 of 3 places"
    )
    assert trail(OLD, judged(None, Reason.RENEWED_NOT_DEPLOYED), KNOWN) == ""


@pytest.mark.parametrize(
    ("carrier", "reason", "words"),
    [
        (CARRIER, Reason.RELEASE_PLANNED_LATE, "Release 2026.12 carries the newer certificate too late: planned "),
        (CARRIER, Reason.RELEASE_SLIPPED, "Release 2026.12 carries the newer certificate, and nothing serves it: "),
        (None, Reason.RENEWAL_UNCARRIED, "No release that was announced carries the newer certificate."),
        (CARRIER, Reason.RENEWED_NOT_DEPLOYED, ""),
        (None, Reason.RELEASE_SLIPPED, ""),
    ],
)
def test_why_a_renewal_comes_too_late(carrier: Carrier | None, reason: Reason, words: str) -> None:
    """One sentence, or none."""
    told = lateness(OLD, judged(carrier, reason))
    assert told.startswith(words) and bool(told) is bool(words)


@pytest.mark.parametrize(
    ("carrier", "words"), [(CARRIER, "renewed, release comes too late"), (None, "renewed, in no release")]
)
def test_a_phone_is_told_that_the_release_is_late(carrier: Carrier | None, words: str) -> None:
    """In a few words."""
    late = due(OLD, stage=Stage.RELEASE_LATE, carrier=carrier)
    assert words in page("api", OLD.not_after, list(late.findings), late, expired=False)


def test_a_late_release_is_told_once_and_the_ticket_shows_the_way() -> None:
    """One comment at the first entry; the ticket names the release, and time alone changes none of it."""
    late = due(
        OLD,
        stage=Stage.RELEASE_LATE,
        reasons=(Reason.THRESHOLD_PASSED, Reason.RELEASE_PLANNED_LATE),
        carrier=replace(CARRIER, planned_at=START + 63 * DAY),
    )
    desk = Desk()
    desk.judge(OLD, due(OLD)).run()
    (action,) = desk.judge(OLD, late).wait(2 * DAY).run().actions
    (said,) = action.comments
    assert said.id == "stage:release_late"
    assert said.text.startswith("RELEASE LATE at ") and "3 days AFTER expiry" in said.text
    assert action.content is not None and "in release 2026.12" in action.content.release
    assert action.content.action.startswith("Pull the release forward")
    assert action.content.tasks[0].startswith("Find the release")
    assert desk.wait(10 * DAY).run().actions == ()
