"""The gate by itself: which releases speak for a build, and in which words the verdict is told."""

import json

import pytest

from incidentd.artefacts.scan import Build
from incidentd.artefacts.scanned import Changed, InBuild, Scanned, Unread, UnreadReason
from incidentd.cli.releasing.gate import Asked, Known, KnownRelease, known_release, verdict
from incidentd.cli.releasing.telling import GateForm, announce_line, document, lines, summary
from incidentd.model.release import Carried, Release
from tests.cli.world import NOW, certificate

OLD, NEW, OTHER = certificate("api.test", 30), certificate("api.test", 300), certificate("other.test", 200)
ADDED = Scanned(added=(InBuild(NEW, ("build.tar!/a.pem", "build.tar!/b.pem"), 3),))
CHANGED = Scanned(changed=(Changed(InBuild(OLD, ("a.pem",)), InBuild(NEW, ("a.pem",))),))
BACK = Scanned(changed=(Changed(InBuild(NEW, ("a.pem",)), InBuild(OLD, ("a.pem",))),))
REMOVED = Scanned(removed=(InBuild(OLD, ("a.pem",)),))
BRINGING = KnownRelease("R", "storage", brings=frozenset((NEW.fingerprint,)))
BEFORE = KnownRelease("B", "storage", brings=frozenset((OLD.fingerprint,)))
UNDOING = KnownRelease("U", "", brings=BEFORE.brings, takes=BRINGING.brings)
TAKING = KnownRelease("T", "", takes=frozenset((OLD.fingerprint,)))
UNREAD = Unread("a.p12", UnreadReason.KEYSTORE, "it is not read")
ALL = Asked()


@pytest.mark.parametrize(
    ("scanned", "known", "asked", "passes"),
    [
        (Scanned(), Known(), ALL, True),
        (ADDED, Known(), ALL, False),
        (ADDED, Known((BRINGING,)), ALL, True),
        (ADDED, Known((TAKING,)), ALL, False),
        (ADDED, Known((TAKING, BRINGING)), ALL, True),
        (ADDED, Known((BRINGING,)), Asked(id="R", service=" Storage"), True),
        (ADDED, Known((BRINGING,)), Asked(id="other"), False),
        (ADDED, Known((BRINGING,)), Asked(service="other"), False),
        (ADDED, Known(served={NEW.fingerprint}), ALL, True),
        (CHANGED, Known(), ALL, False),
        (CHANGED, Known((BRINGING,)), ALL, True),
        (CHANGED, Known(served={NEW.fingerprint}), ALL, False),
        (BACK, Known((BEFORE,)), ALL, False),
        (BACK, Known((BEFORE, UNDOING)), ALL, True),
        (REMOVED, Known(), ALL, False),
        (REMOVED, Known((BRINGING,)), ALL, False),
        (REMOVED, Known((TAKING,)), ALL, True),
        (Scanned(unread=(UNREAD,)), Known(), ALL, False),
        (Scanned(unopened=(UNREAD,)), Known(), ALL, True),
        (Scanned(trust=ADDED.added), Known(), ALL, True),
    ],
)
def test_a_build_passes_when_all_of_it_is_said(scanned: Scanned, known: Known, asked: Asked, passes: bool) -> None:
    """What it adds, changes and removes; what is served already changes nothing; what could not be read fails it."""
    assert verdict(scanned, known, asked).passes is passes


def test_what_a_release_says_is_what_it_brings_and_takes() -> None:
    """Until it is abandoned: then it says nothing."""
    release = Release("R", NOW, NOW, "storage", carried=Carried((OTHER,), ((OLD, NEW),), (OTHER,)))
    known = known_release(release)
    assert known.brings == {OTHER.fingerprint, NEW.fingerprint}
    assert known.takes == {OTHER.fingerprint, OLD.fingerprint}
    given_up = known_release(Release("R", NOW, NOW, abandoned_at=NOW, carried=release.carried))
    assert (given_up.brings, given_up.takes) == (frozenset(), frozenset())


def said(scanned: Scanned, form: GateForm, known: Known = Known()) -> list[str]:  # noqa: B008 - a frozen value
    return list(lines(verdict(scanned, known, ALL), form, "incidentd release announce …"))


def test_it_is_told_in_words() -> None:
    """Which certificate, where, what is done with it, who says so."""
    both = Scanned(ADDED.added, CHANGED.changed, REMOVED.removed, unread=(UNREAD,))
    assert said(both, GateForm.TEXT, Known((TAKING,))) == [
        "added: build.tar!/a.pem (and 4 more): api.test is carried, which expires 2027-07-19 12:00 UTC; "
        "no announced release says so",
        "changed: a.pem: api.test changes: it expires 2027-07-19 12:00 UTC, the one before it 2026-10-22 12:00 UTC; "
        "no announced release says so",
        "removed: a.pem: api.test is removed, which expires 2026-10-22 12:00 UTC; release T says so",
        "not read: a.p12: it is not read",
    ]


def test_it_is_told_as_annotations_of_what_fails() -> None:
    """Of the file in the build; within an archive the archive's."""
    (added,) = said(ADDED, GateForm.GITHUB)
    assert added.startswith("::error file=build.tar,title=certificate not announced::build.tar!/a.pem (and 4 more): ")
    assert added.endswith("Before this step: incidentd release announce …")
    assert said(Scanned(unread=(UNREAD,)), GateForm.GITHUB) == [
        "::error file=a.p12,title=not read::a.p12: not read: it is not read"
    ]
    assert said(ADDED, GateForm.GITHUB, Known((BRINGING,))) == []


def test_nothing_in_a_build_does_anything_to_a_terminal_or_a_workflow() -> None:
    """A file's name may hold anything."""
    place = "::stop-commands::x\x1b[2J\n::set-output name=x::y\u202e.pem"
    unread = Unread(place, UnreadReason.TORN, "torn")
    hostile = Scanned(added=(InBuild(certificate("\x1b[31mevil\n::error::x"), (place,)),), unread=(unread,))
    for form in (GateForm.TEXT, GateForm.GITHUB):
        for line in said(hostile, form):
            assert line.isprintable()
            assert line.startswith(("added: ", "not read: ", "::error file="))
            if form is GateForm.GITHUB:
                assert "title=" in line.split("::")[1]
    judged = verdict(hostile, Known(), ALL)
    assert "\\u001b" not in json.dumps(document(judged, ""))
    line = announce_line(Build((place,), None, ("*\x07",)), ALL)
    assert line.isprintable()


def test_the_line_to_add_is_ready_for_a_shell() -> None:
    """With what the check was asked for; a name is filled in where none was given."""
    assert announce_line(Build(("my build.tar", "b"), "a..b", ("*/x/*",)), Asked("R 1", "shop")) == (
        "incidentd release announce --id 'R 1' --service shop --artifact 'my build.tar' --artifact b"
        " --git a..b --ignore '*/x/*'"
    )
    assert announce_line(Build(("b",)), ALL) == "incidentd release announce --id RELEASE --artifact b"


@pytest.mark.parametrize(
    ("scanned", "known", "words"),
    [
        (Scanned(), Known(), "0 certificates added, changed or removed: nothing has to be announced"),
        (
            ADDED,
            Known((BRINGING,)),
            "1 certificate added, changed or removed: all of it is announced, or served already",
        ),
        (ADDED, Known(), "1 certificate that no announced release speaks of. Before this:\n  ANNOUNCE"),
        (
            Scanned(unread=(UNREAD,), unread_more=2),
            Known(),
            "3 parts of the build could not be read: mend or leave out",
        ),
        (
            Scanned(unopened=(UNREAD,) * 4),
            Known(),
            "not looked into: 4 parts of other kinds (zip, zstd, …), a.p12, a.p12",
        ),
        (
            Scanned(trust=ADDED.added),
            Known(),
            "not counted: 1 CA certificate to vouch for others (roots, trust bundles)\n0 certificates added",
        ),
    ],
)
def test_what_it_comes_to(scanned: Scanned, known: Known, words: str) -> None:
    """And what to do."""
    assert "\n".join(summary(verdict(scanned, known, ALL), "ANNOUNCE")).startswith(words)


def test_it_is_told_as_a_document() -> None:
    """With everything that a script may want to know."""
    judged = verdict(Scanned(ADDED.added, unread=(UNREAD,), trust=ADDED.added), Known(), ALL)
    assert document(judged, "ANNOUNCE") == {
        "passes": False,
        "certificates": [
            {
                "act": "added",
                "fingerprint": NEW.fingerprint,
                "name": "api.test",
                "not_after": "2027-07-19T12:00:00Z",
                "places": ["build.tar!/a.pem", "build.tar!/b.pem"],
                "more_places": 3,
                "replaces": None,
                "release": None,
                "served": False,
            }
        ],
        "unread": [{"place": "a.p12", "reason": "keystore", "text": "it is not read"}],
        "unread_more": 0,
        "unopened": [],
        "unopened_more": 0,
        "trust": 1,
        "announce": "ANNOUNCE",
    }
