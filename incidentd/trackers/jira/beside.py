"""What an issue has beside its fields, since a create call cannot carry it: watchers, and a link to the board.

Conveniences: where Jira will not have one, that is said, and the issue stands all the same.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

from incidentd.errors import TrackerError
from incidentd.model.ticket import TicketContent
from incidentd.trackers.board import page_of
from incidentd.trackers.jira.client import JiraClient, Json

WATCHERS = "watchers"
"""Under `fields`, though no field: Jira has a call of its own for each of them."""
LINK = "board"
"""Under what name the link is remembered among what was written."""
_TITLES = 255


class Beside:
    """`watchers` are accounts, as strings or as Jira names users; `board_url` is where people reach the board."""

    def __init__(self, client: JiraClient, watchers: Any, board_url: str | None) -> None:
        self._client = client
        self._watchers = [_account(one) for one in watchers] if isinstance(watchers, list) else []
        self._board_url = board_url

    async def given(self, issue_id: str, content: TicketContent) -> tuple[dict[str, str], tuple[str, ...]]:
        """To a new issue, each once: what was written, and what Jira would not have. Never raises for that."""
        refused = [watcher for watcher in self._watchers if not await self._done(self._watch(issue_id, watcher))]
        left_out = [f"{WATCHERS} {', '.join(refused)}"] if refused else []
        written = await self.linked(issue_id, content, {})
        if self._board_url is not None and not written:
            left_out.append("the link to the board")
        return written, tuple(left_out)

    async def linked(self, issue_id: str, content: TicketContent, written: Mapping[str, str]) -> dict[str, str]:
        """The link, where it is not known to stand there: by its globalId there is never a second one."""
        url = page_of(self._board_url, content.key)
        if not url or written.get(LINK) == url:
            return {}
        link = self._client.write("POST", f"/issue/{issue_id}/remotelink", _remote_link(content, url))
        return {LINK: url} if await self._done(link) else {}

    async def _watch(self, issue_id: str, account: str) -> None:
        await self._client.write("POST", f"/issue/{issue_id}/watchers", account)

    async def _done(self, write: Awaitable[None]) -> bool:
        try:
            await write
        except TrackerError:
            return False
        return True


def _account(watcher: Any) -> str:
    named = watcher if isinstance(watcher, dict) else {}
    return str(named.get("accountId") or named.get("name") or watcher)


def _remote_link(content: TicketContent, url: str) -> Json:
    """REST v3 and v2, create or update remote issue link: a globalId has 255 characters at most."""
    return {
        "globalId": content.key,
        "application": {"type": "incidentd", "name": "incidentd"},
        "relationship": "incident",
        "object": {
            "url": url,
            "title": (content.title or content.key)[:_TITLES],
            "summary": content.headline[:_TITLES],
        },
    }
