"""Events and records as pure values: limits kept for any content, anything read that an API might send."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Severity
from incidentd.model.ticket import Closer, PlaceLine, TicketContent, TicketStatus
from incidentd.sandbox.journal import RecordedRequest
from incidentd.trackers.pagerduty import events
from incidentd.trackers.pagerduty.reading import closer_of, merged_into, open_alerts, resolver_in, ticket_of
from tests.conformance.judge import needs_documents, request_problems
from tests.trackers.examples import FINGERPRINT, WORSE, content
from tests.transport.clocks import HeldClock

LONG = "\U0001f512" * 30_000
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["", LONG, "\ud800", "\u202e"]))
CONTENTS: st.SearchStrategy[TicketContent] = st.builds(
    content,
    title=TEXTS,
    page=TEXTS,
    left=TEXTS,
    history=TEXTS,
    severity=st.sampled_from(Severity),
    what=TEXTS,
    impact=TEXTS,
    action=TEXTS,
    why_now=TEXTS,
    owner=TEXTS,
    source=TEXTS,
    component=TEXTS,
    group=TEXTS,
    commands=st.lists(TEXTS, max_size=3).map(tuple),
    places=st.lists(st.builds(PlaceLine, TEXTS, TEXTS, TEXTS, TEXTS), max_size=5).map(tuple),
    places_left_out=st.integers(0, 10**9),
)
JUNK: list[Any] = [None, [], "x", 3, {}, {"id": None, "status": None}, {"alert_counts": [], "resolve_reason": "x"}]


@given(CONTENTS)
def test_any_content_makes_an_event_within_the_limits(said: TicketContent) -> None:
    """Summary, details and the whole, even when every character is escaped."""
    event = events.trigger(said)
    assert 1 <= len(event["payload"]["summary"]) <= 1_024
    assert event["payload"]["source"]
    details = event["payload"].get("custom_details", {})
    assert all(0 < len(text) <= 4_000 for text in details.values())
    assert len(json.dumps(event)) < 512 * 1024
    assert len(json.dumps(details, ensure_ascii=False).encode(errors="surrogatepass")) <= events.DETAILS_BYTES
    assert not said.what or "1 what" in details
    assert not said.action or "3 do" in details
    assert list(details) == sorted(details)


@needs_documents
@given(CONTENTS)
def test_any_content_is_legal_by_the_published_document(said: TicketContent) -> None:
    """The vendor's own schema has nothing to say."""
    body = json.dumps({"routing_key": "k" * 32, **events.trigger(said)}).encode()
    headers = (("content-type", "application/json"),)
    request = RecordedRequest("POST", "https://events.example", "/v2/enqueue", "", headers, body, HeldClock().now())
    assert request_problems("pagerduty-events-v2", request) == []


def test_places_are_named_until_there_is_no_room_and_then_counted() -> None:
    """None is lost from the count."""
    places = tuple(PlaceLine(f"tls://host-{number:05}.example.com:443", "", "", "") for number in range(1_000))
    said = events.trigger(content(places=places, places_left_out=5))["payload"]["custom_details"]["8 seen at"]
    named = said.count("host-")
    assert 50 < named < 1_000
    assert said.endswith(f"(+{1_000 - named + 5} more)")


def test_the_least_useful_detail_goes_first() -> None:
    """Where it is too much, places and history go before the owner, and what to do stays."""
    long = "\U0001f512" * 4_000
    said = content(history="opened", what=long, owner=long, impact=long, action=long)
    assert list(events.trigger(said)["payload"]["custom_details"]) == [
        "1 what",
        "2 impact",
        "3 do",
        "4 why now",
        "7 check",
    ]


def test_links_lead_to_the_runbook_and_to_the_board() -> None:
    """Each only where there is one."""
    said = content(runbook="https://wiki.example.com/certs")
    event = events.trigger(said, board="https://certs.example.net")
    page = f"https://certs.example.net/c/{FINGERPRINT}"
    assert event["links"] == [
        {"href": "https://wiki.example.com/certs", "text": "Runbook"},
        {"href": page, "text": "Certificate on the board"},
    ]
    assert event["client_url"] == page
    assert event["payload"]["custom_details"]["3 do"].endswith("Runbook: https://wiki.example.com/certs")
    own = content(key="incidentd:default:self:source:edge")
    assert events.trigger(own, board="https://b.example")["client_url"] == "https://b.example/health"
    assert not {"links", "client_url"} & events.trigger(content()).keys()


def test_a_digest_is_of_what_is_sent() -> None:
    """It changes with the words of the event, and with nothing else."""
    elsewhere: dict[str, Any] = {
        "headline": "not in the event",
        "labels": ("other",),
        "left": "3 d 0 h left",
        "history": "opened",
    }
    assert events.digest(content()) == events.digest(content(**elsewhere))
    assert len({events.digest(one) for one in (content(), content(impact="x"), content(**WORSE))}) == 3


@pytest.mark.parametrize(
    ("agent", "closer"),
    [
        ({"type": "user_reference"}, Closer.PERSON),
        ({"type": "user"}, Closer.PERSON),
        ({"type": "service_reference"}, Closer.AUTOMATION),
        ({"type": "events_api_v2_inbound_integration_reference"}, Closer.AUTOMATION),
        ({"type": None}, Closer.PERSON),
        ({}, Closer.PERSON),
        (None, Closer.PERSON),
    ],
)
def test_when_it_cannot_be_told_it_was_a_person(agent: Any, closer: Closer) -> None:
    """Users are people, services and integrations machines."""
    assert closer_of(agent) is closer


def test_the_newest_resolve_entry_names_the_resolver() -> None:
    """The history comes newest first."""
    log = [
        {"type": "annotate_log_entry", "agent": "a"},
        {"type": "resolve_log_entry", "agent": "b"},
        {"type": "resolve_log_entry", "agent": "c"},
    ]
    assert resolver_in(log) == "b"
    assert resolver_in(log[:1]) is None


@pytest.mark.parametrize("junk", JUNK)
def test_any_record_can_be_read(junk: Any) -> None:
    """Any field may be null: what is not there is not known."""
    record = junk if isinstance(junk, dict) else {"alert_counts": junk, "resolve_reason": junk, "created_at": junk}
    ticket = ticket_of(record)
    assert ticket.status is TicketStatus.CLOSED
    assert ticket.closed_by is Closer.PERSON
    assert ticket.created_at is None
    assert open_alerts(record) == (0 if isinstance(record.get("alert_counts"), dict) else None)
    assert merged_into(record) is None
