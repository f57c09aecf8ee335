"""Jira Cloud as one ASGI application: REST v3 on a clock that is given."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta, timezone
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from incidentd.sandbox.control import control_routes
from incidentd.sandbox.faults import Answer
from incidentd.sandbox.frame import Frame, Now, Sleep
from incidentd.sandbox.jira import answers
from incidentd.sandbox.jira.finding import Finding
from incidentd.sandbox.jira.issues import Issues
from incidentd.sandbox.jira.limits import answer_to
from incidentd.sandbox.jira.meta import Meta
from incidentd.sandbox.jira.people import Peopled
from incidentd.sandbox.jira.project import Project
from incidentd.sandbox.jira.records import Account
from incidentd.sandbox.jira.talk import MAX_COMMENTS, Talk
from incidentd.sandbox.jira.workflow import default_workflow
from incidentd.sandbox.journal import Judge

EMAIL = "bot@example.net"
API_TOKEN = "sandbox-jira-token"  # noqa: S105 - opens nothing but the sandbox
PROJECT = "OPS"
READS_BY_POST = re.compile(r"/rest/api/[23]/(search.*|issue/bulkfetch|jql/.*|permissions/check|comment/list)")
OF_SITE = (
    "down",
    "unauthorized",
    "forbidden",
    "read_only",
    "anonymous_downgrade",
    "captcha",
    "renders_plainly",
    "down_retry_after_seconds",
)
OF_DESKS = ("short_pages", "conflicts", "deployment", "most_comments")
OF_PROJECT = ("archived", "type_key", "issue_types")
Endpoint = Callable[[Request], Awaitable[Response]]
Table = list[tuple[str, str, Endpoint]]


class Desks(Issues, Talk, Finding, Meta):
    """Every endpoint of the site."""


class Jira(Peopled, Frame):
    """The site and its HTTP face. One project, `project`, one account of ours, `bot`, a person and an automation."""

    api = "/rest/api/3"
    desks: Desks
    project: Project
    bot: Account

    def __init__(
        self,
        *,
        now: Now,
        sleep: Sleep | None = None,
        judge: Judge | None = None,
        email: str = EMAIL,
        api_token: str = API_TOKEN,
        project: str = PROJECT,
        index_lag: timedelta = timedelta(0),
        base_path: str = "",
        site_url: str = "",
    ) -> None:
        """`base_path` is where scoped tokens find the API (`/ex/jira/{cloudId}`), `site_url` where people find it."""
        Frame.__init__(self, now=now, sleep=sleep, judge=judge)
        Peopled.__init__(self, now)
        self.email, self.api_token, self.project_key = email, api_token, project
        self.index_lag = index_lag
        self.anonymous_downgrade = False  # bad credentials make an anonymous caller instead of a 401
        self.captcha = False  # after too many failed logins
        self.base_path, self.site_url = base_path, site_url
        self.desks = self._desks()
        self._furnish()
        self._vendor = based(Starlette(routes=self._routes()), base_path)
        self._control = control_routes(self)

    def _desks(self) -> Desks:
        return Desks(self, self.identify)

    def _furnish(self) -> None:
        self.bot = self.add_account(Account("bot-1", "Incident daemon", self.email))
        self.someone = self.add_account(Account("person-1", "A person", "person@example.net"))
        self.automation = self.add_account(Account("app-1", "Automation", account_type="app"))
        self.project = self.add_project(self.project_key, "Operations")
        self.desks.forget_pages()

    def settings(self, url: str) -> dict[str, Any]:
        """How a tracker is configured that calls this site, served at `url`."""
        return {
            "base_url": url + self.base_path,
            "email": self.email,
            "api_token": self.api_token,
            "project": self.project_key,
        }

    def vendor(self) -> ASGIApp:
        return self._vendor

    def control(self) -> ASGIApp:
        return self._control

    def is_write(self, method: str, path: str) -> bool:
        return super().is_write(method, path) and not READS_BY_POST.fullmatch(path.removeprefix(self.base_path))

    def refusal(self, status: int) -> Answer:
        refusal = {401: answers.unauthenticated(), 403: answers.not_allowed("Forbidden")}.get(
            status, answers.Refusal(status, "The service is temporarily unavailable.")
        )
        response = refusal.response()
        pairs = tuple((name.decode(), value.decode()) for name, value in response.raw_headers)
        return Answer(status, pairs, bytes(response.body))

    def identify(self, request: Request) -> Account | None:
        """Who asks; None where bad credentials make nobody. Raises Refusal (401)."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        good = secret == self.api_token if scheme == "Bearer" else decoded(secret) == f"{self.email}:{self.api_token}"
        if good and scheme in ("Basic", "Bearer"):
            return self.bot
        if self.anonymous_downgrade:
            return None
        raise answers.unauthenticated()

    def _routes(self) -> list[Route]:
        table = self._common() + self._own()
        return [Route(self.api + path, self._guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    def _own(self) -> Table:
        """The endpoints that only Cloud has."""
        desks = self.desks
        return [
            ("GET", "/priority/search", desks.priority_search),
            ("GET", "/search/jql", desks.search_get),
            ("POST", "/search/jql", desks.search_post),
            ("POST", "/search/approximate-count", desks.count),
            ("GET", "/search", desks.gone),
            ("POST", "/search", desks.gone),
            ("POST", "/issue/bulkfetch", desks.fetch_many),
            ("GET", "/issue/{issue}/changelog", desks.changelog),
        ]

    def _common(self) -> Table:
        """The endpoints that both kinds of Jira have."""
        desks, issue = self.desks, "/issue/{issue}"
        return [
            ("GET", "/myself", desks.myself),
            ("GET", "/serverInfo", desks.server_info),
            ("GET", "/mypermissions", desks.my_permissions),
            ("GET", "/priority", desks.priorities),
            ("GET", "/resolution", desks.resolutions),
            ("GET", "/status", desks.statuses),
            ("GET", "/field", desks.fields),
            ("GET", "/issueLinkType", desks.link_types),
            ("GET", "/project/{project}", desks.project_read),
            ("GET", "/project/{project}/statuses", desks.project_statuses),
            ("GET", "/issue/createmeta/{project}/issuetypes", desks.create_types),
            ("GET", "/issue/createmeta/{project}/issuetypes/{type}", desks.create_fields),
            ("POST", "/issue", desks.create),
            ("POST", "/issueLink", desks.link_issues),
            ("GET", issue, desks.read),
            ("PUT", issue, desks.edit),
            ("DELETE", issue, desks.delete),
            ("GET", f"{issue}/editmeta", desks.edit_fields),
            ("GET", f"{issue}/transitions", desks.transitions),
            ("POST", f"{issue}/transitions", desks.take_transition),
            ("GET", f"{issue}/properties", desks.list_properties),
            ("GET", f"{issue}/properties/{{property}}", desks.read_property),
            ("PUT", f"{issue}/properties/{{property}}", desks.write_property),
            ("GET", f"{issue}/comment", desks.comments),
            ("POST", f"{issue}/comment", desks.add_comment),
            ("GET", f"{issue}/comment/{{comment}}", desks.comment),
            ("PUT", f"{issue}/comment/{{comment}}", desks.edit_comment),
            ("GET", f"{issue}/watchers", desks.watchers),
            ("POST", f"{issue}/watchers", desks.add_watcher),
            ("GET", f"{issue}/remotelink", desks.remote_links),
            ("POST", f"{issue}/remotelink", desks.add_remote_link),
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                if self.captcha:
                    raise answers.locked()
                self.identify(request)
                return await endpoint(request)
            except answers.Refusal as refusal:
                return refusal.response()

        return guarded

    # The control interface

    def reset(self) -> None:
        """Back to the first day: an empty site, an empty journal, no faults."""
        self.begin()
        self._furnish()
        self.journal.clear()
        self.faults.clear()
        self.down = self.unauthorized = self.forbidden = self.read_only = self.anonymous_downgrade = False
        self.captcha, self.desks.deployment = False, type(self.desks).deployment
        self.desks.short_pages, self.desks.conflicts, self.desks.most_comments = False, 0, MAX_COMMENTS

    def state(self) -> dict[str, Any]:
        """Everything as plain values."""
        render = self.desks.renders(self, "")
        issues = [
            {
                **render.issue(issue, issue.content, ["*all"], ["changelog"], ["*all"]),
                "former_keys": issue.former_keys,
                "remote_links": [link.document for link in issue.remote_links],
            }
            for issue in self.issues.values()
        ]
        return {"project": self.project_key, "issues": issues}

    def switches(self) -> Mapping[str, Callable[[Any], None]]:
        """What may be set from outside; times in seconds."""
        return {
            **{name: partial(setattr, self, name) for name in OF_SITE},
            **{name: partial(setattr, self.desks, name) for name in OF_DESKS},
            **{f"project_{name}": partial(setattr, self.project, name) for name in OF_PROJECT},
            "index_lag_seconds": self._lag,
            "workflow": self._rework,
            "limit": self._limit,
            "zone_hours": self._zone,
        }

    def _lag(self, seconds: float) -> None:
        self.index_lag = timedelta(seconds=seconds)

    def _limit(self, wish: Mapping[str, Any]) -> None:
        """So many answers that ask to come again: `kind`, `seconds`, `times` (None: for ever), `path`."""
        fault = answer_to(wish["kind"], self.now(), wish.get("seconds", 30))
        self.faults.add(fault, path=wish.get("path", ".*"), times=wish.get("times", 1))

    def _zone(self, hours: float) -> None:
        self.zone = timezone(timedelta(hours=hours))

    def _rework(self, wish: Mapping[str, Any]) -> None:
        """A default workflow with `reopen`, `resolution`, and translated `names`."""
        made = default_workflow(reopen=wish.get("reopen", True), resolution=wish.get("resolution", "none"))
        self.project.workflow = made.renamed(wish.get("names", {})).hiding(*wish.get("hidden", ()))

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        """What people and machines may do."""
        done: tuple[Callable[..., Any], ...] = (
            self.person_transitions,
            self.machine_transitions,
            self.person_edits,
            self.person_labels,
            self.person_removes_label,
            self.person_moves,
            self.delete,
            self.revoke_permission,
            self.restore,
            self.project.add_field,
            self.project.take_off_screen,
        )
        quiet = {act.__name__: act for act in done}
        return {**quiet, "person_comments": self._says, "clone": self._clones}

    def _says(self, **arguments: Any) -> int:
        return self.person_comments(**arguments).id

    def _clones(self, **arguments: Any) -> str:
        return self.clone(**arguments).key


def based(app: ASGIApp, base_path: str) -> ASGIApp:
    """The application below a path; whoever knocks elsewhere is not known there."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(f"{base_path}/"):
            return await answers.unauthenticated().response()(scope, receive, send)
        await app({**scope, "root_path": base_path}, receive, send)

    return answering if base_path else app


def decoded(secret: str) -> str:
    """`name:password` of Basic credentials; empty for what is none."""
    try:
        return base64.b64decode(secret, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
