"""The preflight at the start: beside the first passes, never before them, and never a reason not to start."""

from collections.abc import Callable, Sequence

import structlog

from incidentd.daemon.installation import Installation
from incidentd.daemon.status import Status
from incidentd.model.preflight import Check, Verdict

log = structlog.get_logger()


async def look_at_trackers(installation: Installation, hear: Callable[[Sequence[Check]], None]) -> None:
    """One look at each tracker; `hear` is told what it came to. Never raises: nobody's work may end by it."""
    for name, look in installation.preflights.items():
        try:
            hear(await look.preflight())
        except Exception:
            log.exception("internal error", what=f"preflight of {name}")


def show_in(status: Status) -> Callable[[Sequence[Check]], None]:
    """Logs what is wrong, and shows it in `status` until the configuration changes."""

    def hear(checks: Sequence[Check]) -> None:
        for check in checks:
            _log(check)
        status.preflight = (*status.preflight, *problems_in(checks))

    return hear


def problems_in(checks: Sequence[Check]) -> tuple[str, ...]:
    """What will fail or do harm, with its fix, a line each; without what each pass finds out and says by itself."""
    bad = (check for check in checks if check.verdict is Verdict.PROBLEM and not _is_said_anyway(check))
    return tuple(f"{check.subject}: {check.text} ({check.fix})" for check in bad)


def _is_said_anyway(check: Check) -> bool:
    return check.id.rpartition(".")[2] in ("reachable", "credentials", "clock")


def _log(check: Check) -> None:
    """A fault is a warning here, since it stops nothing; what is only unwise is information."""
    about = {"check": check.id, "subject": check.subject, "found": check.text, "fix": check.fix}
    if check.verdict is Verdict.PROBLEM and not _is_said_anyway(check):
        log.warning("preflight", **about)
    elif check.verdict is Verdict.WARNING:
        log.info("preflight", **about)
