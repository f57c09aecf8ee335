"""Windows: what ends together beyond chance, scored against an even spread."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.model.assessment import Assessment, Reason, Stage
from incidentd.model.concentration import Concentration, ConcentrationKind
from incidentd.model.location import Location, Role, labels_of
from tests.policy.baskets import (
    NO_ASSESSMENTS,
    YEAR,
    Placed,
    at,
    even_fleet,
    everything,
    judged,
    leaf,
    renewed,
    reviewed,
)
from tests.policy.builders import DAY, HOUR, START

WEEK = 7 * DAY
MICROSECOND = timedelta(microseconds=1)


def _ending(*ends: timedelta, service: str = "shop", regions: int = 2, lives: timedelta = YEAR) -> list[Placed]:
    """One certificate for each end, dealt out to regions in turn."""
    return [
        at(
            f"{service}{number}.example",
            leaf(f"{service}{number}.example", end, lives),
            service=service,
            region=f"r{number % regions}",
        )
        for number, end in enumerate(ends)
    ]


def _windows(placed: Sequence[Placed], assessments: Mapping[str, Assessment] = NO_ASSESSMENTS) -> list[Concentration]:
    found = everything(reviewed(*placed, assessments=assessments))
    return [one.concentration for one in found if one.concentration.kind is ConcentrationKind.SAME_WINDOW]


def _renewed(placed: Sequence[Placed]) -> dict[str, Assessment]:
    return renewed(*(one.chains[0][0] for one in placed))


D100 = 100 * DAY
FAR = [300 * DAY + number * 8 * DAY for number in range(5)]
CASES: dict[str, tuple[list[Placed], int]] = {
    "two that nobody renewed, on one day": (_ending(D100, D100 + HOUR), 1),
    "two, almost a week apart": (_ending(D100, D100 + WEEK - MICROSECOND), 1),
    "two, a week apart": (_ending(D100, D100 + WEEK), 0),
    "two in one region": (_ending(D100, D100 + HOUR, regions=1), 0),
    "three in one region": (_ending(D100, D100, D100, regions=1), 0),
    "one alone": (_ending(D100), 0),
    "two clusters of a service": (_ending(D100, D100, 200 * DAY, 200 * DAY), 1),
    "all within the week that they live": (_ending(*([DAY] * 9), lives=5 * DAY), 0),
    "twice what an even spread has": (_ending(DAY, DAY, DAY, DAY, *FAR[:4], lives=28 * DAY), 1),
    "less than twice": (_ending(DAY, DAY, DAY, *FAR, lives=28 * DAY), 0),
    "what ended a moment ago, with what ends soon": (_ending(-HOUR, HOUR), 1),
    "what has all ended": (_ending(-2 * HOUR, -HOUR), 0),
    "what ended long ago, and was never replaced": (_ending(-30 * DAY, -30 * DAY, D100), 0),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_window_is_flagged_by_count_score_regions_and_weight(case: str) -> None:
    """At least two regions, twice the even spread, and a weight of three; less than a week apart."""
    placed, expected = CASES[case]
    assert len(_windows(placed)) == expected


def test_what_is_renewed_weighs_half() -> None:
    """Two are enough while nobody renewed either or one of them, three otherwise."""
    two, three = _ending(D100, D100), _ending(D100, D100, D100)
    assert len(_windows(two, assessments=_renewed(two[:1]))) == 1
    assert _windows(two, assessments=_renewed(two)) == []
    assert len(_windows(three, assessments=_renewed(three))) == 1


def test_what_automation_renews_counts_as_renewed() -> None:
    """By its proof; an exemption on somebody's word renews nothing."""
    placed = _ending(D100, D100)
    for reason, expected in ((Reason.RENEWED_BY_AUTOMATION, 0), (Reason.EXEMPT_BY_POLICY, 1)):
        exempt = [judged(one.chains[0][0], Stage.EXEMPT, reason) for one in placed]
        assert len(_windows(placed, assessments={**exempt[0], **exempt[1]})) == expected


def test_the_score_is_the_count_over_the_even_spread() -> None:
    """Four of eight that live 28 days: an even spread lets two end in a week."""
    (one,) = _windows(_ending(DAY, DAY, DAY, DAY, *FAR[:4], lives=28 * DAY))
    (window,) = one.windows
    assert (window.expected, window.score, window.unrenewed) == (2.0, 2.0, 4)


def test_a_life_that_cannot_be_read_counts_as_a_year() -> None:
    """It is neither left out nor taken for long."""
    placed = _ending(D100, D100)
    blind = [replace(one, chains=((replace(one.chains[0][0], not_before=None),),)) for one in placed]
    assert _windows(blind)[0].windows == _windows(placed)[0].windows


def test_what_has_no_end_ends_with_nothing() -> None:
    """9999-12-31T23:59:59Z says that there is no expiration date."""
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert _windows([at(f"h{n}", leaf(f"h{n}", never), service="s", region=f"r{n}") for n in range(4)]) == []
    late = never - timedelta(days=1)
    placed = [at(f"h{n}", leaf(f"h{n}", late), service="s", region=f"r{n}") for n in range(4)]
    assert len(_windows(placed)) == 1


def test_several_clusters_of_a_service_are_one_finding_with_a_window_each() -> None:
    """Its id is the service's, whichever of them passes first."""
    (both,) = _windows(_ending(D100, D100, 200 * DAY, 200 * DAY))
    (first,) = _windows(_ending(D100, D100))
    assert [window.begins_at for window in both.windows] == [START + D100, START + 200 * DAY]
    assert both.id == first.id
    assert both.services == ("shop",)


def test_a_straggler_before_a_cluster_does_not_cut_it_in_two() -> None:
    """The fullest window is the one that is told."""
    straggler, cluster = D100 - 6 * DAY, [D100 + number * DAY for number in range(4)]
    (one,) = _windows(_ending(straggler, *cluster))
    assert [len(window.fingerprints) for window in one.windows] == [4]


def test_what_comes_before_the_fullest_window_is_told_if_it_is_enough_itself() -> None:
    """Two clusters that overlap within a week are two windows."""
    (one,) = _windows(_ending(D100, D100, *[D100 + 6 * DAY] * 2, *[D100 + 8 * DAY] * 5))
    assert [len(window.fingerprints) for window in one.windows] == [2, 7]


def _services(ends: Sequence[timedelta], regions: int = 2) -> list[Placed]:
    """One service for each end, each with one certificate in so many regions."""
    placed = []
    for number, end in enumerate(ends):
        one = leaf(f"s{number}.example", end)
        placed += [at(f"{r}.s{number}", one, service=f"s{number}", region=f"r{r}") for r in range(regions)]
    return placed


@pytest.mark.parametrize(
    ("ends", "regions", "expected"),
    [
        ([D100, D100 + HOUR], 2, 1),
        ([D100, D100 + 23 * HOUR], 2, 1),
        ([D100, D100 + 24 * HOUR], 2, 0),
        ([D100, D100 + HOUR], 1, 0),
        ([D100], 3, 0),
    ],
)
def test_several_services_fail_together_within_a_day(ends: list[timedelta], regions: int, expected: int) -> None:
    """Each in two regions at least; a week would be chance."""
    assert len(_windows(_services(ends, regions))) == expected


def test_a_service_that_is_struck_in_one_region_only_is_no_part_of_it() -> None:
    """Its certificate ends on the same day, and is not counted."""
    bystander = at("x", leaf("x.example", D100), service="aside", region="r0")
    (one,) = _windows([*_services([D100, D100]), bystander])
    assert one.services == ("s0", "s1")
    assert len(one.fingerprints) == 2


def test_bystanders_alone_do_not_make_it_enough() -> None:
    """Two services on one certificate, and a third one's in one region: only one certificate counts."""
    shared = leaf("both.example", D100)
    places = [at(f"{s}{r}", shared, service=s, region=f"r{r}") for s in ("a", "b") for r in range(2)]
    bystander = at("x", leaf("x.example", D100), service="aside", region="r0")
    assert _windows([*places, bystander]) == []


def test_what_has_no_service_or_region_is_in_no_window() -> None:
    """Nobody knows whom it would strike."""
    labels = [{"service": "shop"}, {"region": "eu"}, {}]
    locations = (
        Location(f"tls://h{number}:443", "edge", Role.SERVED, labels_of(labels[number % 3])) for number in range(9)
    )
    placed = [Placed(where, ((leaf(where.uri, D100),),)) for where in locations]
    assert _windows(placed) == []


@pytest.mark.parametrize("size", [52, 53, 60, 104, 365, 800])
def test_an_even_spread_over_a_year_is_silent_whatever_is_renewed(size: int) -> None:
    """Weights tell two from three; they never make a crowd of an even spread."""
    placed = even_fleet(size, 364 * DAY, regions=4)
    some = _renewed(placed[: size // 4])
    assert _windows(placed) == _windows(placed, assessments=some) == []
