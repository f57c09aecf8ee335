"""Issues: what a create and an edit refuse, with the vendor's words, and what they leave behind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from incidentd.sandbox.jira import Jira
from tests.sandbox.conftest import HandClock

FIELDS: dict[str, Any] = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "s", "labels": ["l"]}
NOT_ADF = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
UNSEEN = "Issue does not exist or you do not have permission to see it."


def document(text: str = "t") -> dict[str, Any]:
    """A document of one paragraph."""
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


async def create(cloud: httpx.AsyncClient, properties: Any = (), **fields: Any) -> httpx.Response:
    """A create with good fields, but for those given; None leaves one out."""
    wanted = {name: value for name, value in {**FIELDS, **fields}.items() if value is not None}
    return await cloud.post("/issue", json={"fields": wanted, "properties": list(properties)})


async def test_create_answers_with_id_key_and_absolute_url(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """The marker property is set in the same call, and the issue can be read at once."""
    made = await create(cloud, [{"key": "incidentd", "value": {"k": 1}}], description=document("d"))
    assert made.status_code == 201
    assert made.json() == {"id": "10001", "key": "OPS-1", "self": "http://jira/rest/api/3/issue/10001"}
    read = (await cloud.get("/issue/OPS-1", params={"properties": "incidentd"})).json()
    assert read["properties"] == {"incidentd": {"k": 1}}
    assert read["fields"]["creator"]["accountId"] == (await cloud.get("/myself")).json()["accountId"]
    assert read["fields"]["created"] == "2026-11-22T12:00:00.000+0000"
    assert (read["fields"]["labels"], read["fields"]["status"]["statusCategory"]["key"]) == (["l"], "new")


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"project": None}, "project", "Specify a valid project ID or key"),
        (
            {"project": {"key": "NOPE"}},
            "project",
            "Specified project does not exist or you do not have permission to create issues in it.",
        ),
        ({"issuetype": None}, "issuetype", "Specify an issue type"),
        ({"issuetype": {"name": "Nope"}}, "issuetype", "Specify a valid issue type"),
        ({"summary": None}, "summary", "You must specify a summary of the issue."),
        ({"summary": "s" * 255}, "summary", "Summary must be less than 255 characters."),
        ({"summary": "a\nb"}, "summary", "The summary is invalid because it contains newline characters."),
        ({"labels": ["x y"]}, "labels", "The label 'x y' contains spaces which is invalid."),
        ({"description": "plain"}, "description", NOT_ADF),
        ({"description": document("d" * 32_767)}, "description", TOO_LONG),
        ({"duedate": "22.11.2026"}, "duedate", "Error parsing date string: 22.11.2026"),
        ({"duedate": "2026-02-30"}, "duedate", "Error parsing date string: 2026-02-30"),
        ({"priority": {"name": "Nope"}}, "priority", "The priority selected is invalid."),
        (
            {"customfield_1": "x"},
            "customfield_1",
            "Field 'customfield_1' cannot be set. It is not on the appropriate screen, or unknown.",
        ),
        (
            {"resolution": {"name": "Done"}},
            "resolution",
            "Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown.",
        ),
    ],
)
async def test_create_is_refused_by_field(
    jira: Jira, cloud: httpx.AsyncClient, changes: dict[str, Any], field: str, text: str
) -> None:
    """400, the vendor's words under the field's name, and no issue."""
    answer = await create(cloud, **changes)
    assert (answer.status_code, answer.json()["errors"][field]) == (400, text)
    assert jira.issues == {}


async def test_longest_summary_and_text_are_taken(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """254 characters, and a document whose JSON has 32,767."""
    empty = len('{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":""}]}]}')
    assert (await create(cloud, summary="s" * 254, description=document("é" * (32_767 - empty)))).status_code == 201
    assert (await create(cloud, description=document("é" * (32_768 - empty)))).status_code == 400


async def test_project_may_require_a_field_or_take_one_off_the_screen(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Administrators change screens in the middle of a run; createmeta says so."""
    jira.project.add_field("customfield_10050", "Cost centre", required=True)
    jira.project.take_off_screen("priority")
    missing = await create(cloud)
    assert missing.json()["errors"] == {"customfield_10050": "Cost centre is required."}
    assert "priority" in (await create(cloud, priority={"name": "High"}, customfield_10050="7")).json()["errors"]
    assert (await create(cloud, customfield_10050="7")).status_code == 201
    shown = (await cloud.get("/issue/createmeta/OPS/issuetypes/10001")).json()["fields"]
    required = {field["fieldId"] for field in shown if field["required"]}
    assert required == {"project", "issuetype", "summary", "customfield_10050"}
    assert "priority" not in {field["fieldId"] for field in shown}


async def test_edit_sets_fields_and_adds_and_removes_labels(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """204, and one entry in the changelog with every field that changed."""
    await create(cloud, labels=["a", "b"])
    wish = {"fields": {"summary": "t"}, "update": {"labels": [{"add": "c"}, {"remove": "a"}, {"add": "c"}]}}
    assert (await cloud.put("/issue/OPS-1", json=wish)).status_code == 204
    assert (jira.issue("OPS-1").fields["summary"], jira.issue("OPS-1").labels) == ("t", ("b", "c"))
    (change,) = (await cloud.get("/issue/OPS-1/changelog")).json()["values"]
    assert [(item["field"], item["fromString"], item["toString"]) for item in change["items"]] == [
        ("labels", "a b", "b c"),
        ("summary", "s", "t"),
    ]


async def test_edit_that_changes_nothing_leaves_no_trace(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """The same value again is no change."""
    await create(cloud)
    await cloud.put("/issue/OPS-1", json={"fields": {"summary": "s"}})
    assert jira.issue("OPS-1").changelog == []


@pytest.mark.parametrize(
    "wish",
    [
        {"fields": {"labels": ["x"]}, "update": {"labels": [{"add": "y"}]}},
        {"update": {"labels": [{"append": "y"}]}},
        {"update": {"labels": [{"add": "x y"}]}},
        {"update": {"summary": [{"add": "y"}]}},
        {"fields": {"summary": ""}},
        {"fields": {"description": "plain"}},
    ],
)
async def test_bad_edit_changes_nothing(jira: Jira, cloud: httpx.AsyncClient, wish: dict[str, Any]) -> None:
    """400 with an error by field; a field stands in `fields` or in `update`, never in both."""
    await create(cloud)
    before = jira.issue("OPS-1").content
    answer = await cloud.put("/issue/OPS-1", json=wish)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert jira.issue("OPS-1").content == before


@pytest.mark.parametrize("wanted", ["OPS-99", "99999", "nonsense"])
async def test_unknown_issue_is_404(cloud: httpx.AsyncClient, wanted: str) -> None:
    """The words are the same as for a lost permission."""
    answer = await cloud.get(f"/issue/{wanted}")
    assert (answer.status_code, answer.json()["errorMessages"]) == (404, [UNSEEN])


async def test_lost_permission_looks_like_deletion(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Every read and write of the issue is 404 until the permission is back; a create is 400."""
    await create(cloud)
    jira.revoke_permission()
    for call in (cloud.get("/issue/OPS-1"), cloud.put("/issue/OPS-1", json={"fields": {"summary": "t"}})):
        assert (await call).json()["errorMessages"] == [UNSEEN]
    assert (await cloud.get("/project/OPS")).status_code == 404
    jira.restore()
    assert (await cloud.get("/issue/OPS-1")).status_code == 200
    jira.delete("OPS-1")
    assert (await cloud.get("/issue/OPS-1")).json()["errorMessages"] == [UNSEEN]


async def test_missing_edit_permission_is_403_and_visible_beforehand(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """mypermissions tells it without trying."""
    await create(cloud)
    jira.revoke_permission("EDIT_ISSUES")
    assert (await cloud.put("/issue/OPS-1", json={"fields": {"summary": "t"}})).status_code == 403
    query = {"permissions": "EDIT_ISSUES,CREATE_ISSUES", "projectKey": "OPS"}
    shown = (await cloud.get("/mypermissions", params=query)).json()["permissions"]
    assert {name: about["havePermission"] for name, about in shown.items()} == {
        "EDIT_ISSUES": False,
        "CREATE_ISSUES": True,
    }


async def test_bad_credentials_are_401_or_nobody(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """With the switch, bad credentials make an anonymous caller, who sees nothing."""
    await create(cloud)
    bad = {"auth": ("bot@example.net", "expired")}
    assert (await cloud.get("/issue/OPS-1", **bad)).status_code == 401  # type: ignore[arg-type]  # one argument
    jira.anonymous_downgrade = True
    assert (await cloud.get("/issue/OPS-1", **bad)).status_code == 404  # type: ignore[arg-type]  # one argument
    assert (await cloud.get("/myself", **bad)).status_code == 401  # type: ignore[arg-type]  # one argument


async def test_moved_issue_is_found_by_its_old_key(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """The id stays, the answer shows the new key, and both keys work, in any case."""
    await create(cloud)
    assert jira.person_moves("OPS-1", "NEW") == "NEW-1"
    for wanted in ("OPS-1", "ops-1", "new-1", "10001"):
        shown = (await cloud.get(f"/issue/{wanted}")).json()
        assert (shown["id"], shown["key"]) == ("10001", "NEW-1")
    (change,) = (await cloud.get("/issue/NEW-1/changelog")).json()["values"]
    assert ("Key", "OPS-1", "NEW-1") in [(i["field"], i["fromString"], i["toString"]) for i in change["items"]]


@pytest.mark.parametrize("properties", [False, True])
async def test_clone_copies_labels_and_perhaps_properties(
    jira: Jira, cloud: httpx.AsyncClient, properties: bool
) -> None:
    """A label search finds two; the clone is a person's."""
    await create(cloud, [{"key": "incidentd", "value": 1}])
    clone = jira.clone("OPS-1", properties=properties)
    assert [issue.key for issue in jira.open_issues_with_label("l")] == ["OPS-1", "OPS-2"]
    assert (clone.creator.account_id, dict(clone.properties)) == ("person-1", {"incidentd": 1} if properties else {})


async def test_bulkfetch_tells_what_it_did_not_find(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Found ones are as they are now; the rest are errors by id; more than 100 is an error."""
    await create(cloud)
    jira.person_edits("OPS-1", "summary", "fresh")
    wish = {"issueIdsOrKeys": ["10001", "10002"], "fields": ["summary"]}
    shown = (await cloud.post("/issue/bulkfetch", json=wish)).json()
    assert [issue["fields"] for issue in shown["issues"]] == [{"summary": "fresh"}]
    assert shown["issueErrors"] == [{"id": "10002", "errorMessage": UNSEEN}]
    too_many = {"issueIdsOrKeys": [str(number) for number in range(101)]}
    assert (await cloud.post("/issue/bulkfetch", json=too_many)).status_code == 400


async def test_one_issue_takes_so_many_writes(jira: Jira, cloud: httpx.AsyncClient, clock: HandClock) -> None:
    """20 in two seconds; then 429 with Retry-After and its reason, for this issue alone."""
    await create(cloud)
    await create(cloud)
    edit = {"fields": {"summary": "t"}}
    for _ in range(20):
        assert (await cloud.put("/issue/OPS-1", json=edit)).status_code == 204
    refused = await cloud.put("/issue/OPS-1", json=edit)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.headers["ratelimit-reason"] == "jira-per-issue-on-write"
    assert (await cloud.put("/issue/OPS-2", json=edit)).status_code == 204
    clock.pass_by(2)
    assert (await cloud.put("/issue/OPS-1", json=edit)).status_code == 204


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("summary,labels", {"summary", "labels"}),
        ("summary,nonsense", {"summary"}),
        ("*all,-comment,-description", None),
    ],
)
async def test_fields_asked_for_are_the_fields_shown(
    cloud: httpx.AsyncClient, wanted: str, shown: set[str] | None
) -> None:
    """Names, everything, and everything but."""
    await create(cloud)
    fields = set((await cloud.get("/issue/OPS-1", params={"fields": wanted})).json()["fields"])
    if shown is None:
        assert {"summary", "status"} <= fields
        assert not fields & {"comment", "description"}
    else:
        assert fields == shown
