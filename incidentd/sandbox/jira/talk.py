"""Comments, remote links and issue links over HTTP (Jira Cloud REST v3)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from incidentd.sandbox.jira import rules
from incidentd.sandbox.jira.answers import TOO_LONG, Refusal, not_allowed
from incidentd.sandbox.jira.desk import Desk, body, body_object, number
from incidentd.sandbox.jira.records import Comment, Issue
from incidentd.sandbox.jira.site import LINK_TYPES

MAX_COMMENTS = 5000


class Talk(Desk):
    """The endpoints of what hangs on issues."""

    most_comments = MAX_COMMENTS  # of one issue

    async def comments(self, request: Request) -> Response:
        issue, newest_first = self.issue(request), request.query_params.get("orderBy", "").startswith("-")
        start, count = number(request, "startAt", 0), min(number(request, "maxResults", 100), 100)
        return JSONResponse(self.render(request).comments(issue, start, count, newest_first))

    async def comment(self, request: Request) -> Response:
        issue = self.issue(request)
        return JSONResponse(self.render(request).comment(issue, _found(issue, request)))

    async def add_comment(self, request: Request) -> Response:
        issue, wish = self.writable(request, "ADD_COMMENTS"), await body_object(request)
        if len(issue.comments) >= self.most_comments:
            raise Refusal(413, "The per-issue limit of comments has been reached.")
        comment = self.site.comment(
            issue, self.author(request), self._body(wish.get("body")), wish.get("properties") or ()
        )
        comment.public = not _is_internal(comment)
        return JSONResponse(self.render(request).comment(issue, comment), status_code=201)

    async def edit_comment(self, request: Request) -> Response:
        issue, wish = self.writable(request, "ADD_COMMENTS"), await body_object(request)
        comment, author = _found(issue, request), self.author(request)
        own = comment.author.account_id == author.account_id
        if not own or not self.may(request, self.project_of(issue), "EDIT_OWN_COMMENTS"):
            raise not_allowed("You do not have permission to edit this comment.")
        comment.body, comment.updated, comment.update_author = self._body(wish.get("body")), self.site.now(), author
        return JSONResponse(self.render(request).comment(issue, comment))

    async def watchers(self, request: Request) -> Response:
        issue, render = self.issue(request), self.render(request)
        shown = [render.account(self.site.accounts[who]) for who in issue.watchers]
        url = render.url(f"issue/{issue.id}/watchers")
        return JSONResponse({"self": url, "isWatching": False, "watchCount": len(shown), "watchers": shown})

    async def add_watcher(self, request: Request) -> Response:
        issue, wanted = self.writable(request, "MANAGE_WATCHERS"), await body(request)
        if wanted not in self.site.accounts:
            raise Refusal(404, "The user does not exist, or may not see the issue.")
        if wanted not in issue.watchers:
            issue.watchers.append(wanted)
        return Response(status_code=204)

    async def remote_links(self, request: Request) -> Response:
        issue, render = self.issue(request), self.render(request)
        wanted = request.query_params.get("globalId")
        links = [link for link in issue.remote_links if wanted in (None, link.global_id)]
        url = render.url(f"issue/{issue.id}/remotelink")
        return JSONResponse([{**link.document, "id": link.id, "self": f"{url}/{link.id}"} for link in links])

    async def add_remote_link(self, request: Request) -> Response:
        issue, wish = self.writable(request, "LINK_ISSUES"), await body_object(request)
        target = wish.get("object")
        if not isinstance(target, dict) or not target.get("url") or not target.get("title"):
            raise Refusal(400, errors={"object": "'object' with 'url' and 'title' is required."})
        if len(str(wish.get("globalId") or "")) > 255:
            raise Refusal(400, errors={"globalId": "'globalId' must be at most 255 characters."})
        link, is_new = self.site.remote_link(issue, wish)
        url = self.render(request).url(f"issue/{issue.id}/remotelink/{link.id}")
        return JSONResponse({"id": link.id, "self": url}, status_code=201 if is_new else 200)

    async def link_issues(self, request: Request) -> Response:
        wish = await body_object(request)
        inward, outward = (self._end(request, wish.get(side)) for side in ("inwardIssue", "outwardIssue"))
        kind = _link_type(wish.get("type"))
        if not self.may(request, self.project_of(outward), "LINK_ISSUES"):
            raise Refusal(404, "You do not have permission to link issues.")
        self.site.link(kind, inward, outward)
        if (wish.get("comment") or {}).get("body"):
            self.site.comment(outward, self.author(request), self._body(wish["comment"]["body"]))
        return Response(status_code=201)

    def _end(self, request: Request, wanted: Any) -> Issue:
        ident = (wanted.get("key") or wanted.get("id")) if isinstance(wanted, dict) else None
        if not ident:
            raise Refusal(400, "Both ends of the link must be given by key or id.")
        return self.seen(request, str(ident))

    def _body(self, body: Any) -> Any:
        try:
            document = self.read_body(body)
        except rules.Wrong as problem:
            text = str(problem) if str(problem) == TOO_LONG else "Comment body is not valid!"
            raise Refusal(400, errors={"comment": text}) from None
        if not document:
            raise Refusal(400, errors={"comment": "Comment body can not be empty!"})
        return document


def _found(issue: Issue, request: Request) -> Comment:
    wanted = request.path_params["comment"]
    found = next((comment for comment in issue.comments if str(comment.id) == wanted), None)
    if found is None:
        raise Refusal(404, f"Can not find a comment for the id: {wanted}.")
    return found


def _is_internal(comment: Comment) -> bool:
    marks = (item.get("value") for item in comment.properties if item.get("key") == "sd.public.comment")
    return any(isinstance(mark, dict) and mark.get("internal") is True for mark in marks)


def _link_type(wanted: Any) -> str:
    names = {name.casefold(): name for name, _, _ in LINK_TYPES.values()}
    given = wanted if isinstance(wanted, dict) else {}
    by_id = LINK_TYPES.get(str(given.get("id")))
    name = by_id[0] if by_id else names.get(str(given.get("name")).casefold())
    if name is None:
        raise Refusal(404, f"No issue link type with name '{given.get('name')}' found.")
    return name
