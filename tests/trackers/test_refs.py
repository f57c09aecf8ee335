"""What trackers say of their tickets' names is outside text: harmless wherever it is shown."""

import pytest

from incidentd.model.ticket import TicketRef
from incidentd.trackers.exchange import ref_to
from incidentd.trackers.pagerduty.reading import ref_of
from tests.trackers.examples import content
from tests.trackers.jira.stage import JiraStage
from tests.trackers.stage import confirmed

ADDRESS = "https://acme.example/browse/OPS-7"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (("10007", "OPS-7", ADDRESS), TicketRef("10007", "OPS-7", ADDRESS)),
        ((10007, None, None), TicketRef("10007", "", "")),
        (("1", "OPS-7\x1b[2J\r\nOPS-8\u202e", ADDRESS), TicketRef("1", "OPS-7 [2J OPS-8", ADDRESS)),
        (("1", "x" * 5000, "javascript:alert(1)"), TicketRef("1", "x" * 99 + "…", "")),
        (("1", "OPS-7", "https://acme.example/\x1b]8;;"), TicketRef("1", "OPS-7", "")),
        (("1", "OPS-7", "https://acme.example/a b"), TicketRef("1", "OPS-7", "")),
        (("1", "OPS-7", ["https://acme.example"]), TicketRef("1", "OPS-7", "")),
    ],
)
def test_a_key_is_one_line_and_an_address_one_of_http_or_none(
    said: tuple[object, object, object], shown: TicketRef
) -> None:
    """Whatever its type, or its length."""
    assert ref_to(*said) == shown


def test_what_pagerduty_says_is_made_harmless() -> None:
    """Its number may be anything, as its address may."""
    incident = {"id": "Q1", "incident_number": "7\x1b[31m", "html_url": "data:text/html,x"}
    assert ref_of(incident) == TicketRef("Q1", "#7 [31m", "")


async def test_what_jira_says_is_made_harmless() -> None:
    """On reading it, however it came to be called so."""
    stage = JiraStage()
    ref = confirmed(await stage.tracker.open(content())).ref
    stage.world.revise(stage.world.issue(ref.id), stage.world.someone, key="OPS-1\x1b[2J")
    [ticket] = await stage.tracker.read([ref])
    assert (ticket.ref.key, ticket.ref.url) == ("OPS-1 [2J", "")
