"""What is tried again, how often, and after how long: in process, on a clock that the test holds."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.errors import TransportError
from incidentd.transport import Answer, Transport, excerpt
from tests.transport.clocks import EvenChance, HeldClock

URL = "https://tracker.example/x"
Step = int | tuple[int, dict[str, str]] | Exception


class Scripted:
    """An application that answers by a script: a status, a status with headers, or a broken line."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.calls = 0

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        step = self.steps[min(self.calls, len(self.steps) - 1)]
        self.calls += 1
        if isinstance(step, Exception):
            raise step
        status, headers = step if isinstance(step, tuple) else (step, {})
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"{}"})


async def asked(app: Scripted, clock: HeldClock, *, idempotent: bool) -> Answer:
    transport = Transport(clock, EvenChance(), apps={"https://tracker.example": app})
    return await transport.request("POST", URL, json={}, idempotent=idempotent)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_read_survives_a_passing_trouble(status: int) -> None:
    """Two troubles in a row are waited out."""
    clock, app = HeldClock(), Scripted(status, status, 200)
    assert (await asked(app, clock, idempotent=True)).status == 200
    assert app.calls == 3
    assert clock.slept == sorted(clock.slept)
    assert sum(clock.slept) < 5


async def test_a_trouble_that_stays_is_given_to_the_caller() -> None:
    """After three attempts the answer itself comes back."""
    app = Scripted(503)
    assert (await asked(app, HeldClock(), idempotent=True)).status == 503
    assert app.calls == 3


async def test_a_broken_line_is_tried_again_for_a_read_and_then_raised() -> None:
    """Three attempts, then the error of the last."""
    app = Scripted(ConnectionResetError("cut"))
    with pytest.raises(TransportError) as caught:
        await asked(app, HeldClock(), idempotent=True)
    assert app.calls == 3
    assert caught.value.sent


@pytest.mark.parametrize("step", [429, 502, 503, 504, ConnectionResetError("cut")])
async def test_what_is_not_idempotent_is_sent_once(step: Step) -> None:
    """A create is never repeated here, whatever comes back."""
    clock, app = HeldClock(), Scripted(step, 200)
    try:
        answer = await asked(app, clock, idempotent=False)
        assert answer.status == step
    except TransportError as error:
        assert error.sent
    assert app.calls == 1
    assert clock.slept == []


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 410, 500, 501])
async def test_other_answers_are_final(status: int) -> None:
    """Asking again would change nothing, or hide something."""
    app = Scripted(status, 200)
    assert (await asked(app, HeldClock(), idempotent=True)).status == status
    assert app.calls == 1


async def test_a_short_retry_after_is_obeyed() -> None:
    """Never sooner than asked for."""
    clock, app = HeldClock(), Scripted((429, {"retry-after": "4"}), 200)
    assert (await asked(app, clock, idempotent=True)).status == 200
    assert len(clock.slept) == 1
    assert clock.slept[0] >= 4


async def test_a_long_retry_after_is_the_callers_to_obey() -> None:
    """Nobody sleeps half an hour in the middle of a pass."""
    clock, app = HeldClock(), Scripted((429, {"retry-after": "1847"}), 200)
    answer = await asked(app, clock, idempotent=True)
    assert (answer.status, answer.wait_seconds(clock.now())) == (429, 1847.0)
    assert clock.slept == []


async def test_an_unknown_origin_in_process_is_unreachable() -> None:
    """Where applications stand in for the network, nothing else can be reached."""
    transport = Transport(HeldClock(), EvenChance(), apps={"https://tracker.example": Scripted(200)})
    with pytest.raises(TransportError) as caught:
        await transport.request("GET", "https://elsewhere.example/", idempotent=False)
    assert not caught.value.sent


NOW = HeldClock().now()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 30 "}, 30.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 40}, 9_999_999_999.0),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"retry-after": "Sun, 99 Nov 2026 10:00:00 GMT"}, None),
        ({"ratelimit-reset": "17"}, 17.0),
        ({"x-ratelimit-reset": (NOW + timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%MZ")}, 60.0),
        ({"retry-after": "5", "ratelimit-reset": "17"}, 5.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 40)}, 40.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) - 40)}, 0.0),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 40)}, 40.0),
        ({"retry-after": "Sunday, 22-Nov-26 12:01:30 GMT"}, 90.0),
        ({"retry-after": "Sun Nov 22 12:01:30 2026"}, 90.0),
        ({"retry-after": "", "ratelimit-reset": "17"}, 17.0),
    ],
)
def test_how_long_to_wait_is_read_from_any_vendors_header(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds or dates; nonsense counts as nothing said."""
    assert Answer(429, headers, b"").wait_seconds(NOW) == seconds


def test_a_date_to_wait_for_is_measured_by_the_other_sides_clock() -> None:
    """Where both stand in one answer, our own clock does not matter."""
    theirs = NOW + timedelta(days=3)
    headers = {"date": format_datetime(theirs, usegmt=True), "retry-after": format_datetime(theirs, usegmt=True)}
    assert Answer(429, headers, b"").wait_seconds(NOW) == 0.0


@given(st.text(), st.datetimes())
def test_no_header_can_break_the_reading(value: str, moment: datetime) -> None:
    """Whatever stands there, a number that is not negative or nothing comes out."""
    for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset", "date"):
        answer = Answer(429, {name: value, "retry-after": moment.isoformat()}, b"")
        wait = answer.wait_seconds(NOW)
        assert wait is None or wait >= 0
        assert answer.date is None or answer.date.tzinfo is not None


@given(st.text(max_size=2_000))
def test_an_excerpt_is_one_short_printable_line(text: str) -> None:
    """Outside text cannot break a message, a log line or a terminal."""
    shown = excerpt(text)
    assert len(shown) <= 300
    assert shown.isprintable()
