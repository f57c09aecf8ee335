"""What incidentd stands on: its own parts, and the clock, as far as one machine can tell."""

import re
import ssl
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import incidentd
from incidentd.model.preflight import Check, Subject

SLACK = timedelta(minutes=5)
"""Files on a network's disk have times of another clock."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"extra\s*==\s*['\"]")


def machine_checks(now: datetime, state: Path | None, config: Path | None) -> Iterator[Check]:
    """`now` is the clock's; `state` and `config` are files that were written before."""
    subject = Subject("this machine")
    yield parts_check(subject, requirements())
    yield clock_check(subject, now, [Path(incidentd.__file__), *(path for path in (config, state) if path)])


def requirements() -> tuple[str, ...]:
    """What the installed incidentd asks for, without extras; nothing where it runs from its sources alone."""
    try:
        asked = metadata.requires("incidentd") or []
    except metadata.PackageNotFoundError:
        return ()
    return tuple(found[0] for text in asked if not _EXTRA.search(text) and (found := _NAME.match(text)))


def parts_check(subject: Subject, wanted: Iterable[str]) -> Check:
    """Whether every part is installed."""
    id, missing = "machine.dependencies", [name for name in wanted if not _is_there(name)]
    if missing:
        return subject.problem(id, f"not installed: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    python = ".".join(map(str, sys.version_info[:3]))
    return subject.ok(id, f"all parts are installed (Python {python}, {ssl.OPENSSL_VERSION})")


def _is_there(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def clock_check(subject: Subject, now: datetime, files: Iterable[Path]) -> Check:
    """A clock is certainly wrong when something was written in its future."""
    id = "machine.clock"
    later = [path for path in files if (at := _written_at(path)) is not None and at > now + SLACK]
    if later:
        text = f"the clock says {now:%Y-%m-%d %H:%M} UTC, and {later[0]} was written later than that"
        return subject.problem(id, text, "set the clock (chrony, systemd-timesyncd): `timedatectl` says how it is")
    text = f"the clock says {now:%Y-%m-%d %H:%M} UTC, later than all that was written before"
    return subject.ok(id, text)


def _written_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None
