"""`concentration`: from the state, in words and as a document; and what `doctor` says of waivers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from incidentd.cli.doctoring.waivers import waiver_checks
from incidentd.model.preflight import Check
from incidentd.settings import load_settings
from tests.cli.site import Site, told
from tests.web.partitioned import lay_out_regions

LONG_AGO, FAR = "2020-01-01", "2999-01-01"


@pytest.fixture
def partitioned(tmp_path: Path) -> Site:
    """Two services in two regions that end together, and one certificate that is everywhere; swept once."""
    site = _site(tmp_path)
    assert told(site, "run", "--once").code == 0
    return site


def _site(folder: Path) -> Site:
    site = Site(folder, {})
    shop = [("shop", region, site.issue(200, f"{region}.shop.example.test")) for region in ("eu", "us")]
    wide = site.issue(300, "post.example.test")
    sources = lay_out_regions(folder, [*shop, ("post", "eu", wide), ("post", "us", wide)])
    site.configure(state={"url": f"sqlite:///{folder}/state/incidentd.db"}, sources=sources)
    return site


def _ids(site: Site) -> list[str]:
    return [row["id"] for row in told(site, "concentration", "--json").document["findings"]]


def _waivers(site: Site, *waivers: tuple[str, str]) -> None:
    listed = [{"id": id, "until": until, "owner": "edge", "reason": "next rotation"} for id, until in waivers]
    site.configure(policy={"waivers": listed})


def _mistyped(id: str) -> str:
    return f"{id[:-1]}{'0' if id[-1] != '0' else '1'}"


def test_it_is_told_in_words_with_what_to_do(partitioned: Site) -> None:
    """What fails together, the id that a waiver needs, how many, and what cannot be judged; exit 0."""
    said = told(partitioned, "concentration")
    assert said.code == 0
    for id in _ids(partitioned):
        assert f"\n{id}\n" in f"\n{said.out}"
    assert "shop in eu, us: 2 certificates end" in said.out
    assert "post.example.test: 1 certificate at 2 endpoints in eu, us, 2 of 2 endpoints of post" in said.out
    assert "3 concentrations, 0 accepted." in said.out


@pytest.mark.parametrize("form", [["--json"], ["-o", "json"]], ids=["--json", "-o json"])
def test_the_document_has_every_key_of_the_contract(partitioned: Site, form: list[str]) -> None:
    """And proposals only where they were asked for."""
    document = told(partitioned, "concentration", *form).document
    assert set(document) == {"schema_version", "findings", "unjudged", "unknown_waivers"}
    for row in document["findings"]:
        assert {"id", "kind", "fingerprints", "regions", "services", "text"} <= set(row)
    assert [row["kind"] for row in document["findings"]] == ["same_window", "same_certificate", "shared_issuer"]
    spread = told(partitioned, "concentration", "--spread", *form).document["spread"]
    assert sorted(row["name"] for row in spread) == ["eu.shop.example.test", "us.shop.example.test"]


def test_a_spread_proposes_days_that_are_not_too_late(partitioned: Site) -> None:
    """A week apart, three months before the end at the latest; nothing for what is accepted."""
    said = told(partitioned, "concentration", "--spread")
    first, second = (
        datetime.fromisoformat(row["renew_on"]).replace(tzinfo=UTC)
        for row in told(partitioned, "concentration", "--spread", "--json").document["spread"]
    )
    assert second - first == timedelta(days=7)
    assert f"{first:%Y-%m-%d}" in said.out
    assert "renew on" in said.out
    _waivers(partitioned, (_ids(partitioned)[0], FAR))
    assert told(partitioned, "concentration", "--spread").out.endswith("Nothing to pull apart.\n")


def test_a_waiver_is_told_and_one_that_ended_says_so(partitioned: Site) -> None:
    """With its owner and reason; one that names nothing gets the nearest id."""
    window, certificate, issuer = _ids(partitioned)
    mistyped = _mistyped(issuer)
    _waivers(partitioned, (window, FAR), (certificate, LONG_AGO), (mistyped, FAR))
    out = told(partitioned, "concentration").out
    assert "  accepted until 2999-01-01 00:00 UTC by edge (next rotation).\n" in out
    assert "  the waiver by edge (next rotation) ended 2020-01-01 00:00 UTC.\n" in out
    assert "3 concentrations, 1 accepted." in out
    assert f"The waiver {mistyped} names no concentration: did you mean {issuer}?\n" in out


def test_nothing_is_said_to_be_nothing_and_labels_that_are_missing_are_named(tmp_path: Path) -> None:
    """Silence would look like safety."""
    site = Site(tmp_path, {})
    site.certificate("api.pem", 200)
    sources = {"disk": {"kind": "files", "role": "served", "paths": ["pki"]}}
    site.configure(state={"url": f"sqlite:///{tmp_path}/state.db"}, sources=sources)
    told(site, "run", "--once")
    assert told(site, "concentration", "--spread").out == (
        "0 concentrations, 0 accepted.\n"
        "1 of 1 endpoint without the label `service`: what depends on one thing cannot be told.\n"
        "1 of 1 endpoint without the label `region`: what fails in several regions cannot be told.\n"
        "Nothing to pull apart.\n"
    )


def test_many_are_cut_short_on_a_terminal_and_never_in_the_document(tmp_path: Path) -> None:
    """A hundred are told, five of what one of them includes; the rest is counted."""
    site = Site(tmp_path, {})
    bundle = b"".join(site.issue(300 + 30 * n, f"h{n}.example.test").certificate_pem for n in range(111))
    sources: dict[str, Any] = {}
    for region in ("eu", "us"):
        (tmp_path / f"{region}.pem").write_bytes(bundle)
        sources[region] = {"kind": "files", "paths": [f"{region}.pem"], "labels": {"region": region}}
    site.configure(state={"url": f"sqlite:///{tmp_path}/state.db"}, sources=sources)
    told(site, "run", "--once")
    out = told(site, "concentration").out
    assert out.count("same_certificate-") == 100
    assert "and 11 more: `--json` has them all\n" in out
    assert len(told(site, "concentration", "--json").document["findings"]) == 111


def _checks(site: Site) -> list[Check]:
    now = datetime.now(UTC)  # noqa: TID251 - the commands that swept are on the real clock
    return list(waiver_checks(load_settings(site.path, {}), now))


def test_doctor_tells_waivers_that_hold_have_ended_or_name_nothing(partitioned: Site) -> None:
    """Each with its fix, and the nearest id."""
    window, certificate, _ = _ids(partitioned)
    assert _checks(partitioned) == []
    stray = _mistyped(certificate)
    _waivers(partitioned, (window, FAR), (certificate, LONG_AGO), (stray, FAR), ("same_key-0123456789ab", FAR))
    checks = _checks(partitioned)
    assert [(one.id, one.verdict.value) for one in checks] == [
        ("policy.waivers", verdict) for verdict in ("ok", "warning", "warning", "warning")
    ]
    assert checks[1].text == f"{certificate}, owned by edge, ended 2020-01-01 00:00 UTC"
    assert checks[2].fix.startswith(f"did you mean {certificate}? ")
    assert checks[3].fix.startswith("`incidentd concentration` shows the ids")


def test_doctor_does_not_judge_waivers_before_anything_was_seen(tmp_path: Path) -> None:
    """Neither without a sweep nor without a state that can be read."""
    site = _site(tmp_path)
    _waivers(site, ("same_key-0123456789ab", FAR))
    assert [one.verdict.value for one in _checks(site)] == ["unknown"]
    told(site, "concentration")
    site.state.parent.mkdir(exist_ok=True)
    site.state.write_bytes(b"this is no database" * 100)
    (check,) = _checks(site)
    assert check.verdict.value == "unknown"
    assert check.text.startswith("the state cannot be read: this file is no database")
