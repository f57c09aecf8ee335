"""Our notes on incidents: each text once, several in one note."""

from collections.abc import Sequence

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Comment
from incidentd.trackers.exchange import unsaid
from incidentd.trackers.pagerduty.client import PagerDutyRest


class Notes:
    """Reads what stands there before anything is said."""

    def __init__(self, rest: PagerDutyRest) -> None:
        self._rest = rest

    async def say(self, incident_id: str, comments: Sequence[Comment]) -> bool:
        """Adds what does not stand there; True when something was added. Raises TrackerError."""
        if not comments:
            return False
        new = unsaid(comments, await self._rest.notes(incident_id))
        if new:
            await self._rest.add_note(incident_id, "\n".join(new))
        return bool(new)

    async def last_words(self, incident_id: str, note: Comment) -> tuple[TrackerError | None, bool]:
        """Why the note was refused, if it was, which keeps no incident open; and whether this is a second attempt."""
        try:
            return None, not await self.say(incident_id, (note,))
        except TrackerError as error:
            if error.kind not in (TrackerFailure.REJECTED, TrackerFailure.FORBIDDEN):
                raise
            return error, True
