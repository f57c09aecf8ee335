"""Our notes on incidents: each text once, several in one note."""

from collections.abc import Sequence
from functools import partial

from incidentd.errors import TrackerError
from incidentd.model.ticket import Comment
from incidentd.trackers.exchange import REFUSED, asked_twice, unsaid
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

    async def say_if_let(self, incident_id: str, comments: Sequence[Comment]) -> tuple[TrackerError | None, bool]:
        """Why it was refused, if it was, which keeps nothing back; and whether this is a second attempt."""
        try:
            return None, not await asked_twice(partial(self.say, incident_id, comments), REFUSED)
        except TrackerError as error:
            if error.kind not in REFUSED:
                raise
            return error, True
