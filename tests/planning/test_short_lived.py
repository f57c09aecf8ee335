"""Many short-lived certificates in a first plan: how many, and the two lines that would let them off."""

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Reason
from incidentd.model.certificate import Certificate
from incidentd.model.policy import GuardLimits
from incidentd.planning.short_lived import ISSUER_CHARACTERS, MANY, what_would_let_them_off
from incidentd.policy.automation import matches
from incidentd.settings import policy_in
from incidentd.settings.judgement import PolicySettings
from tests.planning.desk import Desk, due
from tests.policy.builders import DAY, certificate, place


def short_lived(number: int, lasts: timedelta = 60 * DAY, **more: object) -> Certificate:
    """One of several."""
    return certificate(f"h{number}.example.net", ends=50 * DAY, lasts=lasts, **more)


def hint(desk: Desk) -> list[str]:
    """Its lines."""
    return list(what_would_let_them_off(desk.plan()))


def desk_of(*judged: Certificate, limit: int = 50) -> Desk:
    """All due on the first day."""
    return Desk(*((each, due(each)) for each in judged), limits=GuardLimits(open_per_hour=limit))


def test_many_are_counted_and_the_two_lines_told() -> None:
    """Also those that the guard holds; the commonest issuer first."""
    judged = [short_lived(number, issuer="CN=R3" if number % 3 else "CN=E1") for number in range(6)]
    first, *lines = hint(desk_of(*judged, limit=2))
    assert first.startswith("incidentd: 6 new incidents are for certificates that live for less than 184 days.")
    assert lines == ["policy:", '  automated: [{issuer: "CN=R3"}, {issuer: "CN=E1"}]']


@pytest.mark.parametrize("lasts", [60 * DAY, 400 * DAY])
def test_a_few_or_long_lived_ones_are_not_worth_a_hint(lasts: timedelta) -> None:
    """One fewer than many; or any number of the others."""
    count = MANY - 1 if lasts < 184 * DAY else 2 * MANY
    assert hint(desk_of(*(short_lived(number, lasts) for number in range(count)))) == []


def test_what_is_open_already_or_overdue_is_not_counted() -> None:
    """The second plan is no first one; and a robot that missed its time is no candidate."""
    judged = [short_lived(number) for number in range(MANY)]
    desk = desk_of(*judged)
    assert len(hint(desk)) == 3
    desk.run()
    assert hint(desk) == []
    assert hint(Desk(*((each, due(each, reasons=(Reason.RENEWAL_OVERDUE,))) for each in judged))) == []


@pytest.mark.parametrize("issuer", ["", "CN=" + "x" * ISSUER_CHARACTERS])
def test_an_issuer_that_cannot_be_written_is_not(issuer: str) -> None:
    """None, or one as long as a page."""
    assert hint(desk_of(*(short_lived(number, issuer=issuer) for number in range(MANY)))) == []


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=ISSUER_CHARACTERS))
def test_the_two_lines_mean_just_that_issuer(issuer: str) -> None:
    """Whatever its name holds: read as a configuration they let its certificates off, and no others."""
    judged = [short_lived(number, issuer=issuer) for number in range(MANY)]
    _, *lines = hint(desk_of(*judged))
    text = "\n".join(lines)
    assert text.isascii() and len(lines) == 2
    policy = policy_in(PolicySettings.model_validate(yaml.safe_load(text)["policy"]), ())
    [matcher] = policy.automated
    assert all(matches(matcher, each, place()) for each in judged)
    assert not matches(matcher, replace(judged[0], issuer=f"{issuer}x"), place())
