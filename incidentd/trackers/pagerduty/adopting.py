"""PagerDuty's incidents are told apart by their alerts' key alone, which nobody can change: so few can be adopted."""

import re

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Ticket
from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.reading import key_of_all, ticket_of

_NAMED = re.compile(r"#?([A-Za-z0-9]{1,40})", re.ASCII)


async def adoptable(rest: PagerDutyRest, named: str, key: str) -> Ticket:
    """The incident with this number or id, where all its alerts have our key. Raises TrackerError."""
    found = _NAMED.fullmatch(named)
    if found is None:
        raise TrackerError(TrackerFailure.REJECTED, "that is no incident's number or id", "PagerDuty", "as in #123")
    incident = await rest.incident(found[1])
    if key_of_all(await rest.all_alerts(str(incident["id"]))) != key:
        what = "an incident cannot be adopted unless its alerts have incidentd's own key: events would go past it"
        raise TrackerError(
            TrackerFailure.REJECTED, what, "PagerDuty", "merge it into the incident that incidentd opened"
        )
    return ticket_of(incident)
