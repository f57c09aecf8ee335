"""What a sweep could not see, in a few harmless lines on stderr."""

import pytest

from incidentd.cli.unseen import say_what_is_unseen
from incidentd.model.inventory import Inventory, Member, Place, Run
from incidentd.model.location import Location, Role
from incidentd.model.observation import GapReason
from tests.cli.world import NOW


def place(n: int, *members: Member) -> Place:
    """One that has members, or that was never seen."""
    location = Location(f"tls://h{n}.test:443", "edge", Role.SERVED)
    if members:
        return Place(location, members)
    return Place(location, unseen_since=NOW, unseen_reason=GapReason.TIMED_OUT, unseen_text="no answer\n\x1b[1m")


def inventory(*places: Place) -> Inventory:
    return Inventory(places={one.key: one for one in places})


def test_nothing_is_said_where_all_was_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """No empty block."""
    say_what_is_unseen(inventory(place(1, Member("192.0.2.1", (Run((), NOW, NOW, 1),)))))
    assert capsys.readouterr() == ("", "")


def test_places_and_members_are_named_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr; what the other side said cannot make a line of its own."""
    seen = Member("192.0.2.1", (Run((), NOW, NOW, 1),))
    gone = Member("192.0.2.2", seen.runs, NOW, GapReason.REFUSED, "refused")
    say_what_is_unseen(inventory(place(1, seen, gone), place(2)))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "incidentd: 2 places could not be seen:",
        "  tls://h1.test:443 [192.0.2.2]: refused: refused",
        "  tls://h2.test:443: timed_out: no answer\\x0a\\x1b[1m",
    ]


def test_five_are_named_and_the_rest_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """A network that is down is one block."""
    say_what_is_unseen(inventory(*map(place, range(8))))
    lines = capsys.readouterr().err.splitlines()
    assert (len(lines), lines[-1]) == (7, "  and 3 more (incidentd list --gaps)")
    say_what_is_unseen(inventory(*map(place, range(5))))
    assert len(capsys.readouterr().err.splitlines()) == 6
