"""`run` and `run --once`: the daemon, and one whole pass of it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated

import typer

from incidentd.cli.held import say_what_is_held
from incidentd.cli.output import AsJson, Form, InForm, print_document, sweep_progress
from incidentd.cli.unseen import say_what_is_unseen
from incidentd.cli.work import BEGINS_ANEW, loaded_settings, say, with_installation
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.passes import Passed, Reconciled, whole_pass
from incidentd.daemon.preflight import look_at_trackers, problems_in
from incidentd.durations import parse_duration
from incidentd.errors import UsageError
from incidentd.model.preflight import Check
from incidentd.planning.phrases import counted
from incidentd.settings import Loaded
from incidentd.sources.interface import Progress
from incidentd.store.opening import begins_anew

DEFAULT_DEADLINE = "60s"
LOOK_SECONDS = 3.0
"""How long the look at the trackers may take once a pass is over that has nothing to complain about itself."""


def run(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="One sweep, one reconcile, the outbox drained; then exit.")
    ] = False,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
    deadline: Annotated[
        str | None,
        typer.Option(help="With --once: until when to go on trying, as in 60s.", show_default=DEFAULT_DEADLINE),
    ] = None,
) -> None:
    """Sweep, reconcile and serve the board, until told to stop."""
    loaded = loaded_settings(context)
    announce(loaded)
    if once:
        _run_once(loaded, _duration(deadline or DEFAULT_DEADLINE), as_json or form is Form.JSON)
        return
    if as_json or form is Form.JSON:
        raise UsageError("the daemon prints no document", where="--json", hint="say --once too, or ask its /api/v1")
    if deadline is not None:
        raise UsageError("the daemon goes on until it is told to stop", where="--deadline", hint="say --once too")
    from incidentd.cli.daemon import run_daemon

    run_daemon(loaded)


def announce(loaded: Loaded) -> None:
    """Said at start: which state it is, and that it is a new one where nothing is remembered: that is never silent.

    What is odd about the configuration was said when it was read.
    """
    anew = f": {BEGINS_ANEW}" if begins_anew(loaded.state_url) else ""
    typer.echo(f"incidentd: state {loaded.shown_state}{anew}", err=True)


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(str(error), where="--deadline", hint="for example 60s or 5m") from None


def _run_once(loaded: Loaded, patience: timedelta, as_json: bool) -> None:
    with sweep_progress() as progress:
        passed, seen = with_installation(loaded, lambda installation: _passed(installation, patience, progress))
    done = passed.reconciled
    say_what_is_unseen(done.decision.inventory)
    for line in (*passed.problems, *problems_in(seen), *done.own.unsaid):
        say(line)
    say_what_is_held(done.decision)
    if passed.unheard:
        say(f"the heartbeat is not heard: {passed.unheard}")
    if as_json:
        print_document(_document(passed))
    else:
        typer.echo(_summary(done))
    if done.undelivered or passed.problems:
        raise typer.Exit(1)


async def _passed(
    installation: Installation, patience: timedelta, progress: Progress
) -> tuple[Passed, Sequence[Check]]:
    """The pass, and what a look at the trackers beside it came to; that is never waited for long."""
    seen: list[Check] = []
    looking = asyncio.create_task(look_at_trackers(installation, seen.extend))
    try:
        passed = await whole_pass(installation, ClockWatch(installation.clock), patience, progress)
        await asyncio.wait({looking}, timeout=0 if passed.problems else LOOK_SECONDS)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    return passed, seen


def _summary(done: Reconciled) -> str:
    plan = done.decision.plan
    sent = f"{counted(done.confirmed, 'action')} sent"
    if done.observes_only:
        sent = f"mode observe: nothing is sent; {counted(len(plan.actions), 'action')} would be"
    waiting = f", {done.undelivered} not delivered" if done.undelivered else ""
    return f"{sent}{waiting}, {counted(plan.left, 'incident')} as they should be."


def _document(passed: Passed) -> Mapping[str, object]:
    done = passed.reconciled
    return {
        "sent": done.confirmed,
        "undelivered": done.undelivered,
        "held": len(done.decision.plan.held),
        "left": done.decision.plan.left,
        "observes_only": done.observes_only,
        "problems": list(passed.problems),
    }
