"""Issues and their surroundings as REST v3 shows them. Every `self` is absolute, from the base that the caller used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from incidentd.sandbox.jira import adf
from incidentd.sandbox.jira.project import Field, Project
from incidentd.sandbox.jira.records import Account, Change, Comment, Content, Issue, Json
from incidentd.sandbox.jira.site import LINK_TYPES, PRIORITIES, RESOLUTIONS, Site
from incidentd.sandbox.jira.workflow import CATEGORIES, Status, Transition

NAVIGABLE_ONLY = ("comment", "environment")  # in *all, not in *navigable


def moment(at: datetime, zone: tzinfo = UTC) -> str:
    """A time as Jira writes it: milliseconds, and an offset without a colon, in the zone of whoever asks."""
    at = at.astimezone(zone)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}" + at.strftime("%z")


class Render:
    """Renders for one request."""

    api = "/rest/api/3"

    def __init__(self, site: Site, base: str) -> None:
        self.site = site
        self.base = base

    def url(self, path: str) -> str:
        """The absolute URL of a resource."""
        return f"{self.base}{self.api}/{path}"

    def account(self, account: Account) -> Json:
        """A user."""
        return {
            "self": self.url(f"user?accountId={account.account_id}"),
            "accountId": account.account_id,
            "accountType": account.account_type,
            "displayName": account.display_name,
            "emailAddress": account.email,
            "active": True,
            "timeZone": "Etc/UTC",
        }

    def _who(self, account_id: str | None) -> Json | None:
        known = self.site.accounts.get(account_id or "")
        return None if known is None else self.account(known)

    def status(self, status: Status) -> Json:
        """A status with its category."""
        ident, name, colour = CATEGORIES[status.category]
        category = {
            "self": self.url(f"statuscategory/{ident}"),
            "id": ident,
            "key": status.category,
            "colorName": colour,
            "name": name,
        }
        about = {"name": status.name, "id": status.id, "description": "", "statusCategory": category}
        return {"self": self.url(f"status/{status.id}"), **about}

    def named(self, folder: str, known: Mapping[str, str], name: str | None) -> Json | None:
        """A priority or resolution by its name."""
        found = [ident for ident, label in known.items() if label == name]
        return {"self": self.url(f"{folder}/{found[0]}"), "id": found[0], "name": name} if found else None

    def project(self, project: Project) -> Json:
        """A project, short."""
        ident = str(project.id)
        named = {"id": ident, "key": project.key, "name": project.name, "projectTypeKey": project.type_key}
        return {"self": self.url(f"project/{ident}"), **named, "simplified": False}

    def issue_type(self, project: Project, name: str) -> Json:
        """An issue type of a project."""
        ident = next((ident for ident, label in project.issue_types.items() if label == name), "0")
        about = {"id": ident, "description": "", "name": name, "subtask": False, "hierarchyLevel": 0}
        return {"self": self.url(f"issuetype/{ident}"), **about}

    def fields(self, issue: Issue, content: Content, wanted: Collection[str]) -> Json:
        """The fields that were asked for: names, `*all`, `*navigable`, `-name`."""
        whole = self._all_fields(issue, content)
        shown = set(wanted) & set(whole)
        if "*all" in wanted:
            shown = set(whole)
        if "*navigable" in wanted:
            shown |= set(whole) - set(NAVIGABLE_ONLY)
        dropped = {name[1:] for name in wanted if name.startswith("-")}
        if dropped and not any(not name.startswith("-") for name in wanted):
            shown = set(whole)
        return {name: value for name, value in whole.items() if name in shown - dropped}

    def _all_fields(self, issue: Issue, content: Content) -> Json:
        project, values = self.site.projects[content.project], content.fields
        custom = {name: value for name, value in values.items() if name.startswith("customfield_")}
        done = [change.at for change in issue.changelog if _sets_resolution(change)]
        return {
            "summary": values.get("summary"),
            "description": self._stored(values.get("description")),
            "environment": values.get("environment"),
            "labels": list(values.get("labels") or ()),
            "duedate": values.get("duedate"),
            "components": [{"name": name} for name in values.get("components") or ()],
            "priority": self.named("priority", PRIORITIES, values.get("priority")),
            "resolution": self.named("resolution", RESOLUTIONS, values.get("resolution")),
            "resolutiondate": moment(done[-1], self.site.zone) if done and values.get("resolution") else None,
            "status": self.status(project.workflow.status(content.status)),
            "issuetype": self.issue_type(project, content.issue_type),
            "project": self.project(project),
            "creator": self.account(issue.creator),
            "reporter": self._who(values.get("reporter")),
            "assignee": self._who(values.get("assignee")),
            "created": moment(content.created, self.site.zone),
            "updated": moment(content.updated, self.site.zone),
            "issuelinks": self._links(issue),
            "comment": self.comments(issue, 0, len(issue.comments)),
            **custom,
        }

    def _stored(self, document: Any) -> Any:
        if not self.site.renders_plainly or not isinstance(document, dict):
            return document
        text = [{"type": "text", "text": adf.plain(document)}]
        return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": text}]}

    def _links(self, issue: Issue) -> list[Json]:
        shown = []
        for link in self.site.links:
            if issue.id in (link.inward, link.outward):
                side, other = (
                    ("inwardIssue", link.inward) if issue.id == link.outward else ("outwardIssue", link.outward)
                )
                about = {
                    "id": str(link.id),
                    "self": self.url(f"issueLink/{link.id}"),
                    "type": self.link_type(link.type),
                }
                shown.append({**about, side: self.short(self.site.by_id[other])})
        return shown

    def short(self, issue: Issue) -> Json:
        """An issue at the other end of a link."""
        shown = self.fields_of_link(issue)
        return {"id": str(issue.id), "key": issue.key, "self": self.url(f"issue/{issue.id}"), "fields": shown}

    def fields_of_link(self, issue: Issue) -> Json:
        """The few fields that a link shows."""
        status = self.site.projects[issue.content.project].workflow.status(issue.content.status)
        return {"summary": issue.fields.get("summary"), "status": self.status(status)}

    def link_type(self, name: str) -> Json:
        """A kind of link."""
        ident, (_, inward, outward) = next((key, kind) for key, kind in LINK_TYPES.items() if kind[0] == name)
        about = {"id": ident, "name": name, "inward": inward, "outward": outward}
        return {**about, "self": self.url(f"issueLinkType/{ident}")}

    def issue(
        self,
        issue: Issue,
        content: Content,
        fields: Collection[str],
        expand: Collection[str],
        properties: Collection[str],
    ) -> Json:
        """An issue; `content` is what the caller may see of it (the index lags)."""
        shown: Json = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": str(issue.id),
            "self": self.url(f"issue/{issue.id}"),
            "key": content.key,
            "fields": self.fields(issue, content, fields),
        }
        if properties:
            names = content.properties if "*all" in properties else [p for p in properties if p in content.properties]
            shown["properties"] = {name: content.properties[name] for name in names}
        if "changelog" in expand:
            newest_first = [self.change(change) for change in reversed(issue.changelog)]
            total = len(newest_first)
            shown["changelog"] = {"startAt": 0, "maxResults": total, "total": total, "histories": newest_first}
        return shown

    def change(self, change: Change) -> Json:
        """One entry of a changelog."""
        about = {
            "id": str(change.id),
            "author": self.account(change.author),
            "created": moment(change.at, self.site.zone),
        }
        return {**about, "items": [dict(item) for item in change.items]}

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment."""
        return {
            "self": self.url(f"issue/{issue.id}/comment/{comment.id}"),
            "id": str(comment.id),
            "author": self.account(comment.author),
            "body": comment.body,
            "updateAuthor": self.account(comment.update_author),
            "created": moment(comment.created, self.site.zone),
            "updated": moment(comment.updated, self.site.zone),
            "jsdPublic": comment.public,
        }

    def comments(self, issue: Issue, start: int, count: int, newest_first: bool = False) -> Json:
        """A page of an issue's comments."""
        ordered = issue.comments[::-1] if newest_first else issue.comments
        shown = [self.comment(issue, comment) for comment in ordered[start : start + count]]
        return {"comments": shown, "startAt": start, "maxResults": count, "total": len(issue.comments)}

    def transition(self, project: Project, step: Transition, with_fields: bool) -> Json:
        """A transition, with the fields of its screen where they were asked for."""
        shown: Json = {
            "id": step.id,
            "name": step.name,
            "to": self.status(project.workflow.status(step.to)),
            "hasScreen": bool(step.screen),
            "isGlobal": not step.origins,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if with_fields:
            shown["fields"] = {name: self.screen_field(project, name, name in step.required) for name in step.screen}
        return shown

    def screen_field(self, project: Project, name: str, required: bool) -> Json:
        """A field of a screen that an issue is edited or moved by."""
        known = project.fields.get(name, Field(name, name.capitalize(), name))
        shown = self.field(project, known, required)
        return {about: value for about, value in shown.items() if about != "fieldId"}

    def field(self, project: Project, field: Field, required: bool) -> Json:
        """A field of a screen: whether it is required, and what it takes."""
        shown: Json = {
            "required": required,
            "schema": _schema(field),
            "name": field.name,
            "key": field.id,
            "fieldId": field.id,
            "hasDefaultValue": field.id in ("priority", "reporter"),
            "operations": ["add", "set", "remove"] if field.kind in ("labels", "components") else ["set"],
        }
        allowed = self._allowed(project, field)
        return shown if allowed is None else {**shown, "allowedValues": allowed}

    def _allowed(self, project: Project, field: Field) -> list[Any] | None:
        values: dict[str, list[Any]] = {
            "priority": [self.named("priority", PRIORITIES, name) for name in project.priorities],
            "resolution": [self.named("resolution", RESOLUTIONS, name) for name in RESOLUTIONS.values()],
            "issuetype": [self.issue_type(project, name) for name in project.issue_types.values()],
            "project": [self.project(project)],
            "components": [{"name": name} for name in project.components],
            "option": [{"id": str(10100 + place), "value": name} for place, name in enumerate(field.options)],
        }
        return values.get(field.kind)


def _schema(field: Field) -> Json:
    if field.id.startswith("customfield_"):
        custom = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
        return {"type": "string", "custom": custom, "customId": int(field.id.rpartition("_")[2])}
    if field.kind in ("labels", "components"):
        return {"type": "array", "items": "string" if field.kind == "labels" else "component", "system": field.id}
    return {
        "type": {"doc": "string", "wiki": "string", "username": "user"}.get(field.kind, field.kind),
        "system": field.id,
    }


def _sets_resolution(change: Change) -> bool:
    return any(item["field"] == "resolution" and item["toString"] for item in change.items)
