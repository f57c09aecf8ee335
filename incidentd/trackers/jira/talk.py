"""Our comments on an issue: each text once, and one that stands in for a description that a person edited.

They are internal where the project is a service desk: customers never see them (`sd.public.comment`).
"""

from collections.abc import Sequence
from functools import partial

from incidentd.errors import TrackerError
from incidentd.model.ticket import Comment, TicketContent
from incidentd.trackers.exchange import REFUSED, asked_twice, listed, unsaid
from incidentd.trackers.jira import adf, render
from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.reading import record

_PAGE_SIZE = 100
_MOST_PAGES = 50
_INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]


class Talk:
    """Reads what we said before anything is said."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    async def say(self, issue_id: str, comments: Sequence[Comment], stand_in: TicketContent | None = None) -> None:
        """Adds what does not stand there yet; `stand_in` keeps the one comment true. Raises TrackerError."""
        if not comments and stand_in is None:
            return
        standing = await self._ours(issue_id)
        if stand_in is not None:
            await self._keep_true(issue_id, standing, render.standing_in(stand_in))
        shown = [Comment(comment.id, adf.plain(render.comment(comment.text))) for comment in comments]
        new = unsaid(shown, [adf.plain(comment.get("body")) for comment in standing])
        for text in render.together(new):
            await self._add(issue_id, render.comment(text))

    async def last_words(self, issue_id: str, note: Comment) -> TrackerError | None:
        """Why the note was refused, if it was: that keeps no issue open. Raises TrackerError for anything else."""
        try:
            await asked_twice(partial(self.say, issue_id, (note,)), REFUSED)
        except TrackerError as error:
            if error.kind not in REFUSED:
                raise
            return error
        return None

    async def newest(self, issue_id: str) -> list[Json]:
        """The newest comments, whoever wrote them, a hundred at most. Raises TrackerError."""
        return list(listed(await self._page(issue_id, 0), "comments"))

    async def _keep_true(self, issue_id: str, standing: Sequence[Json], document: Json) -> None:
        kept = next((comment for comment in standing if _stands_in(comment)), None)
        if kept is None:
            await self._add(issue_id, document)
        elif adf.digest(kept.get("body")) != adf.digest(document):
            path = f"/issue/{issue_id}/comment/{kept['id']}"
            await self._client.write("PUT", path, {"body": document})

    async def _add(self, issue_id: str, document: Json) -> None:
        await self._client.comment(issue_id, {"body": document, "properties": _INTERNAL})

    async def _ours(self, issue_id: str) -> list[Json]:
        account = await self._client.account()
        ours: list[Json] = []
        start = 0
        for _ in range(_MOST_PAGES):
            answer = await self._page(issue_id, start)
            page = listed(answer, "comments")
            ours += [comment for comment in page if record(comment.get("author")).get("accountId") == account]
            start += len(page)
            if not page or start >= int(answer.get("total") or 0):
                break
        return ours

    async def _page(self, issue_id: str, start: int) -> Json:
        params = (("startAt", str(start)), ("maxResults", str(_PAGE_SIZE)), ("orderBy", "-created"))
        return await self._client.get(f"/issue/{issue_id}/comment", params)


def _stands_in(comment: Json) -> bool:
    return adf.plain(comment.get("body")).startswith(render.STANDING_IN)
