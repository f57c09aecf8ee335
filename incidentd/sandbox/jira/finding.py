"""Search over HTTP: /search/jql with its page tokens; the old /search is gone (Jira Cloud REST v3, CHANGE-2046)."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from incidentd.sandbox.jira.answers import SEARCH_IS_GONE, Refusal
from incidentd.sandbox.jira.desk import Desk, body_object, listed, number
from incidentd.sandbox.jira.search import Hit, Search

ASKED = (
    "jql",
    "fields",
    "maxResults",
    "nextPageToken",
    "reconcileIssues",
    "expand",
    "properties",
    "fieldsByKeys",
    "failFast",
)
MAX_RESULTS, MAX_SHAPED_RESULTS, MAX_RECONCILED, MAX_PROPERTIES = 5000, 100, 50, 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What a search asks for."""

    jql: str
    fields: Sequence[str]
    properties: Sequence[str]
    expand: Sequence[str]
    most: int
    token: str | None
    reconciled: Sequence[int]


class Finding(Desk):
    """The endpoints of search."""

    short_pages = False  # pages hold less than was asked for, and some hold nothing
    _pages: dict[str, tuple[str, list[Hit]]]
    _tokens: itertools.count[int]

    def forget_pages(self) -> None:
        """Ends every page token."""
        self._pages, self._tokens = {}, itertools.count(1)

    async def search_get(self, request: Request) -> Response:
        ids = [int(ident) for ident in listed(request, "reconcileIssues")]
        wish = Wish(
            jql=request.query_params.get("jql", ""),
            fields=listed(request, "fields"),
            properties=listed(request, "properties"),
            expand=listed(request, "expand"),
            most=number(request, "maxResults", 50),
            token=request.query_params.get("nextPageToken"),
            reconciled=ids,
        )
        return self._answer(request, wish)

    async def search_post(self, request: Request) -> Response:
        asked = await body_object(request)
        if set(asked) - set(ASKED) or not isinstance(asked.get("jql", ""), str):
            raise Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        wish = Wish(
            jql=asked.get("jql", ""),
            fields=asked.get("fields") or [],
            properties=asked.get("properties") or [],
            expand=str(asked.get("expand") or "").split(","),
            most=asked.get("maxResults", 50),
            token=asked.get("nextPageToken"),
            reconciled=asked.get("reconcileIssues") or [],
        )
        return self._answer(request, wish)

    async def count(self, request: Request) -> Response:
        asked = await body_object(request)
        found = Search(self.site, self.identify(request), self.visible(request)).run(str(asked.get("jql") or ""))
        return JSONResponse({"count": len(found)})

    async def gone(self, _: Request) -> Response:
        raise Refusal(410, SEARCH_IS_GONE)

    def _answer(self, request: Request, wish: Wish) -> Response:
        if not 0 <= wish.most <= MAX_RESULTS:
            raise Refusal(400, "The value of 'maxResults' must be between 0 and 5000.")
        if len(wish.reconciled) > MAX_RECONCILED or len(wish.properties) > MAX_PROPERTIES:
            raise Refusal(400, "At most 50 issues can be reconciled and 5 properties returned.")
        page, token = self._page(request, wish)
        shown = [self._shown(request, wish, hit) for hit in page]
        last = {"isLast": True} if token is None else {"nextPageToken": token, "isLast": False}
        return JSONResponse({"issues": shown, **last})

    def _page(self, request: Request, wish: Wish) -> tuple[list[Hit], str | None]:
        if wish.token is None:
            search = Search(self.site, self.identify(request), self.visible(request))
            hits, first = search.run(wish.jql, wish.reconciled), True
        else:
            hits, first = self._continued(wish), False
        size = wish.most if set(wish.fields) <= {"id", "key"} else min(wish.most, MAX_SHAPED_RESULTS)
        if self.short_pages:
            size = 0 if first else max(1, size // 2)
        rest = hits[size:]
        return hits[:size], self._token(wish.jql, rest) if rest else None

    def _continued(self, wish: Wish) -> list[Hit]:
        jql, hits = self._pages.get(wish.token or "", ("", []))
        if jql != wish.jql or not jql:
            raise Refusal(400, "The provided next page token is invalid or expired.")
        return hits

    def _token(self, jql: str, rest: list[Hit]) -> str:
        digest = hashlib.sha256(f"{next(self._tokens)} {jql}".encode()).hexdigest()[:24]
        self._pages[digest] = (jql, rest)
        return digest

    def _shown(self, request: Request, wish: Wish, hit: Hit) -> dict[str, Any]:
        issue, content = hit
        if not wish.fields or set(wish.fields) == {"id"}:
            return {"id": str(issue.id)}
        return self.render(request).issue(issue, content, wish.fields, wish.expand, wish.properties)
