"""`adopt`: people's own ticket becomes the incident's, and one stands for it at all times."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from incidentd.cli.adopt import Adopted, adopted_as
from incidentd.cli.move import moved_to
from incidentd.errors import IncidentdError
from incidentd.sandbox.ca import Issued
from tests.stories.life import ADDRESSES, NAME, Life, living

DAY = timedelta(days=1)
OTHER_NAME = "shop.example.test"
HOSTILE = "OPS-1/../../../myself?x=\x1b[31m"


async def adopt(life: Life, named: str, cert: str = NAME) -> Adopted:
    """As `incidentd adopt` decides it."""
    return await life.by_command(partial(adopted_as, cert=cert, named=named, reason="ours already", by="alice"))


async def test_an_issue_that_people_made_is_marked_kept_true_and_closed_on_proof(tmp_path: Path) -> None:
    """The own one is closed for it; what people wrote there stays."""
    async with living("jira", tmp_path) as life:
        jira, old = life.scene.jira, life.issue(ends_in=50 * DAY)
        await life.scene.serve(NAME, old, *ADDRESSES)
        await life.run_once()
        [own] = life.open_tickets(old)
        theirs = jira.clone(own.id)
        for label in tuple(theirs.labels):
            jira.person_removes_label(theirs.key, label)
        jira.person_edits(theirs.key, "summary", "Renew the API certificate")
        before = theirs.fields["description"]
        done = await adopt(life, theirs.key.lower())
        assert done.ticket.key == theirs.key
        await life.passes(3)
        assert life.open_tickets(old) == [theirs]
        assert any("Another ticket was chosen" in said and theirs.key in said for said in life.comments(own))
        assert (theirs.fields["summary"], theirs.fields["description"]) == ("Renew the API certificate", before)
        record = next(row for row in await life.records() if row.of_certificate)
        assert record.ticket is not None and record.ticket.key == theirs.key
        writes = len(life.tracker.writes)
        await life.passes(2)
        assert len(life.tracker.writes) == writes
        [entry] = await life.audit()
        assert (entry.command, entry.text) == ("adopt", f"{theirs.key} instead of {own.key}")
        life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
        await life.passes(3)
        assert life.open_tickets(old) == []


def written_by_people(life: Life, own: Any, *, properties: bool = False) -> Any:
    """An issue that somebody made, without a mark of ours; or a clone with all that was on the first."""
    theirs = life.scene.jira.clone(own.id, properties=properties)
    for label in () if properties else tuple(theirs.labels):
        life.scene.jira.person_removes_label(theirs.key, label)
    return theirs


async def adopted(life: Life) -> tuple[Issued, Any, Any]:
    """The certificate, our own ticket, and the one that was adopted instead of it."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [own] = life.open_tickets(old)
    theirs = written_by_people(life, own)
    await adopt(life, theirs.key)
    await life.passes(3)
    assert life.open_tickets(old) == [theirs]
    return old, own, theirs


@pytest.mark.parametrize("back_to_our_own", [False, True])
async def test_what_was_adopted_is_closed_once_another_ticket_is_chosen(tmp_path: Path, back_to_our_own: bool) -> None:
    """No search for issues of our making finds it: it is left as a ticket that an incident moves away from."""
    async with living("jira", tmp_path) as life:
        old, own, theirs = await adopted(life)
        chosen = own if back_to_our_own else written_by_people(life, theirs)
        life.scene.jira.person_transitions(chosen.key, "To Do")
        await adopt(life, chosen.key)
        await life.passes(3)
        assert life.open_tickets(old) == [chosen]
        assert any("Another ticket was chosen" in said and chosen.key in said for said in life.comments(theirs))


async def test_a_move_waits_until_the_other_ticket_is_closed(tmp_path: Path) -> None:
    """Gone on elsewhere at once, nobody would remember the ticket that the incident had before."""
    async with living("jira", tmp_path) as life:
        life.configure(trackers={**life.config["trackers"], "desk": {"kind": "local"}}, routes=[{"tracker": "queue"}])
        old = life.issue(ends_in=50 * DAY)
        await life.scene.serve(NAME, old, *ADDRESSES)
        await life.run_once()
        [own] = life.open_tickets(old)
        await adopt(life, written_by_people(life, own).key)
        move = partial(moved_to, cert=NAME, tracker="desk", reason="theirs now", by="alice")
        with pytest.raises(IncidentdError, match="an earlier move is not done"):
            await life.by_command(move)
        await life.run_once()
        await life.by_command(move)
        await life.passes(2)
        assert life.open_tickets(old) == []


async def test_a_state_that_was_lost_finds_what_was_adopted(tmp_path: Path) -> None:
    """No second ticket is made; a copy of it, with all that stands on it, is nobody's; and proof closes it."""
    async with living("jira", tmp_path) as life:
        old, _, theirs = await adopted(life)
        copy = written_by_people(life, theirs, properties=True)
        life.forget_state()
        await life.passes(3)
        assert life.open_tickets(old) == [theirs, copy]
        life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
        await life.passes(3)
        assert life.open_tickets(old) == [copy]


async def test_what_cannot_be_the_incidents_ticket_is_refused_in_jira(tmp_path: Path) -> None:
    """Its own already, another incident's, a closed one, none at all; nothing is changed."""
    async with living("jira", tmp_path) as life:
        jira, old = life.scene.jira, life.issue(ends_in=50 * DAY)
        other = life.issue(ends_in=60 * DAY, names=[OTHER_NAME])
        await life.scene.serve(NAME, old, ADDRESSES[0])
        await life.scene.serve(OTHER_NAME, other, ADDRESSES[1])
        await life.run_once()
        [own], [foreign] = life.open_tickets(old), life.open_tickets(other)
        closed = jira.clone(own.id)
        jira.person_transitions(closed.key, "Done")
        cases = {
            own.key: "it is the ticket of this incident already",
            closed.key: "it is closed",
            foreign.key: "it stands for another incident",
            "OPS-4711": "there is no issue OPS-4711",
            HOSTILE: "that is no issue's key",
        }
        before, journal = await life.records(), len(life.tracker.writes)
        for named, why in cases.items():
            with pytest.raises(IncidentdError, match=why):
                await adopt(life, named, old.fingerprint)
        assert (await life.records(), len(life.tracker.writes)) == (before, journal)
        assert await life.audit() == []


async def test_on_pagerduty_only_what_has_our_key_may_be_adopted(tmp_path: Path) -> None:
    """Said in words: events would go past any other."""
    async with living("pagerduty", tmp_path) as life:
        old, other = life.issue(ends_in=50 * DAY), life.issue(ends_in=60 * DAY, names=[OTHER_NAME])
        await life.scene.serve(NAME, old, ADDRESSES[0])
        await life.scene.serve(OTHER_NAME, other, ADDRESSES[1])
        await life.run_once()
        [own], [foreign], before = life.open_tickets(old), life.open_tickets(other), await life.records()
        with pytest.raises(IncidentdError, match="unless its alerts have incidentd's own key"):
            await adopt(life, f"#{foreign.number}", old.fingerprint)
        with pytest.raises(IncidentdError, match="already"):
            await adopt(life, f"#{own.number}", old.fingerprint)
        with pytest.raises(IncidentdError, match="number or id"):
            await adopt(life, HOSTILE, old.fingerprint)
        assert await life.records() == before
