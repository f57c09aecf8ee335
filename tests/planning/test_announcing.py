"""What is said of a release is taken as it is meant, or refused; and what it renews is told."""

from dataclasses import replace

import pytest

from incidentd.errors import UsageError
from incidentd.model.assessment import Assessment, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory
from incidentd.model.release import Announcement, Carried, Carrier, Release
from incidentd.planning.announcing import (
    MOST_CARRIED,
    announcement,
    release_document,
    release_id,
    releases_document,
    renewals,
    state_of,
    told,
)
from tests.policy.builders import DAY, START, certificate, release

OLD, LATER, NEW = certificate(ends=60 * DAY), certificate(ends=70 * DAY), certificate(ends=400 * DAY)
KNOWN = Inventory({one.fingerprint: one for one in (OLD, LATER, NEW)})
PLANNED = release(NEW, planned=90 * DAY)


def wanted(judged: Certificate, carrier: str | None, *reasons: Reason) -> Assessment:
    """It has an incident, and its renewal travels in this release."""
    travels = Carrier(carrier, START, NEW.fingerprint, planned_at=START + 90 * DAY) if carrier else None
    return Assessment(judged.fingerprint, Stage.RELEASE_LATE, reasons, step=Step.ERROR, carrier=travels)


@pytest.mark.parametrize("id", ["2026.12-payments", "v1", "org/app@1.2:3+4_5", "a" * 100])
def test_an_id_is_what_build_systems_call_releases(id: str) -> None:
    """As it is."""
    assert release_id(id) == id


@pytest.mark.parametrize("id", ["", " v1", "-v1", "v 1", "v1\n", "a" * 101, "ü", "<b>", "../etc", "\x1b[2J"])
def test_what_is_no_id_is_refused(id: str) -> None:
    """Nothing that could be anything else where it is shown."""
    with pytest.raises(UsageError, match="no id"):
        announcement(id, START)


def test_an_announcement_says_what_was_said() -> None:
    """And nothing of what was not; a service is made harmless, as any outside text."""
    assert announcement("R", START) == Announcement("R", START)
    said = announcement("R", START, service=" a\u202e \n b ", ticket="#12", url="https://ci.example.net/1?a=b")
    assert said.service == "a\\u202e b"
    assert announcement("R", START, service="", ticket="", url="") == Announcement("R", START, "", None, None, "", "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("ticket", text) for text in ("OPS 7", "../7", "a" * 102, "<b>", "OPS-7\n")),
        *(
            ("url", text)
            for text in (
                "javascript:alert(1)", "ftp://a", "https://", "https://u:p@a", "https://a b", "http://[", "https://a\x1b",
                "https://ä", f"https://{'a' * 1000}",
            )
        ),
    ],
)  # fmt: skip  # a list, read in rows
def test_what_could_mean_something_else_is_refused(field: str, text: str) -> None:
    """Tickets are named, addresses are http or https."""
    with pytest.raises(UsageError, match="that is no"):
        announcement("R", START, ticket=text if field == "ticket" else None, url=text if field == "url" else None)


def test_nobody_announces_a_world_of_certificates() -> None:
    """What no release carries is refused whole."""
    many = tuple(replace(NEW, fingerprint=f"{number:064x}") for number in range(MOST_CARRIED + 1))
    announcement("R", START, carried=Carried(many[1:]))
    with pytest.raises(UsageError, match="at most"):
        announcement("R", START, carried=Carried(many))


def test_what_a_release_renews_is_told_soonest_end_first() -> None:
    """Certificates with incidents only; late is said where it is the release that the renewal travels in."""
    other = replace(PLANNED, id="other")
    judged = {
        LATER.fingerprint: wanted(LATER, "other", Reason.RELEASE_PLANNED_LATE),
        OLD.fingerprint: wanted(OLD, "R", Reason.RELEASE_PLANNED_LATE),
        NEW.fingerprint: Assessment(NEW.fingerprint, Stage.FINE, ()),
    }
    found = renewals([PLANNED, other, release(id="empty")], judged, KNOWN)
    assert {id: [one.certificate for one in renewed] for id, renewed in found.items()} == {
        "R": [OLD, LATER],
        "other": [OLD, LATER],
    }
    assert [bool(one.late) for one in (*found["R"], *found["other"])] == [True, False, False, True]
    twice = replace(PLANNED, carried=Carried((NEW,), ((OLD, NEW),)))
    assert len(renewals([twice], judged, KNOWN)["R"]) == 2


@pytest.mark.parametrize(
    ("stands", "words"),
    [
        (PLANNED, "announced: 1 certificate added, changed or removed; planned 2027-01-30 12:00 UTC."),
        (release(id="R"), "announced: 0 certificates added, changed or removed."),
        (
            replace(release(NEW), carried=Carried((NEW,), (), (OLD,))),
            "announced: 2 certificates added, changed or removed.",
        ),
        (release(NEW, shipped=DAY), "shipped: 1 certificate added, changed or removed."),
    ],
)
def test_a_build_is_told_what_its_announcement_came_to(stands: Release, words: str) -> None:
    """In a line, and what it renews in one each."""
    renews_none = "It renews no certificate that has an incident."
    assert told(release_document(stands, ())) == f"Release R is {words}\n{renews_none}"


def test_what_was_given_up_is_not_said_to_renew_anything() -> None:
    """Nor to renew nothing: its certificates still stand in its document."""
    words = told(release_document(release(NEW, abandoned=True), ()))
    assert words.splitlines()[1:] == ["It carries nothing any more."]


def test_a_build_is_told_what_it_renews_and_what_could_not_be_read() -> None:
    """Whatever strangers put into names."""
    hostile = replace(OLD, names=("\x1b[2J",))
    judged = {OLD.fingerprint: wanted(hostile, "R", Reason.RELEASE_PLANNED_LATE)}
    stands = replace(PLANNED, carried=Carried((replace(NEW, names=("\x1b[2J",)),), unread=("x\x07.pem: torn",)))
    found = renewals([stands], judged, Inventory({OLD.fingerprint: hostile}))
    assert told(release_document(stands, found["R"])).splitlines()[1:] == [
        "Not readable: x\\x07.pem: torn.",
        "It renews \\x1b[2J, which expires 2026-12-31 12:00 UTC. Release R carries the newer certificate too late: "
        "planned 2027-01-30 12:00 UTC: 30 days AFTER expiry.",
    ]


def test_a_release_as_json() -> None:
    """All that stands, with null for what was never said."""
    bare = release_document(release(id="R"), ())
    assert (bare["planned_at"], bare["ticket"], bare["url"], bare["added"], bare["renews"]) == (
        None,
        None,
        None,
        [],
        [],
    )
    carried = Carried((NEW,), ((OLD, NEW),), (LATER,), ("x: torn",))
    full = replace(PLANNED, carried=carried, ticket="OPS-7", url="https://ci", shipped_at=START, abandoned_at=START)
    judged = {OLD.fingerprint: wanted(OLD, "R", Reason.RELEASE_PLANNED_LATE)}
    renewed = renewals([PLANNED], judged, KNOWN)
    (row,) = releases_document([full], renewed)["releases"]
    assert row == release_document(full, renewed["R"])
    assert (row["state"], row["ticket"], row["unread"]) == ("abandoned", "OPS-7", ["x: torn"])
    named = {"fingerprint": OLD.fingerprint, "name": "api.example.net", "not_after": "2026-12-31T12:00:00Z"}
    assert row["changed"] == [{"old": named, "new": row["added"][0]}]
    (renews,) = row["renews"]
    assert renews.pop("late").startswith("Release R carries") and renews == named
    assert (row["planned_at"], row["shipped_at"]) == ("2027-01-30T12:00:00Z", "2026-11-01T12:00:00Z")
    assert state_of(replace(full, abandoned_at=None)) == "shipped"
