"""Releases' own incidents: people's. Told by a note, which holds the link; they have neither labels nor a due date.

What has an alert of ours is a certificate's own, whoever calls it a release's: it is told nothing by this way.
"""

import re
from collections.abc import Sequence

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Comment, Confirmed, Outcome, TicketRef
from incidentd.trackers.exchange import AN_INCIDENTS_OWN, REFUSED, outcome_of
from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.notes import Notes
from incidentd.trackers.pagerduty.reading import Json, ref_of
from incidentd.trackers.pagerduty.roundup import Roundup

_NAMED = re.compile(r"#?[0-9]{1,18}|[A-Z0-9]{7,40}", re.ASCII)
_KEY_BEGINS = "incidentd:"
_NOT_OURS_TO_REACH = REFUSED | {TrackerFailure.NOT_FOUND}


def holds(named: str) -> bool:
    """True for what is shaped as an incident's number or id."""
    return _NAMED.fullmatch(named) is not None


async def tell(
    roundup: Roundup, rest: PagerDutyRest, notes: Notes, ref: TicketRef, comments: Sequence[Comment]
) -> Outcome:
    """The notes that do not stand there yet; an incident that is not there, or not for us, is told nothing."""
    try:
        incident = await roundup.incident(ref)
        if await _is_of_incidentd(incident, rest):
            return Confirmed(ref, left_out=(f"what is told on {ref.key}: {AN_INCIDENTS_OWN}",))
        await notes.say(str(incident["id"]), comments)
        return Confirmed(ref_of(incident))
    except TrackerError as error:
        if error.kind not in _NOT_OURS_TO_REACH:
            return outcome_of(error)
        return Confirmed(ref, left_out=(f"what is told on {ref.key}: {error}",))


async def _is_of_incidentd(incident: Json, rest: PagerDutyRest) -> bool:
    """By its own key, or by one of its alerts': of this installation or of another."""
    if str(incident.get("incident_key") or "").startswith(_KEY_BEGINS):
        return True
    alerts = await rest.all_alerts(str(incident["id"]))
    return any(str(alert.get("alert_key") or "").startswith(_KEY_BEGINS) for alert in alerts)
