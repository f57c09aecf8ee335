"""Wording: name and date first, absolute dates only, hostile names inert, nothing rewritten while nothing changes."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Assessment, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Incident
from incidentd.model.inventory import Inventory
from incidentd.model.location import Controller
from incidentd.model.owner import Owners
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import TicketContent
from incidentd.planning.labels import slug
from incidentd.planning.owning import owner_of
from incidentd.planning.phrases import short
from incidentd.planning.wording import PLACES_SHOWN, TITLE_CHARACTERS, action_text, content, digest, name_of
from tests.planning.desk import due, found, key_of, opened
from tests.planning.test_sanitize import BIDI, CONTROLS, ZERO_WIDTH
from tests.policy.builders import DAY, HOUR, START, A, B, authority, certificate, place, store

HOSTILE = "<img src=x onerror=alert(1)>\u202e{{7*7}} $(id) `id`\r\n[x](http://evil) " + "é" * 300


def said(
    judged: Certificate, assessment: Assessment, at: timedelta = timedelta(), *others: Certificate
) -> TicketContent:
    """What its ticket says at START, or later."""
    known = {each.fingerprint: each for each in (judged, *others)}
    owner = owner_of(assessment.findings, judged, Owners())
    incident = Incident(key_of(judged), "incidentd-default-x", judged, assessment, "queue", owner)
    step = assessment.step or Step.WARNING
    return content(incident, step, None, Inventory(certificates=known), START + at, 24 * HOUR)


def texts(what: TicketContent) -> list[str]:
    """Everything in it that a person reads."""
    lines = [text for line in what.places for text in (line.place, line.role, line.state, line.seen)]
    details = [text for pair in what.details for text in pair]
    plain = (what.title, what.headline, what.what, what.impact, what.action, what.owner, what.why_now, what.source)
    return [*plain, what.component, what.group, *what.tasks, *what.commands, *what.rule, *lines, *details]


def test_name_and_date_stand_in_the_first_sixty_characters() -> None:
    """That is what a phone shows."""
    judged = certificate("api.example.com", "pay.example.com")
    title = said(judged, due(judged, found(place(env="prod", owner="payments-sre")))).title
    assert title == ("[SIE] api.example.com +1: certificate expires 2026-12-01 12:00 UTC (prod, served, payments-sre)")
    assert "2026-12-01" in title[:60]


def test_the_title_of_the_opening_stays() -> None:
    """Whatever changes later."""
    judged = certificate()
    row_title = "[SIE] as it was opened"
    incident = Incident(key_of(judged), "m", judged, due(judged), "queue")
    desk, _ = opened(judged)
    row = replace(desk.record(judged), title=row_title)
    assert content(incident, Step.ERROR, row, desk.inventory, START, DAY).title == row_title


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=400))
def test_a_title_is_one_short_visible_line(name: str, env: str, owner: str) -> None:
    """Whatever names and labels say."""
    judged = certificate(name)
    title = said(judged, due(judged, found(place(env=env, owner=owner)))).title
    assert len(title) <= TITLE_CHARACTERS
    assert not set(title) & set(ZERO_WIDTH + BIDI + CONTROLS)
    assert "2026-12-01" in title


def test_hostile_names_change_no_shape_and_bring_nothing_invisible() -> None:
    """As many rows, tasks and details as with benign ones; commands are quoted."""
    bad = certificate(HOSTILE, HOSTILE + "2", subject=HOSTILE, issuer=HOSTILE, serial=HOSTILE)
    good = certificate("a.example.net", "b.example.net")
    label = {"env": HOSTILE, "owner": HOSTILE, "service": HOSTILE, "region": HOSTILE}
    hostile = said(bad, due(bad, found(replace(place(**label), uri="file:///etc/'; rm -rf ~ #\n\u202e"))))
    benign = said(good, due(good, found(place(env="prod", owner="o", service="s", region="r"))))
    assert [len(part) for part in (hostile.places, hostile.tasks, hostile.commands, hostile.details, hostile.rule)] == [
        len(part) for part in (benign.places, benign.tasks, benign.commands, benign.details, benign.rule)
    ]
    for text in texts(hostile):
        assert not set(text) & set(ZERO_WIDTH + BIDI + CONTROLS)
    assert hostile.commands[0].startswith("incidentd check 'file:///etc/'\"'\"'; rm")
    assert all(re.fullmatch(r"[a-z0-9-]+", one) for one in hostile.labels)


@given(st.text(max_size=200))
def test_a_label_is_legal_everywhere(value: str) -> None:
    """Whatever it is made of."""
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,63})", slug(value))


def test_a_certificate_without_a_name_is_named_by_its_subject_or_fingerprint() -> None:
    """A ticket without a name could not be told from another."""
    nameless = certificate(names=(), subject="CN=appliance")
    assert name_of(nameless) == "CN=appliance"
    bare = replace(nameless, subject="")
    assert name_of(bare) == bare.fingerprint[:16]
    assert f"for {bare.fingerprint[:16]} expires" in said(bare, due(bare)).what
    assert name_of(certificate(" ")) != ""


def test_three_thousand_places_are_capped_and_counted() -> None:
    """What is not replaced stands first; the rest is a number."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    done = [found(place(f"{n:04}.example.net"), PlaceStatus.REPLACED, successor=new.fingerprint) for n in range(2999)]
    what = said(judged, due(judged, *done, found(place("zz.example.net"))), timedelta(), new)
    assert (len(what.places), what.places_left_out) == (PLACES_SHOWN, 3000 - PLACES_SHOWN)
    assert "zz.example.net" in what.places[0].place
    assert sum(map(len, texts(what))) < 30_000


def test_ten_thousand_names_are_capped() -> None:
    """A hundred are shown, the others are counted."""
    judged = certificate(*(f"{n}.example.net" for n in range(10_000)))
    what = said(judged, due(judged))
    assert dict(what.details)["Names"].endswith("99.example.net and 9900 more")
    assert "19.example.net and 9980 more" in what.what
    assert what.title.startswith("[SIE] 0.example.net +9999: ")


@pytest.mark.parametrize("status", list(PlaceStatus))
def test_every_standing_of_a_place_has_words(status: PlaceStatus) -> None:
    """And a successor is named where one stands there."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    (line,) = said(judged, due(judged, found(place(), status, successor=new.fingerprint)), timedelta(), new).places
    assert line.place == f"tls://api.example.net:443 [{A}]"
    assert (new.fingerprint[:8] in line.state) is (status is not PlaceStatus.MIXED)
    assert line.seen == (
        "lately" if status in (PlaceStatus.PRESENT, PlaceStatus.MIXED) else "since 2026-10-31 12:00 UTC"
    )


def test_a_place_that_is_not_production_is_said_to_be_none() -> None:
    """It does not block, and stands last."""
    judged = certificate()
    what = said(judged, due(judged, found(place("a.example.net"), production=False, blocks=False), found(place())))
    assert [line.role for line in what.places] == ["served", "served, not production"]


@pytest.mark.parametrize(("stage", "step"), [(Stage.EXPIRED, Step.WARNING), (Stage.DUE, Step.EXPIRED)])
def test_what_has_expired_is_said_to_have(stage: Stage, step: Step) -> None:
    """Also where a cap keeps the step low, or the clock went back below the step that was reached."""
    judged = certificate()
    what = said(judged, due(judged, stage=stage, step=step))
    assert what.headline.startswith("Expired 2026-12-01 12:00 UTC.")
    assert "Clients fail TLS since it expired." in what.impact
    assert what.action.startswith("Clients are failing now")


def test_severity_and_due_date_follow_step_and_end() -> None:
    """Seven days before the end, on a working day."""
    judged = certificate()
    what = said(judged, due(judged, found(place(env="Prod EU")), step=Step.LAST_DAY))
    assert (what.severity.value, what.step, what.due_on.isoformat()) == ("critical", Step.LAST_DAY, "2026-11-24")
    assert what.labels == ("cert-expiry", "env-prod-eu", "sev-critical")


def test_a_ca_says_what_hangs_on_it() -> None:
    """And that it is a CA."""
    judged, leaves = authority(), [certificate(f"{name}.example.net") for name in "ba"]
    hanging = tuple(leaf.fingerprint for leaf in leaves)
    what = said(judged, due(judged, found(store()), dependents=hanging, opens_at=None), timedelta(), *leaves)
    assert what.what.startswith("CA certificate for ")
    assert "2 certificates that outlive it hang on it: a.example.net, b.example.net." in what.impact
    assert what.why_now.startswith("warning; due; ") and what.rule[0].startswith("Its window opened unknown")
    assert what.headline.endswith("Stored, never seen served, at 1 of 1 place. No newer certificate found.")


@pytest.mark.parametrize(
    ("stage", "step", "words"),
    [
        (Stage.DUE, Step.WARNING, "Whatever uses it will fail when it expires."),
        (Stage.EXPIRED, Step.EXPIRED, "Whatever uses it fails since it expired."),
    ],
)
def test_what_was_never_seen_served_sends_nobody_to_a_server(stage: Stage, step: Step, words: str) -> None:
    """Its users are not known; every stored copy counts."""
    judged = certificate()
    what = said(judged, due(judged, found(store()), stage=stage, step=step))
    assert words in what.impact
    assert "stored copy" in what.action
    assert "stored copy" in what.rule[-1]


def test_what_is_deployed_everywhere_frightens_nobody() -> None:
    """The last event of an incident stays in the tracker: it must not say that clients will fail."""
    judged = certificate()
    what = said(judged, due(judged, deployed=1, deployable=1))
    assert "Nobody gets it any more" in what.impact
    assert "Clients" not in what.impact


def test_nobody_was_late_before_it_was_first_seen() -> None:
    """Found five days before its end: due today, not two days ago."""
    judged = certificate(ends=5 * DAY)
    seen = Inventory({judged.fingerprint: judged}, first_seen={judged.fingerprint: START})
    incident = Incident("k", "m", judged, due(judged), "queue")
    assert content(incident, Step.ERROR, None, seen, START, DAY).due_on == START.date()


def test_services_and_regions_that_would_fail_are_named() -> None:
    """Each once; the commonest one stands for the component, ties by name."""
    judged = certificate()
    places = [place(f"{n}.example.net", service=s, region=r) for n, s, r in (("a", "x", "eu"), ("b", "y", "us"))]
    what = said(judged, due(judged, *map(found, places)))
    assert "Services: x, y. Regions: eu, us." in what.impact
    assert (what.component, what.group, what.source) == ("x", "eu", "a.example.net:443")
    assert what.owner == "unowned (no label owner= or team= at its places)"


def test_a_team_owns_what_no_owner_does() -> None:
    """Labels owner, then team."""
    judged = certificate()
    assert said(judged, due(judged, found(place(team="edge")))).owner.startswith("edge (label team= on ")


def test_members_are_counted_not_places() -> None:
    """Two addresses, one of which still shows it; removed ones count in neither."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    where = found(place())
    other = found(place(), PlaceStatus.REPLACED, successor=new.fingerprint, address=B).members
    gone = found(place(), PlaceStatus.RETIRED, address="192.0.2.9").members
    both = replace(where, members=(*where.members, *other, *gone))
    what = said(judged, due(judged, both, successor=new.fingerprint, deployed=1, deployable=2), timedelta(), new)
    assert "Served at 1 of 2 places." in what.headline
    assert f"Newer certificate {new.fingerprint[:8]}…{new.fingerprint[-4:]}: deployed at 1 of 2." in what.headline
    assert "expires 2027-12-06 12:00 UTC" in what.why_now


def test_a_missing_beginning_is_said_to_be_unreadable() -> None:
    """Never guessed."""
    judged = replace(certificate(), not_before=None)
    assert dict(said(judged, due(judged)).details)["Not before"] == "unreadable"


def test_a_queues_list_shows_the_day_and_how_many_names() -> None:
    """`+1 name`, and no time of day: the summary of an issue, when it is opened."""
    one, two, three = certificate("a.example"), certificate("a.example", "b.example"), certificate(*"abc")
    summaries = [said(each, due(each, found(place(env="prod", owner="sre")))).summary for each in (one, two, three)]
    assert summaries == [
        "[SIE] a.example: certificate expires 2026-12-01 (prod, served, sre)",
        "[SIE] a.example +1 name: certificate expires 2026-12-01 (prod, served, sre)",
        "[SIE] a +2 names: certificate expires 2026-12-01 (prod, served, sre)",
    ]


def test_it_says_who_owns_the_renewal() -> None:
    """An automation that is overdue, or none that is known; and what there is to deploy."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    assert said(judged, due(judged)).renewal == "No newer certificate found. No automation is known to own it."
    overdue = due(judged, reasons=(Reason.RENEWAL_OVERDUE,))
    assert said(judged, overdue).renewal == "No newer certificate found. An automation owns it, and is overdue."
    failing = Controller("cert-manager", ready=False, trouble="its last issuance failed")
    told = found(replace(place(), controller=failing))
    assert said(judged, due(judged, told)).renewal.endswith("cert-manager owns it: its last issuance failed.")
    assert "cert-manager" not in said(judged, due(judged, replace(told, production=False))).renewal
    stored = due(judged, successor=new.fingerprint, deployed=1, deployable=3)
    assert "deployed at 1 of 3. It expires 2027-12-06." in said(judged, stored, timedelta(), new).renewal


def test_what_is_deployed_is_what_stands_there() -> None:
    """Not the newest that could: a wildcard in the store. Of two that do, the one that ends first counts."""
    judged, newest = certificate(), certificate("*.example.net", ends=500 * DAY)
    new, other = certificate(ends=400 * DAY), certificate(ends=300 * DAY)
    by_new = found(place(), PlaceStatus.REPLACED, successor=new.fingerprint)
    by_other = found(place("b.example.net"), PlaceStatus.REPLACING, successor=other.fingerprint)
    one = due(judged, by_new, successor=newest.fingerprint, deployed=1, deployable=2)
    words = said(judged, one, timedelta(), new, newest).renewal
    assert words.startswith(f"Newer certificate {short(new.fingerprint)}: deployed at 1 of 2. It expires 2027-12-06")
    two = due(judged, by_new, by_other, successor=newest.fingerprint, deployed=2, deployable=2)
    words = said(judged, two, timedelta(), new, other, newest).renewal
    both = ", ".join(short(each) for each in sorted((new.fingerprint, other.fingerprint)))
    assert words.startswith(f"Newer certificates {both}: deployed at 2 of 2. The first of them expires 2027-08-28.")


def test_the_day_on_which_facts_changed_makes_no_other_content() -> None:
    """Else a ticket would be rewritten each day."""
    judged = certificate()
    now, later = said(judged, due(judged)), said(judged, due(judged), 3 * DAY)
    assert (now.as_of, later.as_of) == (START.date(), (START + 3 * DAY).date())
    assert now == later
    assert digest(now) == digest(later)


def test_a_plan_says_how_many_handshakes_were_still_old_and_the_ticket_does_not() -> None:
    """Another number in the next sweep rewrites no ticket."""
    judged = certificate()
    few, many = (due(judged, found(place(), PlaceStatus.MIXED, handshakes=(still, 5))) for still in (1, 4))
    incident = Incident(key_of(judged), "m", judged, few, "queue", owner_of(few.findings, judged, Owners()))
    words = action_text(ActionKind.UPDATE, incident, Step.WARNING)
    assert words.endswith("By turns at tls://api.example.net:443 (1 of 5 handshakes still old).")
    assert digest(said(judged, few)) == digest(said(judged, many))
