"""Whether a project lets our issues live: its screens, its permissions, its workflow. Pure: answers in, checks out.

Sources: Jira Cloud REST v3 and Data Center REST v2, create metadata, edit metadata, my permissions, transitions.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from incidentd.model.assessment import Severity
from incidentd.model.preflight import Check, Subject
from incidentd.trackers.jira.beside import WATCHERS
from incidentd.trackers.jira.client import Json
from incidentd.trackers.jira.reading import record
from incidentd.trackers.jira.screen import DISPENSABLE, Screen
from incidentd.trackers.jira.workflow import leads_to_done, way_back, way_to_done

NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS")
WANTED = {"LINK_ISSUES": "a successor is not linked to its issue", "EDIT_OWN_COMMENTS": "a comment cannot be kept true"}
FOR_WATCHERS = {"MANAGE_WATCHERS": "nobody is made a watcher"}
SHORTEST_LAG = timedelta(minutes=1)

_GIVEN = frozenset({"project", "issuetype", "summary", "labels", "description"})
_OF_AN_ISSUE = {
    "jira.to_done": "whether it can be closed",
    "jira.from_done": "whether it can be opened again",
    "jira.edit_screen": "whether its fields can be changed",
}
_NAMES = ("id", "name", "value", "key")
_SETTLED = "put a value into `fields` of the tracker, give it a default in Jira, or make it optional"


def permission_checks(subject: Subject, granted: Json, wants: Mapping[str, str]) -> Iterator[Check]:
    """`granted` is what /mypermissions says of the project; `wants` are those that can be done without."""
    fix = "grant it to the account (or its role) in the project's permission scheme"
    missing = [name for name in NEEDED if not _has(granted, name)]
    if missing:
        text = f"the account lacks the permission {', '.join(missing)} in the project"
        yield subject.problem("jira.permissions", text, fix)
    else:
        yield subject.ok("jira.permissions", "the account may browse, create, edit, transition and comment")
    spare = [f"{name} ({loss})" for name, loss in wants.items() if not _has(granted, name)]
    if spare:
        yield subject.warning("jira.permissions_beside", f"the account lacks {', '.join(spare)}", fix)


def _has(granted: Json, name: str) -> bool:
    return record(granted.get(name)).get("havePermission") is True


def create_checks(subject: Subject, screen: Screen, configured: Mapping[str, Any]) -> Iterator[Check]:
    """What a create would meet; `configured` are the fields of the configuration."""
    yield _required(subject, screen, configured)
    yield _labels(subject, screen)
    yield _dispensable(subject, screen)
    yield _priorities(subject, screen)
    if any(name != WATCHERS for name in configured):
        yield _configured(subject, screen, configured)


def _required(subject: Subject, screen: Screen, configured: Mapping[str, Any]) -> Check:
    id = "jira.required_fields"
    filled = {*_GIVEN, *configured, "duedate", *(["priority"] if screen.priorities else [])}
    fields = screen.fields or {}
    open_ = [
        f"{field.get('name') or name} ({name})"
        for name, field in fields.items()
        if field.get("required") and not field.get("hasDefaultValue") and name not in filled
    ]
    if open_:
        return subject.problem(id, f"no issue can be made without {', '.join(open_)}, which nobody fills", _SETTLED)
    return subject.ok(id, "every required field is filled")


def _labels(subject: Subject, screen: Screen) -> Check:
    """The marker is a label: by it an issue is found again."""
    id = "jira.labels"
    if screen.offers("labels"):
        return subject.ok(id, "labels survive a create: an issue is found again by its marker")
    text = "labels are not on the create screen: the marker would be lost, and no issue found again"
    return subject.problem(id, text, "put `Labels` on the project's create and edit screens")


def _dispensable(subject: Subject, screen: Screen) -> Check:
    id = "jira.create_screen"
    missing = [name for name in sorted(DISPENSABLE - {"components"}) if screen.refuses(name)]
    if missing:
        text = f"{', '.join(missing)} are not on the create screen: issues are made without"
        return subject.warning(id, text, "put them on the project's create screen, if they are wanted")
    return subject.ok(id, "description, due date and priority are on the create screen")


def _priorities(subject: Subject, screen: Screen) -> Check:
    id = "jira.priorities"
    named = [f"{severity}: {screen.priority(severity)}" for severity in reversed(Severity) if screen.priority(severity)]
    if not named:
        text = "the project's screen offers no priorities: how severe it is stands in text and labels only"
        return subject.warning(id, text, "put `Priority` on the project's create and edit screens")
    return subject.ok(id, f"priorities by severity: {', '.join(named)}")


def _configured(subject: Subject, screen: Screen, configured: Mapping[str, Any]) -> Check:
    id = "jira.fields"
    wrong = [name for name, value in configured.items() if not _is_allowed(value, screen.fields, name)]
    if wrong:
        text = f"`fields` gives {', '.join(wrong)} a value that Jira does not offer: a create would be refused"
        return subject.problem(id, text, "use one of the values that the create screen offers, by its name or id")
    absent = [name for name in configured if name != WATCHERS and screen.refuses(name)]
    if absent:
        text = f"{', '.join(absent)} of `fields` is not on the create screen: it is left out"
        return subject.warning(id, text, "put it on the project's create screen, or take it out of `fields`")
    return subject.ok(id, "what `fields` says is on the create screen")


def _is_allowed(value: Any, fields: Mapping[str, Json] | None, name: str) -> bool:
    """True unless the screen lists what may be given, and this is not among it."""
    allowed = [one for one in (fields or {}).get(name, {}).get("allowedValues") or () if isinstance(one, dict)]
    given = value if isinstance(value, list) else [value]
    named = [one for one in given if isinstance(one, dict)]
    return not allowed or all(any(_is_meant(one, known) for known in allowed) for one in named)


def _is_meant(given: Json, known: Json) -> bool:
    told = [key for key in _NAMES if given.get(key) is not None]
    return not told or any(str(given[key]).casefold() == str(known.get(key)).casefold() for key in told)


def edit_check(subject: Subject, fields: Mapping[str, Any]) -> Check:
    """By the edit metadata of an issue of ours: what is not there cannot be changed any more."""
    id = "jira.edit_screen"
    missing = [name for name in ("labels", "description", "priority", "duedate") if name not in fields]
    if missing:
        text = f"{', '.join(missing)} cannot be edited on an issue: they stay as they were made"
        return subject.warning(id, text, "put them on the project's edit screen")
    return subject.ok(id, "labels, description, priority and due date can be edited")


def closing_check(subject: Subject, key: str, transitions: Sequence[Any], extra: Mapping[str, Any]) -> Check:
    """From an issue that is open: whether a way leads to done, and what its screen asks for."""
    id = "jira.to_done"
    if way_to_done(transitions, extra) is not None:
        return subject.ok(id, f"{key} can be moved to a status of the category done")
    if leads_to_done(transitions):
        text = f"{key} can be moved to done only through a screen that requires what nobody fills"
        return subject.problem(id, text, "put what the screen requires into `fields`, or make it optional there")
    text = f"no transition that this account can take leads {key} to a status of the category done"
    return subject.problem(id, text, "add a transition to a done status, or let the account take the one there is")


def reopening_check(subject: Subject, key: str, transitions: Sequence[Any], extra: Mapping[str, Any]) -> Check:
    """From an issue that is done: whether it can be opened again."""
    id = "jira.from_done"
    if way_back(transitions, extra) is not None:
        return subject.ok(id, f"{key} can be moved back from done")
    text = f"no transition leads {key} back from done: a certificate that comes back gets a new, linked issue"
    return subject.warning(id, text, "add a transition back from done, if one issue is wanted")


def statuses_check(subject: Subject, issue_type: str, types: Sequence[Json]) -> Check:
    """Where there is no issue to look at: whether the workflow has a done status at all (project statuses)."""
    id = "jira.to_done"
    meant = [kind for kind in types if str(kind.get("name")).casefold() == issue_type.casefold()]
    categories = {str(record(record(status).get("statusCategory")).get("key")) for status in _statuses(meant)}
    if meant and "done" not in categories:
        text = f"the workflow of {issue_type} has no status of the category done: no issue could ever be closed"
        return subject.problem(id, text, "give a closing status of the workflow the category `Done`")
    return not_yet_known(subject, id)


def _statuses(types: Sequence[Json]) -> Iterator[Any]:
    return (status for kind in types for status in kind.get("statuses") or ())


def not_yet_known(subject: Subject, id: str) -> Check:
    """Jira tells transitions and edit screens of issues only."""
    return subject.unknown(
        id, f"{_OF_AN_ISSUE[id]}: not known until the first ticket", "run it again once there is one"
    )


def lag_check(subject: Subject, index_lag: timedelta, *, is_cloud: bool) -> Check:
    """The search is eventually consistent on Cloud (search and reconcile); Data Center's nodes lag a little."""
    id, seconds = "jira.index_lag", int(index_lag.total_seconds())
    if is_cloud and index_lag < SHORTEST_LAG:
        text = f"index_lag is {seconds} s: a create whose answer is lost may be looked for too early, and sent twice"
        return subject.warning(id, text, "leave index_lag at 5m: Cloud's search may be minutes late")
    return subject.ok(id, f"a create in doubt is looked for until twice {seconds} s have passed")
