"""Our notes on incidents: each text once, several in one note; and never so many that people have no room left."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from incidentd.errors import TrackerError
from incidentd.model.ticket import Comment
from incidentd.trackers.exchange import REFUSED, asked_twice, unsaid
from incidentd.trackers.pagerduty.client import PagerDutyRest

MOST_NOTES = 1_900
"""PagerDuty takes 2,000 notes an incident (REST v2, create a note); the last hundred are left to people."""


LONGEST_SNOOZE_SECONDS = 604_800
"""REST v2, snooze an incident: `duration`, at most a week."""


def snooze_seconds(comments: Sequence[Comment], now: datetime) -> int:
    """For how long PagerDuty is to page nobody, as these say; 0 where none of them does."""
    left = max((one.quiet_until - now for one in comments if one.quiet_until is not None), default=timedelta(0))
    return min(max(int(left.total_seconds()), 0), LONGEST_SNOOZE_SECONDS)


class Notes:
    """Reads what stands there before anything is said."""

    def __init__(self, rest: PagerDutyRest) -> None:
        self._rest = rest

    async def say(self, incident_id: str, comments: Sequence[Comment]) -> bool:
        """Adds what does not stand there, where there is room; True when something was added. Raises TrackerError."""
        if not comments:
            return False
        standing = await self._rest.notes(incident_id)
        new = unsaid(comments, standing)
        if not new or len(standing) >= MOST_NOTES:
            return False
        await self._rest.add_note(incident_id, "\n".join(new))
        return True

    async def say_if_let(self, incident_id: str, comments: Sequence[Comment]) -> tuple[TrackerError | None, bool]:
        """Why it was refused, if it was, which keeps nothing back; and whether this is a second attempt."""
        try:
            return None, not await asked_twice(partial(self.say, incident_id, comments), REFUSED)
        except TrackerError as error:
            if error.kind not in REFUSED:
                raise
            return error, True
