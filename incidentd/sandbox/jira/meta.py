"""What a caller asks before and beside issues: who am I, projects, create screens, priorities, permissions."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from incidentd.sandbox.jira.answers import Refusal, unauthenticated
from incidentd.sandbox.jira.desk import Desk, listed, number
from incidentd.sandbox.jira.project import PERMISSIONS, Project
from incidentd.sandbox.jira.records import Json
from incidentd.sandbox.jira.render import moment
from incidentd.sandbox.jira.site import LINK_TYPES, PRIORITIES, RESOLUTIONS


class Meta(Desk):
    """The endpoints that describe the site."""

    create_lists = ("issueTypes", "fields")
    """What the pages of the create screens call their lists."""
    deployment = "Cloud"

    async def myself(self, request: Request) -> Response:
        account = self.identify(request)
        if account is None:
            raise unauthenticated()
        return JSONResponse(self.render(request).account(account))

    async def server_info(self, request: Request) -> Response:
        render = self.render(request)
        version: Json = {"version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0]}
        about = {**version, "deploymentType": self.deployment}
        named = {"buildNumber": 100_000, "serverTime": moment(self.site.now()), "serverTitle": "Sandbox"}
        url = self.site.site_url or render.base
        return JSONResponse({"baseUrl": url, "displayUrl": url, **about, **named})

    async def project_read(self, request: Request) -> Response:
        project, render = self.project(request, request.path_params["project"]), self.render(request)
        types = [render.issue_type(project, name) for name in project.issue_types.values()]
        about = {"style": "classic", "isPrivate": False, "archived": project.archived, "issueTypes": types}
        return JSONResponse({**render.project(project), **about})

    async def project_statuses(self, request: Request) -> Response:
        project, render = self.project(request, request.path_params["project"]), self.render(request)
        statuses = [render.status(status) for status in project.workflow.statuses]
        types = [render.issue_type(project, name) for name in project.issue_types.values()]
        shown = [{about: kind[about] for about in ("self", "id", "name", "subtask")} for kind in types]
        return JSONResponse([{**kind, "statuses": statuses} for kind in shown])

    async def create_types(self, request: Request) -> Response:
        project, render = self._for_create(request), self.render(request)
        types = [render.issue_type(project, name) for name in project.issue_types.values()]
        return JSONResponse({self.create_lists[0]: types, **_whole(len(types))})

    async def create_fields(self, request: Request) -> Response:
        project, render = self._for_create(request), self.render(request)
        if request.path_params["type"] not in project.issue_types:
            raise Refusal(400, "The issue type does not exist in this project.")
        on_screen = [field for field in project.fields.values() if field.on_create]
        start, most = number(request, "startAt", 0), min(number(request, "maxResults", 50), 200)
        shown = [render.field(project, field, field.id in project.required) for field in on_screen]
        about = {"startAt": start, "maxResults": most, "total": len(shown)}
        return JSONResponse({self.create_lists[1]: shown[start : start + most], **about})

    async def edit_fields(self, request: Request) -> Response:
        issue = self.issue(request)
        project, render = self.project_of(issue), self.render(request)
        if not self.may(request, project, "EDIT_ISSUES"):
            return JSONResponse({"fields": {}})
        on_screen = [name for name, field in project.fields.items() if field.on_edit]
        shown = {name: render.screen_field(project, name, name in project.required) for name in on_screen}
        return JSONResponse({"fields": shown})

    def _for_create(self, request: Request) -> Project:
        project = self.project(request, request.path_params["project"])
        if not self.may(request, project, "CREATE_ISSUES"):
            raise Refusal(400, "You do not have permission to create issues in this project.")
        return project

    async def priorities(self, request: Request) -> Response:
        return JSONResponse(self._priorities(request))

    async def priority_search(self, request: Request) -> Response:
        values = self._priorities(request)
        wanted = listed(request, "id")
        values = [value for value in values if not wanted or value["id"] in wanted]
        start, most = number(request, "startAt", 0), number(request, "maxResults", 50)
        about = {"startAt": start, "maxResults": most, "total": len(values), "isLast": start + most >= len(values)}
        return JSONResponse({**about, "values": values[start : start + most]})

    def _priorities(self, request: Request) -> list[Json]:
        render = self.render(request)
        named = [render.named("priority", PRIORITIES, name) or {} for name in PRIORITIES.values()]
        extra = {"description": "", "statusColor": "#ffab00"}
        return [{**value, **extra, "isDefault": value["name"] == "Medium"} for value in named]

    async def resolutions(self, request: Request) -> Response:
        render = self.render(request)
        return JSONResponse([render.named("resolution", RESOLUTIONS, name) for name in RESOLUTIONS.values()])

    async def link_types(self, request: Request) -> Response:
        render = self.render(request)
        return JSONResponse({"issueLinkTypes": [render.link_type(name) for name, _, _ in LINK_TYPES.values()]})

    async def statuses(self, request: Request) -> Response:
        render = self.render(request)
        known = {status.id: status for project in self.site.projects.values() for status in project.workflow.statuses}
        return JSONResponse([render.status(status) for status in known.values()])

    async def fields(self, request: Request) -> Response:
        known = {field.id: field for project in self.site.projects.values() for field in project.fields.values()}
        shown = [
            {
                "id": field.id,
                "key": field.id,
                "name": field.name,
                "custom": field.id.startswith("customfield_"),
                "orderable": True,
                "navigable": True,
                "searchable": True,
                "clauseNames": [field.id],
            }
            for field in known.values()
        ]
        return JSONResponse(shown)

    async def my_permissions(self, request: Request) -> Response:
        wanted = listed(request, "permissions")
        unknown = [name for name in wanted if name not in PERMISSIONS]
        if not wanted:
            raise Refusal(400, "The 'permissions' query parameter is required.")
        if unknown:
            raise Refusal(400, f"Unrecognized permission: {unknown[0]}")
        project = self._of_permissions(request)
        return JSONResponse({"permissions": {name: self._permission(request, project, name) for name in wanted}})

    def _of_permissions(self, request: Request) -> Project | None:
        query = request.query_params
        if query.get("issueKey") or query.get("issueId"):
            return self.project_of(self.seen(request, query.get("issueKey") or query["issueId"]))
        wanted = query.get("projectKey") or query.get("projectId")
        return self.project(request, wanted) if wanted else None

    def _permission(self, request: Request, project: Project | None, name: str) -> Json:
        projects = [project] if project else list(self.site.projects.values())
        has = any(self.may(request, known, name) for known in projects)
        about = {"id": str(PERMISSIONS.index(name) + 10), "key": name, "name": name.replace("_", " ").capitalize()}
        return {**about, "type": "PROJECT", "description": "", "havePermission": has}


def _whole(total: int) -> Json:
    return {"startAt": 0, "maxResults": max(total, 50), "total": total}
