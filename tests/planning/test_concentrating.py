"""Concentrations in words and documents: what fails together and when, on one harmless line."""

import json
import unicodedata
from dataclasses import replace

import pytest

from incidentd.model.certificate import Certificate
from incidentd.model.concentration import Concentration, ConcentrationKind, Finding
from incidentd.model.policy import Policy, Waiver
from incidentd.planning.concentrating import (
    MOST_LISTED,
    NO_LATER_DAY,
    concentration_document,
    remarks,
    said,
    spread_document,
    then_words,
    told,
)
from incidentd.planning.sanitize import INVISIBLE
from incidentd.policy.concentration_spread import spread
from tests.policy.baskets import (
    BEFORE_2013,
    Placed,
    at,
    authority,
    everything,
    fleet_of_2013,
    inventory_of,
    leaf,
    reviewed,
    stored,
)
from tests.policy.builders import DAY, START

CA = authority("CA", ends=1000 * DAY)
A, B, C = (leaf(f"{name}.example", days * DAY, issuer="CN=CA") for name, days in (("a", 100), ("b", 200), ("c", 300)))
STORED = ((1, A), (2, B))
TOP = [replace(CA, fingerprint=f"{n:064x}", subject=f"CN=CA{n}", issuer="CN=Top") for n in range(2)]


def _shop(*chains: tuple[Certificate, ...], **labels: str) -> list[Placed]:
    return [at(f"h{n}", *chain, service="shop", **labels) for n, chain in enumerate(chains)]


SENTENCES: dict[ConcentrationKind, tuple[list[Placed], str]] = {
    ConcentrationKind.SAME_CERTIFICATE: (
        [at("h1", A, service="shop", region="eu"), at("h2", A, service="shop", region="us")],
        "a.example: 1 certificate at 2 endpoints in eu, us, 2 of 2 endpoints of shop: they fail together when it ends "
        "(2027-02-09 12:00 UTC), is revoked, or its key leaks",
    ),
    ConcentrationKind.SAME_KEY: (
        _shop((A,), (replace(B, key_id=A.key_id),), (C,)),
        "one key behind 2 certificates at 2 endpoints, 2 of 3 endpoints of shop: all have to be replaced at once "
        "when it leaks",
    ),
    ConcentrationKind.SHARED_ISSUER: (
        _shop((A, CA), (B, CA)),
        "the issuer CN=CA is behind 2 of 2 endpoints of shop: they fail together when it is distrusted, and none is "
        "renewed while it is down; its own certificate ends 2029-07-28 12:00 UTC",
    ),
    ConcentrationKind.SHARED_INTERMEDIATE: (
        _shop(
            (replace(A, issuer="CN=CA0"), TOP[0], replace(CA, subject="CN=Top")),
            (replace(B, issuer="CN=CA1"), TOP[1], replace(CA, subject="CN=Top")),
        ),
        "the intermediate CN=Top is behind 2 of 2 endpoints of shop: they fail together when it ends or is revoked; "
        "its own certificate ends 2029-07-28 12:00 UTC",
    ),
    ConcentrationKind.SHARED_STORE: (
        [
            *_shop((A,), (B,), (C,)),
            *(stored(f"f{n}", one) for n, one in ((1, A), (2, B))),
        ],
        "the source vault stores what is served at 2 of 3 endpoints of shop: they fail together with it",
    ),
    ConcentrationKind.SHARED_ACCOUNT: (
        _shop((A,), (B,), account="1234"),
        "the account 1234 holds what is served at 2 of 2 endpoints of shop: they fail together with it",
    ),
}


@pytest.mark.parametrize("kind", SENTENCES, ids=str)
def test_each_kind_says_what_would_fail_together_and_when(kind: ConcentrationKind) -> None:
    """A sentence that a person can act on."""
    placed, sentence = SENTENCES[kind]
    (text,) = [told(each.concentration) for each in everything(reviewed(*placed)) if each.concentration.kind is kind]
    assert text == sentence


def test_a_window_says_who_ends_when_and_how_unlikely_that_is() -> None:
    """2013 in one sentence; absolute dates only."""
    (found,) = reviewed(*fleet_of_2013(), now=BEFORE_2013).findings
    assert told(found.concentration) == (
        "blob, queue, table in asia, eu, us: 3 certificates end from 2013-02-22 20:29:53 to 2013-02-22 20:32:52 UTC, "
        "within 2 min (an even spread would let 0.00411 end in 1 day: 730 times as many; 3 not renewed)"
    )


def test_what_ends_at_one_instant_is_said_so() -> None:
    """And of many windows the first five are told."""
    ends = [(20 + 10 * (number // 2)) * DAY for number in range(14)]
    placed = [
        at(f"h{n}", leaf(f"h{n}", end, 4000 * DAY), service="shop", region=f"r{n % 2}") for n, end in enumerate(ends)
    ]
    (found,) = (one for one in reviewed(*placed).findings if one.concentration.windows)
    text = told(found.concentration)
    assert "2 certificates end at 2026-11-21 12:00:00 UTC (an even spread would let 0.0245 end in 7 days" in text
    assert text.endswith("; and 2 more windows")


def test_what_people_said_stands_beside_it() -> None:
    """Who accepted it and until when; that a waiver has ended; or nothing."""
    (found,) = reviewed(*SENTENCES[ConcentrationKind.SAME_CERTIFICATE][0]).findings
    waiver = Waiver(found.id, START + DAY, "one for each region in March", "edge\u202e")
    assert said(found) == ""
    assert said(replace(found, waiver=waiver)) == (
        "accepted until 2026-11-02 12:00 UTC by edge\\u202e (one for each region in March)"
    )
    assert said(replace(found, ended=waiver)).startswith("the waiver by edge\\u202e (one for")
    assert said(replace(found, ended=waiver)).endswith(" ended 2026-11-02 12:00 UTC")


def test_what_cannot_be_told_is_said() -> None:
    """Labels that are missing, keys that are not known, waivers that name nothing."""
    waivers = (Waiver("same_key-0123456789ab", START, "r", "o"), Waiver("same_certificate-0", START, "r", "o"))
    shown = [at("h1", A, region="eu"), at("h2", A, region="us"), at("h3", replace(B, key_id=""), service="shop")]
    (found,) = reviewed(*shown).findings
    near = replace(waivers[1], id=f"{found.id[:-1]}x")
    assert remarks(reviewed(*shown, policy=Policy(waivers=(waivers[0], near)))) == [
        "2 of 3 endpoints without the label `service`: what depends on one thing cannot be told",
        "1 of 3 endpoints without the label `region`: what fails in several regions cannot be told",
        "the key of 1 certificate is not known: whether others share it cannot be told",
        "the waiver same_key-0123456789ab names no concentration",
        f"the waiver {near.id} names no concentration: did you mean {found.id}?",
    ]
    assert remarks(reviewed()) == []


def test_the_document_holds_what_scripts_rely_on() -> None:
    """The keys of the contract, and what a waiver needs."""
    (found,) = reviewed(*fleet_of_2013(), now=BEFORE_2013).findings
    waivers = (Waiver(found.id, BEFORE_2013, "r", "o"), Waiver("same_key-0123456789ab", BEFORE_2013, "r", "o"))
    document = concentration_document(
        reviewed(*fleet_of_2013(), now=BEFORE_2013, policy=Policy(waivers=waivers)),
    )
    assert set(document) == {"schema_version", "findings", "unjudged", "unknown_waivers"}
    (row,) = document["findings"]
    assert {"id", "kind", "fingerprints", "regions", "services", "text"} <= set(row)
    assert (row["kind"], row["services"], row["regions"]) == (
        "same_window",
        ["blob", "queue", "table"],
        ["asia", "eu", "us"],
    )
    assert row["windows"][0]["begins_at"] == "2013-02-22T20:29:53Z"
    assert (row["accepted"], row["waiver"]["until"]) == (False, "2012-11-01T00:00:00Z")
    assert [one["kind"] for one in row["includes"]] == ["same_certificate"] * 3 + ["shared_issuer"]
    assert document["unknown_waivers"][0]["nearest"] is None
    assert json.loads(json.dumps(document)) == document


def test_proposals_as_a_document() -> None:
    """Days, and whether there is one left."""
    placed = fleet_of_2013()
    (found,) = reviewed(*placed, now=BEFORE_2013).findings
    known = inventory_of(placed).certificates
    rows = spread_document(spread(found, known, BEFORE_2013))
    assert (rows[0]["name"], rows[0]["renew_on"], rows[0]["then_on"]) == ("*.blob.example", "2012-11-08", None)
    late = spread_document(spread(found, known, BEFORE_2013 + 60 * DAY))
    assert (late[0]["at_once"], late[0]["then_on"]) == (True, "2014-09-16")


def test_a_life_too_short_to_be_pulled_apart_is_said_to_be_one() -> None:
    """All at once, they end together again; where a day was chosen there is no second one to speak of."""
    assert then_words(None, at_once=True) == NO_LATER_DAY
    assert (then_words("2014-09-16", at_once=True), then_words(None, at_once=False)) == ("2014-09-16", "")


HOSTILE = "<b>\x1b[31m\u202e\r\n{{ 7 * 7 }}"


def test_hostile_labels_and_names_are_inert_and_bounded() -> None:
    """Service, region, account, issuer, subject, owner: none does anything to a terminal, however many there are."""
    one = Concentration(
        kind=ConcentrationKind.SHARED_ISSUER,
        subject=tuple(f"{HOSTILE}{n}" for n in range(2000)),
        fingerprints=tuple(f"{n:064x}" for n in range(2000)),
        services=tuple(f"{HOSTILE}{n}" for n in range(2000)),
        regions=tuple(f"{HOSTILE}{n}" for n in range(2000)),
        endpoints=2000,
        first_end=START,
    )
    labels = {"service": HOSTILE, "account": HOSTILE}
    certificates = [
        replace(each, issuer=HOSTILE, names=(f"{n}{HOSTILE}",))
        for n, each in enumerate((A, A, replace(B, key_id=A.key_id), C))
    ]
    hostile = [at(f"h{n}", each, region=f"{n}\x00", **labels) for n, each in enumerate(certificates)]
    found = reviewed(*hostile)
    document = concentration_document(replace(found, findings=(*found.findings, Finding(one))))
    texts = [told(each.concentration) for each in (*everything(found), Finding(one))]
    for text in (*texts, *remarks(found), *_strings(document)):
        assert not {character for character in text if unicodedata.category(character) in INVISIBLE}
    assert all(len(text) < 4000 for text in texts)
    last = document["findings"][-1]
    assert (len(last["fingerprints"]), len(last["services"]), last["certificates"]) == (MOST_LISTED, MOST_LISTED, 2000)


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in _strings(each)]
    return [value] if isinstance(value, str) else []
