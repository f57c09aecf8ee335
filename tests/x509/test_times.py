"""Times in certificates: as lenient as OpenSSL, and never later than what stands there."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.x509.der import GENERALIZED_TIME, UTC_TIME, Element, read_element
from incidentd.x509.times import TimeOutOfRange, TimeUnreadable, read_time
from tests.x509.samples import tlv


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (UTC_TIME, "130222202953Z", "2013-02-22T20:29:53"),
        (UTC_TIME, "491231235959Z", "2049-12-31T23:59:59"),
        (UTC_TIME, "500101000000Z", "1950-01-01T00:00:00"),
        (UTC_TIME, "0910151359Z", "2009-10-15T13:59:00"),
        (UTC_TIME, "091015235900+1000", "2009-10-15T13:59:00"),
        (UTC_TIME, "0910152359-0130", "2009-10-16T01:29:00"),
        (GENERALIZED_TIME, "20130222202953Z", "2013-02-22T20:29:53"),
        (GENERALIZED_TIME, "205712010607Z", "2057-12-01T06:07:00"),
        (GENERALIZED_TIME, "20560811122001-0600", "2056-08-11T18:20:01"),
        (GENERALIZED_TIME, "20571201060708.999Z", "2057-12-01T06:07:08"),
        (GENERALIZED_TIME, "20571201060708,5Z", "2057-12-01T06:07:08"),
        (GENERALIZED_TIME, "20280229000000Z", "2028-02-29T00:00:00"),
        (GENERALIZED_TIME, "00010101000000Z", "0001-01-01T00:00:00"),
        (GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59"),
    ],
)
def test_times_that_openssl_dates_are_dated_alike(tag: int, text: str, expected: str) -> None:
    """Missing seconds are 0, offsets are applied, fractions dropped, two digits pivot at 50."""
    assert read_time(_element(tag, text)) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("tag", [UTC_TIME, GENERALIZED_TIME])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Z",
        "270222202953",
        "20270222202953",
        "270230000000Z",
        "20270229000000Z",
        "270222242953Z",
        "270222202960Z",
        "20271322202953Z",
        "27022220295\u0663Z",
        "270222202953z",
        "270222202953Z ",
        "270222202953Z\x00",
        "-70222202953Z",
        "270222202953+9900",
        "270222202953+0060",
        "2019020701025736Z",
        "20270222202953." + "9" * 100 + "Z",
    ],
)
def test_what_is_no_time_is_unreadable(tag: int, text: str) -> None:
    """No zone, no such day, other characters, anything before or behind: nothing is guessed."""
    with pytest.raises(TimeUnreadable) as failure:
        read_time(_element(tag, text))
    assert not isinstance(failure.value, TimeOutOfRange)


@pytest.mark.parametrize("text", ["00000101000000Z", "99991231235959-0001", "00010101000000+0001"])
def test_years_outside_1_to_9999_are_out_of_range(text: str) -> None:
    """They are told apart from what is no time at all."""
    with pytest.raises(TimeOutOfRange):
        read_time(_element(GENERALIZED_TIME, text))


@pytest.mark.parametrize("tag", [0x04, 0x16, 0x30])
def test_a_time_under_another_tag_is_none(tag: int) -> None:
    """A text that looks like a time is not one."""
    with pytest.raises(TimeUnreadable):
        read_time(read_element(tlv(tag, b"270222202953Z")))


@given(
    st.datetimes(datetime(1950, 1, 3), datetime(2049, 12, 29)),
    st.integers(-14 * 60, 14 * 60),
    st.booleans(),
)
def test_an_offset_moves_the_instant_and_never_later_than_it_stands(
    local: datetime, offset_minutes: int, is_short: bool
) -> None:
    """The instant is local time less the offset, whether written with two digits of the year or four."""
    sign = "-" if offset_minutes < 0 else "+"
    zone = f"{sign}{abs(offset_minutes) // 60:02}{abs(offset_minutes) % 60:02}"
    text = local.strftime("%y%m%d%H%M%S" if is_short else "%Y%m%d%H%M%S") + zone
    expected = (local - timedelta(minutes=offset_minutes)).replace(tzinfo=UTC, microsecond=0)
    assert read_time(_element(UTC_TIME if is_short else GENERALIZED_TIME, text)) == expected


def _element(tag: int, text: str) -> Element:
    return read_element(tlv(tag, text.encode()))
