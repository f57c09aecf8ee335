"""Every format of `check`, as it is written: scripts and people rely on them."""

# Output stands here as it is written.
# ruff: noqa: E501 - lines of output are kept whole

import csv
import io
import json
from datetime import timedelta

import pytest
from inline_snapshot import snapshot

from incidentd.cli.check import CheckFormat
from incidentd.cli.checking.formats import render
from incidentd.cli.checking.found import Found
from incidentd.cli.checking.report import summary
from incidentd.cli.checking.verdict import Rule
from incidentd.model.observation import GapReason
from incidentd.model.threshold import Threshold
from tests.cli.world import authority, certificate, endpoint, file, gap, report, served, stored

WHOLE = report(
    endpoint(served(certificate(), authority())),
    file(stored(certificate("due.example.com", 20))),
    file(stored(certificate("old.example.com", -20)), path="certs/old one.pem"),
    endpoint(gap(GapReason.TIMED_OUT, "no answer in time"), target="tls://far.example.com"),
    file(gap(GapReason.TORN, "block 1: cut short", None), path="/etc/pki/torn.pem"),
)


@pytest.fixture(autouse=True)
def _wide_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever terminal the tests run on."""
    monkeypatch.setenv("COLUMNS", "250")


def test_table() -> None:
    """A line a target."""
    assert render("table", WHOLE) == snapshot("""\
STATUS       TARGET                 CERTIFICATE      EXPIRES               LEFT   NOTE
ok           api.example.com        api.example.com  2027-07-19 12:00 UTC  300 d
due          /etc/pki/a.pem         due.example.com  2026-10-12 12:00 UTC  20 d
expired      certs/old one.pem      old.example.com  2026-09-02 12:00 UTC  -20 d
unreachable  tls://far.example.com  -                -                     -      192.0.2.2: no answer in time
unreadable   /etc/pki/torn.pem      -                -                     -      block 1: cut short\
""")


def test_wide() -> None:
    """A line a certificate."""
    assert render("wide", WHOLE) == snapshot("""\
STATUS       TARGET                 NAMES            EXPIRES               LEFT    DUE AFTER             ISSUER         SERIAL  FINGERPRINT                                                       NOTE
ok           api.example.com        api.example.com  2027-07-19 12:00 UTC  300 d   2027-04-19 12:00 UTC  CN=Example CA  1f      c3d53528d8bb740deacd9d8304591f22dbff7d66ebcfe776c0a7a2c213f3a34e
ok           api.example.com        Example CA       2034-12-09 12:00 UTC  3000 d  2034-09-09 12:00 UTC  CN=Example CA  1f      34994d274fe6f4fcef63a65afac2b106789571ae7404600ec10ded969f91807c
due          /etc/pki/a.pem         due.example.com  2026-10-12 12:00 UTC  20 d    2026-07-12 12:00 UTC  CN=Example CA  1f      e4d8957b5bd5b957c4ef9d1fa87fdeb12905839a1556f8da3641a4d7b9d69a6e
expired      certs/old one.pem      old.example.com  2026-09-02 12:00 UTC  -20 d   2026-06-02 12:00 UTC  CN=Example CA  1f      de0b2282383f7b83e4c385e0233b65f2f53ce45d7de500a3fd8f8f28e3e7d290
unreachable  tls://far.example.com  -                -                     -       -                     -              -       -                                                                 192.0.2.2: no answer in time
unreadable   /etc/pki/torn.pem      -                -                     -       -                     -              -       -                                                                 block 1: cut short\
""")


def test_json() -> None:
    """The document of the contract, and nothing beside it."""
    document = json.loads(render("json", WHOLE))
    assert list(document) == ["schema_version", "results"]
    assert document["results"][0] == snapshot(
        {
            "target": "api.example.com",
            "status": "ok",
            "certificates": [
                {
                    "fingerprint": "c3d53528d8bb740deacd9d8304591f22dbff7d66ebcfe776c0a7a2c213f3a34e",
                    "subject": "CN=api.example.com",
                    "sans": ["api.example.com"],
                    "issuer": "CN=Example CA",
                    "serial": "1f",
                    "not_before": "2026-07-19T12:00:00Z",
                    "not_after": "2027-07-19T12:00:00Z",
                    "days_left": 300,
                    "window_opens_at": "2027-04-19T12:00:00Z",
                    "due": False,
                },
                {
                    "fingerprint": "34994d274fe6f4fcef63a65afac2b106789571ae7404600ec10ded969f91807c",
                    "subject": "CN=Example CA",
                    "sans": [],
                    "issuer": "CN=Example CA",
                    "serial": "1f",
                    "not_before": "2024-12-11T12:00:00Z",
                    "not_after": "2034-12-09T12:00:00Z",
                    "days_left": 3000,
                    "window_opens_at": "2034-09-09T12:00:00Z",
                    "due": False,
                },
            ],
            "error": None,
        }
    )
    assert document["results"][3] == snapshot(
        {
            "target": "tls://far.example.com",
            "status": "unreachable",
            "certificates": [],
            "error": "192.0.2.2: no answer in time",
        }
    )


def test_ndjson() -> None:
    """The same results, one a line."""
    lines = [json.loads(line) for line in render("ndjson", WHOLE).splitlines()]
    assert [line.pop("schema_version") for line in lines] == [1] * 5
    assert lines == json.loads(render("json", WHOLE))["results"]


def test_csv() -> None:
    """A line a certificate, and one for a target without."""
    assert render("csv", WHOLE) == snapshot("""\
target,status,name,subject,issuer,serial,fingerprint,not_before,not_after,days_left,window_opens_at,due,error
api.example.com,ok,api.example.com,CN=api.example.com,CN=Example CA,1f,c3d53528d8bb740deacd9d8304591f22dbff7d66ebcfe776c0a7a2c213f3a34e,2026-07-19T12:00:00Z,2027-07-19T12:00:00Z,300,2027-04-19T12:00:00Z,false,
api.example.com,ok,Example CA,CN=Example CA,CN=Example CA,1f,34994d274fe6f4fcef63a65afac2b106789571ae7404600ec10ded969f91807c,2024-12-11T12:00:00Z,2034-12-09T12:00:00Z,3000,2034-09-09T12:00:00Z,false,
/etc/pki/a.pem,due,due.example.com,CN=due.example.com,CN=Example CA,1f,e4d8957b5bd5b957c4ef9d1fa87fdeb12905839a1556f8da3641a4d7b9d69a6e,2025-10-12T12:00:00Z,2026-10-12T12:00:00Z,20,2026-07-12T12:00:00Z,true,
certs/old one.pem,expired,old.example.com,CN=old.example.com,CN=Example CA,1f,de0b2282383f7b83e4c385e0233b65f2f53ce45d7de500a3fd8f8f28e3e7d290,2025-09-02T12:00:00Z,2026-09-02T12:00:00Z,-20,2026-06-02T12:00:00Z,true,
tls://far.example.com,unreachable,,,,,,,,,,,192.0.2.2: no answer in time
/etc/pki/torn.pem,unreadable,,,,,,,,,,,block 1: cut short\
""")
    rows = list(csv.DictReader(io.StringIO(render("csv", WHOLE))))
    assert [row["status"] for row in rows] == ["ok", "ok", "due", "expired", "unreachable", "unreadable"]


def test_github() -> None:
    """Annotations for what is not ok."""
    assert render("github", WHOLE) == snapshot("""\
::warning file=/etc/pki/a.pem,title=certificate due::/etc/pki/a.pem: due.example.com expires 2026-10-12 12:00 UTC (20 d)
::error file=certs/old one.pem,title=certificate expired::certs/old one.pem: old.example.com expired 2026-09-02 12:00 UTC (-20 d)
::warning title=certificate unreachable::tls://far.example.com: unreachable: 192.0.2.2: no answer in time
::error file=/etc/pki/torn.pem,title=certificate unreadable::/etc/pki/torn.pem: unreadable: block 1: cut short\
""")


def test_nagios() -> None:
    """One line: the worst first, then numbers."""
    assert render("nagios", WHOLE) == snapshot(
        "CERTIFICATES CRITICAL - 5 targets: 1 ok, 1 unreachable, 1 unreadable, 1 due, 1 expired; certs/old one.pem: old.example.com expired 2026-09-02 12:00 UTC (-20 d); /etc/pki/a.pem: due.example.com expires 2026-10-12 12:00 UTC (20 d); tls://far.example.com: unreachable: 192.0.2.2: no answer in time; and 1 more | 'api.example.com'=300;91:;14: '/etc/pki/a.pem'=20;92:;14: 'certs/old one.pem'=-20;92:;14:"
    )


def test_sarif() -> None:
    """A result a finding."""
    run = json.loads(render("sarif", WHOLE))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == snapshot(
        ["certificate-expired", "certificate-due", "target-unreadable", "target-unreachable"]
    )
    assert run["results"][1] == snapshot(
        {
            "ruleId": "certificate-expired",
            "level": "error",
            "message": {"text": "certs/old one.pem: old.example.com expired 2026-09-02 12:00 UTC (-20 d)"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "certs/old%20one.pem"}}}],
            "partialFingerprints": {
                "certificateSha256/v1": "de0b2282383f7b83e4c385e0233b65f2f53ce45d7de500a3fd8f8f28e3e7d290"
            },
        }
    )
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert places == snapshot(
        ["file:///etc/pki/a.pem", "certs/old%20one.pem", "tls://api.example.com:443", "file:///etc/pki/torn.pem"]
    )


def test_summary() -> None:
    """For people, on stderr."""
    assert summary(WHOLE.results) == snapshot("5 targets: 1 ok, 1 unreachable, 1 unreadable, 1 due, 1 expired")


FINE, DUE = endpoint(served(certificate())), endpoint(served(certificate(days=20)))
SOON, OVER, FAR = file(stored(certificate(days=10))), file(stored(certificate(days=-1))), endpoint(gap())


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ((FINE,), "OK"),
        ((FINE, DUE), "WARNING"),
        ((DUE, SOON), "CRITICAL"),
        ((OVER,), "CRITICAL"),
        ((FINE, FAR), "UNKNOWN"),
        ((DUE, FAR), "WARNING"),
        ((), "UNKNOWN"),
    ],
)
def test_nagios_states(found: tuple[Found, ...], state: str) -> None:
    """What is known to be wrong outranks what could not be seen."""
    assert render("nagios", report(*found)).startswith(f"CERTIFICATES {state} - ")


def test_nagios_gives_automation_its_time() -> None:
    """A certificate of 12 days has less than the critical 14 days left all its life."""
    short = certificate(days=9, lifetime=timedelta(days=12))
    assert render("nagios", report(file(stored(short)), rule=Rule(automated=True))).startswith("CERTIFICATES OK")


def test_every_format_writes_an_empty_report() -> None:
    """A folder may hold nothing."""
    for one in CheckFormat:
        render(one.value, report())


def test_a_threshold_in_days_shows_in_the_window() -> None:
    """`--threshold 30d`."""
    document = json.loads(render("json", report(FINE, rule=Rule(Threshold(days=30)))))
    assert document["results"][0]["certificates"][0]["window_opens_at"] == "2027-06-19T12:00:00Z"
