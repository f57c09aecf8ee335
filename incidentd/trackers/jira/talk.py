"""Our comments on an issue: each text once, and one that stands in for a description that a person edited.

They are internal where the project is a service desk: customers never see them (`sd.public.comment`).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from incidentd.errors import TrackerError
from incidentd.model.ticket import Comment, TicketContent
from incidentd.trackers.exchange import REFUSED, asked_twice, listed, unsaid
from incidentd.trackers.jira import render
from incidentd.trackers.jira.client import JiraClient, Json, NoRoom
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.reading import account_of, record

NO_ROOM = "a comment: the issue holds as many as it may"

_PAGE_SIZE = 100
_MOST_PAGES = 50


class Talk:
    """Reads what we said before anything is said."""

    def __init__(self, client: JiraClient, dialect: Dialect) -> None:
        self._client = client
        self._dialect = dialect

    async def say(
        self, issue_id: str, comments: Sequence[Comment], stand_in: TicketContent | None = None
    ) -> tuple[str, ...]:
        """Adds what does not stand there yet; `stand_in` keeps the one comment true. Raises TrackerError.

        Returns what there is no room for: an issue takes so many comments and no more, and lives on without ours.
        """
        try:
            await self._say(issue_id, comments, stand_in)
        except NoRoom:
            return (NO_ROOM,)
        return ()

    async def _say(self, issue_id: str, comments: Sequence[Comment], stand_in: TicketContent | None) -> None:
        if not comments and stand_in is None:
            return
        standing = await self._ours(issue_id)
        if stand_in is not None:
            await self._keep_true(issue_id, standing, self._dialect.standing_in(stand_in))
        speak, plain = self._dialect.comment, self._dialect.plain
        shown = [Comment(comment.id, plain(speak(comment.text))) for comment in comments]
        new = unsaid(shown, [plain(comment.get("body")) for comment in standing])
        for text in render.together(new):
            await self._add(issue_id, speak(text))

    async def last_words(self, issue_id: str, note: Comment) -> TrackerError | None:
        """Why the note was refused, if it was: that keeps no issue open. Raises TrackerError for anything else."""
        try:
            await asked_twice(partial(self._say, issue_id, (note,), None), REFUSED)
        except TrackerError as error:
            if error.kind not in REFUSED:
                raise
            return error
        return None

    async def newest(self, issue_id: str) -> list[Json]:
        """The newest comments, whoever wrote them, a hundred at most. Raises TrackerError."""
        return list(listed(await self._page(issue_id, 0), "comments"))

    async def _keep_true(self, issue_id: str, standing: Sequence[Json], document: Any) -> None:
        kept = next((comment for comment in standing if self._stands_in(comment)), None)
        if kept is None:
            await self._add(issue_id, document)
        elif self._dialect.digest(kept.get("body")) != self._dialect.digest(document):
            path = f"/issue/{issue_id}/comment/{kept['id']}"
            await self._client.write("PUT", path, {"body": document})

    async def _add(self, issue_id: str, document: Any) -> None:
        properties = await self._dialect.internal(self._client, issue_id)
        await self._client.comment(issue_id, {"body": document, **({"properties": properties} if properties else {})})

    async def _ours(self, issue_id: str) -> list[Json]:
        account = await self._client.account()
        ours: list[Json] = []
        start = 0
        for _ in range(_MOST_PAGES):
            answer = await self._page(issue_id, start)
            page = listed(answer, "comments")
            ours += [comment for comment in page if account_of(record(comment.get("author"))) == account]
            start += len(page)
            if not page or start >= int(answer.get("total") or 0):
                break
        return ours

    async def _page(self, issue_id: str, start: int) -> Json:
        params = (("startAt", str(start)), ("maxResults", str(_PAGE_SIZE)), ("orderBy", "-created"))
        return await self._client.get(f"/issue/{issue_id}/comment", params)

    def _stands_in(self, comment: Json) -> bool:
        return self._dialect.plain(comment.get("body")).startswith(render.STANDING_IN)
