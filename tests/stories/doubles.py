"""Second tickets for one certificate, made behind the daemon's back: by our own account, or by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from incidentd.model.incident import IncidentState
from incidentd.sandbox.ca import Issued
from tests.stories.life import ADDRESSES, NAME, Life

OTHER_DOOR = "k" * 32


async def opened(life: Life) -> tuple[Issued, Any]:
    """A certificate that is due, and its ticket."""
    due = life.issue(ends_in=timedelta(days=50))
    await life.scene.serve(NAME, due, *ADDRESSES)
    await life.run_once()
    life.scene.clock.advance(timedelta(minutes=1))
    return due, life.open_tickets(due)[0]


async def ledger(life: Life) -> tuple[IncidentState, str]:
    """Where the newest row stands, and which ticket it follows."""
    record = (await life.records())[0]
    assert record.ticket is not None
    return record.state, record.ticket.id


def made_by_us(life: Life, issued: Issued) -> Any:
    """Our own account makes another one: same label and property, or same dedup key through a second integration."""
    first = life.tickets(issued)[0]
    if life.kind == "jira":
        jira = life.scene.jira
        return jira.clone(first.id, account=jira.bot.account_id, properties=True)
    pagerduty = life.scene.pagerduty
    if pagerduty.integration(OTHER_DOOR) is None:
        pagerduty.add_integration(pagerduty.service, OTHER_DOOR)
    known = set(pagerduty.incidents)
    pagerduty.accept({**first.alerts[0].event, "routing_key": OTHER_DOOR})
    return next(incident for id, incident in pagerduty.incidents.items() if id not in known)


def made_by_a_person(life: Life, issued: Issued, *, properties: bool = True) -> Any:
    """A person copies it: in Jira with its labels and perhaps its property, in PagerDuty by its title."""
    [first] = life.open_tickets(issued)
    if life.kind == "jira":
        return life.scene.jira.clone(first.id, properties=properties)
    pagerduty = life.scene.pagerduty
    agent, now = pagerduty.on_call.agent, life.scene.clock.now()
    return pagerduty.open_incident(pagerduty.service, first.title, "high", agent, now, {"type": "web_trigger"})


def somebody_says(life: Life, ticket: Any, text: str) -> None:
    """A person writes on it."""
    if life.kind == "jira":
        life.scene.jira.person_comments(ticket.key, text)
    else:
        life.scene.pagerduty.person_notes(ticket.id, text)


def somebody_takes(life: Life, ticket: Any) -> None:
    """A person takes it on."""
    if life.kind == "jira":
        life.scene.jira.person_transitions(ticket.key, "In Progress")
    else:
        life.scene.pagerduty.person_acknowledges(ticket.id)


def somebody_closes(life: Life, ticket: Any) -> None:
    """A person closes it."""
    if life.kind == "jira":
        life.scene.jira.person_transitions(ticket.key, "Done")
    else:
        life.scene.pagerduty.person_resolves(ticket.id)


def a_machine_closes(life: Life, ticket: Any) -> None:
    """An automation does."""
    if life.kind == "jira":
        life.scene.jira.machine_transitions(ticket.key, "Done")
    else:
        life.scene.pagerduty.machine_resolves(ticket.id)


def is_joined(life: Life, duplicate: Any, kept: Any) -> bool:
    """Whether the tracker itself says that the one is a duplicate of the other."""
    if life.kind == "jira":
        links = ((link.type, link.inward, link.outward) for link in life.scene.jira.links)
        return ("Duplicate", duplicate.id, kept.id) in links
    return bool(duplicate.merged_into == kept.id)
