"""What only Data Center asks of the tracker: an index that is believed with care, nobody's answers, who may listen."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Closer, TicketRef, TicketStatus
from incidentd.sandbox import faults
from incidentd.sandbox.jira import default_workflow
from incidentd.sandbox.jira.datacenter import RateLimit
from incidentd.trackers.jira import wiki
from incidentd.trackers.jira.cloud import Cloud
from tests.conformance.judge import assert_nothing_refused
from tests.trackers.examples import AGAIN, FIXED, STEP_UP, WORSE, content
from tests.trackers.jira.stage import BASE_URL, DataCenterStage
from tests.trackers.stage import confirmed


@pytest.fixture
def stage() -> Iterator[DataCenterStage]:
    built = DataCenterStage()
    yield built
    assert_nothing_refused(built.world)


def calls(stage: DataCenterStage) -> list[str]:
    """Method and path of every call, oldest first."""
    return [f"{entry.request.method} {entry.request.path}" for entry in stage.world.journal]


async def status_of(stage: DataCenterStage, ref: TicketRef) -> TicketStatus:
    """How the tracker reads it."""
    return (await stage.tracker.read([ref]))[0].status


async def test_it_speaks_v2_only(stage: DataCenterStage) -> None:
    """A whole life without one path of another version, nor one that the vendor's document does not know."""
    made = await stage.opened()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    await stage.tracker.find(content().key, content().marker)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert await stage.tracker.clock() == stage.clock.now()
    assert {call.split("/")[3] for call in calls(stage)} == {"2"}


async def test_a_late_index_is_not_believed_of_what_we_wrote(stage: DataCenterStage) -> None:
    """Closed and opened again by us, and read at once: as it is, not as the index has it."""
    made = await stage.opened()
    stage.clock.pass_by(600)
    stage.world.index_lag = timedelta(minutes=5)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert await status_of(stage, made.ref) is TicketStatus.CLOSED
    confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert await status_of(stage, made.ref) is TicketStatus.OPEN


async def test_a_late_index_is_not_believed_by_a_fresh_process(stage: DataCenterStage) -> None:
    """It has read nothing yet: what another one wrote a moment ago is read by id, and later not unread again."""
    made = await stage.opened()
    stage.clock.pass_by(600)
    stage.world.index_lag = timedelta(minutes=5)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    fresh = stage.over(stage.transport, BASE_URL)
    for _ in range(2):
        [ticket] = await fresh.read([made.ref])
        assert ticket.status is TicketStatus.OPEN


async def test_what_the_index_has_open_and_newer_is_believed(stage: DataCenterStage) -> None:
    """Read by id once, then a hundred a call; what a person closes is seen when the index sees it."""
    made = await stage.opened()
    fresh = stage.over(stage.transport, BASE_URL)
    await fresh.read([made.ref])
    before = len(stage.world.journal)
    await fresh.read([made.ref])
    assert calls(stage)[before:] == ["POST /rest/api/2/search"]
    stage.clock.pass_by(60)
    stage.person_closes(made.ref)
    [ticket] = await fresh.read([made.ref])
    assert (ticket.status, ticket.closed_by) == (TicketStatus.CLOSED, Closer.PERSON)


async def test_a_search_of_several_pages_is_read_whole(stage: DataCenterStage) -> None:
    """Page after page, until all that were counted are there."""
    first = await stage.opened()
    for _ in range(150):
        stage.duplicate(first.ref)
    assert len(await stage.tracker.find(content().key, content().marker)) == 151
    assert calls(stage).count("POST /rest/api/2/search") == 2


async def test_what_is_gone_from_a_query_is_missing(stage: DataCenterStage) -> None:
    """A deleted issue among others spoils no search."""
    made = [(await stage.opened(content(digit * 64))).ref for digit in "ab"]
    stage.world.delete(made[0].id)
    assert [ticket.status for ticket in await stage.tracker.read(made)] == [TicketStatus.MISSING, TicketStatus.OPEN]


async def test_what_nobody_is_told_proves_nothing(stage: DataCenterStage) -> None:
    """A token that ended makes an anonymous caller, for whom issues are not there: that is no deletion."""
    made = await stage.opened()
    stage.world.anonymous_downgrade = True
    stage.world.api_token = "another"
    tracker = stage.over(stage.transport, BASE_URL, api_token=lambda: "ended")
    with pytest.raises(TrackerError, match="anonymous") as caught:
        await tracker.read([made.ref])
    assert caught.value.kind is TrackerFailure.UNAUTHORIZED
    with pytest.raises(TrackerError, match="anonymous"):
        await tracker.find(content().key, content().marker)
    outcome = await tracker.reopen(made.ref, content(), made.written, ())
    assert "anonymous" in getattr(outcome, "text", "")
    assert len(stage.refs()) == 1


async def test_a_name_and_a_password_do_too(stage: DataCenterStage) -> None:
    """Basic, where somebody prefers it."""
    tracker = stage.over(stage.transport, BASE_URL, email=stage.world.email)
    confirmed(await tracker.open(content()))
    assert stage.world.journal[0].request.header("authorization") == "Basic ***"


@pytest.mark.parametrize(("kind", "is_public"), [("software", True), ("business", True), ("service_desk", False)])
async def test_no_customer_reads_a_comment(stage: DataCenterStage, kind: str, is_public: bool) -> None:
    """Internal in a service project, also for an issue that was moved there."""
    made = await stage.opened()
    stage.world.person_moves(made.ref.id, "DESK")
    stage.world.projects["DESK"].type_key = kind
    judge, stage.world.judge = stage.world.judge, None  # the document has a text where each site takes a value
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
    stage.world.judge = judge
    assert [comment.public for comment in stage.issue(made.ref).comments] == [is_public]


async def test_a_limit_is_waited_out(stage: DataCenterStage) -> None:
    """429 with Retry-After: nothing more is sent before that."""
    made = await stage.opened()
    stage.world.rate_limit = RateLimit(calls=1, interval_seconds=90)
    await stage.tracker.clock()
    for _ in range(2):
        outcome = await stage.tracker.close(made.ref, content().key, FIXED)
        assert getattr(outcome, "after_seconds", None) == 90
    stage.clock.pass_by(91)
    stage.world.rate_limit = None
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))


async def test_a_successor_is_linked_where_the_type_is_there(stage: DataCenterStage) -> None:
    """By name, since types are not asked for; a site that has another name for it refuses, and nothing is lost."""
    stage.world.project.workflow = default_workflow(reopen=False)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    new = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert [(link.type, {str(link.inward), str(link.outward)}) for link in stage.world.links] == [
        ("Relates", {made.ref.id, new.ref.id})
    ]
    stage.world.links.clear()
    confirmed(await stage.tracker.close(new.ref, content().key, FIXED))
    stage.world.faults.add(faults.answer(404), "POST", "/rest/api/2/issueLink")
    assert confirmed(await stage.tracker.reopen(new.ref, content(), new.written, (AGAIN,))).ref.id != new.ref.id


async def test_a_property_is_known_again_however_it_is_kept(stage: DataCenterStage) -> None:
    """As the text that it was sent as, or as what that text says; another text is none of ours."""
    made = await stage.opened()
    issue = stage.issue(made.ref)
    for value, count in ((issue.properties["incidentd"], 1), ({"key": content().key}, 1), ("{", 0), ("[]", 0)):
        stage.world.set_property(issue, "incidentd", value)
        assert len(await stage.tracker.find(content().key, content().marker)) == count


async def test_what_stands_there_reads_well(stage: DataCenterStage) -> None:
    """The description as wiki markup, with its panel, table, tasks, commands and folded parts."""
    made = await stage.opened()
    text = str(stage.issue(made.ref).fields["description"])
    for part in ("{panel:bgColor=", "||Who||Where||", "* ☐ renew", "{code:bash}\nopenssl", "{panel:title=Certificate"):
        assert part in text
    assert "Expires 2026-12-04 09:14 UTC." in wiki.plain(text)


async def test_the_wrong_flavour_is_said(stage: DataCenterStage) -> None:
    """Cloud's paths are not there, nor is Cloud's search of v2: nothing is opened, and the hint names the setting."""
    as_cloud = stage.over(stage.transport, BASE_URL, email=stage.world.email, dialect=Cloud())
    judge, stage.world.judge = stage.world.judge, None
    for tracker in (as_cloud, stage.tracker):
        with pytest.raises(TrackerError, match="flavour"):
            await tracker.find(content().key, content().marker)
        stage.world.faults.add(faults.answer(410), "POST", "/rest/api/2/search")
    stage.world.judge = judge
    assert stage.refs() == []


async def test_people_and_what_hangs_on_it_go_by_name(stage: DataCenterStage) -> None:
    """Assignee and watchers as Data Center names users, a component of the project's, and a link to the board."""
    stage.world.project.components.append("payments-api")
    people = {"assignee": {"name": "person-1"}, "watchers": ["person-1"]}
    tracker = stage.over(stage.transport, BASE_URL, fields=people, board_url="https://board.example")
    made = confirmed(await tracker.open(content()))
    issue = stage.issue(made.ref)
    assert (issue.fields["assignee"], issue.fields["components"]) == ("person-1", ["payments-api"])
    assert issue.watchers == ["person-1"]
    assert [link.document["object"]["url"] for link in issue.remote_links] == [
        f"https://board.example/c/{content().key.rpartition(':')[2]}"
    ]
    assert made.left_out == ()
