"""Values come back from the state as they went in, or not at all."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.errors import StoreError
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentState
from incidentd.model.inventory import Run
from incidentd.model.observation import AbsenceKind
from incidentd.model.ticket import Comment, TicketContent
from incidentd.store.codec import choice, dump, load
from incidentd.store.columns import instant, microseconds, outside_text, plain_text
from tests.store.examples import content

TEXTS = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\\", "\\u0000", "\x00", "\udc80\\"])
TIMES = st.datetimes(timezones=st.just(UTC))


@given(TIMES, TIMES)
def test_times_keep_their_order_and_every_microsecond(one: datetime, other: datetime) -> None:
    """From the year 1 to the year 9999."""
    assert instant(microseconds(one)) == one
    assert (microseconds(one) < microseconds(other)) == (one < other)
    assert -(2**63) <= microseconds(one) < 2**63


def test_times_of_other_zones_are_the_same_instants_and_naive_ones_are_refused() -> None:
    """What has no zone has no place on the line."""
    local = datetime(2026, 11, 22, 14, tzinfo=timezone(timedelta(hours=2)))
    assert instant(microseconds(local)) == local
    with pytest.raises(TypeError):
        microseconds(datetime(2026, 11, 22))


@given(TEXTS)
def test_outside_text_survives_as_text_that_every_database_takes(text: str) -> None:
    """NUL and lone surrogates are escaped, and nothing else can be mistaken for an escape."""
    kept = plain_text(text)
    assert outside_text(kept) == text
    assert "\0" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept


@given(st.builds(Certificate, not_before=st.none() | TIMES, not_after=TIMES, common_name=st.none() | st.text()))
def test_certificates_survive(certificate: Certificate) -> None:
    """Whatever could be read of them."""
    assert load(Certificate, dump(certificate)) == certificate


@given(st.lists(st.builds(Run, first_at=TIMES, last_at=TIMES, absence=st.none() | st.sampled_from(AbsenceKind))))
def test_runs_survive(runs: list[Run]) -> None:
    """With their absences and suspicions."""
    assert load(tuple[Run, ...], dump(tuple(runs))) == tuple(runs)


def test_ticket_contents_survive() -> None:
    """Enumerations, dates, pairs and nested lines."""
    assert load(TicketContent, dump(content())) == content()
    assert load(tuple[Comment, ...], dump((Comment("a", "\udc80"),))) == (Comment("a", "\udc80"),)


def test_what_holds_its_default_is_left_out() -> None:
    """Rows are many; and a field that an older program did not write takes its default."""
    run = Run(("aa",), instant(1), instant(2), 1)
    assert dump(run) == '{"chain":["aa"],"first_at":1,"last_at":2,"looks":1}'


@dataclass(frozen=True, slots=True)
class Sample:
    """One field of each kind."""

    text: str = ""
    number: int = 0
    claim: bool = False
    day: date | None = None
    at: datetime | None = None
    pair: tuple[str, int] = ("", 0)
    many: tuple[int, ...] = ()


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{", '"x"', '{"unknown":1}', '{"text":1}', '{"text":null}', '{"number":"1"}',
        '{"number":1.5}', '{"number":true}', '{"claim":1}', '{"day":"22 Nov"}', '{"day":1}', '{"at":"2026"}',
        '{"at":1e3}', '{"at":99999999999999999999}', '{"pair":["a"]}', '{"pair":["a",1,2]}', '{"pair":{"a":1}}',
        '{"many":"12"}', '{"many":["1"]}',
    ],
)  # fmt: skip  # a list, read in rows
def test_what_does_not_fit_exactly_is_refused(text: str) -> None:
    """Damage is said, never guessed at."""
    with pytest.raises(StoreError, match="a stored Sample cannot be read"):
        load(Sample, text)


def test_missing_fields_and_unknown_words_are_refused() -> None:
    """A certificate without an end is none; a state that this program does not know is not taken for another."""
    with pytest.raises(StoreError, match="Certificate"):
        load(Certificate, '{"fingerprint":"aa"}')
    with pytest.raises(StoreError, match="IncidentState"):
        choice(IncidentState, "snoozed")


@pytest.mark.parametrize("value", [1.5, b"key", {1, 2}, object()])
def test_what_has_no_place_in_the_state_is_refused(value: Any) -> None:
    """Bytes above all: no key material ever gets in."""
    with pytest.raises(TypeError, match="no place"):
        dump((value,))
