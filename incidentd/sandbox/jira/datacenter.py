"""A Jira Data Center of our own: REST v2 only, wiki markup, counted pages, users by name, a rate limit by switch.

The same site, people and faults as Cloud's; what differs is what the vendor documents (Jira 10 platform REST API v2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from incidentd.sandbox.jira import jql, rules
from incidentd.sandbox.jira.answers import Refusal, unauthenticated
from incidentd.sandbox.jira.app import Desks, Endpoint, Jira, Table, decoded
from incidentd.sandbox.jira.desk import body_object, listed, number
from incidentd.sandbox.jira.project import PERMISSIONS, Project
from incidentd.sandbox.jira.records import Account, Change, Comment, Content, Issue, Json
from incidentd.sandbox.jira.render import Render, moment
from incidentd.sandbox.jira.search import Search, clauses
from incidentd.sandbox.jira.workflow import Transition

VERSION = (10, 3, 24)
MAX_RESULTS = 1000  # jira.search.views.default.max
ASKED = ("jql", "startAt", "maxResults", "validateQuery", "fields", "expand")
KINDS = {"doc": "wiki", "user": "username"}


class DataCenterRender(Render):
    """Renders as REST v2 does."""

    api = "/rest/api/2"

    def account(self, account: Account) -> Json:
        """A user: by name, and by a key that outlives a renaming."""
        number = list(self.site.accounts).index(account.account_id)
        return {
            "self": self.url(f"user?username={account.account_id}"),
            "key": f"JIRAUSER{10100 + number}",
            "name": account.account_id,
            "displayName": account.display_name,
            "emailAddress": account.email,
            "active": True,
            "timeZone": "Etc/UTC",
        }

    def change(self, change: Change) -> Json:
        """An entry of a changelog; an integration says of itself that it is one."""
        shown = super().change(change)
        items = [{name: value for name, value in item.items() if name != "fieldId"} for item in shown["items"]]
        system = {"type": "automation", "generator": {"id": "automation", "type": "application"}}
        told = {"historyMetadata": system} if change.author.account_type == "app" else {}
        return {**shown, "items": items, **told}

    def issue(
        self,
        issue: Issue,
        content: Content,
        fields: Collection[str],
        expand: Collection[str],
        properties: Collection[str],
    ) -> Json:
        """An issue; its changelog comes oldest first."""
        shown = super().issue(issue, content, fields, expand, properties)
        if "changelog" in shown:
            shown["changelog"]["histories"].reverse()
        return shown

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment."""
        return {name: value for name, value in super().comment(issue, comment).items() if name != "jsdPublic"}

    def transition(self, project: Project, step: Transition, with_fields: bool) -> Json:
        """A transition, with the fields of its screen where they were asked for."""
        shown = super().transition(project, step, with_fields)
        return {name: shown[name] for name in ("id", "name", "to", "fields") if name in shown}


class DataCenterDesks(Desks):
    """Every endpoint of the site."""

    renders = DataCenterRender
    read_body: Callable[[Any], Any] = staticmethod(rules.read_wiki)
    write_limits = ()
    create_lists = ("values", "values")
    deployment = "Server"

    async def server_info(self, request: Request) -> Response:
        url = self.site.site_url or self.render(request).base
        version = {
            "version": ".".join(map(str, VERSION)),
            "versionNumbers": list(VERSION),
            "deploymentType": self.deployment,
        }
        named = {"buildNumber": 10_030_024, "serverTime": moment(self.site.now()), "serverTitle": "Sandbox"}
        return JSONResponse({"baseUrl": url, **version, **named})

    async def my_permissions(self, request: Request) -> Response:
        if self.identify(request) is None:
            raise unauthenticated()
        project = self._of_permissions(request)
        return JSONResponse({"permissions": {name: self._permission(request, project, name) for name in PERMISSIONS}})

    async def find_by_get(self, request: Request) -> Response:
        validates = request.query_params.get("validateQuery", "true") != "false"
        start, most = number(request, "startAt", 0), number(request, "maxResults", 50)
        about = (listed(request, "fields"), listed(request, "expand"), validates)
        return self._answered(request, request.query_params.get("jql", ""), start, most, *about)

    async def find_by_post(self, request: Request) -> Response:
        asked = await body_object(request)
        if set(asked) - set(ASKED):
            raise Refusal(400, f'Unrecognized field "{min(set(asked) - set(ASKED))}"')
        about = (asked.get("fields") or [], asked.get("expand") or [], asked.get("validateQuery", True))
        return self._answered(
            request, asked.get("jql") or "", asked.get("startAt") or 0, asked.get("maxResults", 50), *about
        )

    def _answered(
        self,
        request: Request,
        text: str,
        start: int,
        most: int,
        fields: Collection[str],
        expand: Collection[str],
        validates: bool,
    ) -> Response:
        if validates:
            self._check_ids(text)
        hits = Search(self.site, self.identify(request), self.visible(request)).run(text)
        size = min(most, MAX_RESULTS)
        render = self.render(request)
        wanted = fields or ["*navigable"]
        shown = [render.issue(issue, content, wanted, expand, ()) for issue, content in hits[start : start + size]]
        about = {"expand": "names,schema", "startAt": start, "maxResults": size, "total": len(hits)}
        return JSONResponse({**about, "issues": shown})

    def _check_ids(self, text: str) -> None:
        """A query that names an issue which is not there is wrong, unless nobody asks whether it is right."""
        try:
            query = jql.parse(text)
        except jql.Malformed:
            return  # the search will say so
        for clause in clauses(query.where) if query.where is not None else ():
            if clause.name in ("id", "key", "issue", "issuekey"):
                for value in clause.values:
                    if not self._is_there(value):
                        raise Refusal(400, f"A value with ID '{value}' does not exist for the field '{clause.name}'.")

    def _is_there(self, value: str) -> bool:
        try:
            return self.site.issue(value).exists
        except KeyError:
            return False


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many calls an interval, as an administrator sets it; it is off by default."""

    calls: int
    interval_seconds: int


class DataCenter(Jira):
    """The site and its HTTP face. Basic takes the account's name or mail address, and the token as a password."""

    api = "/rest/api/2"
    rate_limit: RateLimit | None = None
    _called_at: tuple[datetime, ...] = ()

    def settings(self, url: str) -> dict[str, Any]:
        about = {name: value for name, value in super().settings(url).items() if name != "email"}
        return {**about, "flavour": "datacenter"}

    def _desks(self) -> Desks:
        return DataCenterDesks(self, self.identify)

    def _own(self) -> Table:
        desks = self.desks
        assert isinstance(desks, DataCenterDesks)  # noqa: S101 - made above
        return [("GET", "/search", desks.find_by_get), ("POST", "/search", desks.find_by_post)]

    def add_project(self, key: str, name: str = "") -> Project:
        project = super().add_project(key, name)
        project.fields = {
            known.id: replace(known, kind=KINDS.get(known.kind, known.kind)) for known in project.fields.values()
        }
        return project

    def person_comments(self, issue: str | int, text: str, account: str | None = None) -> Comment:
        return self.comment(self.issue(issue), self.person(account), text)

    def identify(self, request: Request) -> Account | None:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        names = (self.bot.account_id, self.email)
        pairs = {f"{name}:{self.api_token}" for name in names}
        if (scheme == "Bearer" and secret == self.api_token) or (scheme == "Basic" and decoded(secret) in pairs):
            return self.bot
        if self.anonymous_downgrade:
            return None
        raise unauthenticated()

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        inner = super()._guarded(endpoint)

        async def guarded(request: Request) -> Response:
            headers = self._counted()
            response = (
                await inner(request)
                if "Retry-After" not in headers
                else Refusal(429, "Rate limit exceeded.").response()
            )
            response.headers.update({**headers, "X-AUSERNAME": self._called(request)})
            return response

        return guarded

    def reset(self) -> None:
        super().reset()
        self.rate_limit, self._called_at = None, ()

    def switches(self) -> Mapping[str, Callable[[Any], None]]:
        """Those of Cloud, and the rate limit: {"calls": …, "interval_seconds": …}, or null for none."""
        return {**super().switches(), "rate_limit": self._limit}

    def _limit(self, wish: Mapping[str, int] | None) -> None:
        self.rate_limit = None if wish is None else RateLimit(wish["calls"], wish["interval_seconds"])

    def _called(self, request: Request) -> str:
        """Who the answer says that it answered."""
        try:
            account = self.identify(request)
        except Refusal:
            return "anonymous"
        return account.account_id if account else "anonymous"

    def _counted(self) -> Mapping[str, str]:
        """What the limit says of this call (rate limiting, Data Center): with Retry-After it is one too many."""
        limit = self.rate_limit
        if limit is None:
            return {}
        now = self.now()
        self._called_at = tuple(at for at in self._called_at if (now - at).total_seconds() < limit.interval_seconds)
        left = limit.calls - len(self._called_at)
        about = {
            "X-RateLimit-Limit": str(limit.calls),
            "X-RateLimit-Remaining": str(max(left - 1, 0)),
            "X-RateLimit-FillRate": str(limit.calls),
            "X-RateLimit-Interval-Seconds": str(limit.interval_seconds),
        }
        if left <= 0:
            return {**about, "Retry-After": str(limit.interval_seconds)}
        self._called_at = (*self._called_at, now)
        return about
