"""The documents that scripts rely on have the keys, values and order that the interface promises."""

import json
from dataclasses import replace

import pytest

from incidentd.model.assessment import Assessment, PlaceStatus, Stage, Step
from incidentd.model.incident import Event, page_key
from incidentd.model.inventory import Inventory, Member, Place, Run, SilentAddress
from incidentd.model.observation import GapReason
from incidentd.model.owner import Owner
from incidentd.model.plan import ActionKind
from incidentd.model.policy import GuardLimits
from incidentd.model.release import Carrier
from incidentd.model.ticket import Closer
from incidentd.planning.documents import gaps_document, incidents_document, list_document, plan_document
from incidentd.planning.guard import plan_hash
from tests.planning.beside_desk import BesideDesk
from tests.planning.desk import Desk, due, found, key_of, opened, settled
from tests.policy.builders import DAY, START, A, B, certificate, place, store

ITEM = {"key", "fingerprint", "name", "not_after", "severity", "stage", "tracker", "ticket", "reasons", "text"}
INCIDENT = {
    "key", "fingerprint", "name", "not_after", "severity", "stage", "state", "tracker", "ticket", "url",
    "opened_at", "closed_at", "locations", "history",
}  # fmt: skip  # a list, read in rows


def desk_with_one_of_each() -> Desk:
    """A plan that opens, reopens, updates, comments, closes, holds and leaves."""
    judged = [certificate(ends=(index + 20) * DAY) for index in range(7)]
    new = certificate(ends=400 * DAY)
    desk = Desk(*((each, due(each)) for each in judged[1:6])).know(new)
    desk.run()
    desk.limits = GuardLimits(open_per_hour=6)
    desk.close_ticket(judged[1], Closer.AUTOMATION)
    desk.judge(judged[2], due(judged[2], step=Step.ERROR))
    desk.close_ticket(judged[3])
    desk.judge(judged[4], settled(judged[4], by=new))
    return desk.judge(judged[0], due(judged[0])).judge(judged[6], due(judged[6]))


def test_a_plan_has_the_promised_keys() -> None:
    """Reopenings are under open, comments under update; what is left is a number."""
    plan = desk_with_one_of_each().plan()
    document = plan_document(plan)
    promised = {"schema_version", "hash", "open", "update", "close", "hold", "leave"}
    assert set(document) == promised | {"self", "pages", "moves", "releases"}
    assert (document["schema_version"], document["hash"], document["leave"]) == (1, plan_hash(plan), 1)
    assert [item["action"] for item in document["open"]] == ["open", "reopen"]
    assert sorted(item["action"] for item in document["update"]) == ["comment", "update"]
    assert [item["action"] for item in document["close"]] == ["close"]
    items = [item for part in ("open", "update", "close", "hold") for item in document[part]]
    assert all(set(item) >= ITEM for item in items)
    assert json.loads(json.dumps(document)) == document


def test_an_item_says_what_is_to_be_done_and_why() -> None:
    """Severity, stage and times in the interface's words."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.LAST_DAY))
    (item,) = plan_document(desk.plan())["update"]
    assert {name: item[name] for name in ITEM - {"text"}} == {
        "key": key_of(judged),
        "fingerprint": judged.fingerprint,
        "name": "api.example.net",
        "not_after": "2026-12-01T12:00:00Z",
        "severity": "critical",
        "stage": "due",
        "tracker": "queue",
        "ticket": "OPS-1",
        "reasons": ["threshold_passed"],
    }
    assert item["text"] == "update api.example.net: expires 2026-12-01 12:00 UTC, last_day. No newer certificate found."


def test_a_held_item_says_first_why_it_is_held() -> None:
    """The guard's code leads its reasons; there is no ticket yet."""
    judged = certificate()
    desk = Desk((judged, due(judged)), limits=GuardLimits(open_per_hour=0))
    document = plan_document(desk.plan())
    (item,) = document["hold"]
    assert item["reasons"] == ["guard_open_rate", "threshold_passed"]
    assert (item["ticket"], document["open"]) == (None, [])
    assert "an hour" in item["held"]


def test_the_same_plan_has_the_same_hash_and_an_empty_one_too() -> None:
    """Stable text, so that it can be typed."""
    empty = plan_document(Desk().plan())
    assert (empty["hold"], len(empty["hash"]), empty["leave"]) == ([], 16, 0)
    assert empty["hash"] == plan_document(Desk().plan())["hash"]


def test_incidents_have_the_promised_keys() -> None:
    """Places with role and status, history with times in Z; unseen places beside the stage, in order."""
    desk, judged = opened()
    hostile = replace(store(), uri="file:///b\n\u202e")
    dark = [found(where, unseen_since=START) for where in (hostile, place("a.example.net"))]
    history = [(desk.record(judged), (Event(START, "opened", "OPS-1"),))]
    document = incidents_document(history, {judged.fingerprint: due(judged, *dark)})
    assert document["schema_version"] == 1
    (row,) = document["incidents"]
    assert set(row) >= INCIDENT
    assert (row["state"], row["ticket"], row["url"]) == ("open", "OPS-1", "https://queue.example/OPS-1")
    assert (row["opened_at"], row["closed_at"]) == ("2026-11-01T12:00:00Z", None)
    assert row["history"] == [{"at": "2026-11-01T12:00:00Z", "what": "opened", "text": "OPS-1"}]
    assert row["unseen"] == ["file:///b\\x0a\\u202e", "tls://a.example.net:443"]
    assert [(each["location"], each["role"], each["status"]) for each in row["locations"]] == [
        ("file:///b\\x0a\\u202e", "stored", "present"),
        ("tls://a.example.net:443", "served", "present"),
    ]
    assert row["locations"][1]["members"] == [{"address": A, "status": "present", "unseen": True}]


@pytest.mark.parametrize("closer", [Closer.PERSON, None])
def test_an_incident_without_ticket_end_or_places_says_null(closer: Closer | None) -> None:
    """Not delivered, its end unknown, its certificate gone; and a held one says on whose word."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    desk.commit()
    bare = replace(desk.record(judged), not_after=None)
    (row,) = incidents_document([(bare, ())], {})["incidents"]
    assert (row["owner"], row["owner_rule"]) == (None, None)
    assert (row["not_after"], row["ticket"], row["url"], row["locations"], row["unseen"]) == (None, None, None, [], [])
    desk.deliver()
    desk.close_ticket(judged, closer)
    desk.run()
    desk.judge(judged, settled(judged)).run()
    owners = {judged.fingerprint: Owner("payments", "label team=")}
    (row,) = incidents_document([(desk.record(judged), ())], desk.assessments, owners)["incidents"]
    assert (row["owner"], row["owner_rule"]) == ("payments", "label team=")
    assert (row["state"], row["held_by"], row["closed_at"]) == ("closed", "person", "2026-11-01T12:00:00Z")


def test_the_list_is_sorted_by_end_and_has_the_promised_keys() -> None:
    """All certificates, whatever their stage."""
    late, soon = certificate("b.example.net", ends=50 * DAY), certificate("a\u200b.example.net", ends=DAY)
    fine = Assessment(late.fingerprint, Stage.FINE, ())
    inventory = Inventory(certificates={each.fingerprint: each for each in (late, soon)})
    document = list_document(inventory, {late.fingerprint: fine, soon.fingerprint: due(soon)})
    assert [row["fingerprint"] for row in document["certificates"]] == [soon.fingerprint, late.fingerprint]
    assert all(
        {"fingerprint", "name", "not_after", "locations", "stage"} <= set(row) for row in document["certificates"]
    )
    assert document["certificates"][0]["name"] == "a\\u200b.example.net"
    assert [row["stage"] for row in document["certificates"]] == ["due", "fine"]


def test_gaps_say_what_could_not_be_seen_since_when_and_why() -> None:
    """A place that never answered, a member that does not now, an address that never did; seen ones are left out."""
    run = Run(("x",), START, START, 1)
    seen, dark = Member(A, (run,)), Member(B, (run,), START, GapReason.TIMED_OUT, "no\nanswer")
    bare = Member("c", (run,), START)
    never = Place(place("n.example.net"), unseen_since=START, unseen_reason=GapReason.REFUSED, unseen_text="refused")
    silent = Place(place("s.example.net"), unseen_since=START)
    mute = SilentAddress("d", START, GapReason.UNREACHABLE, "no route")
    places = [Place(place(), (seen, dark, bare), silent=(mute,)), never, replace(silent, silent=(mute,))]
    rows = gaps_document(Inventory(places={each.key: each for each in places}))["gaps"]
    assert [(row["location"], row["member"], row["reason"], row["text"]) for row in rows] == [
        ("tls://api.example.net:443", B, "timed_out", "no\\x0aanswer"),
        ("tls://api.example.net:443", "c", "", ""),
        ("tls://api.example.net:443", "d", "unreachable", "no route"),
        ("tls://n.example.net:443", "", "refused", "refused"),
        ("tls://s.example.net:443", "", "", ""),
    ]
    assert {row["unseen_since"] for row in rows} == {"2026-11-01T12:00:00Z"}


def test_a_closing_of_a_row_without_a_name_is_named_harmlessly() -> None:
    """By what the certificate says, made visible."""
    judged = certificate("evil\u202e.example.net")
    desk, _ = opened(judged)
    desk.rows = {id: replace(row, name="") for id, row in desk.rows.items()}
    (action,) = desk.judge(judged, settled(judged, found(place(), PlaceStatus.RETIRED))).plan().actions
    assert (action.kind, action.name) == (ActionKind.CLOSE, "evil\\u202e.example.net")


def test_an_incident_tells_of_its_page_and_a_plan_of_pages_and_moves_apart() -> None:
    """They are no incidents of their own: neither among those, nor among what is opened or closed."""
    judged = certificate()
    desk = BesideDesk((judged, due(judged, step=Step.ERROR)))
    desk.run()
    document = plan_document(desk.plan())
    (item,) = document["pages"]
    assert (item["key"], item["tracker"], document["open"]) == (page_key(key_of(judged)), "oncall", [])
    assert (item["owner"], item["page"]) == (None, None)
    desk.settle()
    desk.person_resolves_page(judged)
    desk.settle()
    history = [(row, ()) for row in reversed(desk.rows.values())]
    (row,) = incidents_document(history, desk.assessments)["incidents"]
    page = {"tracker": "oncall", "ticket": "OPS-2", "url": "https://queue.example/OPS-2"}
    assert row["page"] == page | {"state": "held", "held_by": "person"}
    desk.move(judged, "elsewhere")
    assert plan_document(desk.plan())["open"][0]["page"] == {"tracker": "oncall", "from": "error"}
    desk.run()
    assert [item["reasons"] for item in plan_document(desk.plan())["moves"]] == [["moved"]]
    bare = BesideDesk((judged, due(judged, step=Step.ERROR)))
    bare.run()
    bare.commit()
    history = [(row, ()) for row in reversed(bare.rows.values())]
    (row,) = incidents_document(history, {})["incidents"]
    assert row["page"] == {"tracker": "oncall", "ticket": None, "url": None, "state": "open", "held_by": None}


def test_an_incident_tells_in_which_release_its_renewal_travels() -> None:
    """Null where no release is known to carry it."""
    desk, judged = opened()
    carrier = Carrier("2026.12", START, "f" * 64, planned_at=START)
    for known, told in (
        (due(judged), None),
        (due(judged, carrier=carrier), {"planned_at": "2026-11-01T12:00:00Z", "shipped_at": None, "late": False}),
        (
            due(judged, stage=Stage.RELEASE_LATE, carrier=replace(carrier, planned_at=None, shipped_at=START)),
            {"planned_at": None, "shipped_at": "2026-11-01T12:00:00Z", "late": True},
        ),
    ):
        (row,) = incidents_document([(desk.record(judged), ())], {judged.fingerprint: known})["incidents"]
        assert row["release"] == (None if told is None else {"id": "2026.12", **told})
