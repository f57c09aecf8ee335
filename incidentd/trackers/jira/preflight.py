"""Jira's preflight: who we are there, and whether the project lets our issues be made, edited and closed. Reads only.

Whether a label survives a create is told by the create metadata, never by creating an issue.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.preflight import Check, Subject, Verdict
from incidentd.ports import Clock
from incidentd.trackers.clocks import clock_check
from incidentd.trackers.exchange import MISSHAPEN, Secret, listed
from incidentd.trackers.jira import fitness
from incidentd.trackers.jira.beside import WATCHERS
from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.cloud import Cloud
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.editing import LABEL
from incidentd.trackers.jira.lookup import Lookup
from incidentd.trackers.jira.reading import is_done, record
from incidentd.trackers.jira.screen import CreateScreen
from incidentd.transport import Transport

LOOKED_AT = 10
"""So many of our newest issues are looked at, for one that is open and one that is done."""

_DOWN = "the site has trouble of its own: look again in a while; if it stays so, check base_url"
_BASE = "check base_url: https://SITE.atlassian.net on Cloud; on Data Center the site's address with its path"
_ACCOUNT = "check api_token and email; Data Center takes a personal access token, without email"
_PROJECT = "check project (a key, as in OPS), and let the account browse it"


class JiraPreflight:
    """One project of one site, as one account."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        clock: Clock,
        *,
        base_url: str,
        api_token: Secret,
        email: str | None,
        project: str,
        issue_type: str = "Task",
        fields: Mapping[str, Any] | None = None,
        index_lag: timedelta = timedelta(minutes=5),
        dialect: Dialect | None = None,
    ) -> None:
        self._subject = Subject(f"tracker {name}")
        self._clock = clock
        self._dialect = dialect or Cloud()
        self._project = project
        self._issue_type = issue_type
        self._extra = dict(fields or {})
        self._index_lag = index_lag
        self._client = JiraClient(transport, clock, base_url, self._dialect.api, email, api_token)
        self._screen = CreateScreen(self._client, clock, project, issue_type)
        self._lookup = Lookup(self._client, self._dialect, project)

    async def preflight(self) -> tuple[Check, ...]:
        """See trackers.interface.Preflight."""
        checks: list[Check] = []
        for part in (self._of_the_site, self._of_the_account, self._of_the_project):
            checks += await self._looked(part)
            if checks[-1].verdict is Verdict.PROBLEM:
                return tuple(checks)  # what follows would only say the same
        for part in (self._of_permissions, self._of_the_screen, self._of_our_issues):
            checks += await self._looked(part)
        is_cloud = self._dialect.deployment == Cloud.deployment
        checks.append(fitness.lag_check(self._subject, self._index_lag, is_cloud=is_cloud))
        return tuple(checks)

    async def _looked(self, part: Callable[[], AsyncIterator[Check]]) -> list[Check]:
        """What a part came to; an answer that nobody documents ends that part only."""
        checks: list[Check] = []
        try:
            async for check in part():
                checks.append(check)
        except MISSHAPEN:
            text = "an answer is of another shape than the vendor documents: the rest of this was not looked at"
            checks.append(self._subject.unknown("jira.answers", text, "look for a proxy or a gateway in between"))
        return checks

    async def _of_the_site(self) -> AsyncIterator[Check]:
        """Ends with a problem where there is nothing more to ask."""
        subject = self._subject
        try:
            about, theirs = await self._client.get("/serverInfo"), await self._client.date()
        except TrackerError as error:
            yield self._no_site(error)
            return
        yield subject.ok("jira.reachable", f"it answers (Jira {about.get('version') or 'of an unknown version'})")
        yield clock_check(subject, "jira.clock", self._clock.now(), theirs)
        deployment = about.get("deploymentType")
        if deployment not in (None, self._dialect.deployment):
            yield subject.problem("jira.flavour", f"the site says that it is {deployment}", self._other_flavour())
        else:
            yield subject.ok("jira.flavour", "the site is of the configured flavour")

    def _no_site(self, error: TrackerError) -> Check:
        if error.kind is TrackerFailure.NOT_FOUND:
            text = f"there is no {self._dialect.api} at base_url"
            return self._subject.problem("jira.reachable", text, f"{self._other_flavour()}, or {_BASE}")
        if error.kind in (TrackerFailure.UNAUTHORIZED, TrackerFailure.FORBIDDEN):
            return self._subject.problem("jira.credentials", f"it lets us not in: {error.what}", error.hint or _ACCOUNT)
        fix = _DOWN if error.kind is TrackerFailure.UNAVAILABLE else _BASE
        return self._subject.problem("jira.reachable", f"it does not answer: {error.what}", error.hint or fix)

    def _other_flavour(self) -> str:
        return f"set flavour: {'datacenter' if self._dialect.deployment == Cloud.deployment else 'cloud'}"

    async def _of_the_account(self) -> AsyncIterator[Check]:
        """/myself is for somebody only: with bad credentials most of the API answers as to anybody (REST v3)."""
        id = "jira.credentials"
        try:
            about = await self._client.get("/myself")
        except TrackerError as error:
            yield self._subject.problem(id, f"it does not say who we are: {error.what}", error.hint or _ACCOUNT)
            return
        if about.get("active") is False:
            yield self._subject.problem(id, "the account is deactivated", "activate it, or use another one")
            return
        yield self._subject.ok(id, f"signed in as {about.get('displayName') or about.get('name') or 'somebody'}")

    async def _of_the_project(self) -> AsyncIterator[Check]:
        id = "jira.project"
        try:
            project = await self._client.get(f"/project/{self._project}")
        except TrackerError as error:
            yield self._unlet(id, error, _PROJECT)
            return
        if project.get("archived") is True:
            yield self._subject.problem(id, f"the project {self._project} is archived", "restore it, or name another")
            return
        if project.get("projectTypeKey") == "service_desk":
            text = "it is a service project: our comments are internal, customers never see them"
            yield self._subject.ok("jira.service_project", text)
        yield self._subject.ok(id, f"the project is there: {project.get('name') or self._project}")

    async def _of_permissions(self) -> AsyncIterator[Check]:
        spare = {**fitness.WANTED, **(fitness.FOR_WATCHERS if WATCHERS in self._extra else {})}
        asked = ",".join((*fitness.NEEDED, *spare))
        try:
            answer = await self._client.get("/mypermissions", self._dialect.permission(self._project, asked))
        except TrackerError as error:
            yield self._unlet("jira.permissions", error, _PROJECT)
            return
        for check in fitness.permission_checks(self._subject, record(answer.get("permissions")), spare):
            yield check

    async def _of_the_screen(self) -> AsyncIterator[Check]:
        id = "jira.issue_type"
        try:
            types = await self._screen.types()
            screen = await self._screen.screen()
        except TrackerError as error:
            yield self._unlet(id, error, "let the account create issues in the project")
            return
        if screen.fields is None:
            fix = f"set issue_type to one of these: {', '.join(types) or 'none may be created by this account'}"
            yield self._subject.problem(id, f"no issue of the type {self._issue_type} can be made in the project", fix)
            return
        yield self._subject.ok(id, f"issues of the type {self._issue_type} can be made")
        for check in fitness.create_checks(self._subject, screen, self._extra):
            yield check

    async def _of_our_issues(self) -> AsyncIterator[Check]:
        """Transitions and edit screens are told of issues only: of ours, where there are some."""
        try:
            issues = await self._ours()
            opened = next((issue for issue in issues if not is_done(issue)), None)
            done = next((issue for issue in issues if is_done(issue)), None)
            yield await self._to_done(opened)
            yield await self._way(done, "jira.from_done", fitness.reopening_check)
            yield await self._edits(opened)
        except TrackerError as error:
            yield self._unlet("jira.workflow", error, _PROJECT)

    async def _ours(self) -> list[Json]:
        """The newest issues with our label, whoever cloned them: they share their workflow."""
        jql = f'project = "{self._project}" AND labels = "{LABEL}" ORDER BY created DESC'
        ids = await self._dialect.catalogue(self._client).first(jql, LOOKED_AT)
        found = await self._lookup.fetch(ids)
        return [found[id] for id in ids if id in found]

    async def _to_done(self, issue: Json | None) -> Check:
        if issue is None and self._dialect.deployment == Cloud.deployment:
            types = await self._client.entries(f"/project/{self._project}/statuses")
            return fitness.statuses_check(self._subject, self._issue_type, types)
        return await self._way(issue, "jira.to_done", fitness.closing_check)

    async def _way(self, issue: Json | None, id: str, judge: Callable[..., Check]) -> Check:
        if issue is None:
            return fitness.not_yet_known(self._subject, id)
        expand = (("expand", "transitions.fields"),)
        answer = await self._client.get(f"/issue/{issue['id']}/transitions", expand)
        return judge(self._subject, str(issue.get("key")), listed(answer, "transitions"), self._extra)

    async def _edits(self, issue: Json | None) -> Check:
        if issue is None:
            return fitness.not_yet_known(self._subject, "jira.edit_screen")
        answer = await self._client.get(f"/issue/{issue['id']}/editmeta")
        return fitness.edit_check(self._subject, record(answer.get("fields")))

    def _unlet(self, id: str, error: TrackerError, fix: str) -> Check:
        """What could not be read: nothing else is judged by it."""
        text = f"it could not be read: {error.what}"
        told = (
            TrackerFailure.UNAUTHORIZED,
            TrackerFailure.FORBIDDEN,
            TrackerFailure.NOT_FOUND,
            TrackerFailure.REJECTED,
        )
        if error.kind in told:
            return self._subject.problem(id, text, error.hint or fix)
        return self._subject.unknown(id, text, "try again: Jira did not answer this call as it should")
