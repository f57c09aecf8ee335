"""Jira Cloud as a tracker, against the sandbox's site: the contract, and what only Jira does."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from incidentd.errors import ConfigError, TrackerError
from incidentd.model.assessment import Severity
from incidentd.model.ticket import Closer, Comment, Rejected, Retryable, TicketRef, TicketStatus, Uncertain
from incidentd.sandbox import faults
from incidentd.sandbox.jira import Jira, adf
from incidentd.sandbox.jira.records import Issue
from incidentd.sandbox.jira.workflow import Transition, default_workflow
from incidentd.sandbox.serving import serving
from incidentd.trackers.jira.render import STANDING_IN
from incidentd.trackers.jira.tracker import JiraTracker
from incidentd.transport import Transport
from tests.conformance.judge import assert_nothing_refused, judged
from tests.trackers.contract import AGAIN, FIXED, STEP_UP, WORSE, Stage, TrackerContract, confirmed, content, ids
from tests.transport.clocks import EvenChance, HeldClock

BASE_URL = "https://acme.example"
ISSUE = "/rest/api/3/issue"
NOTE = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "mine"}]}]}


class JiraStage(Stage):
    """The sandbox's site, in process."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.world = judged(Jira(now=self.clock.now, sleep=self.clock.sleep), "jira-cloud-v3")
        self.app = self.world
        self.transport = Transport(self.clock, EvenChance(), apps={BASE_URL: self.world})
        self.tracker = self.over(self.transport, BASE_URL)

    def over(self, transport: Transport, base_url: str, **changes: Any) -> JiraTracker:
        """The same tracker by another way, or with other settings."""
        settings: dict[str, Any] = {
            "base_url": base_url,
            "email": self.world.email,
            "api_token": lambda: self.world.api_token,
            "project": self.world.project_key,
        }
        return JiraTracker("queue", transport, self.clock, **{**settings, **changes})

    def refs(self) -> list[TicketRef]:
        return [_ref(issue) for issue in self.world.issues.values()]

    def open_refs(self) -> list[TicketRef]:
        return [_ref(issue) for issue in self.world.issues.values() if not self.world.is_done(issue)]

    def comments(self, ref: TicketRef) -> list[str]:
        return [adf.plain(comment.body) for comment in self.world.issue(ref.id).comments]

    def person_closes(self, ref: TicketRef) -> None:
        self.world.person_transitions(ref.id, "Done", resolution="Done")

    def machine_closes(self, ref: TicketRef) -> None:
        self.world.machine_transitions(ref.id, "Done")

    def lose_answer_of_create(self) -> None:
        self.world.faults.add(faults.lost_answer(), "POST", ISSUE)

    def spoil_answer_of_create(self) -> None:
        self.world.faults.add(faults.answer_after_commit(500), "POST", ISSUE)

    def lose_create(self) -> None:
        self.world.faults.add(faults.lost_request(), "POST", ISSUE)

    def throttle_create(self, retry_after_seconds: int) -> None:
        self.world.faults.add(faults.too_many(retry_after_seconds), "POST", ISSUE)

    def hide(self) -> None:
        self.world.revoke_permission("BROWSE_PROJECTS")

    def issue(self, ref: TicketRef) -> Issue:
        """The issue as the site holds it."""
        return self.world.issue(ref.id)


def _ref(issue: Issue) -> TicketRef:
    return TicketRef(str(issue.id), issue.key, f"{BASE_URL}/browse/{issue.key}")


@pytest.fixture
def stage() -> Iterator[JiraStage]:
    built = JiraStage()
    yield built
    assert_nothing_refused(built.world)


class TestJiraContract(TrackerContract):
    """The stories that every tracker tells."""


async def test_the_create_call_carries_everything(stage: JiraStage) -> None:
    """One write: label, property, summary, priority by position, due date."""
    made = await stage.opened()
    issue = stage.issue(made.ref)
    assert stage.writes() == 1
    assert issue.labels == ("incidentd", content().marker, *content().labels)
    assert issue.properties["incidentd"]["key"] == content().key
    assert issue.fields["summary"] == content().title
    assert (issue.fields["priority"], issue.fields["duedate"]) == ("Medium", "2026-11-27")
    assert made.ref == _ref(issue)


async def test_the_create_screen_is_read_once(stage: JiraStage) -> None:
    """And again after ten minutes, or once something was refused."""
    await stage.opened(content("a" * 64))
    await stage.opened(content("b" * 64))
    asked = [entry for entry in stage.world.journal if "createmeta" in entry.request.path]
    assert len(asked) == 2
    stage.clock.pass_by(601)
    await stage.opened(content("c" * 64))
    assert len([entry for entry in stage.world.journal if "createmeta" in entry.request.path]) == 4


async def test_fields_that_the_screen_does_not_offer_are_left_out(stage: JiraStage) -> None:
    """No priority, no due date, no description: the ticket opens all the same, and updates go on."""
    for name in ("priority", "duedate", "description"):
        stage.world.project.take_off_screen(name)
    made = await stage.opened()
    assert set(made.written) == {"labels"}
    first = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), first.written, ()))
    assert stage.writes() == before
    assert STANDING_IN in stage.comments(made.ref)[0]


async def test_a_required_field_is_given_from_the_settings(stage: JiraStage) -> None:
    """Rejected with Jira's own words without it; opened with it."""
    stage.world.project.add_field("customfield_10050", "Team", required=True)
    refused = await stage.tracker.open(content())
    assert isinstance(refused, Rejected)
    assert "Team is required" in refused.text
    tracker = stage.over(stage.transport, BASE_URL, fields={"customfield_10050": "sre", "labels": ["extra"]})
    made = confirmed(await tracker.open(content()))
    assert stage.issue(made.ref).fields["customfield_10050"] == "sre"
    assert "extra" in stage.issue(made.ref).labels


async def test_a_label_that_is_on_no_screen_is_rejected(stage: JiraStage) -> None:
    """Without its marker a ticket could never be found again: it is not opened."""
    stage.world.project.take_off_screen("labels")
    outcome = await stage.tracker.open(content())
    assert isinstance(outcome, Rejected)
    assert "labels" in outcome.text
    assert stage.refs() == []


async def test_a_permission_to_create_that_is_lost_is_waited_for(stage: JiraStage) -> None:
    """Jira says 400; it is a permission, not the ticket."""
    stage.world.revoke_permission("CREATE_ISSUES")
    assert isinstance(await stage.tracker.open(content()), Retryable)


async def test_bad_credentials_that_become_nobody_are_noticed(stage: JiraStage) -> None:
    """An anonymous caller gets 400 and 404; no write is called rejected, nothing is called missing or opened again."""
    made = await stage.opened()
    stage.world.anonymous_downgrade = True
    token, stage.world.api_token = stage.world.api_token, "another"
    tracker = stage.over(stage.transport, BASE_URL, api_token=lambda: token)
    assert isinstance(await tracker.open(content("b" * 64)), Retryable)
    assert isinstance(await tracker.reopen(made.ref, content(), made.written, ()), Retryable)
    with pytest.raises(TrackerError):
        await tracker.read([made.ref])
    assert len(stage.refs()) == 1


async def test_what_the_index_does_not_know_yet_is_not_found(stage: JiraStage) -> None:
    """The settle window is the lag; after it the lost create is found."""
    stage.world.index_lag = timedelta(minutes=5)
    stage.lose_answer_of_create()
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    assert await stage.tracker.find(content().key, content().marker) == ()
    stage.clock.pass_by(stage.tracker.settle_window.total_seconds())
    assert len(await stage.tracker.find(content().key, content().marker)) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_gateways_error_on_a_create_is_uncertain(stage: JiraStage, status: int) -> None:
    """Whatever the number, it may hide a commit."""
    stage.world.faults.add(faults.answer_after_commit(status), "POST", ISSUE)
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    assert len([entry for entry in stage.world.writes if entry.request.path == ISSUE]) == 1


async def test_a_create_whose_answer_is_cut_short_is_uncertain(stage: JiraStage) -> None:
    """201 without a readable id."""
    stage.world.faults.add(faults.truncated(5), "POST", ISSUE)
    assert isinstance(await stage.tracker.open(content()), Uncertain)


@pytest.mark.parametrize("properties", [False, True])
async def test_a_clone_is_not_ours(stage: JiraStage, properties: bool) -> None:
    """A person's clone carries the labels, perhaps the property; its creator is the person."""
    made = await stage.opened()
    stage.world.clone(made.ref.id, properties=properties)
    found = await stage.tracker.find(content().key, content().marker)
    assert ids([ticket.ref for ticket in found]) == [made.ref.id]


async def test_a_label_alone_does_not_make_it_ours(stage: JiraStage) -> None:
    """The property must agree: a label can be written by anyone."""
    made = await stage.opened()
    other = content("b" * 64)
    stage.world.person_labels(made.ref.id, other.marker)
    assert await stage.tracker.find(other.key, other.marker) == ()


@pytest.mark.parametrize("marker", ['x" OR project = "OPS', "a b", "", "incidentd-Ä", "x\n"])
async def test_only_a_marker_goes_into_jql(stage: JiraStage, marker: str) -> None:
    """Anything but a-z, 0-9 and - is refused before a call is made."""
    with pytest.raises(ValueError, match="marker"):
        await stage.tracker.find("key", marker)
    assert stage.world.journal == []


async def test_short_pages_of_search_are_read_to_the_end(stage: JiraStage) -> None:
    """A page may be empty and not the last."""
    await stage.opened()
    stage.world.desks.short_pages = True
    assert len(await stage.tracker.find(content().key, content().marker)) == 1


async def test_a_moved_issue_is_followed_by_id(stage: JiraStage) -> None:
    """The ref comes back with its new key; find has it as well."""
    made = await stage.opened()
    key = stage.world.person_moves(made.ref.id, "SEC")
    [ticket] = await stage.tracker.read([made.ref])
    assert (ticket.ref.id, ticket.ref.key, ticket.status) == (made.ref.id, key, TicketStatus.OPEN)
    assert [ticket.ref for ticket in await stage.tracker.find(content().key, content().marker)] == [ticket.ref]
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))


async def test_a_deleted_issue_is_missing_and_reopens_as_a_new_one(stage: JiraStage) -> None:
    """While the project can be seen, it is believed to be gone."""
    made = await stage.opened()
    stage.world.delete(made.ref.id)
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.status is TicketStatus.MISSING
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert ids(stage.open_refs()) == [back.ref.id]
    again = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert again.ref == back.ref
    assert stage.comments(back.ref) == [AGAIN.text]


@pytest.mark.parametrize("resolution", ["Won't Do"])
async def test_wont_do_is_an_acceptance(stage: JiraStage, resolution: str) -> None:
    """By resolution once it is closed, by label at any time."""
    made, other = await stage.opened(content("a" * 64)), await stage.opened(content("b" * 64))
    stage.world.person_transitions(made.ref.id, "Done", resolution=resolution)
    stage.world.person_labels(other.ref.id, "incidentd-accepted")
    read = await stage.tracker.read([made.ref, other.ref])
    assert [ticket.accepted for ticket in read] == [True, True]
    assert [ticket.status for ticket in read] == [TicketStatus.CLOSED, TicketStatus.OPEN]


async def test_our_own_closing_is_known_as_ours(stage: JiraStage) -> None:
    """By the account in the changelog."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.closed_by is Closer.OURSELVES


@pytest.mark.parametrize("resolution", ["none", "optional", "required"])
async def test_a_closing_fills_what_its_screen_asks_for(stage: JiraStage, resolution: str) -> None:
    """A resolution that says fixed, where there is one; names may be in any language."""
    names = {"Done": "Erledigt", "To Do": "Offen", "In Progress": "In Arbeit"}
    stage.world.project.workflow = default_workflow(resolution=resolution).renamed(names)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []
    assert stage.issue(made.ref).fields["resolution"] == "Done"


async def test_a_closing_waits_for_a_workflow_that_allows_it(stage: JiraStage) -> None:
    """No transition, or one that requires what nobody knows: said, and closed once it can be."""
    made = await stage.opened()
    workflow = stage.world.project.workflow
    stage.world.project.workflow = workflow.hiding("Done")
    outcome = await stage.tracker.close(made.ref, content().key, FIXED)
    assert isinstance(outcome, Retryable)
    assert "transition" in outcome.text
    stage.world.project.add_field("customfield_10060", "Root cause")
    asking = Transition("31", "Done", "10001", (), ("customfield_10060",), ("customfield_10060",))
    stage.world.project.workflow = type(workflow)(workflow.statuses, (asking,))
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    told = stage.over(stage.transport, BASE_URL, fields={"customfield_10060": "expiry"})
    confirmed(await told.close(made.ref, content().key, FIXED))
    assert stage.comments(made.ref) == [FIXED.text]


async def test_a_conflict_on_closing_is_tried_again(stage: JiraStage) -> None:
    """409: somebody else was quicker; the note is not said twice."""
    made = await stage.opened()
    stage.world.desks.conflicts = 1
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.comments(made.ref) == [FIXED.text]


async def test_a_closing_whose_answer_was_lost_is_confirmed_by_reading(stage: JiraStage) -> None:
    """The status is what counts, not the answer."""
    made = await stage.opened()
    stage.world.faults.add(faults.lost_answer(), "POST", ".*/transitions")
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []


async def test_the_same_issue_is_reopened(stage: JiraStage) -> None:
    """Moved back, with its resolution gone."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert back.ref == made.ref
    assert stage.issue(made.ref).fields["resolution"] is None
    assert stage.comments(made.ref) == [FIXED.text, AGAIN.text]


async def test_a_resolution_that_cannot_be_cleared_does_not_keep_it_closed(stage: JiraStage) -> None:
    """Open is a matter of the status; the screen does not offer the resolution."""
    workflow = default_workflow()
    stage.world.project.workflow = type(workflow)(workflow.statuses, workflow.transitions, clears_resolution=False)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    confirmed(await stage.tracker.reopen(made.ref, content(), made.written, ()))
    assert ids(stage.open_refs()) == [made.ref.id]


async def _closed_for_good(stage: JiraStage) -> TicketRef:
    """A closed issue whose workflow has no way back."""
    stage.world.project.workflow = default_workflow(reopen=False)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    return made.ref


async def test_without_a_way_back_a_linked_issue_takes_its_place(stage: JiraStage) -> None:
    """One, however often it is asked for."""
    old = await _closed_for_good(stage)
    back = confirmed(await stage.tracker.reopen(old, content(), {}, (AGAIN,)))
    again = confirmed(await stage.tracker.reopen(old, content(), back.written, (AGAIN,)))
    assert back.ref == again.ref != old
    assert ids(stage.open_refs()) == [back.ref.id]
    [link] = stage.world.links
    assert {str(link.inward), str(link.outward)} == {old.id, back.ref.id}
    assert stage.comments(back.ref) == [AGAIN.text]


@pytest.mark.parametrize("fault", [faults.lost_answer(), faults.lost_request()], ids=["made", "not made"])
async def test_a_successor_is_made_once_though_its_answer_was_lost(stage: JiraStage, fault: faults.Fault) -> None:
    """The claim on the old issue holds a second create back until the index has had time enough, twice."""
    stage.world.index_lag = timedelta(minutes=5)
    old = await _closed_for_good(stage)
    stage.world.faults.add(fault, "POST", ISSUE)
    assert isinstance(await stage.tracker.reopen(old, content(), {}, ()), Uncertain)
    for passed in (0, 60, 120):
        waiting = await stage.tracker.reopen(old, content(), {}, ())
        assert isinstance(waiting, Retryable)
        assert waiting.after_seconds == 600 - passed
        stage.clock.pass_by(60)
    stage.clock.pass_by(600 - 180)
    back = confirmed(await stage.tracker.reopen(old, content(), {}, ()))
    assert ids(stage.open_refs()) == [back.ref.id]


async def test_what_people_changed_stays(stage: JiraStage) -> None:
    """Summary, priority, due date, labels taken away: none comes back; what is new is added."""
    made = await stage.opened()
    stage.world.person_edits(made.ref.id, "summary", "mine")
    stage.world.person_edits(made.ref.id, "priority", {"name": "Low"})
    stage.world.person_edits(made.ref.id, "duedate", "2027-01-01")
    stage.world.person_removes_label(made.ref.id, "env-prod")
    stage.world.person_labels(made.ref.id, "mine")
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    issue = stage.issue(made.ref)
    assert (issue.fields["summary"], issue.fields["priority"], issue.fields["duedate"]) == ("mine", "Low", "2027-01-01")
    assert set(issue.labels) == {"incidentd", content().marker, "cert-expiry", "sev-critical", "mine"}


async def test_the_marker_is_put_back(stage: JiraStage) -> None:
    """Without it the ticket could not be found again."""
    made = await stage.opened()
    stage.world.person_removes_label(made.ref.id, content().marker)
    confirmed(await stage.tracker.update(made.ref, content(), made.written, ()))
    assert content().marker in stage.issue(made.ref).labels


async def test_priority_is_only_raised(stage: JiraStage) -> None:
    """It climbs with the severity and does not come down."""
    made = await stage.opened()
    worse = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert stage.issue(made.ref).fields["priority"] == "Highest"
    confirmed(await stage.tracker.update(made.ref, content(severity=Severity.WARNING), worse.written, ()))
    assert stage.issue(made.ref).fields["priority"] == "Highest"


async def test_a_description_of_ours_is_rewritten_in_one_write(stage: JiraStage) -> None:
    """Level-triggered: fields, labels and property in one call."""
    made = await stage.opened()
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert stage.writes() == before + 1
    assert WORSE["headline"] in adf.plain(stage.issue(made.ref).fields["description"])


async def test_an_edited_description_is_left_alone_and_one_comment_stays_true(stage: JiraStage) -> None:
    """The comment is rewritten in its place; ticking a task is an edit too."""
    made = await stage.opened()
    stage.world.person_edits(made.ref.id, "description", NOTE)
    first = confirmed(await stage.tracker.update(made.ref, content(impact="first impact"), made.written, ()))
    second = confirmed(await stage.tracker.update(made.ref, content(impact="second impact"), first.written, ()))
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(impact="second impact"), second.written, ()))
    assert stage.writes() == before
    assert stage.issue(made.ref).fields["description"] == NOTE
    [comment] = stage.comments(made.ref)
    assert comment.startswith(STANDING_IN)
    assert "second impact" in comment
    assert "first impact" not in comment


async def test_a_ledger_restored_from_yesterday_insults_nobody(stage: JiraStage) -> None:
    """What we wrote last stands in the issue's property too: the description is still known as ours."""
    made = await stage.opened()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    for stale in (made.written, {}):
        confirmed(await stage.tracker.update(made.ref, content(impact=f"{len(stale)} known"), stale, ()))
    assert stage.comments(made.ref) == []
    assert "0 known" in adf.plain(stage.issue(made.ref).fields["description"])


async def test_a_field_that_left_the_screen_does_not_keep_back_the_others(stage: JiraStage) -> None:
    """The edit is made again without it."""
    made = await stage.opened()
    stage.world.project.take_off_screen("priority")
    outcome = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert "sev-critical" in stage.issue(made.ref).labels
    assert stage.issue(made.ref).fields["priority"] == "Medium"
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), outcome.written, ()))
    assert stage.writes() == before


async def test_comments_are_internal_and_said_once_among_many(stage: JiraStage) -> None:
    """A hundred and fifty comments of people, one with our very words, hide nothing."""
    made = await stage.opened()
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
    for number in range(150):
        stage.world.person_comments(made.ref.id, f"{number}")
    stage.world.person_comments(made.ref.id, FIXED.text)
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP, FIXED, Comment("empty", "  "))))
    ours = [one for one in stage.issue(made.ref).comments if one.author == stage.world.bot]
    assert [adf.plain(one.body) for one in ours] == [STEP_UP.text, FIXED.text]
    assert not any(one.public for one in ours)


async def test_too_many_writes_to_one_issue_are_waited_out(stage: JiraStage) -> None:
    """Jira's own limit for one issue, with its own Retry-After."""
    made = await stage.opened()
    for number in range(20):
        confirmed(await stage.tracker.comment(made.ref, (Comment(str(number), f"text {number}"),)))
    outcome = await stage.tracker.comment(made.ref, (STEP_UP,))
    assert isinstance(outcome, Retryable)
    assert outcome.after_seconds == 2.0


async def test_no_secret_stands_in_any_text(stage: JiraStage) -> None:
    """Neither outcomes nor errors nor reprs hold the token, plain or as Basic."""
    made = await stage.opened()
    stage.app.unauthorized = True
    with pytest.raises(TrackerError) as caught:
        await stage.tracker.read([made.ref])
    shown = f"{await stage.tracker.open(content())!r} {caught.value!r} {caught.value} {stage.tracker!r} {made!r}"
    assert stage.world.api_token not in shown
    assert "Basic" not in shown


async def test_without_an_email_the_token_is_a_bearer(stage: JiraStage) -> None:
    """As personal access tokens are sent."""
    tracker = stage.over(stage.transport, BASE_URL, email=None)
    confirmed(await tracker.open(content()))
    assert {entry.request.header("authorization") for entry in stage.world.journal} == {"Bearer ***"}


async def test_a_secret_that_cannot_be_read_holds_everything(stage: JiraStage) -> None:
    """Its file is gone for a moment: nothing is sent, nothing is lost."""

    def unreadable() -> str:
        raise ConfigError("the secret file cannot be read", where="/run/secrets/jira")

    tracker = stage.over(stage.transport, BASE_URL, api_token=unreadable)
    outcome = await tracker.open(content())
    assert isinstance(outcome, Retryable)
    assert "/run/secrets/jira" in outcome.text
    assert stage.world.journal == []


async def test_a_scoped_tokens_site_is_asked_for(stage: JiraStage) -> None:
    """Its base URL is a gateway where no browser goes; the site says its own address."""
    site = Transport(stage.clock, EvenChance(), apps={"https://api.example": Gateway(stage.world)})
    tracker = stage.over(site, "https://api.example/ex/jira/0b1c")
    made = confirmed(await tracker.open(content()))
    assert made.ref.url.startswith("https://api.example")
    assert made.ref.url.endswith(f"/browse/{made.ref.key}")
    assert "/ex/jira/" not in made.ref.url


async def test_a_transition_that_was_refused_changes_nothing_and_waits(stage: JiraStage) -> None:
    """400: workflows change under our hands; the note stays said once."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(400, body='{"errorMessages": ["no"]}'), "POST", ".*/transitions")
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.comments(made.ref) == [FIXED.text]


async def test_a_due_date_of_ours_follows_and_links_that_are_off_stop_nothing(stage: JiraStage) -> None:
    """What we wrote ourselves is corrected; a convenience that fails is no failure."""
    old = await _closed_for_good(stage)
    stage.world.faults.add(faults.answer(404), "POST", "/rest/api/3/issueLink")
    back = confirmed(await stage.tracker.reopen(old, content(), {}, ()))
    confirmed(await stage.tracker.update(back.ref, content(due_on=date(2026, 12, 1)), back.written, ()))
    assert stage.issue(back.ref).fields["duedate"] == "2026-12-01"


async def test_a_reopening_that_cannot_see_the_issue_makes_no_new_one(stage: JiraStage) -> None:
    """The right to browse is lost, the right to create is not: a 404 is no deletion."""
    made = await stage.opened()
    stage.hide()
    assert isinstance(await stage.tracker.reopen(made.ref, content(), made.written, ()), Retryable)
    assert len(stage.refs()) == 1


async def test_a_create_that_nobody_is_refused_is_waited_for(stage: JiraStage) -> None:
    """An anonymous caller is told that fields cannot be set; who asks afresh learns that it is nobody."""
    await stage.opened()
    refusal = '{"errors": {"summary": "Field \'summary\' cannot be set."}}'
    stage.world.faults.add(faults.answer(400, body=refusal), "POST", ISSUE, times=None)
    assert isinstance(await stage.tracker.open(content("b" * 64)), Rejected)
    stage.world.faults.add(faults.unauthorized(), "GET", "/rest/api/3/myself", times=None)
    assert isinstance(await stage.tracker.open(content("b" * 64)), Retryable)


async def test_a_conflicting_edit_is_tried_again(stage: JiraStage) -> None:
    """409: certainly not done."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(409), "PUT", f"{ISSUE}/.*")
    outcome = await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,))
    assert isinstance(outcome, Retryable)
    assert stage.comments(made.ref) == []


class Gateway:
    """The vendor's API gateway before a site: it takes its own prefix off the path."""

    def __init__(self, site: Jira) -> None:
        self.site = site

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/ex/jira/0b1c")
        await self.site({**scope, "path": path, "raw_path": path.encode()}, receive, send)


async def test_over_real_sockets_it_is_the_same(stage: JiraStage) -> None:
    """Open, a lost answer, find and close through loopback HTTP."""
    async with serving(stage.world) as url:
        transport = Transport(stage.clock, EvenChance())
        tracker = stage.over(transport, url)
        made = confirmed(await tracker.open(content()))
        stage.lose_answer_of_create()
        assert isinstance(await tracker.open(content("b" * 64)), Uncertain)
        assert len(await tracker.find(content("b" * 64).key, content("b" * 64).marker)) == 1
        confirmed(await tracker.close(made.ref, content().key, FIXED))
        await transport.close()
    assert len(stage.open_refs()) == 1
