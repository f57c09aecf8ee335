"""A change as an Events v2 change event: pure, within the vendor's limits. It opens nothing and notifies nobody.

Limits (Events API v2, change events): summary 1,024 characters, links but no images; kept for 90 days.
"""

from datetime import UTC

from incidentd.trackers.interface import ChangeContent
from incidentd.trackers.pagerduty.wire import Json

SUMMARY_CHARACTERS = 1024
DETAIL_CHARACTERS = 1000
MOST_DETAILS = 20
MOST_LINKS = 10


def change_event(change: ChangeContent) -> Json:
    """Without the routing key. What does not fit is cut, never refused."""
    details = {name[:100]: value[:DETAIL_CHARACTERS] for name, value in change.details[:MOST_DETAILS] if name}
    payload = {
        "summary": change.summary[:SUMMARY_CHARACTERS] or "change",
        "timestamp": change.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": change.source or "incidentd",
        **({"custom_details": details} if details else {}),
    }
    links = [{"href": href, "text": text} for text, href in change.links[:MOST_LINKS] if href]
    return {"payload": payload, **({"links": links} if links else {})}
