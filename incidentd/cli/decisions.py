"""What the commands by which a person decides share: the reason, who it was, the incident that is meant, the audit.

Each changes rows of the ledger, with its entry in the audit, in one transaction under the lease of a reconcile: no
daemon is in the middle of a pass then. Whatever has to be sent is sent by the next pass, as everything is.
"""

import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer

from incidentd.cli.matching import matching, near, or_meant
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease, leased
from incidentd.daemon.passes import RECONCILE
from incidentd.errors import IncidentdError, UsageError
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import IncidentRecord, left_key
from incidentd.model.plan import Intent, IntentState
from incidentd.planning.sanitize import REASON_CHARACTERS, sanitize
from incidentd.settings.judgement import parse_end
from incidentd.store.interface import Decided

PATIENCE = timedelta(seconds=60)
"""How long a pass that is under way is waited for."""
NAME_CHARACTERS = 64
CANDIDATES_NAMED = 5

Cert = Annotated[
    str, typer.Argument(metavar="CERT", help="Fingerprint (8 digits or more), serial, host, path, or ticket.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit, and where it is told.")]
By = Annotated[str | None, typer.Option("--by", help="Who decides; else the account that runs this.")]


def why(reason: str) -> str:
    """The reason as it is kept: harmless, on one line. Raises UsageError for none."""
    said = sanitize(" ".join(reason.split()), REASON_CHARACTERS)
    if not said:
        raise UsageError("a reason is needed", where="--reason", hint="others will read it in the audit")
    return said


def who(by: str | None) -> str:
    """Who decides: as told, else the name of the account, else its number."""
    if by is not None and by.strip():
        return sanitize(" ".join(by.split()), NAME_CHARACTERS)
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def instant_meant(text: str, where: str, what: str = "an end") -> datetime:
    """A day is its first moment, in UTC; a time names its zone. Raises UsageError, which calls it `what`."""
    try:
        return parse_end(text, what=what)
    except ValueError as error:
        raise UsageError(str(error), where=where) from None


async def incident_meant(installation: Installation, cert: str) -> IncidentRecord:
    """The one incident of a certificate that is open or held. Raises IncidentdError for none, or several."""
    store = installation.store
    inventory = await installation.worker.run(store.inventory)
    history = await installation.worker.run(store.history)
    wanted = set(matching(cert, inventory, history))
    found = [row for row, _ in history if row.active and row.of_certificate and row.fingerprint in wanted]
    if not found:
        spelled_like_it = near(cert, (row.name for row, _ in history if row.active and row.of_certificate))
        hint = or_meant(spelled_like_it, "`incidentd incidents` shows those that there are")
        raise IncidentdError("no open incident matches", where=cert, hint=hint)
    if len(found) > 1:
        named = ", ".join(f"{row.fingerprint[:12]} ({_told_apart(row)})" for row in found[:CANDIDATES_NAMED])
        raise IncidentdError(f"{len(found)} incidents match: {named}", where=cert, hint="name one by its fingerprint")
    return found[0]


def _told_apart(row: IncidentRecord) -> str:
    """By more than the name, which the certificates of one place share."""
    ends = (f"expires {row.not_after:%Y-%m-%d}",) if row.not_after else ()
    return ", ".join((row.name, *ends, *((row.ticket.key,) if row.ticket else ())))


@asynccontextmanager
async def between_passes(installation: Installation) -> AsyncIterator[HeldLease]:
    """No pass is under way meanwhile. Raises StoreError when one does not end in time."""
    async with leased(installation, RECONCILE, installation.clock.now() + PATIENCE) as held:
        yield held


def refuse_in_flight(unfinished: tuple[Intent, ...], record: IncidentRecord) -> None:
    """What may have gone out is found out first. Raises IncidentdError."""
    if any(one.incident_id == record.id and one.state is not IntentState.PENDING for one in unfinished):
        raise IncidentdError(
            "it is not known yet what became of what was sent about it last",
            where=record.name or record.key,
            hint="try again after the next pass: `incidentd run --once`, or a minute of the daemon",
        )


def left_by(
    installation: Installation, rows: tuple[IncidentRecord, ...], record: IncidentRecord
) -> IncidentRecord | None:
    """The active row of the ticket that it left. Raises IncidentdError where that waits for nothing but its closing."""
    left = next((row for row in rows if row.active and row.key == left_key(record.key)), None)
    if left is not None and record.ticket is not None and left.tracker in installation.trackers:
        named = left.ticket.key if left.ticket else "its ticket"
        raise IncidentdError(
            f"an earlier move is not done: {named} in {left.tracker} is still to be closed",
            where=record.name,
            hint="try again after the next pass",
        )
    return left


def incident_fields(record: IncidentRecord) -> dict[str, object]:
    """What each document of a decision says of the incident that it is about."""
    return {
        "key": record.key,
        "fingerprint": record.fingerprint,
        "name": record.name,
        "tracker": record.tracker,
        "ticket": record.ticket.key if record.ticket else None,
    }


async def write_down(installation: Installation, held: HeldLease, decided: list[Decided], entry: AuditEntry) -> None:
    """Rows and audit, all or nothing. Raises StoreError."""
    await held.ensure()
    now = installation.clock.now()
    await installation.worker.run(lambda: installation.store.commit(decided, held.lease, now, (entry,)))
