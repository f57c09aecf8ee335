"""Every open incident of ours, known or not, in the services of our incidents: by the one key that its alerts have."""

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.incident import incident_key
from incidentd.model.ticket import Owned
from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.reading import alerts_in, key_of_all, ticket_of
from incidentd.trackers.pagerduty.roundup import Roundup


async def ours(rest: PagerDutyRest, roundup: Roundup, instance: str) -> tuple[Owned, ...]:
    """Those of one installation, oldest first. Raises TrackerError."""
    if not roundup.knows_its_services:
        what = "no incident of ours is known, so nobody knows in which service others stand"
        raise TrackerError(TrackerFailure.UNCLEAR, what, "PagerDuty", "name its `service` in the configuration")
    found, begins = [], incident_key(instance, "")
    opened = await roundup.everything_open()
    for id, incident in sorted(opened.items(), key=lambda pair: (str(pair[1].get("created_at") or ""), pair[0])):
        key = key_of_all(await rest.all_alerts(id)) if alerts_in(incident) else None
        if key is not None and key.startswith(begins):
            found.append(Owned(key, ticket_of(incident)))
    return tuple(found)
