"""Annotations: tenants' text as labels, cut and made plain; some count only where they are trusted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.location import IGNORED_UNTIL, IGNORING_ASKED, labels_of
from incidentd.sources.kubernetes.annotations import Said, agreed, object_labels, plain_text, said_by
from incidentd.sources.kubernetes.tenants_settings import Trusted
from tests.sources.world import NOW

ALL = tuple(Trusted)
DAY = timedelta(days=1)


def annotated(**annotations: object) -> dict[str, Any]:
    written = {f"incidentd.io/{name.replace('_', '-')}": value for name, value in annotations.items()}
    return {"metadata": {"annotations": written}}


WHOLE = annotated(owner="Storefront SRE", service="shop", env="dev", tracker="queue", ignore_until="2026-05-20")


def test_owner_and_service_always_count() -> None:
    """The others only where the source says so."""
    assert said_by(WHOLE, ()) == Said({"owner": "Storefront SRE", "service": "shop"})
    assert said_by(WHOLE, (Trusted.ENV,)).labels == {"owner": "Storefront SRE", "service": "shop", "env": "dev"}
    whole = said_by(WHOLE, ALL)
    assert whole.labels["tracker"] == "queue" and whole.ignore_until == datetime(2026, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("env", "dev\nprod"),
        ("env", "d" * 64),
        ("tracker", "Queue"),
        ("tracker", "queue,other"),
        ("owner", "\u202e\u200b\x00"),
        ("ignore_until", "for ever"),
        ("ignore_until", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_what_is_not_plain_does_not_count_and_is_told(name: str, text: str) -> None:
    """Never half of it."""
    said = said_by(annotated(**{name: text}), ALL)
    assert (said.labels, said.ignore_until) == ({}, None)
    assert said.remarks[0].startswith(f"annotation incidentd.io/{name.replace('_', '-')} does not count: ")
    assert text not in said.remarks[0]


@pytest.mark.parametrize(
    "thing", [{}, annotated(owner=7, env=None, ignore_until=[]), {"metadata": {"annotations": []}}]
)
def test_what_is_no_text_is_not_there(thing: dict[str, Any]) -> None:
    """Nothing is said then."""
    assert said_by(thing, ALL) == Said()


@given(st.text(max_size=400))
def test_a_text_becomes_one_short_plain_line(text: str) -> None:
    """Whatever it was; and a plain one stays what it is."""
    plain = plain_text(text)
    assert plain.isprintable() and len(plain) <= 64 and plain == plain.strip()
    assert plain_text(plain) == plain


def test_nobody_speaks_for_others() -> None:
    """Where several objects expose a place, a contradicted label is none, and leaving production takes all of them."""
    dev, silent, other = said_by(WHOLE, ALL), said_by({}, ALL), said_by(annotated(env="prod", service="cart"), ALL)
    assert agreed([dev, dev]).labels["env"] == "dev"
    assert agreed([dev, silent]).labels == {"owner": "Storefront SRE", "service": "shop", "tracker": "queue"}
    assert "env" not in agreed([dev, other]).labels and "service" not in agreed([dev, other]).labels
    assert agreed([dev, silent]).ignore_until is None
    later = said_by(annotated(ignore_until="2026-05-25"), ALL)
    assert agreed([later, dev]).ignore_until == datetime(2026, 5, 20, tzinfo=UTC)


def test_one_namespace_names_no_owner_and_no_tracker_for_another() -> None:
    """Whoever names somebody else's host in an Ingress would else choose where its incident goes."""
    mine, theirs = (replace(said_by(WHOLE, ALL), namespace=name) for name in ("evil", "web"))
    silent = Said(namespace="web")
    assert agreed([mine, silent]).labels == {}
    assert agreed([mine, silent, replace(theirs, labels={"owner": "Storefront SRE"})]).labels == {
        "owner": "Storefront SRE"
    }
    assert said_by({"metadata": {"namespace": "web", "name": "a"}}, ALL) == silent


def labels_after(until: str, known: dict[str, str] | None = None, now: datetime = NOW) -> dict[str, str]:
    return object_labels(annotated(ignore_until=until), ALL, labels_of(known or {}), now)


def test_a_place_is_ignored_for_thirty_days_at_most() -> None:
    """From when the annotation was first seen: seen again and again, it gains no time."""
    first = labels_after("2099-01-01")
    assert first == {IGNORED_UNTIL: "2026-05-31T12:00:00Z", IGNORING_ASKED: "2099-01-01T00:00:00Z"}
    assert labels_after("2099-01-01", first, NOW + 29 * DAY) == first
    assert labels_after("2099-01-01", first, NOW + 90 * DAY) == first
    assert labels_after("2026-05-10", first, NOW + DAY)[IGNORED_UNTIL] == "2026-05-10T00:00:00Z"
    assert labels_after("2026-05-10T23:00:00+02:00")[IGNORED_UNTIL] == "2026-05-10T21:00:00Z"


def test_another_wish_is_counted_from_when_it_came() -> None:
    """Somebody wrote it again: that is a decision, and it is listed. Without the annotation nothing is left."""
    first = labels_after("2099-01-01")
    again = labels_after("2099-01-02", first, NOW + 20 * DAY)
    assert again[IGNORED_UNTIL] == "2026-06-20T12:00:00Z"
    assert object_labels({}, ALL, labels_of(again), NOW) == {}
    assert object_labels(annotated(ignore_until="2099-01-01"), (), labels_of(again), NOW) == {}
