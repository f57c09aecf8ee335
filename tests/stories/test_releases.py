"""Releases: what is announced is known, late is told once on the release's own ticket, and only looks close."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from incidentd.daemon.announcing import Announced, abandon, announce, ship
from incidentd.daemon.installation import Installation
from incidentd.model.assessment import Stage, Step
from incidentd.model.incident import IncidentState, beside_in
from incidentd.model.release import Carried
from incidentd.planning.announcing import announcement
from incidentd.policy.calendar import working_day_before
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.faults import lost_answer, lost_request
from incidentd.x509.bundles import read_blob
from tests.daemon.dying import AFTER_A_DEATH, MortalWorker, die, one_endpoint
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life, living

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def carried(*issued: Issued) -> Carried:
    """What an artefact with these certificates carries."""
    return Carried(added=tuple(one for each in issued for one in read_blob(each.certificate_pem).certificates))


async def announced(life: Life, planned_in: timedelta | None = None, **said: Any) -> Announced:
    """Release R, as a build announces it."""

    async def work(installation: Installation) -> Announced:
        now = installation.clock.now()
        planned_at = None if planned_in is None else now + planned_in
        return await announce(installation, announcement("R", now, planned_at=planned_at, **said), "ci")

    return await life.by_command(work)


async def told(life: Life, word: Callable[[Installation, str, str], Awaitable[Announced]]) -> None:
    """What else is said of it."""
    await life.by_command(lambda installation: word(installation, "R", "ci"))


async def opened(life: Life) -> tuple[Issued, Issued]:
    """A certificate with 50 days left has its incident; its renewal lies in a store."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    life.scene.store("api.pem", old)
    await life.run_once()
    new = life.issue(ends_in=400 * DAY, begins=-DAY)
    life.scene.store("api.pem", new)
    await life.run_once()
    return old, new


def release_ticket(life: Life, **fields: Any) -> tuple[str, Any]:
    """A ticket that people made for their release, and what they call it."""
    jira, pagerduty = life.scene.jira, life.scene.pagerduty
    if life.kind == "jira":
        project = next(iter(jira.projects.values()))
        issue = jira.create(project, "Task", {"summary": "Release R", **fields}, jira.person())
        return issue.key, issue
    service = next(iter(pagerduty.services.values()))
    incident = pagerduty.open_incident(service, "Release R", "low", pagerduty.on_call.agent, pagerduty.now(), {})
    return f"#{incident.number}", incident


def heard(life: Life, ticket: Any) -> list[str]:
    """What people are told on a ticket: its comments, and with PagerDuty its latest event."""
    events = [json.dumps(alert.event) for alert in ticket.alerts] if life.kind == "pagerduty" else []
    return [*life.comments(ticket), *events]


def stage(life_rows: list[Any]) -> tuple[Stage, Step]:
    """Of the incident itself."""
    (row,) = [row for row in life_rows if beside_in(row.key) is None]
    return row.stage, row.step


async def test_the_release_of_2013_is_known_and_pulled_forward(life: Life) -> None:
    """Renewed, announced too late, told, pulled forward, shipped by word, then by looks, closed on proof."""
    old, new = await opened(life)
    assert stage(await life.records()) == (Stage.RENEWED_NOT_DEPLOYED, Step.WARNING)
    life.scene.clock.advance(2 * DAY)
    done = await announced(life, 55 * DAY, service="storage", carried=carried(new))
    assert [one.certificate.fingerprint for one in done.renewals] == [old.fingerprint]
    assert "7 days AFTER expiry" in done.renewals[0].late
    await life.run_once()
    assert stage(await life.records()) == (Stage.RELEASE_LATE, Step.ERROR)
    (ticket,) = life.open_tickets(old)
    assert sum("RELEASE LATE at" in said and "AFTER expiry" in said for said in heard(life, ticket)) == 1
    writes = len(life.tracker.writes)
    for _ in range(3):
        life.scene.clock.advance(DAY)
        await life.run_once()
    assert len(life.tracker.writes) == writes, "texts do not change by themselves"

    await announced(life, 10 * DAY)
    await life.run_once()
    assert stage(await life.records()) == (Stage.RENEWED_NOT_DEPLOYED, Step.ERROR), "severity does not fall"
    life.scene.clock.advance(9 * DAY)
    await told(life, ship)
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1, "the word that it shipped settles nothing"
    life.scene.deploy(new, NAME, ADDRESSES[0])
    await life.run_once()
    assert stage(await life.records()) == (Stage.PARTLY_DEPLOYED, Step.ERROR)
    life.scene.deploy(new, NAME)
    await life.passes(4)
    assert life.open_tickets(old) == []


async def test_what_is_said_to_have_shipped_and_is_not_served_has_slipped(life: Life) -> None:
    """A word counts for a day. A release that was given up carries nothing."""
    _, new = await opened(life)
    await announced(life, DAY, carried=carried(new))
    await told(life, ship)
    life.scene.clock.advance(23 * HOUR)
    await life.run_once()
    assert stage(await life.records()) == (Stage.RENEWED_NOT_DEPLOYED, Step.WARNING)
    life.scene.clock.advance(2 * HOUR)
    await life.run_once()
    assert stage(await life.records()) == (Stage.RELEASE_LATE, Step.ERROR)
    await told(life, abandon)
    await life.run_once()
    assert stage(await life.records()) == (Stage.RENEWED_NOT_DEPLOYED, Step.ERROR)


async def test_a_renewal_that_no_release_carries_is_late(life: Life) -> None:
    """Where the service announces its releases, a week after it was stored."""
    await opened(life)
    await announced(life, DAY, service="storage")
    life.scene.clock.advance(8 * DAY)
    await life.run_once()
    assert stage(await life.records()) == (Stage.RELEASE_LATE, Step.ERROR)


async def test_the_release_s_own_ticket_is_told_once(life: Life) -> None:
    """One comment that names the incident, and a link; whatever comes later, no second one, and nothing is closed."""
    old, new = await opened(life)
    named, theirs = release_ticket(life)
    await announced(life, 55 * DAY, ticket=named, carried=carried(new))
    await life.run_once()
    await life.passes(3, DAY)
    (said,) = [text for text in life.comments(theirs) if "RELEASE LATE at" in text]
    (ours,) = life.open_tickets(old)
    assert (ours.key if life.kind == "jira" else f"#{ours.number}") in said
    assert f"{NAME} expires" in said and "AFTER expiry" in said
    if life.kind == "jira":
        assert [link.document["object"]["title"] for link in theirs.remote_links] == [f"incident {ours.key} in queue"]
        assert (theirs.labels, theirs.fields.get("duedate")) == ((), None), "nothing is edited without leave"
    await announced(life, 10 * DAY)
    await life.passes(2, DAY)
    await announced(life, 54 * DAY)
    await life.passes(2, DAY)
    assert sum("RELEASE LATE at" in text for text in life.comments(theirs)) == 1
    assert life.is_open(theirs)
    await told(life, abandon)
    await life.run_once()
    states = {beside_in(row.key): row.state for row in await life.records()}
    assert sorted(states.values()) == [IncidentState.CLOSED, IncidentState.OPEN]


@pytest.mark.parametrize("fault", [lost_answer(), lost_request()])
async def test_a_lost_answer_does_not_double_what_is_told(life: Life, fault: Any) -> None:
    """The intent is written first, and what stands there is read before anything is said."""
    _, new = await opened(life)
    named, theirs = release_ticket(life)
    await announced(life, 55 * DAY, ticket=named, carried=carried(new))
    place = f".*/issue/{theirs.id}/comment" if life.kind == "jira" else f"/incidents/{theirs.id}/notes"
    life.tracker.faults.add(fault, method="POST", path=place)
    await life.run_once(timedelta(seconds=1))
    assert any(entry.fault == fault.kind for entry in life.tracker.journal)
    life.scene.clock.advance(HOUR)
    await life.passes(2)
    assert sum("RELEASE LATE at" in text for text in life.comments(theirs)) == 1


async def test_a_ticket_that_is_not_there_holds_nothing_up(life: Life) -> None:
    """A typo in a build pages nobody: it is left out, once, and the incident goes on."""
    _, new = await opened(life)
    await announced(life, 55 * DAY, ticket="OPS-4711" if life.kind == "jira" else "#4711", carried=carried(new))
    done = await life.run_once()
    assert (done.problems, done.reconciled.undelivered) == ((), 0)
    requests = len(life.tracker.journal)
    await life.run_once()
    assert not [one for one in life.tracker.journal[requests:] if "4711" in str(one.request.path)]


async def test_with_leave_the_release_s_issue_is_edited(life: Life) -> None:
    """The label, a higher priority, an earlier due date; nothing that people wrote is taken away."""
    life.configure(releases={"edit_tickets": True})
    old, new = await opened(life)
    named, theirs = release_ticket(life, labels=["theirs"], priority="Low", duedate="2026-12-24")
    await announced(life, 55 * DAY, ticket=named, carried=carried(new))
    await life.run_once()
    await life.passes(2, SWEEP)
    assert sum("RELEASE LATE at" in text for text in life.comments(theirs)) == 1
    if life.kind == "jira":
        due = working_day_before(old.certificate.not_valid_after_utc).isoformat()
        assert theirs.labels == ("theirs", "certificate-update")
        assert (theirs.fields["priority"], theirs.fields["duedate"]) == ("High", due)


async def test_a_timeline_is_told_once_that_a_release_shipped(life: Life) -> None:
    """PagerDuty has one: a change event, also where its answer was lost; and no incident is opened by it."""
    old, new = await opened(life)
    await announced(life, 10 * DAY, carried=carried(new), url="https://ci.example.net/R")
    await told(life, ship)
    life.scene.pagerduty.faults.add(lost_answer(), "POST", "/v2/change/enqueue")
    await life.passes(3)
    changes = [change.summary for change in life.scene.pagerduty.change_events]
    wanted = f"Release R is said to have shipped: it carries new certificates for {NAME}"
    assert changes == ([wanted] if life.kind == "pagerduty" else [])
    assert len(life.tickets(old)) == 1


async def test_a_process_that_dies_again_and_again_tells_nothing_twice(tmp_path: Path) -> None:
    """At each of its steps: one comment in the end, and one change event at the most."""
    async with living("pagerduty", tmp_path) as life:
        await one_endpoint(life)
        old = life.issue(ends_in=50 * DAY)
        await life.scene.serve(NAME, old, ADDRESSES[0])
        await life.run_once()
        new = life.issue(ends_in=400 * DAY, begins=-DAY)
        named, theirs = release_ticket(life)
        await announced(life, 45 * DAY, ticket=named, carried=carried(new))
        await told(life, ship)
        life.scene.clock.advance(2 * DAY)
        dies_at, died = 3, True
        while died:
            died = await die(life, MortalWorker(dies_at))
            life.scene.clock.advance(AFTER_A_DEATH)
            dies_at += 1
        await life.run_once()
        assert sum("RELEASE LATE at" in text for text in life.comments(theirs)) == 1
        assert len(life.scene.pagerduty.change_events) <= 1
        assert dies_at > 20, "it died at many steps"
