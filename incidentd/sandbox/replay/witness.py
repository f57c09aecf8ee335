"""What is read back: a certificate's ticket as its tracker holds it, and its incident as the ledger does.

Where the two disagree, or there is more than one ticket for a certificate, nothing is told: StoryContradicted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from incidentd.daemon.passes import Passed
from incidentd.errors import IncidentdError
from incidentd.model.assessment import Assessment, PlaceStatus, Stage, Step
from incidentd.model.incident import IncidentRecord, IncidentState
from incidentd.sandbox.replay.tickets import Ticket, tickets_of
from incidentd.sandbox.scene import Scene

SERVED = re.compile(r"Served at (\d+) of (\d+) places?\.")


class StoryContradicted(IncidentdError):
    """What was read back is not what the story says: nothing of it may be told."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One certificate's incident, as both sides have it."""

    ticket: Ticket
    record: IncidentRecord
    replaced: int
    servers: int
    """At how many of its servers the certificate is replaced, as the ticket has it."""
    old_at: tuple[str, ...]
    """The servers that still show it, as incidentd saw them; a ticket that lists servers says the same."""

    @property
    def stage(self) -> Stage:
        """As the ledger has it."""
        return self.record.stage

    @property
    def step(self) -> Step:
        """As the ledger has it."""
        return self.record.step


def read_back(scene: Scene, fingerprint: str, records: Mapping[str, IncidentRecord], passed: Passed) -> Seen | None:
    """The incident of a certificate; None when neither side has one. Raises StoryContradicted."""
    tickets = tickets_of(scene, fingerprint)
    record = records.get(fingerprint)
    if not tickets and record is None:
        return None
    if len(tickets) != 1 or record is None:
        raise StoryContradicted(f"one certificate has {len(tickets)} tickets", where=fingerprint[:8])
    assessment = passed.reconciled.decision.assessments[fingerprint]
    seen = Seen(tickets[0], record, *_replaced(tickets[0]), _old_at(assessment))
    _agree(seen, assessment)
    return seen


def _old_at(assessment: Assessment) -> tuple[str, ...]:
    return tuple(
        finding.location.uri
        for finding in assessment.findings
        if finding.blocks and finding.status is PlaceStatus.PRESENT
    )


def _agree(seen: Seen, assessment: Assessment) -> None:
    record, ticket = seen.record, seen.ticket
    known_as = record.ticket.key if record.ticket else "no ticket"
    sides: dict[str, tuple[object, object]] = {
        "the ticket": (ticket.name.rpartition(" ")[2], known_as),
        "open or closed": (ticket.is_open, record.state is IncidentState.OPEN),
        "the severity": (ticket.severity, record.step.severity.value),
        "what is replaced": (seen.replaced, assessment.deployed),
    }
    if ticket.listed_at is not None:
        sides["the servers that still have it"] = (sorted(ticket.listed_at), sorted(seen.old_at))
    for what, (in_tracker, in_ledger) in sides.items():
        if in_tracker != in_ledger:
            raise StoryContradicted(
                f"{what}: the tracker says {in_tracker!r}, incidentd {in_ledger!r}", where=ticket.name
            )


def _replaced(ticket: Ticket) -> tuple[int, int]:
    """How many servers, of how many, no longer serve it, by the ticket's own words."""
    found = SERVED.search(ticket.text)
    if found is None:
        raise StoryContradicted("the ticket does not say where the certificate is served", where=ticket.name)
    still, servers = int(found[1]), int(found[2])
    return servers - still, servers
