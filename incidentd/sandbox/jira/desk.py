"""What every endpoint needs: who asks, what they may do, which issue they mean, and what the body says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from incidentd.sandbox.jira.answers import Refusal, not_allowed, unseen
from incidentd.sandbox.jira.project import Project
from incidentd.sandbox.jira.records import Account, Issue
from incidentd.sandbox.jira.render import Render
from incidentd.sandbox.jira.rules import read_document
from incidentd.sandbox.jira.site import Site

WriteLimits = tuple[tuple[int, float], ...]
LIMITS: WriteLimits = ((20, 2.0), (100, 30.0))  # writes to one issue within so many seconds


class Desk:
    """The helpers of the endpoints over one site. `identify` tells who asks; None is an anonymous caller."""

    renders: type[Render] = Render
    read_body: Callable[[Any], Any] = staticmethod(read_document)
    """A description's or a comment's body as it is kept; raises Wrong."""

    def __init__(self, site: Site, identify: Callable[[Request], Account | None]) -> None:
        self.site = site
        self.identify = identify
        self.write_limits = LIMITS

    def render(self, request: Request) -> Render:
        """The renderer for this request's base URL."""
        return self.renders(self.site, str(request.base_url).rstrip("/"))

    def may(self, request: Request, project: Project, permission: str) -> bool:
        """Whether the caller has a permission in a project."""
        return self.identify(request) is not None and permission in project.permissions

    def visible(self, request: Request) -> list[str]:
        """The keys of the projects that the caller sees."""
        return [key for key, known in self.site.projects.items() if self.may(request, known, "BROWSE_PROJECTS")]

    def author(self, request: Request) -> Account:
        """The caller, who must be somebody; raises Refusal (404) as Jira does for the anonymous."""
        account = self.identify(request)
        if account is None:
            raise unseen()
        return account

    def issue(self, request: Request) -> Issue:
        """The issue in the path, by id, key or former key; raises Refusal (404)."""
        return self.seen(request, request.path_params["issue"])

    def seen(self, request: Request, wanted: str) -> Issue:
        """The issue meant, if the caller may see it; raises Refusal (404)."""
        try:
            issue = self.site.issue(wanted)
        except KeyError:
            raise unseen() from None
        if not issue.exists or not self.may(request, self.project_of(issue), "BROWSE_PROJECTS"):
            raise unseen()
        return issue

    def writable(self, request: Request, permission: str) -> Issue:
        """The issue in the path, to be changed: counts against its write limit; raises Refusal (404, 403, 429)."""
        issue = self.issue(request)
        if not self.may(request, self.project_of(issue), permission):
            raise not_allowed()
        self._count(issue)
        return issue

    def _count(self, issue: Issue) -> None:
        now = self.site.now()
        issue.written_at = [at for at in issue.written_at if now - at <= timedelta(seconds=60)]
        for most, seconds in self.write_limits:
            if sum(now - at < timedelta(seconds=seconds) for at in issue.written_at) >= most:
                headers = {"Retry-After": str(int(seconds)), "RateLimit-Reason": "jira-per-issue-on-write"}
                raise Refusal(429, "Rate limit exceeded.", headers=headers)
        issue.written_at.append(now)

    def project_of(self, issue: Issue) -> Project:
        """The project that it is in now."""
        return self.site.projects[issue.content.project]

    def project(self, request: Request, wanted: str) -> Project:
        """The project of this key or id, if the caller may see it; raises Refusal (404)."""
        for project in self.site.projects.values():
            known = wanted.upper() == project.key or wanted == str(project.id)
            if known and self.may(request, project, "BROWSE_PROJECTS"):
                return project
        raise Refusal(404, f"No project could be found with key '{wanted}'.")


async def body(request: Request) -> Any:
    """The body as JSON; raises Refusal (400, 415)."""
    if "json" not in request.headers.get("content-type", ""):
        raise Refusal(415, "Unsupported Media Type")
    try:
        return json.loads(await request.body())
    except ValueError:
        raise Refusal(400, "There was an error parsing JSON. Check that your request body is valid.") from None


async def body_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; raises Refusal (400, 415)."""
    document = await body(request)
    if not isinstance(document, dict):
        raise Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return document


def listed(request: Request, name: str) -> list[str]:
    """A query parameter that may be repeated or hold commas."""
    return [part for value in request.query_params.getlist(name) for part in value.split(",") if part]


def number(request: Request, name: str, default: int) -> int:
    """A query parameter that is a number; raises Refusal (400)."""
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise Refusal(400, f"The value of '{name}' is not a number.")
    return int(text)
