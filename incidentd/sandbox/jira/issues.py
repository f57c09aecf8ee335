"""Issues over HTTP: create, read, edit, delete, transitions, changelog, properties (Jira Cloud REST v3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from incidentd.sandbox.jira import rules
from incidentd.sandbox.jira.answers import Refusal, not_on_screen, wrong
from incidentd.sandbox.jira.desk import Desk, body, body_object, listed, number
from incidentd.sandbox.jira.edits import edited
from incidentd.sandbox.jira.project import Field, Project
from incidentd.sandbox.jira.records import Issue
from incidentd.sandbox.jira.workflow import Transition

MAX_PROPERTY_KEY, MAX_PROPERTY_BYTES = 255, 32_768
MAX_FETCH = 100


class Issues(Desk):
    """The endpoints of single issues."""

    conflicts = 0  # so many of the next transitions answer 409: somebody else was quicker

    async def create(self, request: Request) -> Response:
        wish = await body_object(request)
        wanted = wish.get("fields")
        if not isinstance(wanted, dict):
            raise Refusal(400, "Field 'fields' is missing or not an object.")
        project, issue_type = self._where(request, wanted)
        values, errors = rules.read_fields(project, wanted, "create")
        if not wanted.get("summary"):
            errors["summary"] = "You must specify a summary of the issue."
        errors |= rules.missing_fields(project, wanted)
        if errors:
            raise wrong(**errors)
        author, properties = self.author(request), _properties(wish.get("properties"))
        issue = self.site.create(project, issue_type, values, author, properties)
        made = {"id": str(issue.id), "key": issue.key, "self": self.render(request).url(f"issue/{issue.id}")}
        return JSONResponse(made, status_code=201)

    def _where(self, request: Request, wanted: Mapping[str, Any]) -> tuple[Project, str]:
        given = wanted.get("project")
        named = str(given.get("key") or given.get("id") or "") if isinstance(given, dict) else ""
        if not named:
            raise wrong(project="Specify a valid project ID or key")
        projects = [known for known in self.site.projects.values() if named in (known.key, str(known.id))]
        if not projects or not self.may(request, projects[0], "CREATE_ISSUES"):
            text = "Specified project does not exist or you do not have permission to create issues in it."
            raise wrong(project=text)
        issue_type = projects[0].issue_type(wanted.get("issuetype"))
        if issue_type is None:
            text = "Specify a valid issue type" if wanted.get("issuetype") else "Specify an issue type"
            raise wrong(issuetype=text)
        return projects[0], issue_type

    async def read(self, request: Request) -> Response:
        issue = self.issue(request)
        fields, expand = listed(request, "fields") or ["*all"], listed(request, "expand")
        shown = self.render(request).issue(issue, issue.content, fields, expand, listed(request, "properties"))
        return JSONResponse(shown)

    async def edit(self, request: Request) -> Response:
        issue, wish = self.writable(request, "EDIT_ISSUES"), await body_object(request)
        values = edited(self.project_of(issue), issue, wish)
        if values:
            self.site.edit(issue, self.author(request), **values)
        for key, value in _properties(wish.get("properties")).items():
            self.site.set_property(issue, key, value)
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        issue = self.writable(request, "DELETE_ISSUES")
        self.site.revise(issue, self.author(request), exists=False)
        return Response(status_code=204)

    async def transitions(self, request: Request) -> Response:
        issue = self.issue(request)
        project, render = self.project_of(issue), self.render(request)
        allowed = self.may(request, project, "TRANSITION_ISSUES")
        steps = project.workflow.open_to_us(issue.content.status) if allowed else []
        with_fields = "transitions.fields" in listed(request, "expand")
        shown = [render.transition(project, step, with_fields) for step in steps]
        return JSONResponse({"expand": "transitions", "transitions": shown})

    async def take_transition(self, request: Request) -> Response:
        issue, wish = self.writable(request, "BROWSE_PROJECTS"), await body_object(request)
        if self.conflicts:
            self.conflicts -= 1
            raise Refusal(409, "The issue was changed by somebody else at the same time. Try again.")
        project = self.project_of(issue)
        step = self._step(request, issue, wish.get("transition"))
        values = self._screen_values(project, step, wish)
        self.site.transition(issue, step, self.author(request), values)
        for operation in (wish.get("update") or {}).get("comment") or []:
            self.site.comment(issue, self.author(request), self.read_body(operation["add"]["body"]))
        return Response(status_code=204)

    def _step(self, request: Request, issue: Issue, wanted: Any) -> Transition:
        ident = str(wanted.get("id") or "") if isinstance(wanted, dict) else ""
        if not ident:
            raise Refusal(400, "Missing 'transition' identifier")
        project = self.project_of(issue)
        allowed = self.may(request, project, "TRANSITION_ISSUES")
        offered = project.workflow.open_to_us(issue.content.status) if allowed else []
        steps = [step for step in offered if step.id == ident]
        if not steps:
            raise Refusal(400, f"Transition id '{ident}' is not valid for this issue.")
        return steps[0]

    def _screen_values(self, project: Project, step: Transition, wish: Mapping[str, Any]) -> dict[str, Any]:
        wanted = wish.get("fields") or {}
        values: dict[str, Any] = {}
        errors = {name: not_on_screen(name) for name in wanted if name not in step.screen}
        errors |= {name: _required(project, name) for name in step.required if not wanted.get(name)}
        for name in set(wanted) - set(errors):
            try:
                known = project.fields.get(name, Field(name, name, name))
                values[name] = rules.read_field(project, known, wanted[name])
            except rules.Wrong as problem:
                errors[name] = str(problem)
        for operation in (wish.get("update") or {}).get("comment") or []:
            try:
                self.read_body(operation["add"]["body"])
            except rules.Wrong:
                errors["comment"] = "Comment body is not valid!"
        if errors:
            raise wrong(**errors)
        return values

    async def changelog(self, request: Request) -> Response:
        issue, render = self.issue(request), self.render(request)
        start, count = number(request, "startAt", 0), min(number(request, "maxResults", 100), 100)
        page, total = issue.changelog[start : start + count], len(issue.changelog)
        about = {"startAt": start, "maxResults": count, "total": total, "isLast": start + count >= total}
        return JSONResponse({"self": str(request.url), **about, "values": [render.change(change) for change in page]})

    async def list_properties(self, request: Request) -> Response:
        issue, render = self.issue(request), self.render(request)
        keys = [{"self": render.url(f"issue/{issue.key}/properties/{key}"), "key": key} for key in issue.properties]
        return JSONResponse({"keys": keys})

    async def read_property(self, request: Request) -> Response:
        issue, key = self.issue(request), request.path_params["property"]
        if key not in issue.properties:
            raise Refusal(404, f"The property '{key}' does not exist.")
        return JSONResponse({"key": key, "value": issue.properties[key]})

    async def write_property(self, request: Request) -> Response:
        issue, value = self.writable(request, "EDIT_ISSUES"), await body(request)
        properties = _properties([{"key": request.path_params["property"], "value": value}])
        is_new = [self.site.set_property(issue, key, value) for key, value in properties.items()]
        return Response(status_code=201 if all(is_new) else 200)

    async def fetch_many(self, request: Request) -> Response:
        wish = await body_object(request)
        wanted = wish.get("issueIdsOrKeys")
        if not isinstance(wanted, list) or len(wanted) > MAX_FETCH:
            raise Refusal(400, "The number of issues to fetch must be between 1 and 100.")
        fields, render = wish.get("fields") or ["*navigable"], self.render(request)
        shown, missing = [], []
        for ident in dict.fromkeys(map(str, wanted)):
            try:
                issue = self.seen(request, ident)
            except Refusal as unseen:
                missing.append({"id": ident, "errorMessage": unseen.messages[0]})
                continue
            expand, properties = wish.get("expand") or [], wish.get("properties") or []
            shown.append(render.issue(issue, issue.content, fields, expand, properties))
        return JSONResponse({"expand": "schema,names", "issues": shown, "issueErrors": missing})


def _required(project: Project, name: str) -> str:
    known = project.fields.get(name)
    return f"{known.name if known else name.capitalize()} is required."


def _properties(wanted: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for item in wanted or []:
        key = item.get("key") if isinstance(item, dict) else None
        if not isinstance(key, str) or not key or len(key) > MAX_PROPERTY_KEY:
            raise Refusal(400, "The property key must be between 1 and 255 characters.")
        if len(json.dumps(item.get("value")).encode()) > MAX_PROPERTY_BYTES:
            raise Refusal(400, "The property value must be at most 32768 bytes.")
        properties[key] = item.get("value")
    return properties
