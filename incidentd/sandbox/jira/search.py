"""The search index: it sees each issue as it was `index_lag` ago, except those that the caller names for reconciling.

A deleted issue is not found any more, but a new one, a new label or a new status is not there yet either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, assert_never

from incidentd.sandbox.jira import jql
from incidentd.sandbox.jira.answers import UNBOUNDED, Refusal
from incidentd.sandbox.jira.records import Account, Content, Issue
from incidentd.sandbox.jira.site import Site
from incidentd.sandbox.jira.workflow import CATEGORIES

Hit = tuple[Issue, Content]
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
MAX_ORDER_FIELDS = 7


def indexed(site: Site, issue: Issue, reconciled: Collection[int]) -> Content | None:
    """What the index knows of an issue now, or None."""
    if not issue.exists:
        return None
    if not site.index_lag or issue.id in reconciled:
        return issue.content
    known_until = site.now() - site.index_lag
    return next((content for at, content in reversed(issue.history) if at <= known_until), None)


@dataclass(frozen=True, slots=True)
class Search:
    """One search by one account; `visible` are the projects that it may see."""

    site: Site
    account: Account | None
    visible: Collection[str]
    _values: dict[int, frozenset[str]] = field(default_factory=dict)

    def run(self, text: str, reconciled: Collection[int] = ()) -> list[Hit]:
        """The issues that match, in order; raises Refusal (400) for what is no bounded JQL."""
        try:
            query = jql.parse(text)
        except jql.Malformed as malformed:
            raise Refusal(400, str(malformed)) from None
        if query.where is None:
            raise Refusal(400, UNBOUNDED)
        self._check(query)
        found: list[Hit] = []
        for issue in self.site.by_id.values():
            content = indexed(self.site, issue, reconciled)
            if content is None or content.project not in self.visible:
                continue
            if issue.content.project in self.visible and self._holds(query.where, (issue, content)):
                found.append((issue, content))
        return self._ordered(found, query)

    def _check(self, query: jql.Query) -> None:
        if len(query.order) > MAX_ORDER_FIELDS:
            raise Refusal(400, "The maximum number of ORDER BY fields is 7.")
        assert query.where is not None  # noqa: S101 - said by the caller
        for clause in clauses(query.where):
            if clause.name not in READERS and clause.name not in TIMES and clause.name != "summary":
                text = f"Field '{clause.name}' does not exist or you do not have permission to view it."
                raise Refusal(400, text)
            if clause.name == "project":
                self._check_projects(clause)

    def _check_projects(self, clause: jql.Clause) -> None:
        for value in clause.values:
            known = (self.site.projects[key] for key in self.visible)
            if not any(value.casefold() in _project_names(self.site, project.key) for project in known):
                raise Refusal(400, f"The value '{value}' does not exist for the field 'project'.")

    def _holds(self, node: jql.Node, hit: Hit) -> bool:
        if isinstance(node, jql.Both):
            return all(self._holds(part, hit) for part in node.parts)
        if isinstance(node, jql.Either):
            return any(self._holds(part, hit) for part in node.parts)
        if isinstance(node, jql.Not):
            return not self._holds(node.part, hit)
        if isinstance(node, jql.Clause):
            return self._clause_holds(node, hit)
        assert_never(node)

    def _clause_holds(self, clause: jql.Clause, hit: Hit) -> bool:
        if clause.name in TIMES:
            return self._time_holds(clause, TIMES[clause.name](hit[1]))
        if clause.name == "summary":
            words = re.findall(r"\w+", str(hit[1].fields.get("summary")).casefold())
            return all(word in words for word in re.findall(r"\w+", clause.values[0].casefold()))
        has = READERS[clause.name](self.site, hit)
        if clause.operator in ("is", "is not"):
            return bool(has) == (clause.operator == "is not")
        wanted = self._wanted(clause)
        if clause.operator in ("=", "in"):
            return bool(has & wanted)
        return bool(has) and not has & wanted  # JQL: a negation never finds an empty field

    def _wanted(self, clause: jql.Clause) -> frozenset[str]:
        """Worked out once a search: a clause may name a hundred values, and is asked of every issue."""
        if id(clause) not in self._values:
            self._values[id(clause)] = frozenset(self._meant(clause.name, value) for value in clause.values)
        return self._values[id(clause)]

    def _meant(self, name: str, value: str) -> str:
        if value == "currentUser()":
            return self.account.account_id if self.account else ""
        return value if name == "labels" else value.casefold()

    def _time_holds(self, clause: jql.Clause, at: datetime) -> bool:
        limit = self._instant(clause.values[0])
        comparisons: Mapping[str, bool] = {
            ">": at > limit,
            ">=": at >= limit,
            "<": at < limit,
            "<=": at <= limit,
            "=": at == limit,
            "!=": at != limit,
        }
        if clause.operator not in comparisons:
            raise Refusal(400, f"The operator '{clause.operator}' is not supported by the '{clause.name}' field.")
        return comparisons[clause.operator]

    def _instant(self, value: str) -> datetime:
        relative = re.fullmatch(r"(-?\d+)([mhdw])", value)
        if relative:
            return self.site.now() + int(relative[1]) * UNITS[relative[2]]
        try:
            return datetime.fromisoformat(value.replace("/", "-")).replace(tzinfo=UTC)
        except ValueError:
            text = "Date value '{}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd', '-5d'."
            raise Refusal(400, text.format(value)) from None

    def _ordered(self, found: list[Hit], query: jql.Query) -> list[Hit]:
        found = sorted(found, key=lambda hit: hit[0].id, reverse=True)
        for name, descending in reversed(query.order):
            if name not in ORDERS:
                raise Refusal(400, f"Not able to sort using field '{name}'.")
            found.sort(key=ORDERS[name], reverse=descending)
        return found


def clauses(node: jql.Node) -> list[jql.Clause]:
    """Every comparison of a query."""
    if isinstance(node, jql.Clause):
        return [node]
    parts = (node.part,) if isinstance(node, jql.Not) else node.parts
    return [clause for part in parts for clause in clauses(part)]


def _project_names(site: Site, key: str) -> set[str]:
    project = site.projects[key]
    return {project.key.casefold(), str(project.id), project.name.casefold()}


def _category(site: Site, hit: Hit) -> set[str]:
    category = site.category(hit[1])
    ident, name, _ = CATEGORIES[category]
    return {category, str(ident), name.casefold()}


def _status(site: Site, hit: Hit) -> set[str]:
    status = site.projects[hit[1].project].workflow.status(hit[1].status)
    return {status.id, status.name.casefold()}


def _identity(_: Site, hit: Hit) -> set[str]:
    return {str(hit[0].id), hit[1].key.casefold(), *(key.casefold() for key in hit[0].former_keys)}


def _value(name: str) -> Callable[[Site, Hit], set[str]]:
    return lambda _, hit: {str(hit[1].fields[name]).casefold()} if hit[1].fields.get(name) else set()


def _resolution(_: Site, hit: Hit) -> set[str]:
    name = hit[1].fields.get("resolution")
    return {str(name).casefold()} if name else {"unresolved"}


READERS: Mapping[str, Callable[[Site, Hit], set[str]]] = {
    "project": lambda site, hit: _project_names(site, hit[1].project),
    "labels": lambda _, hit: set(hit[1].fields.get("labels") or ()),
    "status": _status,
    "statuscategory": _category,
    "id": _identity,
    "issue": _identity,
    "key": _identity,
    "issuekey": _identity,
    "resolution": _resolution,
    "issuetype": lambda _, hit: {hit[1].issue_type.casefold()},
    "type": lambda _, hit: {hit[1].issue_type.casefold()},
    "priority": _value("priority"),
    "assignee": _value("assignee"),
    "reporter": _value("reporter"),
    "creator": lambda _, hit: {hit[1].creator},
}
TIMES: Mapping[str, Callable[[Content], datetime]] = {
    "created": lambda content: content.created,
    "updated": lambda content: content.updated,
}
ORDERS: Mapping[str, Callable[[Hit], Any]] = {
    "id": lambda hit: hit[0].id,
    "key": lambda hit: (hit[1].project, int(hit[1].key.rpartition("-")[2])),
    "issuekey": lambda hit: (hit[1].project, int(hit[1].key.rpartition("-")[2])),
    "created": lambda hit: (hit[1].created, hit[0].id),
    "updated": lambda hit: (hit[1].updated, hit[0].id),
    "priority": lambda hit: str(hit[1].fields.get("priority")),
}
