"""Releases: what is said of them, one thing after another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.model.certificate import Certificate
from incidentd.model.release import Announcement, Carried, Release, abandoned, announced, shipped

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OLD, NEW, OTHER = (Certificate(mark * 64, None, NOW) for mark in "abc")
CARRIED = Carried(added=(OTHER, NEW), changed=((OLD, NEW),), removed=(OLD,))
SAID = Announcement("R", NOW, "storage", LATER, CARRIED, "OPS-7", "https://ci.example.net/R")


def test_a_first_announcement_is_the_release() -> None:
    """All that is said of it, and that it is on its way."""
    release = announced(None, SAID)
    assert release == Release("R", NOW, NOW, "storage", LATER, None, None, CARRIED, "OPS-7", "https://ci.example.net/R")
    assert (release.on_its_way, release.ships_at) == (True, LATER)


@pytest.mark.parametrize(
    "news",
    [
        {},
        {"service": "payments"},
        {"service": ""},
        {"planned_at": LATER + timedelta(days=3)},
        {"carried": Carried()},
        {"ticket": ""},
        {"url": "https://ci.example.net/2"},
    ],
)
def test_announced_again_it_is_updated(news: dict[str, object]) -> None:
    """What is said anew counts, also that there is none; what nothing is said of stands."""
    first = announced(None, SAID)
    again = announced(first, replace(Announcement("R", LATER), **news))  # type: ignore[arg-type]  # fields by name
    assert again == replace(first, announced_at=LATER, **news)  # type: ignore[arg-type]  # fields by name


def test_a_release_brings_each_new_certificate_once() -> None:
    """Added ones and those that take another's place; what it removes, and what it replaces, it does not bring."""
    assert announced(None, SAID).brings == (OTHER, NEW)


@pytest.mark.parametrize(
    ("carried", "changes"),
    [
        (Carried(), False),
        (Carried(unread=("x.pem: torn",)), False),
        (Carried(added=(NEW,)), True),
        (Carried(changed=((OLD, NEW),)), True),
        (Carried(removed=(OLD,)), True),
    ],
)
def test_a_build_that_touches_certificates_is_a_certificate_release(carried: Carried, changes: bool) -> None:
    """Adding, changing and removing alike."""
    assert carried.changes_certificates is changes


def test_what_was_shipped_shipped_when_that_was_first_said() -> None:
    """It carries what it carried, and is no longer on its way."""
    once = shipped(announced(None, SAID), LATER)
    assert (once.shipped_at, once.ships_at, once.on_its_way, once.brings) == (LATER, LATER, False, (OTHER, NEW))
    assert shipped(once, LATER + timedelta(days=1)) == once


def test_what_was_abandoned_carries_nothing() -> None:
    """Not even when it had shipped before: it was taken back."""
    once = abandoned(shipped(announced(None, SAID), LATER), LATER)
    assert (once.brings, once.on_its_way, once.abandoned_at) == ((), False, LATER)
    assert abandoned(once, LATER + timedelta(days=1)) == once


def test_announced_or_shipped_after_all_it_counts_again() -> None:
    """The last word holds."""
    over = abandoned(announced(None, SAID), LATER)
    assert shipped(over, LATER).brings == (OTHER, NEW)
    again = announced(over, Announcement("R", LATER))
    assert (again.on_its_way, again.brings) == (True, (OTHER, NEW))
