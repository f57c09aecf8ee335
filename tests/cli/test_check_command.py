"""`incidentd check` as a process: exit codes, and what goes to stdout and to stderr."""

import asyncio
import csv
import io
import json
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.cli.check import CheckFormat
from incidentd.ports import SystemClock
from incidentd.sandbox.ca import CertificateAuthority, Issued
from incidentd.sandbox.endpoints import Smtp, TlsEndpoint
from incidentd.sandbox.serving_tls import TlsRules
from tests.cli.world import incidentd

NOW = SystemClock().now()
ROOT = CertificateAuthority(not_before=NOW - timedelta(days=999), not_after=NOW + timedelta(days=3650))


def leaf(name: str, days: int, lifetime_days: int = 365) -> Issued:
    end = NOW + timedelta(days=days)
    return ROOT.issue([name], not_before=end - timedelta(days=lifetime_days), not_after=end)


FINE, DUE, EXPIRED = leaf("fine.test", 200), leaf("due.test", 20), leaf("old.test", -3)
SHORT = leaf("short.test", 60, 90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, one in (("fine", FINE), ("due", DUE), ("old", EXPIRED), ("short", SHORT)):
        (tmp_path / f"{name}.pem").write_bytes(one.chain_pem)
    (tmp_path / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "README").write_text("x")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["fine.pem"], 0),
        (["fine.pem", "due.pem"], 1),
        (["due.pem", "--threshold", "10d"], 0),
        (["fine.pem", "--threshold", "9mo"], 1),
        (["old.pem"], 1),
        (["bad.pem"], 1),
        (["missing.pem"], 1),
        (["short.pem"], 1),
        (["short.pem", "--automated"], 0),
        (["fine.pem", "127.0.0.1:1"], 3),
        (["due.pem", "127.0.0.1:1"], 1),
        (["*e.pem"], 1),
        (["fine.pem", "--threshold", "3"], 2),
        (["fine.pem", "-o", "xml"], 2),
        (["fine.pem", "--json", "-o", "csv"], 2),
        (["fine.pem", "-w", "3mo"], 2),
        (["no host"], 2),
        (["[::1]:1"], 3),
        ([], 2),
        (["fine.pem", "-o", "nagios"], 0),
        (["due.pem", "-o", "nagios"], 1),
        (["due.pem", "-o", "nagios", "-w", "3mo", "-c", "30d"], 2),
        (["due.pem", "-o", "nagios", "-w", "15d"], 0),
        (["127.0.0.1:1", "-o", "nagios"], 3),
    ],
)
def test_exit_codes(folder: Path, arguments: list[str], code: int) -> None:
    """0 clean, 1 findings, 2 usage, 3 only unreachable; nagios has its own."""
    done = incidentd("check", *arguments, folder=folder)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert bool(done.stdout) == (code != 2 or "nagios" in arguments)


def test_standard_input() -> None:
    """PEM, also with a key in it that nobody sees again."""
    done = incidentd("check", "-", "--json", stdin=DUE.key_pem + DUE.chain_pem)
    assert done.returncode == 1
    (result,) = json.loads(done.stdout)["results"]
    assert (result["target"], result["status"], result["error"]) == ("-", "due", None)
    assert result["certificates"][0]["fingerprint"] == DUE.fingerprint
    assert b"PRIVATE" not in done.stdout + done.stderr


def test_a_folder(folder: Path) -> None:
    """One result a file, in order; `-v` counts what was passed over, on stderr."""
    done = incidentd("-v", "check", ".", "-o", "ndjson", folder=folder)
    statuses = {line["target"]: line["status"] for line in map(json.loads, done.stdout.splitlines())}
    assert statuses == {
        "bad.pem": "unreadable",
        "due.pem": "due",
        "fine.pem": "ok",
        "old.pem": "expired",
        "short.pem": "due",
    }
    assert list(statuses) == sorted(statuses)
    assert b"1 file in folders passed over" in done.stderr


def test_every_format_is_written_to_stdout(folder: Path) -> None:
    """And can be read by what reads it."""
    wrote = {one: incidentd("check", ".", "-o", one.value, folder=folder).stdout.decode() for one in CheckFormat}
    assert json.loads(wrote[CheckFormat.SARIF])["version"] == "2.1.0"
    assert len(list(csv.DictReader(io.StringIO(wrote[CheckFormat.CSV])))) == 5
    assert wrote[CheckFormat.NAGIOS].startswith("CERTIFICATES CRITICAL - ")
    assert len(wrote[CheckFormat.GITHUB].splitlines()) == 4
    assert "\x1b" not in "".join(wrote.values())


async def looked_at(*targets: str) -> dict[str, dict[str, object]]:
    """The results of a process that runs while our servers do."""
    done = await asyncio.to_thread(incidentd, "check", *targets, "--json")
    assert done.returncode in (0, 1), done.stderr
    return {result["target"]: result for result in json.loads(done.stdout)["results"]}


async def test_endpoints() -> None:
    """TLS 1.2 and 1.3, a client certificate demanded, SMTP: each shows its certificate and its status."""
    only_12 = TlsRules(maximum=ssl.TLSVersion.TLSv1_2)
    only_13 = TlsRules(minimum=ssl.TLSVersion.TLSv1_3, demands_client_certificate=True)
    async with (
        TlsEndpoint(FINE, rules=only_12) as old,
        TlsEndpoint(DUE, rules=only_13) as new,
        TlsEndpoint(EXPIRED, smtp=Smtp()) as mail,
    ):
        targets = [
            f"127.0.0.1:{old.port}",
            f"tls://127.0.0.1:{new.port}",
            f"smtp://127.0.0.1:{mail.port}",
        ]
        results = await looked_at(*targets)
    assert [results[target]["status"] for target in targets] == ["ok", "due", "expired"]
    assert list(results) == targets


async def test_the_name_is_asked_for() -> None:
    """`localhost` as a name, or `sni` in the target."""
    async with TlsEndpoint(FINE) as endpoint:
        endpoint.deploy_for({"due.test": DUE})
        asked = f"tls://127.0.0.1:{endpoint.port}?sni=due.test"
        results = await looked_at(asked, f"127.0.0.1:{endpoint.port}")
    assert [one["status"] for one in results.values()] == ["due", "ok"]
