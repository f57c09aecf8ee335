"""A new issue in the place of one that cannot be opened again, made at most once.

A create has no idempotency and search lags, so the claim to make one is written on the old issue first: reading an
issue by id is consistent. A second attempt finds the claim, and looks for its fruit until the index has had time
enough, twice.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Confirmed, Outcome, Retryable, TicketContent, TicketStatus, Uncertain
from incidentd.ports import Clock
from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.linking import link
from incidentd.trackers.jira.lookup import Lookup
from incidentd.trackers.jira.reading import is_done, record

CLAIM = "incidentd-successor"
_LINK_NAMES = ("relates", "duplicate")


class Succession:
    """Finds or claims the successor of a closed issue."""

    def __init__(
        self, client: JiraClient, dialect: Dialect, lookup: Lookup, clock: Clock, index_lag: timedelta
    ) -> None:
        self._client = client
        self._dialect = dialect
        self._lookup = lookup
        self._clock = clock
        self._index_lag = index_lag
        self._uncertain_at: dict[str, float] = {}

    async def existing(self, old: Json, content: TicketContent) -> str | None:
        """The id of an open issue that took the old one's place already. Raises TrackerError."""
        named = record(record(old.get("properties")).get(CLAIM)).get("id")
        if named and await self._is_open(str(named)):
            return str(named)
        found = await self._lookup.find(content.key, content.marker)
        opened = [ticket for ticket in found if ticket.status is TicketStatus.OPEN]
        return next((ticket.ref.id for ticket in opened if ticket.ref.id != old.get("id")), None)

    async def _is_open(self, id: str) -> bool:
        """False for one that is gone, while the project can be seen."""
        try:
            return not is_done(await self._lookup.issue(id, ("status",)))
        except TrackerError as error:
            if error.kind is not TrackerFailure.NOT_FOUND:
                raise
            await self._lookup.confirm_sight()
            return False

    def remember(self, key: str, made: Outcome) -> Outcome:
        """Where the old issue is gone no claim can be written: a create that may have been done is remembered here."""
        if isinstance(made, Uncertain):
            self._uncertain_at[key] = self._clock.monotonic()
        return made

    def remembered_seconds(self, key: str) -> float:
        """How long such a create has still to be looked for; 0 when there is none."""
        at = self._uncertain_at.get(key)
        window_seconds = 2 * self._index_lag.total_seconds()
        return 0.0 if at is None else max(0.0, at + window_seconds - self._clock.monotonic())

    def wait_seconds(self, old: Json) -> float:
        """How long an earlier claim has still to be waited out; 0 when there is none."""
        claim = record(record(old.get("properties")).get(CLAIM))
        if claim.get("id") or not claim.get("at"):
            return 0.0
        now = self._clock.now()
        claimed_at = min(_moment(str(claim["at"]), now), now)  # a claim from the future holds nothing: it counts as now
        return max(0.0, (claimed_at + 2 * self._index_lag - now).total_seconds())

    async def claim(self, old_id: str) -> None:
        """Written before the create. Raises TrackerError."""
        await self._note(old_id, {"at": self._clock.now().isoformat()})

    async def settle(self, old_id: str, made: Outcome) -> Outcome:
        """After the create: the claim names its fruit, and the two are linked. Raises TrackerError."""
        if not isinstance(made, Confirmed):
            return made
        await self._note(old_id, {"id": made.ref.id})
        await self._link(old_id, made.ref.id)
        return made

    def waiting(self, seconds: float) -> Retryable:
        """What is said while an earlier claim is waited out."""
        return Retryable("an earlier attempt may have made a new issue: looking for it first", seconds)

    async def _note(self, old_id: str, value: Json) -> None:
        await self._client.write("PUT", f"/issue/{old_id}/properties/{CLAIM}", value)

    async def _link(self, old_id: str, new_id: str) -> None:
        with suppress(TrackerError):  # the claim and the comment tell it too
            await link(self._client, self._dialect, new_id, old_id, _LINK_NAMES, or_any=True)


def _moment(text: str, default: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return default
    return at if at.tzinfo else default
