"""Laws: what never depends on order, what an even spread never does, what one endpoint more never takes away."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Assessment
from incidentd.model.concentration import Review
from incidentd.model.location import labels_of
from incidentd.model.policy import Policy, Waiver
from tests.policy.baskets import Placed, at, authority, even_fleet, everything, leaf, renewed, reviewed
from tests.policy.builders import DAY, HOUR, START

FEW = settings(max_examples=40)
AUTHORITY = authority("Issuing CA")
POOL = [
    leaf(
        f"c{number}.example",
        (30 + number // 4 * 9) * DAY + number * HOUR,
        issuer=AUTHORITY.subject if number % 2 else "CN=Other",
        key_id=f"{number % 9:064x}",
    )
    for number in range(24)
]
LABELS = st.sampled_from(["", "a", "b", "c"])
SPOTS = st.tuples(st.integers(0, 23), LABELS, LABELS, st.sampled_from(["prod", "Prod", "dev"]), st.booleans())


def _placed(number: int, spot: tuple[int, str, str, str, bool]) -> Placed:
    which, service, region, env, with_authority = spot
    chain = (POOL[which], AUTHORITY) if with_authority else (POOL[which],)
    return at(f"h{number}", *chain, service=service, region=region, env=env)


PLACED = st.lists(SPOTS, max_size=30).map(lambda spots: [_placed(*each) for each in enumerate(spots)])
RENEWED = st.sets(st.sampled_from(POOL)).map(lambda some: renewed(*sorted(some, key=lambda one: one.fingerprint)))


def _ids(found: Review) -> set[str]:
    return {one.id for one in everything(found)}


@FEW
@given(PLACED, RENEWED, st.randoms(use_true_random=False))
def test_the_order_of_the_inventory_changes_nothing(
    placed: list[Placed], some: dict[str, Assessment], chance: object
) -> None:
    """Places come as the database gives them."""
    shuffled = list(placed)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random, which hypothesis does not say
    first, again = (reviewed(*each, assessments=some) for each in (placed, shuffled))
    assert first == again


@FEW
@given(PLACED, RENEWED)
def test_every_finding_is_told_once_and_every_id_is_its_own(placed: list[Placed], some: dict[str, Assessment]) -> None:
    """Who speaks for others covers them: certificates, services and regions."""
    found = reviewed(*placed, assessments=some)
    assert len(_ids(found)) == len(everything(found))
    for finding in found.findings:
        for within in finding.includes:
            for of in ("fingerprints", "services", "regions"):
                assert set(getattr(within.concentration, of)) <= set(getattr(finding.concentration, of))


@FEW
@given(
    size=st.integers(2, 300),
    lives=st.integers(1, 900),
    services=st.integers(1, 6),
    regions=st.integers(1, 4),
    unrenewed=st.integers(0, 300),
)
def test_what_is_spread_evenly_never_ends_together(
    size: int, lives: int, services: int, regions: int, unrenewed: int
) -> None:
    """Whatever it is dealt out to, and whatever of it is renewed."""
    placed = even_fleet(size - size % services, lives * DAY, services, regions, issuers=1000)
    some = renewed(*(one.chains[0][0] for one in placed[unrenewed:]))
    assert not [id for id in _ids(reviewed(*placed, assessments=some)) if id.startswith("same_window")]


@FEW
@given(PLACED, st.integers(0, 29), st.sampled_from(["a", "d", "e"]))
def test_the_same_in_one_region_more_takes_no_finding_away(placed: list[Placed], which: int, region: str) -> None:
    """One more endpoint of a service for a certificate that it has: what that certificate was part of, it still is.

    But for windows of several services: those are known by their services, and one more may be struck now.
    """
    if not placed:
        return
    one = placed[which % len(placed)]
    labels = labels_of({**dict(one.location.labels), "region": region})
    more = replace(one, location=replace(one.location, uri="tls://more:443", labels=labels))
    about = one.chains[0][0].fingerprint
    found = (each.concentration for each in everything(reviewed(*placed)))
    kept = {each.id for each in found if about in each.fingerprints and not (each.windows and len(each.services) > 1)}
    assert kept <= _ids(reviewed(*placed, more))


@FEW
@given(PLACED)
def test_what_is_not_production_changes_nothing(placed: list[Placed]) -> None:
    """As if it were not there."""
    outside = [one for one in placed if dict(one.location.labels)["env"] == "dev"]
    assert reviewed(*placed) == reviewed(*(one for one in placed if one not in outside))


@FEW
@given(PLACED, st.integers(-40, 40))
def test_a_waiver_hides_nothing(placed: list[Placed], days: int) -> None:
    """What is accepted is still found, and so is what it spoke for."""
    ids = _ids(reviewed(*placed))
    waivers = tuple(Waiver(id, START + timedelta(days=days), "r", "o") for id in sorted(ids))
    found = reviewed(*placed, policy=Policy(waivers=waivers))
    assert _ids(found) == ids
    assert {one.waiver is not None for one in everything(found)} <= {days > 0}
    assert found.strays == ()


@FEW
@given(PLACED, st.integers(0, 400), st.integers(0, 400))
def test_a_review_stands_until_it_says(placed: list[Placed], first: int, later: int) -> None:
    """Nothing changes by itself before that."""
    now = START + first * DAY
    found = reviewed(*placed, now=now)
    at_later = now + later * DAY
    if at_later < found.until:
        assert replace(reviewed(*placed, now=at_later), until=found.until) == found
