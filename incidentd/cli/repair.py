"""`repair`: what ledger and trackers disagree about: duplicates, tickets that nobody remembers, drift."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer

from incidentd.cli.decisions import By, between_passes, who, why, write_down
from incidentd.cli.output import AsJson, Form, InForm, print_document, print_table
from incidentd.cli.work import loaded_settings, say, with_installation
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import IN_FLIGHT, Decision, decide
from incidentd.daemon.installation import Installation
from incidentd.daemon.passes import reconcile_until
from incidentd.daemon.rows import latest_by_key
from incidentd.daemon.sending import contained
from incidentd.errors import IncidentdError, TrackerError, UsageError
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import Event
from incidentd.model.ticket import Owned
from incidentd.planning.phrases import counted
from incidentd.planning.repairing import Case, Finding, findings
from incidentd.store.interface import Decided
from incidentd.trackers.interface import Census

PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found, and what came of it."""

    found: tuple[Finding, ...]
    problems: tuple[str, ...]
    """What could not be looked at, or was not delivered."""
    applied: bool = False

    @property
    def something_left(self) -> bool:
        """True while a person, or another run, has something to do."""
        left = any(not one.mends for one in self.found) if self.applied else bool(self.found)
        return left or bool(self.problems)


def repair(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; with --apply. It stands in the audit.")] = None,
    by: By = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Find duplicates, tickets of ours that nobody remembers, and drift; --apply mends what can be mended safely."""
    if apply and reason is None:
        raise UsageError(
            "a reason is needed", where="--apply", hint="say --reason too: others will read it in the audit"
        )
    loaded = loaded_settings(context)
    if apply:
        told, person = why(reason or ""), who(by)
        done = with_installation(loaded, lambda installation: repaired(installation, told, person))
    else:
        done = with_installation(loaded, looked_at, read_only=True)
    for problem in done.problems:
        say(problem)
    if as_json or form is Form.JSON:
        print_document(_document(done))
    else:
        _print(done)
    if done.something_left:
        raise typer.Exit(1)


async def looked_at(installation: Installation) -> Repaired:
    """What is wrong. Writes nothing anywhere."""
    found, problems, _ = await _found(installation)
    return Repaired(found, problems)


async def repaired(installation: Installation, reason: str, by: str) -> Repaired:
    """Takes up what is to be taken up, then lets a pass make it true. Raises IncidentdError."""
    if installation.observes_only:
        raise IncidentdError("mode observe: nothing is written to any tracker", where="repair", hint="set mode: act")
    async with between_passes(installation) as held:
        found, problems, decision = await _found(installation)
        if decision.distrust:
            raise IncidentdError(
                f"the clock is not believed: {decision.distrust}", where="repair", hint="set the clock"
            )
        now = installation.clock.now()
        for one in (one for one in found if one.mends):
            event = Event(now, "adopted", f"{one.ticket.key}: {one.text} (repair by {by}: {reason})")
            rows = [Decided(one.row, None, (event,))] if one.row is not None else []
            await write_down(installation, held, rows, AuditEntry(now, by, "repair", one.key, reason, one.text))
    if not any(one.mends for one in found):
        return Repaired(found, problems, applied=True)
    passed = await reconcile_until(installation, ClockWatch(installation.clock), installation.clock.now() + PATIENCE)
    undelivered = passed.problems if passed.undelivered else ()
    return Repaired(found, tuple(dict.fromkeys((*problems, *undelivered))), applied=True)


async def _found(installation: Installation) -> tuple[tuple[Finding, ...], tuple[str, ...], Decision]:
    inventory = await installation.worker.run(installation.store.inventory)
    decision = await decide(installation, inventory, ClockWatch(installation.clock))
    owned, problems = await _census(installation)
    case = Case(
        instance=installation.instance,
        now=decision.now,
        certificates=inventory.certificates,
        assessments=decision.assessments,
        incidents=decision.incidents,
        rows=latest_by_key((*decision.records, *decision.beside)),
        tickets=decision.tickets,
        plan=decision.plan,
        owned=owned,
        marking={name for name, one in installation.trackers.items() if isinstance(one, Census) and one.marks_tickets},
        in_flight={intent.key for intent in decision.unfinished if intent.state in IN_FLIGHT},
    )
    return findings(case), (*decision.problems, *problems), decision


async def _census(installation: Installation) -> tuple[dict[str, tuple[Owned, ...]], tuple[str, ...]]:
    owned, problems = {}, []
    for name, tracker in installation.trackers.items():
        if not isinstance(tracker, Census):
            continue
        try:
            owned[name] = await contained(tracker, tracker.ours(installation.instance))
        except TrackerError as error:
            problems.append(f"tracker {name} cannot be asked for all tickets of ours: {error}")
    return owned, tuple(problems)


def _print(done: Repaired) -> None:
    if not done.found:
        typer.echo("Nothing to repair in what could be read." if done.problems else "Nothing to repair.")
        return
    print_table(
        ("what", "tracker", "ticket", "name", "and what is done"),
        [[one.flaw.value, one.tracker, one.ticket.key, one.name, one.text] for one in done.found],
    )
    mended = sum(one.mends for one in done.found)
    rest = f"{len(done.found) - mended} left for a person"
    if done.applied:
        typer.echo(f"{counted(mended, 'repair')} made, {rest}.")
    else:
        typer.echo(f"{counted(mended, 'repair')} to make, {rest}: `incidentd repair --apply --reason …` makes them.")


def _document(done: Repaired) -> dict[str, object]:
    return {
        "applied": done.applied,
        "problems": list(done.problems),
        "repairs": [
            {
                "what": one.flaw.value,
                "key": one.key,
                "name": one.name,
                "tracker": one.tracker,
                "ticket": one.ticket.key,
                "url": one.ticket.url,
                "mends": one.mends,
                "text": one.text,
            }
            for one in done.found
        ],
    }
