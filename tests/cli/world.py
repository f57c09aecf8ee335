"""What the tests of `check` share: certificates as values, results of looking, and the command as a process."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from incidentd.cli.checking.found import SOURCE, Found
from incidentd.cli.checking.report import Report
from incidentd.cli.checking.verdict import Rule, verdict
from incidentd.model.certificate import Certificate
from incidentd.model.location import Location, Role
from incidentd.model.observation import Gap, GapReason, Observation
from incidentd.model.threshold import Threshold
from tests.cli.nursery import ROOT, run_command

NOW = datetime(2026, 9, 22, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
SERVED = Location("tls://api.example.com:443", SOURCE, Role.SERVED, asked_name="api.example.com")
STORED = Location("file:///etc/pki/a.pem", SOURCE, Role.STORED)
FOURTEEN_DAYS = Threshold(days=14)


def certificate(name: str = "api.example.com", days: float = 300, lifetime: timedelta = YEAR) -> Certificate:
    """A server's certificate with so many days left at NOW; each name and end has a fingerprint of its own."""
    not_after = NOW + timedelta(days=days)
    return Certificate(
        fingerprint=sha256(f"{name} {days}".encode()).hexdigest(),
        not_before=not_after - lifetime,
        not_after=not_after,
        subject=f"CN={name}",
        common_name=name,
        names=(name,),
        issuer="CN=Example CA",
        serial="1f",
    )


def authority(name: str = "Example CA", days: float = 3000) -> Certificate:
    """A CA certificate."""
    return replace(certificate(name, days, 10 * YEAR), is_ca=True, names=())


def served(*chain: Certificate, member: str = "192.0.2.1", unread: tuple[str, ...] = ()) -> Observation:
    """One handshake."""
    return Observation(SERVED, member, chain, NOW, unread)


def stored(*chain: Certificate, unread: tuple[str, ...] = ()) -> Observation:
    """One read of one file."""
    return Observation(STORED, "", chain, NOW, unread)


def gap(reason: GapReason = GapReason.REFUSED, text: str = "refused", member: str | None = "192.0.2.2") -> Gap:
    """One address of an endpoint that could not be seen."""
    return Gap(SERVED, member, reason, text, NOW)


def endpoint(*looks: Observation | Gap, target: str = "api.example.com") -> Found:
    """An endpoint that was looked at."""
    seen = tuple(look for look in looks if isinstance(look, Observation))
    return Found(target, SERVED, seen, tuple(look for look in looks if isinstance(look, Gap)))


def file(*looks: Observation | Gap, path: str = "/etc/pki/a.pem") -> Found:
    """A file that was looked at."""
    seen = tuple(look for look in looks if isinstance(look, Observation))
    gaps = tuple(look for look in looks if isinstance(look, Gap))
    return Found(path, Location(f"file://{path}", SOURCE, Role.STORED), seen, gaps, path)


def report(*found: Found, rule: Rule | None = None) -> Report:
    """A check of all of them at NOW."""
    return Report(tuple(verdict(one, rule or Rule(), NOW) for one in found), NOW, FOURTEEN_DAYS)


def incidentd(*arguments: str, stdin: bytes = b"", folder: Path | None = None) -> "subprocess.CompletedProcess[bytes]":
    """`python -m incidentd …`, whole: its exit code and what it wrote."""
    return run_command(*arguments, stdin=stdin, folder=folder or ROOT)
