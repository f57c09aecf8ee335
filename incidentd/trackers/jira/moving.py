"""Taking transitions: into done and back, and believing only the status that is read afterwards."""

from collections.abc import Mapping
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.trackers.exchange import listed
from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.lookup import Lookup
from incidentd.trackers.jira.reading import fields_of, is_done
from incidentd.trackers.jira.workflow import Way, way_back, way_to_done


class Moving:
    """`extra` are the configured fields: what a transition's screen requires may stand there."""

    def __init__(self, client: JiraClient, lookup: Lookup, extra: Mapping[str, Any]) -> None:
        self._client = client
        self._lookup = lookup
        self._extra = extra

    async def to_done(self, issue: Json) -> None:
        """Returns when the issue is seen to be done. Raises TrackerError; nothing here is beyond repair."""
        way = way_to_done(await self._transitions(issue), self._extra)
        if way is None:
            what = "no transition that this account can take leads to a status of the category done"
            hint = "add one, or set what its screen requires in `fields`"
            raise TrackerError(TrackerFailure.UNAVAILABLE, what, str(issue.get("key")), hint)
        await self._take(issue, way, done=True)

    async def back(self, issue: Json) -> Json | None:
        """The issue as it is seen to be open; None when no transition leads back. Raises TrackerError."""
        way = way_back(await self._transitions(issue), self._extra)
        return await self._take(issue, way, done=False) if way else None

    async def _take(self, issue: Json, way: Way, *, done: bool) -> Json:
        problem = await self._try(issue, way)
        try:
            seen = await self._lookup.issue(str(issue["id"]), ("status", "resolution"))
        except TrackerError as error:
            error.kind = TrackerFailure.UNCLEAR  # it may well have been taken
            raise
        if is_done(seen) is done:
            return seen  # by us, or by somebody who was quicker
        if problem is None:
            problem = TrackerError(TrackerFailure.UNCLEAR, "the transition was taken and the status is another")
        raise problem

    async def _try(self, issue: Json, way: Way) -> TrackerError | None:
        try:
            await self._client.write("POST", f"/issue/{issue['id']}/transitions", way.body())
        except TrackerError as error:
            if error.kind is TrackerFailure.REJECTED:
                error.kind = TrackerFailure.UNAVAILABLE  # workflows change, and somebody may have moved it: try again
            return error
        return None

    async def clear_resolution(self, issue: Json) -> None:
        """An open issue with a resolution looks closed in lists; where the screen does not allow it, it stays."""
        if not fields_of(issue).get("resolution"):
            return
        try:
            await self._client.write("PUT", f"/issue/{issue['id']}", {"update": {"resolution": [{"set": None}]}})
        except TrackerError as error:
            if error.kind is not TrackerFailure.REJECTED:
                raise

    async def _transitions(self, issue: Json) -> list[Any]:
        answer = await self._client.get(f"/issue/{issue['id']}/transitions", (("expand", "transitions.fields"),))
        return list(listed(answer, "transitions"))
