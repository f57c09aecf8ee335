"""Links: how one ticket names another of the same certificate, or of its lineage."""

from incidentd.model.incident import IncidentRecord
from incidentd.model.ticket import Link, TicketRef
from incidentd.planning.sanitize import sanitize


def link_to(record: IncidentRecord, what: str) -> Link:
    """How another ticket is named: `page #7 in oncall`."""
    ref = record.ticket or TicketRef("", "")
    return Link(f"{what} {sanitize(ref.key)} in {record.tracker}", ref.url)
