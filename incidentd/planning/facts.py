"""Facts: all that a plan depends on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidentd.model.assessment import Assessment
from incidentd.model.incident import Incident, IncidentRecord
from incidentd.model.inventory import Inventory
from incidentd.model.release import ReleaseTicket, Shipped
from incidentd.model.ticket import Ticket
from incidentd.planning.resting import Resting
from incidentd.planning.sayings import Sayings


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a plan depends on."""

    now: datetime
    inventory: Inventory
    assessments: Mapping[str, Assessment]
    """By fingerprint."""
    incidents: Mapping[str, Incident]
    """Desired, by key."""
    records: Mapping[str, IncidentRecord]
    """The ledger's rows by key: the active one, else the one closed last."""
    tickets: Mapping[str, Ticket]
    """Actual, by key, as far as the trackers could be read."""
    duplicates: Mapping[str, Sequence[Ticket]] = field(default_factory=dict)
    """By key, of each incident that has more than one: all its open tickets of ours."""
    in_flight: Collection[str] = frozenset()
    """Keys with an intent of which nobody knows yet what became of it: nothing is decided about them."""
    stuck: Collection[str] = frozenset()
    """Keys with a merge that was tried and is not done: it does not keep back what else is to be said."""
    blind_after: timedelta = timedelta(hours=24)
    beside: Mapping[str, IncidentRecord] = field(default_factory=dict)
    """By key, the rows of pages, and of tickets that incidents were moved away from."""
    release_tickets: Mapping[str, ReleaseTicket] = field(default_factory=dict)
    """By the release's id, of those that carry certificates and have a ticket that can be told something."""
    shipped: tuple[Shipped, ...] = ()
    """What is news to trackers' timelines."""
    told: Mapping[str, IncidentRecord] = field(default_factory=dict)
    """By key, the rows of what releases' own tickets and timelines were told, or are about to be."""
    edits_release_tickets: bool = False
    sayings: Sayings = field(default_factory=Sayings, compare=False)
    """What was put into words in earlier passes."""
    resting: Resting = field(default_factory=Resting, compare=False)
    """Of what earlier passes found nothing to do."""
